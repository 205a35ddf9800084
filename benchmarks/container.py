"""Measures what the action's container adds to its base image, and how fast it starts."""

import json
from pathlib import Path

from benchmarks.measure import Row, in_turn
from sandbox.base_image import ensure_base_image
from sandbox.engine import Engine, running_engine
from tests.e2e.image import BASE, Action

PAIRS = 9
MOST_ADDED = 110
"""The most MiB that the container may add."""
MOST_MORE = 0.2
"""The most seconds that it may take longer to start."""
_MEBIBYTE = 1024 * 1024


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    with running_engine(folder / "engine") as engine:
        ensure_base_image(engine)
        image = Action.build(engine.host, folder / "action").image
        return [_size(engine, image), _start(engine, image)]


def _size(engine: Engine, image: str) -> Row:
    base, ours = (found["Size"] for found in json.loads(_docker(engine, "image", "inspect", BASE, image)))
    added = (ours - base) / _MEBIBYTE
    return Row(
        "container: adds to its base image",
        f"{added:.0f} MiB",
        f"{BASE} {base / _MEBIBYTE:.0f} MiB",
        f"{ours / base:.1f} x",
        f"< {MOST_ADDED} MiB",
        added < MOST_ADDED,
    )


def _start(engine: Engine, image: str) -> Row:
    run = ("run", "--rm", "--network", "none")
    ours, nothing = in_turn(
        PAIRS,
        lambda: _docker(engine, *run, image, "--version"),
        lambda: _docker(engine, *run, "--entrypoint", "true", image),
    )
    return Row(
        "container: docker run IMAGE --version",
        f"{ours:.3f} s",
        f"docker run of true {nothing:.3f} s",
        f"{ours / nothing:.1f} x",
        f"< {MOST_MORE} s more",
        ours - nothing < MOST_MORE,
    )


def _docker(engine: Engine, *arguments: str) -> str:
    done = engine.docker(*arguments)
    if done.returncode != 0:
        raise RuntimeError(f"docker {arguments[0]} ended with {done.returncode}: {done.stderr}")
    return done.stdout
