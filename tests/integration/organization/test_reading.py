"""An organization's repositories are read like their checkouts, with few queries and in spite of faults."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sandbox.checkout import commit, git
from sandbox.github.control import GitHubSandbox
from sandbox.github.git_objects import Content, File, Mode
from sandbox.github.organization import Plan
from tests.unit.workspace.commits import COMMITS, strange_names

from crreg.configuration.load import read_configuration
from crreg.discovery.discover import discover
from crreg.discovery.found import ProblemKind
from crreg.github import transport
from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError
from crreg.github.graphql import GraphQL
from crreg.github.pacing import Pacing
from crreg.net.deadline import Deadline
from crreg.organization.listed import Files, Listed, Read, Remembered
from crreg.organization.reading import read_repositories, read_repository_files
from crreg.organization.selection import Selection
from crreg.organization.state import State
from crreg.workspace.reading import Workspace

WORKFLOW = {"GITHUB_ACTIONS": "true"}
USUAL = ".devcontainer/devcontainer.json"
QUERIES = "/graphql"
EVERYTHING = Selection()
GONE = (
    "was not read: GitHub no longer shows it to this token, so it was deleted or made private in the meantime"
)


class Memory:
    """Remembers files by repository and commit, as the state does."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, str], Files] = {}

    def files(self, repository: int, commit: str) -> Files | None:
        return self.kept.get((repository, commit))

    def keep(self, listed: Listed, files: Files) -> None:
        self.kept[listed.id, listed.commit] = files


@pytest.fixture
def acme(github: GitHubSandbox) -> GitHubSandbox:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    return github


def client(acme: GitHubSandbox, *, seconds: float = 60, url: str = "") -> GraphQL:
    token = acme.add_token("classic", owner="mona", scopes=["repo", "admin:org"])
    said: list[str] = []
    github = GitHub.with_token(
        token,
        api_url=url or acme.url,
        deadline=Deadline.after(seconds),
        say=said.append,
        pacing=Pacing(said.append),
    )
    return GraphQL(github)


def read(
    acme: GitHubSandbox,
    selection: Selection = EVERYTHING,
    memory: Remembered | None = None,
) -> dict[str, Read]:
    reads = read_repositories(client(acme), "acme", selection, memory or Memory(), lambda _: None)
    return {each.listed.full_name.removeprefix("acme/"): each for each in reads}


def images(found: Read) -> list[str]:
    assert found.trouble == ""
    assert found.files is not None
    return [image.text for image in found.files.discovery.images]


def with_image(name: str) -> dict[str, Content]:
    return {USUAL: json.dumps({"image": f"e.io/{name}"})}


def committed(root: Path) -> Iterator[tuple[str, File]]:
    """Yield the files of a repository's HEAD."""
    for line in git(root, "ls-tree", "-r", "-z", "HEAD").split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, kind, oid = about.decode().split()
        content = oid.encode() if kind == "commit" else git(root, "cat-file", "blob", oid)
        yield path.decode(), File(content, Mode(int(mode, 8)))


def test_odd_repositories_are_read_like_their_checkouts(acme: GitHubSandbox, tmp_path: Path) -> None:
    # Only a name that is not UTF-8 can't be sent to the sandbox.
    made = {make.__name__: make for make, _ in COMMITS if make is not strange_names}
    expected = {}
    for name, make in made.items():
        make(tmp_path / name)
        commit(tmp_path / name)
        acme.add_repository(f"acme/{name}", files=dict(committed(tmp_path / name)))
        expected[name] = Files(
            discover(tmp_path / name, WORKFLOW), *read_configuration(Workspace(tmp_path / name, WORKFLOW))
        )
    with State.open(None) as state:
        for _ in range(2):
            found = read(acme, memory=state)
            state.flush()
            assert {name: each.files for name, each in found.items()} == expected
    assert len(acme.limits.queries()) <= 8 + 1
    # Only what is certainly free of dev containers and configurations is not opened.
    assert {name for name, each in found.items() if not each.is_remembered} == {
        "only_a_wrong_case",
    }


