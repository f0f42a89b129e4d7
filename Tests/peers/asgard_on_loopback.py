#!/usr/bin/env python3
"""Runs asgard-fus, a firmware client that others wrote, against a server on this machine.

usage: asgard_on_loopback.py URL ASGARD-ARGUMENTS…

URL is what `fus-emulator serve` printed. asgard knows its servers only as constants, so these are replaced
before its command line runs; nothing else of it is touched.
"""

import sys

from asgard.core import constants


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    url = sys.argv.pop(1)
    constants._FUS_BASE_URL = url
    constants._FUS_DOWNLOAD_URL = url + "NF_SmartDownloadBinaryForMass.do"
    # Imported only now, because asgard's modules copy the constants as they load.
    from asgard.cli.app import main as asgard

    return asgard() or 0


if __name__ == "__main__":
    sys.exit(main())
