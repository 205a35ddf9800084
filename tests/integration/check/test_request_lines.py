"""`--verbose`, CRREG_DEBUG and RUNNER_DEBUG: a line for each request, without values, headers or queries."""

import json
import re
from collections import Counter

import pytest
from sandbox.aws import ECR_HOST
from sandbox.command import action_step
from tests.integration.check.scene import Scene

AZURE = "acme.azurecr.io"
LINE = re.compile(
    r"(?P<method>[A-Z]+) (?P<host>[^ /]+) (?P<path>/[^ ?]*) (?P<status>[0-9]{3}) [0-9]+ ms (?P<bytes>[0-9]+) bytes"
)


@pytest.fixture
def needed(scene: Scene) -> Scene:
    """A repository that needs images of two registries: one has a token server, the other is AWS's."""
    scene.need(f"{AZURE}/dev/base:1", f"{ECR_HOST}/dev/base:1")
    for name, credential in ((AZURE, None), (ECR_HOST, scene.world.aws.puller)):
        place = scene.world.places[name]
        place.push("dev/base", "1")
        scene.store(place.triple("ECR" if credential else "ACR", credential))
    return scene


def asked_of_github(scene: Scene) -> Counter[tuple[str, str, str]]:
    return Counter((each.method, each.path, str(each.status)) for each in scene.github.requests())


def test_every_request_has_its_line(needed: Scene) -> None:
    ended = needed.check("--verbose")

    assert ended.code == 0
    assert ended.document["status"] == "healthy"
    lines = [LINE.fullmatch(line) for line in ended.errors.splitlines()]
    found = [line for line in lines if line is not None]
    assert len(found) == len(lines)
    github = needed.github.url.partition("://")[2]
    ours = Counter((line["method"], line["path"], line["status"]) for line in found if line["host"] == github)
    assert ours == asked_of_github(needed)
    asked = Counter((line["host"], line["path"], line["status"]) for line in found)
    assert asked[AZURE, "/v2/", "401"] == asked[AZURE, "/v2/", "200"] == 1
    assert asked[AZURE, "/oauth2/token", "200"] == 2
    assert asked[AZURE, "/v2/dev/base/manifests/1", "200"] == 1
    # docs/security.md says that nobody else is sent anything.
    assert needed.world.internet.connections.keys() == {AZURE, ECR_HOST}
    aws = [host for host, path, _ in asked.elements() if path == "/"]
    assert len(aws) == len(needed.world.aws.requests) == 2
    assert all(int(line["bytes"]) > 0 for line in found)


def test_a_request_that_is_repeated_has_a_line_each_time(needed: Scene) -> None:
    needed.github.fail(502, path="/user/codespaces/secrets")
    ended = needed.check(CRREG_DEBUG="1")

    statuses = [line["status"] for line in map(LINE.fullmatch, ended.errors.splitlines()) if line]
    assert statuses.count("502") == 1
    assert Counter(statuses)["200"] > 1
    assert sum(asked_of_github(needed).values()) == len(
        [line for line in ended.errors.splitlines() if needed.github.url.partition("://")[2] in line]
    )


def test_lines_may_be_json(needed: Scene) -> None:
    needed.values = {}
    ended = needed.check("--verbose", CRREG_DEBUG="json")

    documents = [json.loads(line) for line in ended.errors.splitlines()]
    assert documents
    for document in documents:
        assert list(document) == ["method", "host", "path", "status", "milliseconds", "bytes", "error"]


def test_a_request_without_an_answer_has_the_kind_of_error(needed: Scene) -> None:
    ended = needed.check("--verbose", GITHUB_API_URL="http://127.0.0.1:9")

    assert re.search(
        r"^GET 127\.0\.0\.1:9 /repos/acme/app \w*Error [0-9]+ ms 0 bytes$", ended.errors, re.MULTILINE
    )


@pytest.mark.parametrize("environment", [{}, {"CRREG_DEBUG": "0"}, {"RUNNER_DEBUG": "0"}])
def test_nothing_is_written_unless_asked_for(needed: Scene, environment: dict[str, str]) -> None:
    assert needed.check(**environment).errors == ""


def test_the_action_writes_them_if_debug_logging_is_on_and_none_is_a_command(needed: Scene) -> None:
    needed.need("localhost:9/x/error/y:1")
    environment = {**needed.environment, "GITHUB_EVENT_NAME": "push", "RUNNER_DEBUG": "1"}
    step = action_step(environment, needed.folder, needed.folder.parent, token=needed.token)

    lines = [line for line in step.log if LINE.fullmatch(line)]
    github = needed.github.url.partition("://")[2]
    assert len([line for line in lines if f" {github} " in line]) == len(needed.github.requests())
    assert [line for line in lines if line.lstrip().startswith("::") or "##[" in line] == []
