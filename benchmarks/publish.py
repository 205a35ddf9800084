"""Two registries on this machine: compares `crreg publish` with `skopeo copy --all` and `crane copy`.

Each run has a target of its own that is new and empty, asked without anything in between. What the machine can do at
most is the last row: bytes through one connection, and SHA-256 of the same bytes, both by Python alone.
"""

import contextlib
import hashlib
import itertools
import random
import shutil
import socket
import statistics
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import Row, pairs_of, run, seconds, used
from sandbox.measuring import Measured
from sandbox.registry import Registry, running_registry
from tests.integration.copy.shelf import CONFIG, MANIFEST, Shelf

LARGE_LAYERS = 6
LARGE_LAYER = 96
"""The size of a large blob in MiB; six of them are 600 MB."""
IMAGES = 50
LAYERS_OF_EACH = 19
"""The number of layers; with its configuration, an image has twenty blobs."""
SMALL_LAYER = 2_000
RUNS = 3
MEMORY_TARGET = 96.0
CRANE_TARGET = 0.95
CRREG = str(Path(sys.executable).parent / "crreg")
_CHUNK = 1 << 18


Copy = Callable[[str, str], list[str]]
"""Makes the command that copies an image to another name."""


@dataclass(frozen=True)
class Scene:
    """A registry with images, and a way to start new empty ones."""

    source: Registry
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextlib.contextmanager
    def target(self) -> Iterator[Registry]:
        """Start a new, empty registry."""
        folder = self.folder / f"target-{next(self.numbers)}"
        try:
            with running_registry(folder) as registry:
                yield registry
        finally:
            shutil.rmtree(folder)

    def copied(self, image: str, copy: Copy) -> Measured:
        """What one copy to a new registry took."""
        with self.target() as target:
            return used(copy(_near(self.source, image), _near(target, f"o/{image}")), {})


def _near(registry: Registry, repository: str) -> str:
    """The address of the registry's process, without the front that records requests."""
    return f"{registry.backend.partition('://')[2]}/{repository}"


def crreg(source: str, target: str) -> list[str]:
    """Copy with crreg."""
    return [CRREG, "publish", "--copy", f"{source}:1", "--to", target, "--tag", "1"]


def skopeo(source: str, target: str) -> list[str]:
    """Copy with skopeo."""
    insecure = ("--src-tls-verify=false", "--dest-tls-verify=false")
    return ["skopeo", "copy", "--all", "--quiet", *insecure, f"docker://{source}:1", f"docker://{target}:1"]


def crane(source: str, target: str) -> list[str]:
    """Copy with crane."""
    return ["crane", "copy", "--insecure", f"{source}:1", f"{target}:1"]


def fill(registry: Registry) -> None:
    """Put both workloads into the registry, under the tag `1` of `large` and of `small`."""
    noise = random.Random(1)  # noqa: S311 - bytes that do not compress, no secret
    large = Shelf(registry, "large")
    # In pieces, since this process's peak memory also counts for the processes that it starts.
    layers = [large.large_blob(seed, LARGE_LAYER) for seed in range(LARGE_LAYERS)]
    config = large.blob(b'{"os": "linux", "architecture": "amd64"}', CONFIG)
    large.manifest({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}, "1")
    small = Shelf(registry, "small")
    small.index(
        *(
            small.image(
                f"linux/arm/v{number}", *(noise.randbytes(SMALL_LAYER) for _ in range(LAYERS_OF_EACH))
            )
            for number in range(IMAGES)
        ),
        tag="1",
    )


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    with running_registry(folder / "source") as source:
        fill(source)
        here = Scene(source, folder)
        return [
            *_against(here, "large", f"copy, {LARGE_LAYERS} layers of {LARGE_LAYER} MiB"),
            *_against(
                here, "small", f"copy, index of {IMAGES} images, {IMAGES * (LAYERS_OF_EACH + 1)} blobs"
            ),
            _second_run(here),
            _memory(here),
            *_limits(),
        ]


