"""The examples of the project, run as the suite runs them on GitHub, with a stand-in for the runner."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from live.clean import clean
from live.examples import EXAMPLES, FOLDER, OTHERS, rewritten, run_examples
from live.reference import running_reference
from live.web import network
from sandbox.ghcr import reached_by_name
from sandbox.github.control import GitHubSandbox
from sandbox.world import World
from tests.integration.live.stand_in import ACCOUNT, StandIn

ACTION = "org/crreg-action@v1"
"""The runner's stand-in knows the action by this name."""


@pytest.fixture
def stand_in(world: World, github: GitHubSandbox, tmp_path: Path) -> Iterator[StandIn]:
    with (
        running_reference(tmp_path, ACCOUNT, github) as reference,
        reached_by_name(reference.ghcr, world.internet),
        network() as send,
    ):
        yield StandIn(replace(reference, internet=world.internet.environment()), send)


def test_the_examples_pass_and_leave_nothing(stand_in: StandIn, tmp_path: Path) -> None:
    stage = stand_in.stage(stand_in.begin(tmp_path / "journal"))
    conclusions = run_examples(stage, ACTION)
    assert conclusions == {example.name: "success" for example in EXAMPLES}
    assert clean(stage) == []
    assert not (tmp_path / "journal").exists()


def test_one_that_fails_is_found(stand_in: StandIn, world: World, tmp_path: Path) -> None:
    world.internet.add("ghcr.io", world.places["acme.azurecr.io"].registry.url)
    stage = stand_in.stage(stand_in.begin(tmp_path / "journal"))
    assert set(run_examples(stage, ACTION).values()) == {"failure"}
    assert clean(stage) == []


def test_every_example_runs_or_says_what_it_needs() -> None:
    run = {example.file for example in EXAMPLES}
    assert run | set(OTHERS) == {path.name for path in FOLDER.glob("*.yml")}
    assert not run & set(OTHERS)


@pytest.mark.parametrize("file", sorted({example.file for example in EXAMPLES}))
def test_an_example_differs_in_its_start_its_action_and_its_runner_alone(file: str) -> None:
    text = (FOLDER / file).read_text(encoding="utf-8")
    before = yaml.safe_load(text)
    after = yaml.safe_load(rewritten(text, "acme/action@" + "c" * 40, "ubuntu-24.04-arm"))
    assert after.pop(True) == {"workflow_dispatch": None}
    del before[True]
    changed = text.replace("org/crreg-action", "acme/action").replace("@v1\n", f"@{'c' * 40}\n")
    expected = yaml.safe_load(changed.replace("ubuntu-latest", "ubuntu-24.04-arm"))
    del expected[True]
    assert after == expected
    assert after != before
    assert "org/crreg-action" not in rewritten(text, "acme/action@v2", "ubuntu-24.04").partition("\non:")[2]
