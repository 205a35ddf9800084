"""A target that is killed in the middle of a copy; the next run completes it."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox.registry import running_registry
from tests.integration.copy.scene import copy, opened
from tests.integration.copy.shelf import Shelf, noise

from crreg.registry.copy.read import read
from crreg.registry.copy.transfer import TransferProgress, transfer
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

SEED = 20_240_911


def killer(at: int, kill: Callable[[], None]) -> Callable[[TransferProgress], None]:
    """Kill once so many bytes are on their way."""
    left = [kill]

    def watch(progress: TransferProgress) -> None:
        if progress.bytes >= at and left:
            left.pop()()

    return watch


@pytest.mark.parametrize("point", range(10))
def test_the_next_run_completes_what_a_killed_registry_left(shelf: Shelf, tmp_path: Path, point: int) -> None:
    shared = noise(900_000, 100)
    images = [
        shelf.image(platform, shared, noise(700_000 + number, number))
        for number, platform in enumerate(("linux/amd64", "linux/arm64", "linux/arm/v7"))
    ]
    shelf.index(*images, tag="1")
    source = opened(f"{shelf.registry.address}/dev/base")
    content = read(source, "1")
    at = random.Random(SEED + point).randrange(content.size)  # noqa: S311 - no secret
    print(f"seed {SEED}, point {point}: killed after {at} of {content.size} bytes")

    with running_registry(tmp_path / "mirror") as first:
        target = opened(f"{first.address}/o/r")
        with pytest.raises(TransferError) as raised:
            transfer(content, source, target, killer(at, first.kill))
    with running_registry(tmp_path / "mirror") as second:
        mirror = Shelf(second, "o/r")
        assert mirror.digest("1") is None
        copied = copy(source, opened(f"{second.address}/o/r"), "1")
        everything = mirror.everything("1")

    assert raised.value.cause in {TransferCause.UNREACHABLE, TransferCause.SERVER_ERROR}
    assert everything == shelf.everything("1")
    assert copied.transferred is not None
    assert copied.transferred.blobs_sent + copied.transferred.blobs_there == len(content.blobs)
