"""A commit that is fetched bit by bit is read exactly as its clean checkout is."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sandbox.checkout import commit
from tests.unit.workspace.commits import COMMITS, link, several, write
from tests.unit.workspace.git_source import MOST_ROUNDS, GitSource, rounds_of

from crreg.configuration.load import read_settings, settings_in
from crreg.configuration.nodes import ConfigurationError
from crreg.discovery.discover import discover, discover_in
from crreg.discovery.found import ProblemKind
from crreg.workspace.budget import ReadingBudget
from crreg.workspace.commit_objects import CommitObjects, TreeEntry
from crreg.workspace.confined import OUTSIDE
from crreg.workspace.fetched import FetchedFiles
from crreg.workspace.readable import ReadableFiles, UnreadableFileError
from crreg.workspace.reading import Workspace

WORKFLOW = {"GITHUB_ACTIONS": "true"}


def compare(root: Path) -> int:
    """Compare both ways to read a repository; return the rounds that the fetched one took."""
    if not (root / ".git").exists():
        commit(root)
    _, found, number = rounds_of(root)
    assert found == discover(root, WORKFLOW)
    return number


@pytest.mark.parametrize(("make", "rounds"), COMMITS)
def test_a_fetched_commit_is_read_like_its_checkout(
    tmp_path: Path, make: Callable[[Path], None], rounds: int
) -> None:
    make(tmp_path)
    assert compare(tmp_path) == rounds


NAMES = (".devcontainer", "a", "b", "devcontainer.json")
TARGETS = ("a", "b", "..", ".", "../a", "../b/a", "a/b", "nowhere", "../..", "/", ".devcontainer/a", "b/../a")
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)


@given(
    links=st.dictionaries(PATHS, st.sampled_from(TARGETS), max_size=6),
    files=st.lists(PATHS, max_size=4),
    asked=st.lists(st.lists(st.sampled_from((*NAMES, "..", "")), min_size=1, max_size=4), min_size=20),
)
@settings(
    max_examples=25,
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_links_of_any_kind_lead_where_they_lead_in_the_checkout(
    tmp_path_factory: pytest.TempPathFactory,
    links: dict[str, str],
    files: list[str],
    asked: list[list[str]],
) -> None:
    root = tmp_path_factory.mktemp("links") / "deep" / "repository"
    root.mkdir(parents=True)
    for path, target in links.items():
        with contextlib.suppress(OSError):
            link(root, path, target)
    for path in files:
        with contextlib.suppress(OSError):
            write(root, path, path)
    commit(root)
    source, objects = GitSource(root), CommitObjects()
    fetched, checkout = FetchedFiles(objects), Workspace(root, WORKFLOW)
    for path in ("/".join(names) for names in asked):
        expected = answers(root, checkout, path)
        for _ in range(MOST_ROUNDS):
            fetched.begin(ReadingBudget())
            found = answers(root, fetched, path)
            source.add(objects, objects.ask())
            if not objects.is_wanting:
                break
        if OUTSIDE not in f"{found} {expected}":
            assert (path, found) == (path, expected)


def answers(root: Path, files: ReadableFiles, path: str) -> tuple[object, ...]:
    try:
        content: object = files.read_file(path)
    except UnreadableFileError as error:
        content = (error.reason, error.beyond, error.missing)
    # Only the checkout has a `.git` and what is outside, and in neither anything may be read.
    folders = {
        each for each in files.folders(path or ".") if (root / path / each).resolve().is_relative_to(root)
    }
    return content, files.has_file(path), set(files.files(path)), folders - {".git"}


def test_what_is_beyond_the_limits_is_not_asked_for(tmp_path: Path) -> None:
    several(tmp_path)
    commit(tmp_path)
    source = GitSource(tmp_path)
    for objects in (CommitObjects(most_objects=40), CommitObjects(most_bytes=100)):
        files = FetchedFiles(objects)
        while True:
            files.begin(ReadingBudget())
            discover_in(files)
            wanted = objects.ask()
            if not wanted:
                break
            source.add(objects, wanted)
        assert objects.is_wanting
        files.begin(ReadingBudget(), last=True)
        found = discover_in(files)
        assert len(found.images) < 30
        assert {problem.kind for problem in found.problems} == {ProblemKind.UNRESOLVED}
        assert "was not read: there is too much to read" in found.problems[0].message


def test_a_source_that_lacks_what_it_lists_is_noticed() -> None:
    objects = CommitObjects()
    files = FetchedFiles(objects)
    objects.add_folder("", [(".devcontainer.json", TreeEntry(0o100644, "a" * 40))])
    for is_stuck in (False, True):
        files.begin(ReadingBudget())
        discover_in(files)
        assert (objects.is_wanting, objects.is_stuck) == (True, is_stuck)
        objects.ask()


def test_names_that_git_refuses_to_check_out_are_left_out() -> None:
    objects = CommitObjects()
    files = FetchedFiles(objects)
    names = ("..", ".", "", ".git", ".GIT", "a/b", "a\0b", "x" * 256, "fine")
    objects.add_folder("", [(name, TreeEntry(0o100644, "a" * 40)) for name in names])
    objects.add_folder("x", [("odd", TreeEntry(0, "a" * 40))])
    assert files.files("") == ["fine"]
    assert not files.has_file("x/odd")
    assert not objects.is_wanting


def test_the_configuration_is_read_from_any_files(tmp_path: Path) -> None:
    write(tmp_path, ".github/crreg.yml", "ignore: [unused-triple]\n")
    commit(tmp_path)
    source, objects = GitSource(tmp_path), CommitObjects()
    files = FetchedFiles(objects)
    rules = ("unused-triple",)
    with pytest.raises(ConfigurationError):
        settings_in(files, None, "", rules)
    source.add(objects, objects.ask())
    files.begin(ReadingBudget())
    assert settings_in(files, None, "", rules) == read_settings(tmp_path, None, "", WORKFLOW, rules)
    assert not objects.is_wanting
