"""Fuzzes all or some targets for a given time, `python -m fuzz --seconds 60`, or retries one input."""

import argparse
import functools
import json
import os
import re
import signal
import sys
import time
import traceback
from pathlib import Path

from fuzz import engines
from fuzz.target import TARGETS, Target

_SHOWN = 12
"""The number of last lines of a traceback to show."""
_LEAST = 0.2
_COVERAGE = re.compile(r"cov: (\d+)")


def main() -> int:
    """Run the command; its exit code is 1 if there was a finding."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for all targets together")
    parser.add_argument("--target", action="append", default=[], help="a target's name; all without")
    parser.add_argument("--jobs", type=int, default=2, help="targets at the same time")
    parser.add_argument("--seed", type=int, help="make the same inputs each time; others without")
    parser.add_argument(
        "--hypothesis", action="store_true", help="use hypothesis even where atheris is installed"
    )
    parser.add_argument("--reproduce", type=Path, help="try this one input on the target")
    parser.add_argument("--list", action="store_true", help="name the targets and what they hold")
    options = parser.parse_args()
    if options.reproduce or options.list:
        engines.load_targets(instrumented=False)
        return _reproduce(options.target, options.reproduce) if options.reproduce else _list()
    instrumented = engines.HAS_ATHERIS and not options.hypothesis
    engines.load_targets(instrumented=instrumented)
    # Loading and instrumenting the code takes several more seconds, on a busy machine longer than a short run.
    ends = time.monotonic() + options.seconds
    for folder in ("counts", "logs"):
        (engines.CACHE / folder).mkdir(parents=True, exist_ok=True)
    engine = engines.fuzz_atheris if instrumented else engines.fuzz_hypothesis
    run = functools.partial(engine, seed=options.seed)
    found = _fuzz(engines.chosen(options.target), ends, options.jobs, run)
    return _tell(found, "atheris" if instrumented else "hypothesis")


def _list() -> int:
    for name, target in sorted(TARGETS.items()):
        print(f"{name:24} {(target.call.__doc__ or '').strip()}")
    return 0


def _reproduce(names: list[str], path: Path) -> int:
    """Try one input, and show any exception in full."""
    (target,) = engines.chosen(names)
    target.run(path.read_bytes())
    print(f"{target.name} takes {path}.")
    return 0


def _fuzz(targets: list[Target], ends: float, jobs: int, run: engines.Engine) -> list[tuple[Target, int]]:
    """Fuzz each target in its own process; returns the exit code of each."""
    ended: list[tuple[Target, int]] = []
    running: dict[int, Target] = {}
    waiting = list(targets)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                weight = sum(target.weight for target in waiting)
                target = waiting.pop(0)
                # The unused time of finished targets is shared among those that wait.
                seconds = (ends - time.monotonic()) * target.weight / weight * min(jobs, len(waiting) + 1)
                seconds = min(seconds, ends - time.monotonic())
                running[_child(run, target, max(seconds, _LEAST))] = target
            process, status = os.wait()
            if process in running:
                ended.append((running.pop(process), os.waitstatus_to_exitcode(status)))
    finally:
        for process in running:
            os.kill(process, signal.SIGKILL)
    return sorted(ended, key=lambda end: end[0].name)


def _child(run: engines.Engine, target: Target, seconds: float) -> int:
    """Start a process that fuzzes a target and writes to its log."""
    engines.count_file(target).unlink(missing_ok=True)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    process = os.fork()
    if process:
        return process
    try:
        log = os.open(engines.log_file(target), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for descriptor in (1, 2):
            os.dup2(log, descriptor)
        run(target, seconds)
    except BaseException:  # noqa: BLE001 - it must not go on as a second parent
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


def _tell(found: list[tuple[Target, int]], engine: str) -> int:
    """Print the results; returns 1 if there was a finding."""
    print(f"{'target':24} {'inputs':>9} {'coverage':>8} {'inputs/s':>9}  findings ({engine})")
    failed = [(target, code) for target, code in found if code]
    total = 0
    for target, code in found:
        count = _count(target)
        total += count.inputs
        covered = _COVERAGE.findall(engines.log_file(target).read_text(errors="replace"))
        pace = count.inputs / count.seconds if count.seconds else 0.0
        print(
            f"{target.name:24} {count.inputs:9} {covered[-1] if covered else '-':>8} {pace:9.0f}  {1 if code else ''}"
        )
    print(f"{'total':24} {total:9}")
    for target, code in failed:
        _explain(target, code)
    return 1 if failed else 0


def _count(target: Target) -> engines.Count:
    path = engines.count_file(target)
    return engines.Count(**json.loads(path.read_text())) if path.is_file() else engines.Count()


def _explain(target: Target, code: int) -> None:
    """Describe a finding and how to reproduce it."""
    log = engines.log_file(target)
    lines = log.read_text(errors="replace").splitlines()
    raised = [number for number, line in enumerate(lines) if line.startswith("Traceback")]
    shown = lines[raised[-1] :] if raised else lines
    last = next(
        (number for number, line in enumerate(shown) if re.match(r"[\w.]+(?:Error|Exception)\b", line)), None
    )
    shown = shown[: last + 1] if last is not None else shown
    print(f"\n{target.name} (exit code {code}, log {log}):")
    print("\n".join(f"  {line}" for line in shown[-_SHOWN:]))
    saved = sorted(engines.findings(target).glob("*"), key=lambda path: path.stat().st_mtime)
    if saved:
        print(f"  To see it again: python -m fuzz --target {target.name} --reproduce {saved[-1]}")


if __name__ == "__main__":
    sys.exit(main())
