"""Five hundred processes that read at random in all files, from an empty cache and from a full one."""

from .loaded import MEMORY, Load, Trial, crowd, true_files
from .site import Reading, standing

_PATIENCE = 60
"""`--read-timeout`: the last of five hundred waits for a decoder as well."""


def measure(trial: Trial, load: Load) -> None:
    processes, seconds = (100, 3) if trial.short else (500, 15)
    load.heads = ("cache", "reads", "MiB compared", "directories listed", "longest call")
    load.words = f"{processes} at once"
    truth = true_files(trial.binaries, trial.release)
    with standing(trial.binaries, trial.release, trial.folder / "site") as site:
        for cache in ("empty", "full"):
            site.mount("--read-timeout", str(_PATIENCE), "--memory", f"{MEMORY}M", "--connections", "8")
            found = crowd(site, truth, processes, seconds, f"{trial.seed} {cache}", _PATIENCE)
            load.judge_crowd(found, f"with the cache {cache}", deadline=_PATIENCE)
            load.rows.append((
                cache, f"{found['reads']:,}", f"{found['bytes'] / (1 << 20):,.0f}", f"{found['listings']:,}",
                f"{found['longest']:.1f} s"))
            load.words += f", {found['reads']:,} reads with the cache {cache}"
            said = Reading(site.package).finish(90)
            if wrong := site.mistake(said, site.sha256):
                load.faults.append(f"then the package: {wrong}")
            load.note_memory(site)
            site.unmount()
