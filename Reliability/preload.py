"""Libraries in C that are preloaded into a program, so that it sees another disk, clock or name server than there is."""

import shutil
from pathlib import Path

from Benchmarks.processes import BenchError, run

_SOURCES = Path(__file__).resolve().parent
_COMPILERS = ("cc", "gcc", "clang")
_COMPILING = ("-shared", "-fPIC", "-O2", "-U_FORTIFY_SOURCE", "-Wall", "-Wextra", "-Werror")


def make_library(name: str, folder: Path) -> Path:
    """Builds `name`.c of this folder in another one."""
    compiler = next(filter(shutil.which, _COMPILERS), None)
    if compiler is None:
        raise BenchError("there is no C compiler")
    library = folder / f"{name}.so"
    run([compiler, *_COMPILING, _SOURCES / f"{name}.c", "-o", library, "-ldl"], limit=60)
    return library
