"""The input generators: atheris, which follows code coverage, or hypothesis if atheris is not installed."""

import contextlib
import hashlib
import importlib.util
import io
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from fuzz.seeds import DICTIONARIES, FOLDER, seeds, words
from fuzz.target import SEPARATOR, TARGETS, BrokenInvariantError, Target

HAS_ATHERIS = importlib.util.find_spec("atheris") is not None
CACHE = FOLDER.parent / ".cache" / "fuzz"
"""The results and findings of earlier runs."""
_PATIENCE = 10
"""The time limit for one input in seconds; exceeding it is a finding."""
_SECONDS_TO_SHRINK = 3.0
_MEMORY = 2048
"""The memory limit of the process in MiB; exceeding it is a finding."""
FOUND = 77
"""The exit code for a finding, as in libFuzzer, which has others for a hang and for too much memory."""
Engine = Callable[[Target, float], NoReturn]
"""Fuzzes a target for that many seconds, and ends the process."""


@dataclass(slots=True)
class Count:
    """The result of fuzzing a target."""

    inputs: int = 0
    seconds: float = 0.0


def load_targets(*, instrumented: bool) -> None:
    """Import all targets and the code under test, instrumented for coverage."""
    if not instrumented:
        import fuzz.targets
    else:
        atheris: Any = importlib.import_module("atheris")

        # atheris prints a line for each module.
        with contextlib.redirect_stderr(io.StringIO()), atheris.instrument_imports(include=["crreg"]):
            import fuzz.targets  # noqa: F401


def fuzz_atheris(target: Target, seconds: float, *, seed: int | None = None) -> NoReturn:
    """Fuzz in this process, which then exits: with 0, or with another code and a file in `findings(target)`."""
    atheris: Any = importlib.import_module("atheris")

    grown = CACHE / "corpus" / target.name
    grown.mkdir(parents=True, exist_ok=True)
    dictionary = DICTIONARIES / f"{target.name}.dict"
    options = [
        "fuzz",
        f"-timeout={_PATIENCE}",
        f"-rss_limit_mb={_MEMORY}",
        f"-max_len={target.longest}",
        f"-artifact_prefix={findings(target)}/",
        # 0 is libFuzzer's word for a seed of its choice.
        f"-seed={seed or 0}",
        *([f"-dict={dictionary}"] if dictionary.is_file() else []),
        str(grown),
        *sorted({str(path.parent) for path in seeds(target.name)}),
    ]
    atheris.Setup(options, _until(target, seconds))
    atheris.Fuzz()
    sys.exit(0)


def fuzz_hypothesis(target: Target, seconds: float, *, seed: int | None = None) -> NoReturn:
    """Fuzz with inputs made of seeds, their pieces, dictionary words and bytes."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded
    from hypothesis import strategies as st

    kept = [path.read_bytes() for path in seeds(target.name)]
    pieces = {b"\n", b" ", SEPARATOR, *words(target.name), *kept}
    for data in kept:
        pieces |= {*data.split(b"\n"), *data.split(SEPARATOR), *data.split(b" ")}
    made = st.lists(st.one_of(st.sampled_from(sorted(pieces)), st.binary(max_size=8)), max_size=12)
    once = _until(target, seconds)
    for data in kept:
        once(data)

    # This ends the process when the time is over, or earlier.
    @settings(
        max_examples=10**9,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(made.map(b"".join))
    def search(data: bytes) -> None:
        once(data[: target.longest])

    (search if seed is None else seeded(seed)(search))()
    sys.exit(0)


def _until(target: Target, seconds: float) -> Callable[[bytes], None]:
    """Return a function that tries an input; it exits with 0 once the time is over, and with FOUND at a finding."""
    began = time.monotonic()
    inputs = 0

    def end(code: int) -> NoReturn:
        counted = asdict(Count(inputs, time.monotonic() - began))
        count_file(target).write_text(json.dumps(counted))
        sys.stderr.flush()
        os._exit(code)

    def once(data: bytes) -> None:
        nonlocal inputs
        if time.monotonic() - began >= seconds:
            end(0)
        inputs += 1
        try:
            target.run(data)
        except Exception as error:  # noqa: BLE001 - any exception is a finding
            found = _smaller(target, data, error)
            saved = findings(target) / f"crash-{hashlib.sha256(found).hexdigest()[:16]}"
            saved.write_bytes(found)
            traceback.print_exc()
            end(FOUND)

    return once


def _smaller(target: Target, data: bytes, error: Exception) -> bytes:
    """Shrink the input as far as the same kind of error occurs at the same place."""
    ends = time.monotonic() + _SECONDS_TO_SHRINK
    wanted = _place(error)
    size = len(data) // 2
    while size:
        start = 0
        while start < len(data) and time.monotonic() < ends:
            candidate = data[:start] + data[start + size :]
            if _place(_raised(target, candidate)) == wanted:
                data = candidate
            else:
                start += size
        size //= 2
    return data


def _raised(target: Target, data: bytes) -> Exception | None:
    try:
        target.run(data)
    except Exception as error:  # noqa: BLE001 - as above
        return error
    return None


def _place(error: Exception | None) -> tuple[type, int] | None:
    """The type of an error, and the line that raised it or, in a target, detected it."""
    if error is None:
        return None
    lines = [
        line for frame, line in traceback.walk_tb(error.__traceback__) if "fuzz" in frame.f_code.co_filename
    ]
    return type(error), lines[-2] if isinstance(error, BrokenInvariantError) else lines[-1]


def findings(target: Target) -> Path:
    """The folder of a target's findings, which is created if necessary."""
    folder = CACHE / "findings" / target.name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def count_file(target: Target) -> Path:
    """The file to which a fuzzing process writes its count."""
    return CACHE / "counts" / f"{target.name}.json"


def log_file(target: Target) -> Path:
    """The log file of a fuzzing process."""
    return CACHE / "logs" / f"{target.name}.log"


def chosen(names: list[str]) -> list[Target]:
    """The targets of these names, or all if none are given; exits if a name is unknown."""
    unknown = sorted(set(names) - TARGETS.keys())
    if unknown:
        sys.exit(f"There is no target {', '.join(unknown)}. There is: {', '.join(sorted(TARGETS))}.")
    return [TARGETS[name] for name in names or sorted(TARGETS)]
