"""Texts of hostile files and registries: what a runner obeys, what a terminal obeys, and what echoes a secret."""

import json
import re
from pathlib import Path

import pytest
from sandbox.serving import Handler, Server
from tests.attacks.measured import Attempt, run_action, run_command, write_repository
from tests.unit.redaction.test_spelling import DISGUISES
from tests.unit.report.demo import REPORT_KEYS

from crreg.exits.exit_code import ExitCode
from crreg.redaction.spelling import folded

pytestmark = pytest.mark.attack

PAYLOADS = (
    "\n::set-output name=status::healthy",
    "\r::error file=a,line=1::forged",
    "\r\n  ::add-mask::e",
    "\u2028::stop-commands::x",
    "\u2029::error::x",
    "\x85::error::x",
    "\x0b::error::x",
    "\x0c::error::x",
    "\x1c::error::x",
    "##[set-output name=status;]healthy",
    "\x1b]0;owned\x07\x1b[2J\x1b]8;;http://evil.example\x1b\\",
    "\x9b2J",
    "\x08\x08\x07",
    "\u202eevil\u2066",
    "\u200b\ufeff\u00ad",
)
EVERYTHING = "".join(PAYLOADS)
COMMANDS = (
    ("check",),
    ("check", "--format", "json"),
    ("check", "--format", "markdown"),
    ("check", "--format", "sarif"),
    ("images",),
    ("images", "--format", "json"),
    ("doctor",),
    ("doctor", "--format", "json"),
    ("doctor", "--write-recommended"),
    ("ensure", "--dry-run"),
    ("publish", "--dry-run"),
)
CONFIGURATIONS = {
    "a key": f"{json.dumps(EVERYTHING)}: 1\n",
    "an identifier": f"registries:\n  {json.dumps('A' + EVERYTHING)}: {{}}\n",
    "a server": f"registries:\n  ACR: {{server: {json.dumps(EVERYTHING)}, images: [{json.dumps(EVERYTHING)}]}}\n",
    "a level": f"registries:\n  ACR: {{level: {json.dumps(EVERYTHING)}}}\n",
    "a repository": f"registries:\n  ACR: {{repositories: [{json.dumps(EVERYTHING)}]}}\n",
    "a rule": f"ignore: [{json.dumps(EVERYTHING)}]\n",
    "a published image": f"publish:\n- {{image: {json.dumps('ghcr.io/O/' + EVERYTHING)}, copy: a/b}}\n",
    "a copied image": f"publish:\n- {{image: ghcr.io/o/x, copy: {json.dumps(EVERYTHING)}}}\n",
    "a tag": f"publish:\n- {{image: ghcr.io/o/x, copy: a/b, tags: [{json.dumps(EVERYTHING)}]}}\n",
    "a build argument": f"publish:\n- {{image: ghcr.io/o/x, build: {{args: {{{json.dumps(EVERYTHING)}: [1]}}}}}}\n",
    "a folder": f"publish:\n- {{image: ghcr.io/o/x, build: {json.dumps(EVERYTHING)}}}\n",
}
COLOR = re.compile(r"\x1b\[[0-9;]*m")


def obeyed(text: str) -> list[str]:
    """The lines in which a runner finds a command, by its own two syntaxes and .NET's line ends."""
    lines = re.split(r"\r\n|\r|\n", text)
    return [line for line in lines if line.lstrip().startswith("::") or "##[" in line]


def assert_harmless(attempt: Attempt) -> None:
    for text in (attempt.output, attempt.errors):
        assert obeyed(text) == []
        assert all(character == "\n" or character.isprintable() for character in text)
    assert "Traceback" not in attempt.errors


@pytest.mark.parametrize("place", CONFIGURATIONS)
def test_no_text_of_a_configuration_is_obeyed(tmp_path: Path, place: str) -> None:
    repository = write_repository(tmp_path, {".github/crreg.yml": CONFIGURATIONS[place]})
    for command in (("check",), ("publish", "--dry-run")):
        attempt = run_command(repository, *command, "--repository", "acme/app", CRREG_TIMEOUT="2")
        assert_harmless(attempt)
        assert attempt.code in set(ExitCode)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_text_of_the_files_is_obeyed_by_any_command(tmp_path: Path, command: tuple[str, ...]) -> None:
    hostile = EVERYTHING.replace("/", "")
    repository = write_repository(
        tmp_path,
        {
            f".devcontainer/a{hostile[:80]}/devcontainer.json": "{",
            ".devcontainer/b/devcontainer.json": json.dumps({"build": {"dockerfile": hostile}}),
            ".devcontainer/c/devcontainer.json": json.dumps({"image": f"X{EVERYTHING}"}),
            ".devcontainer/d/devcontainer.json": json.dumps({"build": {"dockerfile": "Dockerfile"}}),
            ".devcontainer/d/Dockerfile": "FROM scratch\n"
            + "".join(f"{line}\n" for line in re.split(r"[\n\r]+", EVERYTHING))
            + f"FROM ${{X:?{EVERYTHING.splitlines()[-1]}}}\n",
        },
    )
    repeated = () if command[0] == "images" else ("--repository", "acme/app")
    attempt = run_command(
        repository,
        *command,
        *repeated,
        CRREG_TIMEOUT="2",
        GITHUB_API_URL="http://127.0.0.1:9",
        GITHUB_TOKEN="t",
    )
    assert_harmless(attempt)


