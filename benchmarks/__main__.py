"""`make bench`: measures crreg beside its peers, and prints a table. README.md says how to read it."""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks import (
    check,
    container,
    dashboard,
    ensure,
    hostile,
    logins,
    organization,
    publish,
    ratios,
    reading,
    startup,
)
from benchmarks.measure import Row, table

PARTS = (startup, logins, ensure, organization, dashboard, publish, check, reading, hostile, container)


def main() -> None:
    """Measure everything, or the parts that are named; with `--keep`, keep the ratios for the next release."""
    keep, names = "--keep" in sys.argv, {name for name in sys.argv[1:] if name != "--keep"}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="crreg-bench-bytecode-") as bytecode:
        # pip installs a program with its bytecode; here the warm-up writes it. Otherwise every run would compile the
        # whole source in a shell that forbids Python to write bytecode.
        os.environ["PYTHONPYCACHEPREFIX"] = bytecode
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for part in PARTS:
            if names and part.__name__.rpartition(".")[2] not in names:
                continue
            with tempfile.TemporaryDirectory(prefix="crreg-bench-") as folder:
                rows += part.measure(Path(folder))
    print(table(rows, ratios.read()))
    if keep:
        ratios.keep(rows)


if __name__ == "__main__":
    main()
