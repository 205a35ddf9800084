"""Ignore rules, held to what `git check-ignore` says."""

import contextlib
import random
from pathlib import Path

import pytest
from sandbox.checkout import git
from tests.unit.speed import within

from crreg.workspace.checkout import find_checkout
from crreg.workspace.confined import RefusedError
from crreg.workspace.ignored import Ignored

PIECES = [
    *("a", "b", "c", "ab", "*", "?", "[ab]", "[!a]", "[a-c]", "**", "/", "/", "\\*", "\\a", " ", "\\ ", "!"),
    *("#", "[[:alpha:]]", "[", "]", "a]", "[^b]", "[]a]", "[/a]", "é", "***"),
]


def ignored(folder: Path, **environment: str) -> Ignored:
    checkout = find_checkout(folder)
    assert checkout is not None
    return Ignored(checkout, environment)


def names(dice: random.Random) -> str:
    return "".join(dice.choice("aabbccé *]?") for _ in range(dice.randint(1, 3))).strip() or "a"


def patterns(dice: random.Random) -> str:
    def pattern() -> str:
        inner = "".join(dice.choice(PIECES) for _ in range(dice.randint(1, 5)))
        return f"{'!' * (dice.random() < 0.15)}{inner}{'/' * (dice.random() < 0.2)}"

    return "".join(f"{pattern()}{dice.choice(['', '', ' ', chr(13)])}\n" for _ in range(dice.randint(0, 6)))


@pytest.mark.parametrize("seed", range(12))
def test_what_is_ignored_is_what_git_ignores(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret
    git(tmp_path, "init", "--quiet")
    paths = []
    for _ in range(80):
        path = tmp_path.joinpath(*(names(dice) for _ in range(dice.randint(1, 4))))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(exist_ok=False)
        except OSError:
            continue
        paths.append(str(path.relative_to(tmp_path)))
    folders = sorted({tmp_path, *((tmp_path / path).parent for path in paths)})
    for file in (
        *(folder / ".gitignore" for folder in (tmp_path, *dice.sample(folders, 3))),
        tmp_path / ".git" / "info" / "exclude",
    ):
        file.write_bytes(patterns(dice).encode())

    listed = "\0".join(paths).encode()
    # check-ignore ends with 1 where nothing is ignored, so a name that is goes along.
    with (tmp_path / ".git" / "info" / "exclude").open("ab") as exclude:
        exclude.write(b"\nsurely-ignored\n")
    expected = git(tmp_path, "check-ignore", "--stdin", "-z", content=listed + b"\0surely-ignored")
    rules = ignored(tmp_path)

    wrong = [path for path in paths if rules.has(path) != (path.encode() in expected.split(b"\0"))]

    assert (len(paths) > 20, wrong) == (True, [])


@pytest.mark.parametrize(
    ("configuration", "file"),
    [
        ({}, ".config/git/ignore"),
        ({".gitconfig": "[core]\n\texcludesFile = ~/mine\n"}, "mine"),
        ({".gitconfig": '[user]\nexcludesfile=no\n[core] # own\n  ExcludesFile = "mine too"\n'}, "mine too"),
        ({".config/git/config": "[CORE]excludesfile=mine ; own\n"}, "mine"),
    ],
)
def test_the_users_own_rules_count(tmp_path: Path, configuration: dict[str, str], file: str) -> None:
    home, folder = tmp_path / "home", tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "--quiet")
    for name, text in {**configuration, file: ".env\n"}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text)

    assert ignored(folder, HOME=str(home)).has("app/.env")
    assert not ignored(folder).has("app/.env")


def test_a_checkout_names_no_file_of_rules(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "rules").write_text(".env\n")
    git(tmp_path, "config", "core.excludesFile", str(tmp_path / "rules"))

    assert not ignored(tmp_path, HOME="/nonexistent").has(".env")


def test_a_link_in_place_of_the_rules_is_not_followed(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "rules").write_text(".env\n")
    (tmp_path / ".gitignore").symlink_to("rules")

    assert not ignored(tmp_path).has(".env")


@pytest.mark.speed
@pytest.mark.parametrize(
    "rules",
    [
        "*a*a*a*a*a*a*a*a*a*a*a*a*a*b\n" * 3000,
        "**/*/**/*/**/*/**/*/**/*/**/x?\n" * 3000,
        "[" * 1000 + "\n",
        ("[" * 1000 + "\n") * 240,
        "x" * 2000 + "\n",
        "a\n" * 300_000,
        "x*\n" * 80_000,
    ],
)
def test_rules_without_end_are_refused_or_applied_in_time(tmp_path: Path, rules: str) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / ".gitignore").write_text(rules)
    applied = ignored(tmp_path)

    with within(5), contextlib.suppress(RefusedError):
        for number in range(100):
            applied.has("/".join(["a" * 100] * 20) + str(number))