@pytest.mark.parametrize("place", ["a published image", "a build argument", "a server"])
def test_the_action_lets_no_file_write_a_command(tmp_path: Path, place: str) -> None:
    repository = write_repository(tmp_path, {".github/crreg.yml": CONFIGURATIONS[place]})
    attempt = run_action(repository, CRREG_TIMEOUT="2")
    lines = obeyed(attempt.output)
    own = r"::(?:stop-commands::[0-9a-f]{32}|[0-9a-f]{32}::|(?:error|warning|notice) [^:]*::.*)"
    assert all(re.fullmatch(own, line) for line in lines)
    bare = COLOR.sub("", attempt.output)
    assert all(character == "\n" or character.isprintable() for character in bare)


def test_no_argument_is_obeyed(tmp_path: Path) -> None:
    for arguments in (
        ("check", "--repository", EVERYTHING),
        ("check", f"--{EVERYTHING}"),
        ("check", "--path", EVERYTHING),
        ("publish", "--copy", EVERYTHING, "--to", EVERYTHING),
        ("publish", "--local", "a", "--to", f"ghcr.io/O{EVERYTHING}"),
        (EVERYTHING,),
    ):
        assert_harmless(run_command(tmp_path, *arguments))


@pytest.mark.parametrize(
    "text",
    [
        f"registries:\n A: &a {{images: [{','.join(['a'] * 1000)}]}}\n"
        + "".join(f" B{number}: *a\n" for number in range(1000)),
        "a0: &a0 [x]\n" + "".join(f"a{n + 1}: &a{n + 1} [{','.join([f'*a{n}'] * 9)}]\n" for n in range(9)),
        "registries:\n" + "".join(f" B{number}: {{images: [a,a,a,a]}}\n" for number in range(2500)),
        "registries:\n" + "".join(f" B{number}:\n" for number in range(8000)),
        f"ignore: [{','.join(['unused-triple'] * 4000)}]",
        "[" * 60_000,
        "{a: " * 15_000,
        "- " * 30_000,
        "? " * 30_000,
        "x" * 65_536,
        "&" + "a" * 60_000 + " x",
        "'" + "\n" * 65_000,
        "#" + "\x00",
        "publish: [" + "{image: a.b/c, copy: a}," * 2500 + "]",
    ],
    ids=[
        "aliases",
        "doubling aliases",
        "images",
        "registries",
        "rules",
        "lists",
        "mappings",
        "entries",
        "keys",
        "a word",
        "an anchor",
        "a string without an end",
        "a control character",
        "publications",
    ],
)
def test_no_configuration_takes_long(tmp_path: Path, text: str) -> None:
    repository = write_repository(tmp_path, {".github/crreg.yml": text})
    attempt = run_command(repository, "check", "--repository", "acme/app", CRREG_TIMEOUT="2")
    assert attempt.seconds < 10, attempt.cost
    assert attempt.mebibytes < 150, attempt.cost
    assert_harmless(attempt)


def test_a_report_of_five_thousand_findings_stays_within_the_limits(tmp_path: Path) -> None:
    services = "".join(f" s{number}: {{image: 'X Y{number}'}}\n" for number in range(5000))
    repository = write_repository(
        tmp_path,
        {
            ".devcontainer/devcontainer.json": json.dumps({"dockerComposeFile": "c.yml", "service": "s0"}),
            ".devcontainer/c.yml": f"services:\n{services}",
            ".github/crreg.yml": "registries:\n"
            + "".join(f" B{number}: {{server: h{number}.example}}\n" for number in range(100)),
        },
    )
    attempt = run_action(
        repository,
        CRREG_TIMEOUT="2",
        ACR_CONTAINER_REGISTRY_SERVER="127.0.0.1:9",
        ACR_CONTAINER_REGISTRY_USER="octocat",
        ACR_CONTAINER_REGISTRY_PASSWORD="hunter2-hunter2",
        **{"INPUT_REPORT-FILE": "report.json", "INPUT_SARIF-FILE": "report.sarif"},
    )
    assert attempt.within_limits, attempt.cost
    report = json.loads((repository / "report.json").read_text())
    (run,) = json.loads((repository / "report.sarif").read_text())["runs"]
    assert len(report["findings"]) >= 5000
    assert len(run["results"]) == 5000
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].startswith(
        f"{len(report['findings']) - 5000} more findings"
    )
    assert f"{len(report['findings']) - 1000} more findings are in the JSON report" in " ".join(
        attempt.output.split()
    )
    assert len(attempt.output) < 2_000_000
    assert len(attempt.summary.encode()) < 1_000_000


