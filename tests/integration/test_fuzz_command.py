"""`python -m fuzz` as a person runs it: a table, and a finding that is saved and can be tried again."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_PLANTED = """
import sys
from fuzz import __main__, engines
from fuzz.target import ensure, target

@target("planted")
def planted(text: str) -> None:
    "It holds no such letters."
    with (engines.CACHE / "tried").open("a") as tried:
        print(ascii(text), file=tried)
    ensure("b" not in text, "a letter is there")

cache = __import__("pathlib").Path(sys.argv.pop(1))
"""
_ONCE = """
engines.CACHE = cache
sys.exit(__main__.main())
"""
_WITH_SEEDS = """
for run, seed in enumerate((7, 7, 8)):
    engines.CACHE = cache / str(run)
    engines.CACHE.mkdir()
    sys.argv[1:3] = ["--seed", str(seed)]
    __main__.main()
"""


def fuzz(folder: Path, *arguments: str, script: str = _ONCE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PLANTED + script, str(folder), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("engine", [(), ("--hypothesis",)], ids=["best engine", "hypothesis"])
def test_a_finding_is_made_small_saved_and_found_again(tmp_path: Path, engine: tuple[str, ...]) -> None:
    ran = fuzz(tmp_path, "--seconds", "20", "--target", "planted", *engine)

    assert ran.returncode == 1
    assert re.search(r"^planted +\d+ +[\d-]+ +\d+  1$", ran.stdout, re.MULTILINE)
    assert "BrokenInvariantError: a letter is there" in ran.stdout
    (again,) = re.findall(r"python -m fuzz (.*)", ran.stdout)
    arguments = shlex.split(again)
    assert Path(arguments[-1]).read_bytes() == b"b"
    repeated = fuzz(tmp_path, *arguments)
    assert "BrokenInvariantError: a letter is there" in repeated.stderr
    assert repeated.returncode == 1


@pytest.mark.parametrize("engine", [(), ("--hypothesis",)], ids=["best engine", "hypothesis"])
def test_without_a_finding_it_ends_in_time_and_counts(tmp_path: Path, engine: tuple[str, ...]) -> None:
    ran = fuzz(tmp_path, "--seconds", "1", "--target", "challenge", "--target", "platform", *engine)

    assert (ran.returncode, ran.stderr) == (0, "")
    counts = dict(re.findall(r"^(challenge|platform|total) +(\d+)", ran.stdout, re.MULTILINE))
    assert int(counts["total"]) == int(counts["challenge"]) + int(counts["platform"])
    assert int(counts["challenge"]) > 0


def test_an_unknown_target_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    ran = fuzz(tmp_path, "--hypothesis", "--target", "nothing")

    assert ran.returncode == 1
    assert re.fullmatch(r"There is no target nothing\. There is: .*\bplanted\b.*\.\n", ran.stderr)


@pytest.mark.parametrize("engine", [(), ("--hypothesis",)], ids=["best engine", "hypothesis"])
def test_a_seed_makes_the_same_inputs_again(tmp_path: Path, engine: tuple[str, ...]) -> None:
    ran = fuzz(tmp_path, "--seed", "7", "--seconds", "20", "--target", "planted", *engine, script=_WITH_SEEDS)

    assert ran.stdout.count("a letter is there") == 3, "each run ends with its finding, not with its time"
    first, again, other = ((tmp_path / run / "tried").read_text() for run in "012")
    assert first == again != other
