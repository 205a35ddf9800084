"""The help of every command: nothing wider than a page, and sections that are complete."""

import pytest
from click.testing import CliRunner

from crreg.cli.main import crreg
from crreg.cli.publish import publish

COMMANDS = ("check", "doctor", "ensure", "images", "login", "publish", "rules")


def shown(*arguments: str) -> str:
    result = CliRunner(env={"COLUMNS": "300"}).invoke(crreg, [*arguments, "--help"])
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_no_line_is_wider_than_100_columns(command: tuple[str, ...]) -> None:
    assert [line for line in shown(*command).splitlines() if len(line) > 100] == []


def test_publish_shows_each_option_once_and_in_a_section() -> None:
    lines = shown("publish").splitlines()
    titles = [line.partition(" (")[0].rstrip(":") for line in lines if line[:1].isalpha()]
    options = [line.split()[0].rstrip(",") for line in lines if line.startswith("  -")]
    assert titles[1:] == [
        "Source",
        "Target",
        "Build",
        "Repository and network",
        "Run and report",
    ]
    assert len(options) == len(set(options)) == len(publish.params) + 1


@pytest.mark.parametrize(
    ("command", "budget"),
    [
        ("check", "(default: 120; with --org: 3,000)"),
        ("publish", "(default: 120)"),
        ("doctor", "(default: 120)"),
    ],
)
def test_the_help_names_the_default_budget(command: str, budget: str) -> None:
    assert budget in " ".join(shown(command).split())