PASSWORD = "gä/xs&W<örd+Tr0ub4dor="


class Echo(Handler):
    """A registry that knows everybody, and refuses each image with the password, spelled another way."""

    def answer(self) -> None:
        if self.headers["Authorization"] is None:
            self.respond(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        elif self.path == "/v2/":
            self.respond(200, b"{}")
        else:
            ways = list(DISGUISES.values())
            said = ways[int(self.path.rsplit("/", 1)[-1])](PASSWORD)
            words = {"code": "DENIED", "message": f"credential [{said}] is bad"}
            # Not to HEAD alone, of which no body is read.
            self.respond(405 if self.command == "HEAD" else 403, json.dumps({"errors": [words]}).encode())


def test_no_echo_of_a_password_reaches_any_reader(tmp_path: Path) -> None:
    with Server(Echo) as registry:
        repository = write_repository(
            tmp_path,
            {
                f".devcontainer/{number}/devcontainer.json": json.dumps(
                    {"image": f"{registry.address}/a/b:{number}"}
                )
                for number in range(len(DISGUISES))
            },
        )
        attempt = run_action(
            repository,
            ACR_CONTAINER_REGISTRY_SERVER=registry.address,
            ACR_CONTAINER_REGISTRY_USER="octocat",
            ACR_CONTAINER_REGISTRY_PASSWORD=PASSWORD,
            **{"INPUT_REPORT-FILE": "report.json", "INPUT_SARIF-FILE": "report.sarif"},
        )
    report = json.loads((repository / "report.json").read_text())
    details = [image["pull"]["detail"] for image in report["images"]]
    assert len(details) == len(DISGUISES)
    assert all('(it says "DENIED")' in detail for detail in details)
    log = "\n".join(line for line in attempt.output.splitlines() if not line.startswith("::add-mask::"))
    texts = (
        log,
        attempt.summary,
        attempt.outputs,
        json.dumps(report),
        (repository / "report.sarif").read_text(),
    )
    letters = folded(PASSWORD)
    for text in texts:
        assert "credential [" not in text
        told = folded(text)
        assert not any(letters[start : start + 8] in told for start in range(len(letters) - 7))


@pytest.mark.parametrize(
    "password", ["unknown", '"rule": ', "severity", "schema_version", "unhealthy", "error::"]
)
def test_a_password_that_is_a_word_of_the_report_breaks_nothing(tmp_path: Path, password: str) -> None:
    repository = write_repository(
        tmp_path, {".devcontainer/devcontainer.json": json.dumps({"image": "X of 127.0.0.1:9"})}
    )
    attempt = run_action(
        repository,
        CRREG_TIMEOUT="2",
        ACR_CONTAINER_REGISTRY_SERVER="127.0.0.1:9",
        ACR_CONTAINER_REGISTRY_USER="octocat",
        ACR_CONTAINER_REGISTRY_PASSWORD=password,
        **{"INPUT_REPORT-FILE": "report.json", "INPUT_SARIF-FILE": "report.sarif"},
    )
    report = json.loads((repository / "report.json").read_text())
    sarif = json.loads((repository / "report.sarif").read_text())
    assert set(report) == set(REPORT_KEYS)
    assert "invalid-reference" in [finding["rule"] for finding in report["findings"]]
    assert "invalid-reference" in [result["ruleId"] for result in sarif["runs"][0]["results"]]
    outputs = re.findall(r"^(\w+)<<\S+\n(.*)$", attempt.outputs, re.MULTILINE)
    assert dict(outputs)["status"] == "unhealthy"
    assert dict(outputs)["errors"] == str(sum(each["severity"] == "error" for each in report["findings"]))
    assert any(line.startswith("::error file=") for line in attempt.output.splitlines())


def test_a_password_in_a_file_is_redacted_before_it_is_wrapped(tmp_path: Path) -> None:
    password = "".join(f"Zq{number:02}-" for number in range(40))
    repository = write_repository(
        tmp_path, {".devcontainer/devcontainer.json": json.dumps({"image": f"X_*[ {password}"})}
    )
    attempt = run_action(
        repository,
        CRREG_TIMEOUT="2",
        ACR_CONTAINER_REGISTRY_SERVER="127.0.0.1:9",
        ACR_CONTAINER_REGISTRY_USER="octocat",
        ACR_CONTAINER_REGISTRY_PASSWORD=password,
        **{"INPUT_REPORT-FILE": "report.json", "INPUT_SARIF-FILE": "report.sarif"},
    )
    log = "\n".join(line for line in attempt.output.splitlines() if not line.startswith("::add-mask::"))
    files = [(repository / name).read_text() for name in ("report.json", "report.sarif")]
    for text in (log, attempt.summary, *files):
        assert "***" in text
        assert "zq05zq06" not in folded(text)
