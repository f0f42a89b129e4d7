"""The server of the benchmark: fus-emulator, with the links that it plays."""

import contextlib
import http.client
import json
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from subprocess import PIPE, Popen, DEVNULL

from .processes import BenchError, end, eventually, run
from .settings import Link

MODEL, REGION, VERSION = "SM-A207F", "SER", "A207FXXU2CUI2"


def make_release(binaries: Path, folder: Path, mebibytes: int, version: str = VERSION) -> None:
    """Makes a firmware package of the real shape, the same bytes every time."""
    run(
        [
            binaries / "fus-emulator", "make-release", folder, "--model", MODEL, "--region", REGION,
            "--version", version, "--size", str(mebibytes),
        ],
        limit=60 + 2 * mebibytes,
    )


class Emulator:
    """A running emulator that serves one release."""

    def __init__(self, url: str, release: Path, process_id: int) -> None:
        self.url = url
        self.process_id = process_id
        self.release = release
        description = json.loads((release / "release.json").read_text())
        self.name: str = description["binary_name"]
        self.size: int = description["byte_size"]
        self.members: dict[str, str] = description["members"]
        """By the tag of the server's reply."""
        self.served = release / self.name
        """The file that is served."""

    @property
    def port(self) -> int:
        return urllib.parse.urlsplit(self.url).port or 0

    @property
    def files_url(self) -> str:
        """Where the package lies as a plain file."""
        return self.url + "emulator/files/"

    @property
    def file_url(self) -> str:
        return self.files_url + self.name

    def shape(self, link: Link) -> None:
        """Plays a link from now on."""
        rate = "off" if link.rate is None else f"{link.rate:.0f}"
        self.set(f"latency={link.latency * 1000:.0f}\nrate={rate}\n")

    def set(self, lines: str) -> None:
        """Changes options, a `name=value` a line."""
        self._ask("set", lines)

    def reset(self) -> None:
        """Counts from here on."""
        self._ask("counters/reset", "")

    def bytes_sent(self, patience: float = 15) -> int:
        """Bytes of the package that went out since the last reset, once nothing is under way any more."""
        eventually(lambda: self._counters()["active"] == 0, patience, "the end of all downloads")
        return self.sent()

    def sent(self) -> int:
        """Bytes of the package that went out until now."""
        return self._counters()["bytes_sent"]

    def struck(self) -> int:
        """Requests that a fault struck until now."""
        return self._counters()["faults"]

    def asked(self) -> list[range]:
        """The bytes of each GET of the package since the last reset."""
        return [range(each["first"], each["last"] + 1) for each in self._counters()["ranges"]]

    def answered(self, status: int) -> int:
        """Requests that were answered with this status until now."""
        return self._counters()["statuses"].get(str(status), 0)

    def _counters(self) -> dict:
        return json.loads(self._ask("counters"))

    def _ask(self, name: str, body: str | None = None) -> bytes:
        data = None if body is None else body.encode()
        try:
            with urllib.request.urlopen(f"{self.url}emulator/{name}", data=data, timeout=20) as reply:
                return reply.read()
        except (OSError, http.client.HTTPException) as error:
            raise BenchError(f"the emulator does not answer: {error}") from error


@contextlib.contextmanager
def serving(binaries: Path, releases: Sequence[Path], log: Path, port: int = 0) -> Iterator[Emulator]:
    """Serves releases until the block ends; the first is the one that `Emulator` describes. The port 0 takes any."""
    folders = [argument for release in releases for argument in ("--release", release)]
    with log.open("ab") as errors:
        process = Popen(
            [binaries / "fus-emulator", "serve", "--port", str(port), *folders], stdin=DEVNULL, stdout=PIPE,
            stderr=errors, text=True, start_new_session=True,
        )
    try:
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.append(process.stdout.readline()), daemon=True)
        reader.start()
        reader.join(30)
        if not lines or not lines[0].startswith("http"):
            raise BenchError(f"the emulator did not start: {log.read_text()[-500:]}")
        yield Emulator(lines[0].strip(), releases[0], process.pid)
    finally:
        end(process)
        process.stdout.close()
