"""Discovery of files that are not committed, or not as they are here."""

from pathlib import Path

from sandbox.checkout import commit

from crreg.discovery.discover import MAX_PASSED_OVER, discover
from crreg.discovery.found import ProblemKind

WORKFLOW = {"GITHUB_ACTIONS": "true"}
USUAL = ".devcontainer/devcontainer.json"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def noted(folder: Path, environment: dict[str, str]) -> list[tuple[ProblemKind, str]]:
    return [(problem.kind, problem.message) for problem in discover(folder, environment).problems]


def test_a_dev_container_that_is_not_committed_is_named(tmp_path: Path) -> None:
    commit(write(tmp_path, **{".devcontainer/a/devcontainer.json": '{"image": "a"}'}))
    write(tmp_path, **{USUAL: '{"image": "b"}'})

    found = discover(tmp_path, WORKFLOW)

    assert [image.text for image in found.images] == ["a"]
    assert noted(tmp_path, WORKFLOW) == [
        (ProblemKind.UNRESOLVED, f"{USUAL} is not committed, so a codespace does not see it")
    ]
    assert [image.text for image in discover(tmp_path).images] == ["a", "b"]


def test_many_uncommitted_dev_containers_are_counted(tmp_path: Path) -> None:
    commit(tmp_path)
    for number in range(MAX_PASSED_OVER + 5):
        write(tmp_path, **{f".devcontainer/{number:03}/devcontainer.json": "{}"})

    problems = noted(tmp_path, WORKFLOW)

    assert len(problems) == MAX_PASSED_OVER + 1
    assert sum("and 4 more files are not committed either" in message for _, message in problems) == 1


def test_a_dockerfile_that_is_not_committed_is_missing_and_one_that_changed_is_unknown(
    tmp_path: Path,
) -> None:
    files = {
        ".devcontainer/a/devcontainer.json": '{"build": {"dockerfile": "new"}}',
        ".devcontainer/b/devcontainer.json": '{"build": {"dockerfile": "old"}}',
        ".devcontainer/b/old": "FROM a\n",
    }
    commit(write(tmp_path, **files))
    write(tmp_path, **{".devcontainer/a/new": "FROM b\n", ".devcontainer/b/old": "FROM b\n"})

    assert noted(tmp_path, WORKFLOW) == [
        (ProblemKind.INVALID, ".devcontainer/a/new is not committed, so a codespace does not see it"),
        (
            ProblemKind.UNRESOLVED,
            ".devcontainer/b/old differs from the committed file, which is what a codespace sees",
        ),
    ]
    assert noted(tmp_path, {}) == []


def test_variables_that_git_ignores_are_named_where_they_are_missed(tmp_path: Path) -> None:
    config = '{"dockerComposeFile": "../c.yml", "service": "a"}'
    commit(
        write(
            tmp_path, **{USUAL: config, ".gitignore": ".env\n", "c.yml": "services: {a: {image: 'a:$TAG'}}\n"}
        )
    )
    write(tmp_path, **{".env": "TAG=1\n"})

    assert noted(tmp_path, {}) == [
        (ProblemKind.UNRESOLVED, ".env is ignored by git, so a codespace does not see it"),
        (
            ProblemKind.UNRESOLVED,
            "image of the service a depends on TAG, whose value only the codespace knows",
        ),
    ]
    write(tmp_path, **{"c.yml": "services: {a: {image: 'a:${TAG:-2}'}}\n"})
    assert noted(tmp_path, {}) == []


def test_a_damaged_index_is_noted_once(tmp_path: Path) -> None:
    commit(write(tmp_path, **{USUAL: '{"image": "a"}'}))
    (tmp_path / ".git" / "index").write_bytes(b"DIRC")

    assert noted(tmp_path, WORKFLOW) == [
        (
            ProblemKind.UNRESOLVED,
            "git's index is too short, so crreg reads files that may not be committed, and skips .env files",
        )
    ]
