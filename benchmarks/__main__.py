"""`make bench`: the figures that the project promises, measured here and now, as a table of medians and ratios."""

import os
import tempfile
from pathlib import Path

from benchmarks import container, ensure, hostile, logins, publish, startup
from benchmarks.measure import table


def main() -> None:
    """Measure everything; a row whose target was missed says NO, and is for a person to judge."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="crreg-bench-bytecode-") as bytecode:
        # As pip leaves a program: with its bytecode, here from the warm-up. Else a shell that forbids Python to write
        # any has the whole source compiled in every run.
        os.environ["PYTHONPYCACHEPREFIX"] = bytecode
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for part in (startup, logins, ensure, publish, hostile, container):
            with tempfile.TemporaryDirectory(prefix="crreg-bench-") as folder:
                rows += part.measure(Path(folder))
    print(table(rows))


if __name__ == "__main__":
    main()