def _against(here: Scene, image: str, what: str) -> list[Row]:
    """Time and processor time of a copy beside others'."""
    peers = {"skopeo copy --all": (skopeo, 1.0)}
    if shutil.which("crane"):
        peers["crane copy"] = (crane, CRANE_TARGET)
    spent: dict[Copy, list[float]] = {}

    def timed(copy: Copy) -> float:
        ended = here.copied(image, copy)
        spent.setdefault(copy, []).append(ended.processor_seconds)
        return ended.seconds

    copies = [crreg, *(copy for copy, _ in peers.values())]
    pairs = pairs_of(RUNS, timed, *copies)
    ours, *theirs = (statistics.median(spent[copy][1:]) for copy in copies)
    rows = [
        Row(what, f"{pairs.ours:.2f} s", f"{name} {their:.2f} s", ratio, f"<= {most:.2f}", ratio <= most)
        for (name, (_, most)), their, ratio in zip(peers.items(), pairs.theirs, pairs.ratios, strict=True)
    ]
    rows += [
        Row(
            f"{what}: processor time",
            f"{ours:.2f} s",
            f"{name} {their:.2f} s",
            ours / their,
            "<= 1.00",
            ours <= their,
        )
        for name, their in zip(peers, theirs, strict=True)
    ]
    if "crane copy" not in peers:
        missing = "skipped: no crane here; make bench CRANE_SOURCE=FOLDER builds it"
        rows.append(Row(what, f"{pairs.ours:.2f} s", missing))
    return rows


def _second_run(here: Scene) -> Row:
    """The requests of a run that has nothing left to do; `GET /v2/` begins authentication."""
    with here.target() as target:
        names = f"{here.source.address}/small", f"{target.address}/o/small"
        run(crreg(*names), {})
        here.source.clear()
        target.clear()
        run(crreg(*names), {})
        asked = Counter(
            _kind(request.method, request.path)
            for request in (*here.source.requests, *target.requests)
            if request.path != "/v2/"
        )
    expected = {"GET manifests": 1, "HEAD manifests": 1 + IMAGES}
    return Row(
        f"second run, index of {IMAGES} images and one tag",
        ", ".join(f"{times} {kind}" for kind, times in sorted(asked.items())),
        target=", ".join(f"{times} {kind}" for kind, times in sorted(expected.items())),
        met=asked == expected,
    )


def _kind(method: str, path: str) -> str:
    return f"{method} {'manifests' if '/manifests/' in path else path}"


def _memory(here: Scene) -> Row:
    peak = max(here.copied(image, crreg).mebibytes for image in ("large", "small"))
    return Row(
        "peak memory of these copies",
        f"{peak:.0f} MiB",
        target=f"< {MEMORY_TARGET:.0f} MiB",
        met=peak < MEMORY_TARGET,
    )


def _limits() -> list[Row]:
    size = LARGE_LAYERS * LARGE_LAYER << 20
    through = statistics.median(seconds(lambda: _send(size)) for _ in range(RUNS))
    content = bytes(_CHUNK)

    def digest() -> None:
        state = hashlib.sha256()
        for _ in range(size // _CHUNK):
            state.update(content)

    hashed = statistics.median(seconds(digest) for _ in range(RUNS))
    return [
        Row(
            f"limit: {size // 1_000_000} MB through one loopback connection",
            f"{through:.2f} s",
            f"{size / through / 1e6:.0f} MB/s",
        ),
        Row(
            f"limit: SHA-256 of {size // 1_000_000} MB", f"{hashed:.2f} s", f"{size / hashed / 1e6:.0f} MB/s"
        ),
    ]


def _send(size: int) -> None:
    """Send that many bytes to this process."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        sender = threading.Thread(target=_pour, args=(server.getsockname(), size))
        sender.start()
        connection, _ = server.accept()
        buffer = bytearray(_CHUNK)
        with connection:
            while connection.recv_into(buffer):
                continue
        sender.join()


def _pour(address: tuple[str, int], size: int) -> None:
    content = memoryview(bytes(_CHUNK))
    with socket.create_connection(address) as connection:
        for _ in range(size // _CHUNK):
            connection.sendall(content)
