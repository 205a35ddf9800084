"""`make bench`: measures the project's performance targets and prints a table of medians and ratios."""

import os
import tempfile
from pathlib import Path

from benchmarks import container, dashboard, ensure, hostile, logins, organization, publish, startup
from benchmarks.measure import table


def main() -> None:
    """Measure everything; NO marks a row that missed its target, which people have to judge."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="crreg-bench-bytecode-") as bytecode:
        # pip installs a program with its bytecode; here the warm-up writes it. Otherwise every run would compile the
        # whole source in a shell that forbids Python to write bytecode.
        os.environ["PYTHONPYCACHEPREFIX"] = bytecode
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for part in (startup, logins, ensure, organization, dashboard, publish, hostile, container):
            with tempfile.TemporaryDirectory(prefix="crreg-bench-") as folder:
                rows += part.measure(Path(folder))
    print(table(rows))


if __name__ == "__main__":
    main()