def test_a_whole_organization_takes_few_queries_and_a_second_time_only_the_list(acme: GitHubSandbox) -> None:
    acme.add_plan(Plan(seed=3, repositories=450, with_dev_container=130, needing_login=40))
    memory = Memory()
    counted: list[tuple[int, int]] = []
    reads = list(
        read_repositories(
            client(acme),
            "acme",
            Selection(),
            memory,
            lambda _: None,
            counted=lambda *each: counted.append(each),
        )
    )
    assert counted == [(100, 450), (200, 450), (300, 450), (400, 450), (450, 450)]
    with_files = [each for each in reads if each.files and each.files.discovery.configurations]
    assert len(with_files) >= 120
    assert not any(each.trouble or each.is_remembered for each in reads)
    assert len(acme.limits.queries()) <= 5 + 8

    acme.forget()
    again = list(read_repositories(client(acme), "acme", Selection(), memory, lambda _: None))
    assert len(acme.limits.queries()) == len(acme.requests()) == 5
    assert [(each.listed, each.files) for each in sorted(again, key=_identifier)] == [
        (each.listed, each.files) for each in sorted(reads, key=_identifier)
    ]
    assert sum(each.is_remembered for each in again) == len(memory.kept)


def _identifier(found: Read) -> int:
    return found.listed.id


def test_what_happens_to_a_repository_meanwhile_is_in_its_line(acme: GitHubSandbox) -> None:
    names = ("deleted", "emptied", "fine", "forced", "hidden", "refused", "renamed", "replaced")
    for name in names:
        acme.add_repository(f"acme/{name}", files=with_image(name))
    later = acme.repositories.after(1, QUERIES)
    later.delete("acme/deleted")
    later.empty("acme/emptied")
    later.commit("acme/forced", {"README.md": ""}, forced=True)
    later.refuse("acme/refused", message="Something went wrong.")
    later.refuse("acme/hidden", kind="NOT_FOUND", message="Could not resolve to a Repository.")
    later.rename("acme/renamed", "elsewhere")
    found = read(acme)
    lost = (
        "was not read: the commit that GitHub listed is gone, so the branch has been emptied or overwritten"
    )
    assert {name: each.trouble for name, each in found.items()} == {
        "deleted": GONE,
        "emptied": lost,
        "fine": "",
        "forced": lost,
        "hidden": GONE,
        "refused": 'was not read: GitHub answered with an error ("Something went wrong.")',
        "renamed": "",
        "replaced": "",
    }
    assert images(found["renamed"]) == ["e.io/renamed"]


def test_a_repository_that_takes_the_name_of_another_is_not_read_as_that_one(acme: GitHubSandbox) -> None:
    for name in ("app", "other"):
        acme.add_repository(f"acme/{name}", files=with_image(name))
    later = acme.repositories.after(1, QUERIES)
    later.rename("acme/app", "older")
    later.rename("acme/other", "app")
    found = read(acme)
    assert found["app"].trouble == "was not read: another repository has taken its name in the meantime"
    assert images(found["other"]) == ["e.io/other"]


def test_a_repository_that_github_does_not_describe_is_one_line(acme: GitHubSandbox) -> None:
    for name in ("a", "b", "c"):
        acme.add_repository(f"acme/{name}", files=with_image(name))
    acme.repositories.refuse("acme/b")
    found = read(acme)
    assert sorted(found) == ["?", "a", "c"]
    assert found["?"].trouble == "was not read: GitHub lists a repository without saying which"
    assert images(found["c"]) == ["e.io/c"]


@pytest.mark.parametrize("strain", [{"heaviest": 120}, {"heaviest": 20}, {"most_repositories": 7}])
def test_queries_become_smaller_until_github_answers_them(
    acme: GitHubSandbox, strain: dict[str, int]
) -> None:
    for number in range(30):
        acme.add_repository(f"acme/{number}", files=with_image(str(number)))
    acme.limits.strain(**strain)
    found = read(acme)
    assert {name: images(each) for name, each in found.items()} == {
        str(number): [f"e.io/{number}"] for number in range(30)
    }
    assert len(acme.limits.queries()) < 80


