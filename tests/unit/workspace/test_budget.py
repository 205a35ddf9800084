"""One budget for a repository: what it counts, how dev containers share it, and what a limit looks like."""

import json
from pathlib import Path

import pytest

from crreg.discovery.discover import discover
from crreg.discovery.found import Discovery, ProblemKind
from crreg.workspace.budget import LIMITS, Limit, LimitError, ReadingBudget

FEW = {**LIMITS, Limit.FILES: 8}


class Clock:
    """A clock that goes on by so many seconds each time it is looked at."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def test_what_is_spent_is_counted_and_the_limit_named() -> None:
    budget = ReadingBudget(FEW)
    budget.spend(Limit.FILES, 5)
    assert budget.spent(Limit.FILES) == 5

    with pytest.raises(
        LimitError, match="allows the dev containers of one repository 8 file reads"
    ) as caught:
        budget.spend(Limit.FILES, 4)

    assert caught.value.limit is Limit.FILES
    with pytest.raises(LimitError):
        budget.spend(Limit.FILES)


def test_a_share_is_half_of_what_is_left_and_gives_the_rest_back() -> None:
    budget = ReadingBudget(FEW)
    with budget.share(last=False):
        budget.spend(Limit.FILES, 4)
        with pytest.raises(LimitError):
            budget.spend(Limit.FILES)
    with budget.share(last=False):
        budget.spend(Limit.FILES)
        assert budget.spent(Limit.FILES) == 5
    with budget.share(last=True):
        budget.spend(Limit.FILES, 3)

    assert budget.spent(Limit.FILES) == 8


def test_time_is_shared_as_well() -> None:
    clock = Clock()
    budget = ReadingBudget(clock=clock)
    with budget.share(last=False):
        clock.now = 4.9
        budget.look()
        clock.now = 5.0
        with pytest.raises(LimitError, match="10 seconds of reading"):
            budget.look()
    budget.look()
    clock.now = 10.0
    with pytest.raises(LimitError):
        budget.look()
    assert budget.spent(Limit.SECONDS) == 10


def test_whoever_only_counts_looks_at_the_clock_now_and_then() -> None:
    clock = Clock()
    budget = ReadingBudget(clock=clock)
    clock.now = 11.0

    def count() -> None:
        for _ in range(1_000):
            budget.spend(Limit.WORK)

    with pytest.raises(LimitError, match="seconds"):
        count()


def written(root: Path, count: int, text: str) -> Path:
    for number in range(count):
        folder = root / ".devcontainer" / str(number)
        folder.mkdir(parents=True)
        (folder / "devcontainer.json").write_text(text)
    return root


def messages(found: Discovery) -> list[str]:
    return [problem.message for problem in found.problems]


def test_a_repository_beyond_a_limit_keeps_what_was_found_and_says_so_once(tmp_path: Path) -> None:
    written(tmp_path, 9, '{"image": "a"}')

    found = discover(tmp_path, budget=ReadingBudget({**LIMITS, Limit.BYTES: 60}))

    assert (len(found.configurations), len(found.images)) == (9, 3)
    [problem] = found.problems
    assert problem.kind is ProblemKind.UNRESOLVED
    assert problem.location.path == ".devcontainer/3/devcontainer.json"
    assert problem.message == (
        "this was not read to the end: crreg allows the dev containers of one repository 60 bytes of "
        "files, and not enough of that is left; 5 more dev containers were cut short as well"
    )


def test_discovery_ends_when_its_time_does(tmp_path: Path) -> None:
    written(tmp_path, 50, '{"image": "a"}')

    found = discover(tmp_path, budget=ReadingBudget(clock=Clock(0.09)))

    assert 0 < len(found.images) < 50
    [message] = messages(found)
    assert "10 seconds of reading" in message


@pytest.mark.parametrize(
    ("limit", "number", "files"),
    [
        (Limit.FOLDERS, 1, {"b/devcontainer.json": "{}", "c/devcontainer.json": "{}"}),
        (Limit.FILES, 2, {"c.yml": "services: {s: {image: a}}"}),
        (Limit.EXPANDED, 200, {"c.yml": "services: {s: {image: '$A$A'}}", ".env": "A=" + "x" * 60}),
        (Limit.WORK, 500, {"c.yml": "services: {s: {build: .}}", "Dockerfile": "FROM a\n" + "#" * 90}),
        (Limit.VALUES, 4, {"c.yml": "services: {s: {image: a}}"}),
        (Limit.VARIABLES, 1, {"c.yml": "services: {s: {image: a}}", ".env": "A=\nB=\n"}),
        (Limit.INCLUDES, 1, {"c.yml": "services: {s: {image: a}}\ninclude: [d.yml, d.yml]", "d.yml": "{}"}),
        (Limit.IMAGES, 0, {"c.yml": "services: {s: {image: a}}"}),
        (Limit.PROBLEMS, 0, {"c.yml": "services: {s: {image: 1}}"}),
    ],
)
def test_each_limit_is_one_problem(limit: Limit, number: int, files: dict[str, str], tmp_path: Path) -> None:
    config = {"devcontainer.json": json.dumps({"dockerComposeFile": "c.yml", "service": "s"})}
    for path, text in (config | files).items():
        (tmp_path / ".devcontainer" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / ".devcontainer" / path).write_text(text)

    found = discover(tmp_path, budget=ReadingBudget({**LIMITS, limit: number}))

    cut = [message for message in messages(found) if message.startswith("this was not read to the end")]
    assert len(cut) == 1
    assert f"{number:,} {limit.value}" in cut[0]


def test_names_and_messages_have_a_bound(tmp_path: Path) -> None:
    written(tmp_path, 1, json.dumps({"image": "x" * 90_000, "features": {"y" * 90_000: {}}}))

    found = discover(tmp_path)

    assert [len(image.text) for image in found.images] == [1_000]
    assert found.images[0].text.endswith("…")
    assert [len(message) for message in messages(found)] == [1_000]
