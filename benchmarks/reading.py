"""Reading a repository: how many files a second, and `crreg images` beside the reference implementation."""

import json
import sys
from pathlib import Path

from benchmarks.measure import Row, in_pairs, processor_seconds, run

from crreg.discovery.discover import discover
from crreg.discovery.dockerfile.images import images_of_dockerfile
from crreg.workspace.budget import ReadingBudget

RUNS = 9
CONFIGURATIONS = 300
CONFIGURATIONS_TARGET = 1_000
DOCKERFILES = 5_000
DOCKERFILES_TARGET = 10_000
_CRREG = str(Path(sys.executable).parent / "crreg")
_REFERENCE = (
    Path(__file__).parents[1] / "tests" / "node_modules" / "@devcontainers" / "cli" / "devcontainer.js"
)
_DOCKERFILE = """\
ARG VERSION=13
FROM acme.azurecr.io/dev/base:${VERSION} AS base
RUN apt-get update && apt-get install --yes git
FROM base
COPY --from=acme.azurecr.io/dev/tools:1 /usr/local/bin /usr/local/bin
"""


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    return [_configurations(folder / "many"), _dockerfiles(), _command(folder / "one")]


def _write(folder: Path) -> None:
    folder.mkdir(parents=True)
    content = {
        "name": "dev",
        "build": {"dockerfile": "Dockerfile", "args": {"VERSION": "13"}},
        "features": {"ghcr.io/devcontainers/features/git:1": {}},
        "customizations": {"vscode": {"extensions": ["ms-python.python"]}},
        "postCreateCommand": "make",
    }
    (folder / "devcontainer.json").write_text(f"// for everyone\n{json.dumps(content, indent=2)}\n")
    (folder / "Dockerfile").write_text(_DOCKERFILE)


def _rate(what: str, count: int, taken: float, target: int) -> Row:
    rate = count / taken
    return Row(what, f"{rate:,.0f} a second", target=f">= {target:,} a second", met=rate >= target)


def _configurations(folder: Path) -> Row:
    for number in range(CONFIGURATIONS):
        _write(folder / ".devcontainer" / f"d{number}")

    def read() -> None:
        found = discover(folder, {}, ReadingBudget())
        if len(found.configurations) != CONFIGURATIONS or found.problems:
            raise RuntimeError(f"{len(found.configurations)} configurations, {found.problems[:1]}")

    taken = min(processor_seconds(read) for _ in range(RUNS))
    return _rate(
        "configurations, each with a Dockerfile, in process", CONFIGURATIONS, taken, CONFIGURATIONS_TARGET
    )


def _dockerfiles() -> Row:
    def read() -> None:
        for _ in range(DOCKERFILES):
            images_of_dockerfile(_DOCKERFILE, "Dockerfile", build_args={}, target=None)

    taken = min(processor_seconds(read) for _ in range(RUNS))
    return _rate("Dockerfiles, in process", DOCKERFILES, taken, DOCKERFILES_TARGET)


def _command(folder: Path) -> Row:
    _write(folder / ".devcontainer")
    reference = ["node", str(_REFERENCE), "read-configuration", "--docker-path", "true"]
    pairs = in_pairs(
        RUNS,
        lambda: run([_CRREG, "images", "--path", str(folder)], {}),
        lambda: run([*reference, "--workspace-folder", str(folder)], {}),
    )
    return Row(
        "crreg images, a small repository",
        f"{pairs.ours:.3f} s",
        f"devcontainer read-configuration {pairs.theirs[0]:.3f} s",
        pairs.ratios[0],
        "<= 1.00",
        pairs.ratios[0] <= 1,
    )
