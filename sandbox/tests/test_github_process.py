"""The sandbox's GitHub is a process of its own that starts quickly and ends when it should."""

import http.client
import json
import os
import select
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from sandbox.github.control import ROOT, ControlError, GitHubSandbox
from sandbox.github.raw import RawClient

COMMAND = [sys.executable, "-m", "sandbox.github", "--port", "0"]


def answers(url: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        connection.request("GET", "/meta", headers={"User-Agent": "raw"})
        return connection.getresponse().status == 200
    except ConnectionError:
        return False
    finally:
        connection.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_on_a_signal(number: signal.Signals) -> None:
    with subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        announced = json.loads(process.stdout.readline())
        assert announced["pid"] == process.pid
        assert answers(announced["url"])
        process.send_signal(number)
        assert process.wait(20) == 0
    assert not answers(announced["url"])


def test_without_a_description_it_answers_and_finds_nothing_wrong() -> None:
    with GitHubSandbox.start(checked=False) as github:
        assert answers(github.url)
        assert github.violations() == []


def test_it_starts_without_a_graphql_engine() -> None:
    # `make demo` installs neither graphql-core nor the npm packages.
    program = "import sandbox.github.operations, sys; print('graphql' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == b"False\n"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the end of a parent")
def test_it_ends_with_the_process_that_started_it() -> None:
    parent = f"import subprocess; print(subprocess.Popen({COMMAND!r}).pid, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", parent], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        (announced,) = [json.loads(line) for line in lines if line.startswith(b"{")]
        server = os.pidfd_open(announced["pid"])
        try:
            process.kill()
            ended, _, _ = select.select([server], [], [], 20)
        finally:
            os.close(server)
    assert ended == [server]


def test_two_servers_know_nothing_of_each_other() -> None:
    with GitHubSandbox.start() as first, GitHubSandbox.start() as second:
        first.add_user("mona")
        statuses = [RawClient(each.url)("GET", "/users/mona").status for each in (first, second)]
    assert statuses == [200, 404]


def test_a_reset_forgets_everything(github: GitHubSandbox) -> None:
    github.add_user("mona")
    token = github.add_token("classic", owner="mona")
    assert RawClient(github.url, token)("GET", "/user").status == 200
    github.limit("secondary")
    github.reset()
    assert github.requests() == []
    assert RawClient(github.url, token)("GET", "/user").status == 401
    assert RawClient(github.url)("GET", "/users/mona").status == 404


def test_it_answers_as_a_github_enterprise_server_too_which_has_no_codespaces(github: GitHubSandbox) -> None:
    github.add_user("mona")
    github.add_repository("mona/app", visibility="public")
    token = github.add_token("classic", owner="mona", scopes=["repo"])
    repository = RawClient(github.enterprise_url)("GET", "/repos/mona/app").body
    query = {"query": '{ repository(owner: "mona", name: "app") { databaseId } }'}
    found = RawClient(f"{github.url}/api", token)("POST", "/graphql", query).body
    assert repository["url"] == f"{github.url}/api/v3/repos/mona/app"
    assert found == {"data": {"repository": {"databaseId": repository["id"]}}}
    secrets = "/repos/mona/app/codespaces/secrets"
    roots = (github.url, github.enterprise_url)
    assert [RawClient(root, token)("GET", secrets).status for root in roots] == [200, 404]


def test_a_connection_is_kept_for_the_next_request(github: GitHubSandbox) -> None:
    connection = http.client.HTTPConnection(urlsplit(github.url).netloc, timeout=20)
    try:
        sources = set()
        for path in ("/meta", "/users/nobody", "/meta"):
            connection.request("GET", path, headers={"User-Agent": "raw"})
            connection.getresponse().read()
            sources.add(connection.sock.getsockname())
    finally:
        connection.close()
    assert len(sources) == 1


def test_seeding_what_hangs_on_nothing_is_told(github: GitHubSandbox) -> None:
    with pytest.raises(ControlError, match="there is no account acme: add it first"):
        github.add_repository("acme/app")
