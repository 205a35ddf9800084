"""A commit that is fetched bit by bit is read exactly as its clean checkout is."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sandbox.checkout import commit, git
from tests.unit.workspace.git_source import MOST_ROUNDS, GitSource, rounds_of

from crreg.configuration.load import read_settings, settings_in
from crreg.configuration.nodes import ConfigurationError
from crreg.discovery.discover import discover, discover_in
from crreg.discovery.found import ProblemKind
from crreg.workspace.budget import ReadingBudget
from crreg.workspace.commit_objects import CommitObjects, TreeEntry
from crreg.workspace.fetched import FetchedFiles
from crreg.workspace.opening import OUTSIDE
from crreg.workspace.readable import MAX_FILE_BYTES, ReadableFiles, UnreadableFileError
from crreg.workspace.reading import Workspace

WORKFLOW = {"GITHUB_ACTIONS": "true"}
USUAL = ".devcontainer/devcontainer.json"
BUILT = '{"build": {"dockerfile": "%s"}}'
COMPOSED = '{"dockerComposeFile": %s, "service": "a"}'
COMMIT_OF_ANOTHER = "1234567890123456789012345678901234567890"


def write(root: Path, path: str, content: str | bytes) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content.encode() if isinstance(content, str) else content)


def link(root: Path, path: str, target: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).symlink_to(target)


def submodule(root: Path, path: str) -> None:
    """Commit a submodule, and nothing else from then on, as a checkout without submodules has it."""
    commit(root)
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{COMMIT_OF_ANOTHER},{path}")
    git(root, "commit", "--quiet", "--message=With a submodule")
    (root / path).mkdir(parents=True, exist_ok=True)


def compare(root: Path) -> int:
    """Compare both ways to read a repository; return the rounds that the fetched one took."""
    if not (root / ".git").exists():
        commit(root)
    _, found, number = rounds_of(root)
    assert found == discover(root, WORKFLOW)
    return number


def links(root: Path) -> None:
    write(root, "real/Dockerfile", "FROM e.io/linked\n")
    link(root, "linked", "real")
    link(root, ".devcontainer/chain", "../linked")
    link(root, ".devcontainer/Dockerfile", "chain/../real/Dockerfile")
    write(root, USUAL, BUILT % "Dockerfile")


def link_to_configurations(root: Path) -> None:
    write(root, "shared/devcontainer.json", '{"image": "e.io/shared"}')
    link(root, ".devcontainer/shared", "../shared")
    link(root, ".devcontainer.json", "shared/devcontainer.json")


def linked_folder(root: Path) -> None:
    write(root, "config/devcontainer.json", '{"image": "e.io/a"}')
    link(root, ".devcontainer", "config")


def broken_links(root: Path) -> None:
    link(root, USUAL, "nowhere.json")
    link(root, ".devcontainer/a/devcontainer.json", "devcontainer.json")
    link(root, ".devcontainer/b/devcontainer.json", "../c/devcontainer.json")
    link(root, ".devcontainer/c/devcontainer.json", "../b/devcontainer.json")
    link(root, ".devcontainer/d/devcontainer.json", "..")
    link(root, ".devcontainer/e", "nowhere")
    link(root, ".devcontainer/f/devcontainer.json", "../../.git/config")
    write(root, ".devcontainer/g/devcontainer.json", BUILT % "../h/../h/Dockerfile")
    link(root, ".devcontainer/h/Dockerfile", "Dockerfile")


def links_outside(root: Path) -> None:
    for name, target in (("a", "/etc/passwd"), ("b", "../../../../../../../../etc/passwd"), ("c", "/etc")):
        write(root, f".devcontainer/{name}/devcontainer.json", BUILT % "Dockerfile")
        link(root, f".devcontainer/{name}/Dockerfile", target)
    link(root, ".devcontainer/d/devcontainer.json", "/etc/passwd")
    link(root, ".devcontainer/e", "/etc")


def many_links(root: Path) -> None:
    write(root, USUAL, BUILT % "0")
    for number in range(50):
        link(root, f".devcontainer/{number}", str(number + 1))
    write(root, ".devcontainer/50", "FROM e.io/a\n")


def missing_parents(root: Path) -> None:
    for name, path in (
        ("a", "no/such/Dockerfile"),
        ("b", "devcontainer.json/Dockerfile"),
        ("c", "../../../x"),
    ):
        write(root, f".devcontainer/{name}/devcontainer.json", BUILT % path)
    write(root, ".devcontainer/d/devcontainer.json", BUILT % "/etc/passwd")
    write(root, ".devcontainer/e/devcontainer.json", BUILT % "../e")
    write(root, ".devcontainer/f/devcontainer.json", BUILT % "..\\\\Dockerfile")
    write(root, ".devcontainer/g/devcontainer.json", BUILT % "x\\u0000")
    write(root, ".devcontainer/h/devcontainer.json", BUILT % "\\ud800")
    write(root, ".devcontainer/i/devcontainer.json", BUILT % ".git/config")


def near_names(root: Path) -> None:
    write(root, USUAL, COMPOSED % '["Compose.yaml", "../docker-compose.yml"]')
    write(root, ".devcontainer/compose.yml", "services: {a: {image: e.io/a}}")
    write(root, "Docker-Compose.yaml", "services: {a: {image: e.io/b}}")
    write(root, ".devcontainer/b/devcontainer.json", BUILT % "DockerFile")
    write(root, ".devcontainer/b/dockerfile", "FROM e.io/c\n")
    write(root, ".devcontainer/b/DOCKERFILE/x", "")


def other_names(root: Path) -> None:
    write(root, ".devcontainer/Devcontainer.json", "{}")
    write(root, "devcontainer.json", "{}")
    link(root, ".devcontainer.jsonc", "devcontainer.json")
    link(root, ".devcontainer/devcontainer.yml", "nowhere")


def long_paths(root: Path) -> None:
    write(root, USUAL, BUILT % ("x/" * 3_000 + "Dockerfile"))
    write(root, ".devcontainer/a/devcontainer.json", BUILT % ("x" * 300))
    write(root, ".devcontainer/b/devcontainer.json", BUILT % ("y/" * 30 + "Dockerfile"))
    write(root, f".devcontainer/b/{'y/' * 30}Dockerfile", "FROM e.io/deep\n")


def contents(root: Path) -> None:
    write(root, USUAL, BUILT % "Dockerfile")
    write(root, ".devcontainer/Dockerfile", b"FROM e.io/a\n" + b"#" * MAX_FILE_BYTES)
    write(root, ".devcontainer/a/devcontainer.json", b'\xef\xbb\xbf{"image": "e.io/\xff"}')
    write(root, ".devcontainer/b/devcontainer.json", COMPOSED % '"c.yml"')
    write(root, ".devcontainer/b/c.yml", "services: {a: {image: e.io/ü}}".encode("utf-16"))
    write(root, ".devcontainer/c/devcontainer.json", COMPOSED % '"c.yml"')
    write(root, ".devcontainer/c/c.yml", b"services: {a: {image: e.io/\xe4}}")
    write(root, ".devcontainer/d/devcontainer.json", b"\0\0")
    write(root, ".devcontainer/e/devcontainer.json", '{"image": "e.io/a",\r\n"features": {"./f": {}}}\r\n')


def environment_files(root: Path) -> None:
    write(root, USUAL, COMPOSED % '"../docker-compose.yml"')
    write(root, "docker-compose.yml", "include: [sub/compose.yml]\nservices: {a: {image: 'e.io/$A'}}")
    write(root, ".env", "A=one\n")
    write(
        root,
        "sub/compose.yml",
        "services: {b: {image: 'e.io/$B', env_file: [x.env, {path: y, required: false}]}}",
    )
    write(root, "sub/.env", "B=two\n")
    write(root, "sub/x.env", "C=three\n")
    write(root, ".devcontainer/b/devcontainer.json", '{"dockerComposeFile": [], "service": "a"}')
    write(root, ".devcontainer/c/devcontainer.json", COMPOSED % '"c.yml"')
    write(
        root,
        ".devcontainer/c/c.yml",
        "services: {a: {image: 'e.io/${D?}', extends: {file: ../../e.yml, service: z}}}",
    )
    write(root, "e.yml", "services: {z: {build: {context: sub, dockerfile: ../.devcontainer/D}}}")
    write(root, ".devcontainer/D", "FROM e.io/extended\n")


def linked_environment(root: Path) -> None:
    for name, target in (("a", "nowhere"), ("b", "real.env"), ("c", "..")):
        write(root, f".devcontainer/{name}/devcontainer.json", COMPOSED % '"c.yml"')
        write(root, f".devcontainer/{name}/c.yml", "services: {a: {image: 'e.io/${A}'}}")
        link(root, f".devcontainer/{name}/.env", target)
    write(root, ".devcontainer/b/real.env", "A=x\n")


def submodules(root: Path) -> None:
    write(root, USUAL, COMPOSED % '["../sub/c.yml", "../old/c.yml", "../link/c.yml"]')
    write(root, ".gitmodules", '[submodule "old"]\n\tpath = old\n\turl = https://example.com/old\n')
    link(root, "link", "sub")
    submodule(root, "sub")


def submodule_of_configurations(root: Path) -> None:
    write(root, "README", "")
    submodule(root, ".devcontainer")


def submodules_in_the_place_of_files(root: Path) -> None:
    write(root, ".devcontainer/a/devcontainer.json", BUILT % "Dockerfile")
    submodule(root, ".devcontainer/a/Dockerfile")
    submodule(root, ".devcontainer/sub")
    submodule(root, ".devcontainer.json")


def strange_names(root: Path) -> None:
    write(root, ".devcontainer/line\nbreak/devcontainer.json", BUILT % "a:b")
    write(root, ".devcontainer/line\nbreak/a:b", "FROM e.io/a\n")
    write(root, ".devcontainer/\udcff/devcontainer.json", BUILT % "\\udcfe")
    write(root, ".devcontainer/\udcff/\udcfe", "FROM e.io/b\n")
    write(root, ".devcontainer/^{}@{u}/devcontainer.json", '{"image": "e.io/c"}')


def several(root: Path) -> None:
    for number in range(30):
        write(root, f".devcontainer/{number}/devcontainer.json", BUILT % f"../../{number}/Dockerfile")
        write(root, f"{number}/Dockerfile", f"FROM e.io/{number}\n")


@pytest.mark.parametrize(
    ("make", "rounds"),
    [
        (links, 6),
        (link_to_configurations, 4),
        (linked_folder, 5),
        (broken_links, 4),
        (links_outside, 4),
        (many_links, 3),
        (missing_parents, 3),
        (near_names, 3),
        (other_names, 3),
        (long_paths, 4),
        (contents, 4),
        (environment_files, 6),
        (linked_environment, 5),
        (submodules, 3),
        (submodule_of_configurations, 2),
        (submodules_in_the_place_of_files, 3),
        (strange_names, 5),
        (several, 4),
    ],
)
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
