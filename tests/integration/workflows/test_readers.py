"""The readers find what is wrong: else nothing that they say of the project's workflows would count."""

from pathlib import Path

import pytest
from tests.integration.workflows.documents import Document, action, workflows
from tests.integration.workflows.readers import against_schema, against_schemas, audited, read, shell_checked

CALLER = """\
on: push
jobs:
  check:
    uses: org/crreg-action/.github/workflows/{workflow}.yml@v1
    with:
      {input}: x
    secrets:
      {secret}: x
"""
STEPS = """\
on: push
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - {step}
"""


def caller(workflow: str = "registry-health", name: str = "registries", secret: str = "token") -> str:
    return CALLER.format(workflow=workflow, input=name, secret=secret)


def step(text: str) -> str:
    return STEPS.format(step=text)


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        (caller(), []),
        (
            caller(name="registrys"),
            ["GitHub: 6: Invalid input, registrys is not defined in the referenced workflow."],
        ),
        (
            caller(secret="tokn"),
            ["GitHub: 8: Invalid secret, tokn is not defined in the referenced workflow."],
        ),
        (caller(workflow="registry-wealth"), ["GitHub: 4: Unable to find reusable workflow"]),
        (step("{uses: org/crreg-action@v1, with: {tokn: x}}"), ["GitHub: 6: Invalid action input 'tokn'"]),
        (step("run: echo ${{ nope.x }}"), ["GitHub: 6: Unrecognized named-value: 'nope'"]),
    ],
)
def test_githubs_own_reader_holds_a_caller_to_the_workflow_and_the_action_that_it_names(
    text: str, complaints: list[str]
) -> None:
    told = read([Document("caller.yml", text)], [*workflows(), action()])["caller.yml"]

    assert [one for one in told if one.startswith("GitHub: ")] == complaints


def test_an_action_is_read_as_one() -> None:
    broken = Document("action.yml", action().text.replace("icon: lock", "icon: key"))

    assert read([broken], []) == {"action.yml": ["GitHub: 5: Unexpected value 'key'"]}


def test_actionlint_is_among_the_readers() -> None:
    text = step("run: echo ${{ github.event.pull_request.title }}")

    told = read([Document("titled.yml", text)], [])["titled.yml"]

    assert [one.partition(" is ")[0] for one in told if one.startswith("actionlint: ")] == [
        'actionlint: 6: "github.event.pull_request.title"'
    ]


def test_the_schemas_are_among_the_readers(tmp_path: Path) -> None:
    assert (
        against_schemas([Document("bad.yml", "on: push\njobs: {}\nname: [x]\n")], tmp_path)["bad.yml"] != []
    )
    (tmp_path / "dependabot.yml").write_text("version: 3\n")
    assert against_schema(tmp_path / "dependabot.yml", "dependabot") != []


def test_zizmor_reads_pedantically_and_by_the_projects_own_policy(tmp_path: Path) -> None:
    steps = Document("steps.yml", step("uses: actions/setup-python@v6"))
    ours = Document("ours.yml", step("uses: org/crreg-action@v1"))

    told = audited([steps, ours], tmp_path)

    rules = {name: {one.split(": ")[2] for one in complaints} for name, complaints in told.items()}
    assert rules["steps.yml"] - rules["ours.yml"] == {"unpinned-uses"}
    assert {"anonymous-definition", "concurrency-limits", "excessive-permissions"} <= rules["ours.yml"]


def test_shellcheck_reads_what_steps_run() -> None:
    told = shell_checked([Document("shell.yml", step("run: rm $1"))])["shell.yml"]

    assert [one.rpartition("[")[2] for one in told] == ["SC2086]"]
