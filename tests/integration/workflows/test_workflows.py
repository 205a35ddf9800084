"""Every workflow that the project has, shows or hands out is sound, for GitHub and for those who look closely."""

import re
from collections import defaultdict

import pytest
from tests.integration.workflows.documents import (
    ROOT,
    Document,
    action,
    documents,
    examples,
    workflows,
    written,
)
from tests.integration.workflows.readers import (
    Complaints,
    against_schema,
    against_schemas,
    audited,
    read,
    shell_checked,
)

DOCUMENTS = documents()
NAMES = sorted(DOCUMENTS)
PINNED = re.compile(r"uses: (?P<action>[^@\s]+)@(?P<commit>[0-9a-f]{40}) # (?P<version>v\d+\.\d+\.\d+)")
USED = re.compile(r"^\s*(?:- )?(?:\{ ?)?uses: (?P<used>\S+)(?P<comment>.*)$", re.MULTILINE)
OURS = re.compile(r"org/crreg-action(?:/\.github/workflows/[a-z-]+\.yml)?@v1")


def held() -> list[Document]:
    """What the project's repository holds."""
    return [*workflows(), action()]


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What all readers say, by document."""
    every = list(DOCUMENTS.values())
    said: list[Complaints] = [
        read(every, held()),
        against_schemas(every, tmp_path_factory.mktemp("schemas")),
        audited(every, tmp_path_factory.mktemp("audited")),
        shell_checked(every),
    ]
    return {name: [complaint for each in said for complaint in each[name]] for name in DOCUMENTS}


@pytest.mark.parametrize("name", NAMES)
def test_no_reader_has_anything_to_say(name: str, complaints: dict[str, list[str]]) -> None:
    assert complaints[name] == []


def test_there_is_something_of_every_kind_to_read() -> None:
    kinds = {re.sub(r"[^/]*$", "", name) if ":" not in name else "documentation" for name in NAMES}

    assert kinds == {".github/workflows/", "examples/", "documentation", "init/", ""}


@pytest.mark.parametrize("name", NAMES)
def test_every_action_of_others_is_pinned_by_commit_with_its_version_beside_it(name: str) -> None:
    loose = [
        used.group().strip()
        for used in USED.finditer(DOCUMENTS[name].text)
        if not OURS.fullmatch(used["used"]) and not PINNED.search(used.group())
    ]

    assert loose == []


def test_an_action_is_of_one_version_everywhere() -> None:
    pins: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for document in [*workflows(), *examples(), *written()]:
        for pin in PINNED.finditer(document.text):
            pins[pin["action"]].add((pin["commit"], pin["version"]))

    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


def test_github_can_read_the_forms_for_issues() -> None:
    folder = ROOT / ".github/ISSUE_TEMPLATE"

    assert against_schema(folder / "bug.yml", "github-issue-forms") == []
    assert against_schema(folder / "config.yml", "github-issue-config") == []


def test_dependabot_keeps_everything_current_that_is_locked_or_pinned() -> None:
    path = ROOT / ".github/dependabot.yml"
    content = Document("dependabot.yml", path.read_text()).content
    folders = {
        (update["package-ecosystem"], folder)
        for update in content["updates"]
        for folder in update.get("directories", [update.get("directory")])
    }

    assert against_schema(path, "dependabot") == []
    assert folders == {
        ("github-actions", "/"),
        ("github-actions", "/examples"),
        ("docker", "/"),
        ("pip", "/requirements"),
        ("npm", "/tests"),
    }
