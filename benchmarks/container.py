"""Measures what a runner downloads for the action's container, and how fast that starts."""

import gzip
import json
import tarfile
from pathlib import Path

from benchmarks.measure import Row, in_pairs
from sandbox.base_image import ensure_base_image
from sandbox.engine import Engine, running_engine
from tests.e2e.image import BASE, Action

PAIRS = 9
LARGEST = 30
"""The most MB that a runner may have to download."""
MOST_MORE = 0.2
"""The most seconds that the command may take longer than a program that does nothing."""
_MEGABYTE = 1_000_000
_LEVEL = 6
"""What builders compress layers with."""


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    with running_engine(folder / "engine") as engine:
        ensure_base_image(engine)
        image = Action.build(engine.host, folder / "action").image
        return [_size(engine, image, folder), _start(engine, image)]


def _size(engine: Engine, image: str, folder: Path) -> Row:
    ours, base = (_compressed(engine, name, folder / "saved.tar") / _MEGABYTE for name in (image, BASE))
    return Row(
        "container: download",
        f"{ours:.1f} MB",
        f"{BASE} {base:.1f} MB",
        ours / base,
        f"<= {LARGEST} MB",
        ours <= LARGEST,
    )


def _compressed(engine: Engine, image: str, saved: Path) -> int:
    """The size of an image's layers in a registry."""
    _docker(engine, "save", "--output", str(saved), image)
    size = 0
    with tarfile.open(saved) as archive:
        manifest = archive.extractfile("manifest.json")
        for layer in json.load(manifest)[0]["Layers"] if manifest else ():
            content = archive.extractfile(layer)
            size += len(gzip.compress(content.read(), _LEVEL)) if content else 0
    return size


def _start(engine: Engine, image: str) -> Row:
    run = ("run", "--rm", "--network", "none")
    pairs = in_pairs(
        PAIRS,
        lambda: _docker(engine, *run, image, "--version"),
        lambda: _docker(engine, *run, BASE, "true"),
    )
    return Row(
        "container: docker run IMAGE --version",
        f"{pairs.ours:.3f} s",
        f"docker run of true {pairs.theirs[0]:.3f} s",
        pairs.ratios[0],
        f"< {MOST_MORE} s more",
        pairs.ours - pairs.theirs[0] < MOST_MORE,
    )


def _docker(engine: Engine, *arguments: str) -> str:
    done = engine.docker(*arguments)
    if done.returncode != 0:
        raise RuntimeError(f"docker {arguments[0]} ended with {done.returncode}: {done.stderr}")
    return done.stdout