def test_answers_that_are_too_large_are_asked_for_in_parts(acme: GitHubSandbox) -> None:
    dockerfile = "FROM e.io/a\n" + f"#{'x' * 70}\n" * 6_000
    for number in range(12):
        build = json.dumps({"build": {"dockerfile": "Dockerfile"}})
        acme.add_repository(f"acme/{number}", files={USUAL: build, ".devcontainer/Dockerfile": dockerfile})
    assert [images(each) for each in read(acme).values()] == [["e.io/a"]] * 12
    assert len(acme.limits.queries()) <= 8


def test_large_roots_are_listed_in_smaller_pages_and_one_that_is_too_large_is_said(
    acme: GitHubSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAXIMUM_BODY", 60_000)
    for number in range(8):
        more = with_image("a") if number % 4 == 0 else {}
        acme.add_repository(f"acme/{number}", files={**files(100), **more})
    acme.add_repository("acme/huge", files=files(800))
    found = read(acme)
    assert found.pop("huge").trouble == "was not read: GitHub gives up on its root"
    assert {name: images(each) for name, each in found.items()} == {
        str(number): ["e.io/a"] if number % 4 == 0 else [] for number in range(8)
    }
    assert len(acme.limits.queries()) <= 30


def files(number: int) -> dict[str, Content]:
    return {f"a-file-with-some-name-{each:05}": "" for each in range(number)}


def test_a_series_of_failures_loses_nothing(acme: GitHubSandbox) -> None:
    for number in range(5):
        acme.add_repository(f"acme/{number}", files=with_image(str(number)))
    acme.limits.fail(502, requests=3, path=QUERIES)
    found = read(acme)
    assert [images(each) for each in found.values()] == [[f"e.io/{number}"] for number in range(5)]


def test_a_used_up_limit_leaves_the_rest_unread_and_says_until_when(acme: GitHubSandbox) -> None:
    acme.add_repository("acme/none")
    acme.add_repository("acme/app", files=with_image("app"))

    def use_up(_: int, __: int) -> None:
        acme.limits.exceed("primary", requests=100, retry_after=3_000, path=QUERIES)

    reads = read_repositories(client(acme), "acme", Selection(), Memory(), lambda _: None, counted=use_up)
    found = {each.listed.full_name: each for each in reads}
    assert found["acme/none"].trouble == ""
    assert found["acme/app"].trouble.startswith("was not read: GitHub's rate limit is used up")
    assert " until " in found["acme/app"].trouble

    with pytest.raises(GitHubError) as caught:
        list(read_repositories(client(acme), "acme", Selection(), Memory(), lambda _: None))
    assert caught.value.cause is Cause.RATE_LIMITED


def test_an_organization_that_the_token_does_not_see_is_said(acme: GitHubSandbox) -> None:
    with pytest.raises(GitHubError) as caught:
        list(read_repositories(client(acme), "nobody", Selection(), Memory(), lambda _: None))
    assert caught.value.detail == "The organization nobody does not exist, or the token can't see it."


def test_one_hostile_repository_costs_the_others_nothing(acme: GitHubSandbox) -> None:
    hostile: dict[str, Content] = {
        f".devcontainer/{number}/devcontainer.json": "{}" for number in range(3_200)
    }
    acme.add_repository("acme/a", files=hostile)
    build = {"dockerfile": '../x") { __typename } } #\0'}
    acme.add_repository("acme/b", files={USUAL: json.dumps({"build": build})})
    acme.add_repository("acme/c", files=with_image("c"))
    found = read(acme)
    assert images(found["c"]) == ["e.io/c"]
    assert found["b"].files is not None
    assert [problem.kind for problem in found["b"].files.discovery.problems] == [ProblemKind.INVALID]
    assert found["a"].files is not None
    problems = found["a"].files.discovery.problems
    assert {problem.kind for problem in problems} == {ProblemKind.UNRESOLVED}
    assert "this was not read to the end" in problems[-1].message
    assert len(acme.limits.queries()) <= 4


def test_filters_choose_repositories_and_branches(acme: GitHubSandbox) -> None:
    old = datetime(2020, 1, 1, tzinfo=UTC)
    acme.add_repository("acme/web", files=with_image("web"), topics=["shop"], properties={"team": "a"})
    acme.add_repository("acme/api", files=with_image("api"), properties={"team": ["a", "b"]}, pushed_at=old)
    acme.add_repository("acme/old", files=with_image("old"), archived=True)
    acme.add_repository("acme/empty", files={}, pushed_at=old)
    acme.repositories.commit("acme/web", with_image("next"), branch="release/2")
    assert sorted(read(acme)) == ["api", "empty", "web"]
    assert sorted(read(acme, Selection(repositories=("old", "a*")))) == ["api", "old"]
    assert sorted(read(acme, Selection(topics=("shop",)))) == ["web"]
    assert sorted(read(acme, Selection(properties=(("team", "b"),)))) == ["api"]
    assert sorted(read(acme, Selection(changed_since=old.replace(year=2021)))) == ["web"]
    both = read_repositories(
        client(acme),
        "acme",
        Selection(exclude=("api",), branches=("main", "release/2")),
        Memory(),
        lambda _: None,
    )
    assert sorted((each.listed.branch, *images(each)) for each in both) == [
        ("",),
        ("main", "e.io/web"),
        ("release/2", "e.io/next"),
    ]


def test_one_repository_is_read_at_its_default_branch(acme: GitHubSandbox) -> None:
    acme.add_repository("acme/app", files=with_image("app") | {".github/crreg.yml": "ignore: []\n"})
    graphql = client(acme, url=acme.enterprise_url)
    first = read_repository_files(graphql, "acme/app")
    assert first.files is not None
    assert (first.files.configuration, first.files.configuration_path) == (
        "ignore: []\n",
        ".github/crreg.yml",
    )
    acme.add_repository("acme/next", files=with_image("next") | {".github/crreg.yaml": b"\xff"})
    second = read_repository_files(graphql, "acme/next")
    assert (images(first), images(second)) == (["e.io/app"], ["e.io/next"])
    assert second.files is not None
    assert second.files.configuration_path == ".github/crreg.yaml"
    assert second.files.configuration_trouble == "is not UTF-8: byte 0xff in line 1"
    with pytest.raises(GitHubError, match="acme/none does not exist"):
        read_repository_files(graphql, "acme/none")


def test_what_was_not_checked_last_time_is_read_first_and_then_the_longest_unchecked(
    acme: GitHubSandbox,
) -> None:
    for number in range(250):
        acme.add_repository(f"acme/r-{number}", files=with_image("app") if number % 50 == 49 else {})
    names = {each.listed.id: each.listed.full_name.removeprefix("acme/") for each in read(acme).values()}
    ids = {name: identifier for identifier, name in names.items()}
    last = {
        ids["r-149"]: "2026-11-25",
        ids["r-49"]: "2026-11-26",
        ids["r-99"]: "2026-11-24",
        ids["r-0"]: "2026",
    }
    reads = read_repositories(client(acme), "acme", Selection(), Memory(), lambda _: None, last_checked=last)
    order = [names[each.listed.id] for each in reads]
    assert sorted(order) == sorted(names.values())
    first = [name for name in order if ids[name] not in last]
    assert order.index("r-249") < order.index("r-99"), "although it is on the last page"
    assert order.index("r-0") > order.index("r-248")
    assert len(first) == 246
    waiting = [each for each in order if each in ("r-149", "r-49", "r-99")]
    assert waiting == ["r-99", "r-149", "r-49"]
