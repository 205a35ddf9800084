"""`make bench`: the figures that the project promises, measured here and now, as a table of medians and ratios."""

import tempfile
from pathlib import Path

from benchmarks import container, ensure, logins, startup
from benchmarks.measure import table


def main() -> None:
    """Measure everything; a row whose target was missed says NO, and is for a person to judge."""
    rows = []
    for part in (startup, logins, ensure, container):
        with tempfile.TemporaryDirectory(prefix="crreg-bench-") as folder:
            rows += part.measure(Path(folder))
    print(table(rows))


if __name__ == "__main__":
    main()
