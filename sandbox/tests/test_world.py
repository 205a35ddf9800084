"""The sandbox's registries work with docker, skopeo and curl under their real names."""

import json
import os
import subprocess

import pytest
from sandbox.aws import ECR_HOST
from sandbox.credentials import Credential
from sandbox.engine import Engine
from sandbox.internet import HostRequest
from sandbox.token_server import AZURE_TOKEN_USER
from sandbox.world import PLAIN_HOST, PUBLIC_REPOSITORY, World

_TOKEN_HOSTS = ["ghcr.io", "acme.azurecr.io", "identity.example", "europe-docker.pkg.dev", "public.ecr.aws"]
_HOSTS = ["docker.io", *_TOKEN_HOSTS, ECR_HOST]
_SINGLE_LINE_HOSTS = [host for host in _HOSTS if host != "europe-docker.pkg.dev"]
"""skopeo drops the ends of lines from a password on standard input, and a Google key has several."""


def _run(world: World, *command: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, **world.environment()},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def _skopeo_login(world: World, authfile: str, host: str, credential: Credential) -> int:
    return _run(
        world,
        *("skopeo", "login", "--authfile", authfile, "--username", credential.user, "--password-stdin", host),
        text=credential.password,
    ).returncode


def _docker_login(engine: Engine, server: str, credential: Credential) -> int:
    arguments = ("login", "--username", credential.user, "--password-stdin", server)
    return engine.docker(*arguments, text=credential.password).returncode


def _wrong(credential: Credential) -> Credential:
    return Credential(credential.user, "wrong")


@pytest.mark.parametrize("host", _SINGLE_LINE_HOSTS)
def test_skopeo_logs_in_with_the_right_password_alone(world: World, host: str, authfile: str) -> None:
    owner = world.places[host].owner
    logins = [_skopeo_login(world, authfile, host, credential) for credential in (owner, _wrong(owner))]
    assert logins == [0, 1]


@pytest.mark.engine
@pytest.mark.parametrize("host", _HOSTS)
def test_docker_logs_in_with_the_right_password_alone(world: World, world_engine: Engine, host: str) -> None:
    place = world.places[host]
    logins = [_docker_login(world_engine, place.server, who) for who in (place.owner, _wrong(place.owner))]
    assert logins == [0, 1]


@pytest.mark.engine
@pytest.mark.parametrize("name", ["basic", "basic-tls"])
def test_docker_logs_in_to_an_address_on_loopback(world: World, world_engine: Engine, name: str) -> None:
    place = world.places[name]
    logins = [_docker_login(world_engine, place.server, who) for who in (place.owner, _wrong(place.owner))]
    assert logins == [0, 1]


@pytest.mark.engine
def test_a_login_is_three_requests_with_tokens_and_two_with_basic(world: World, world_engine: Engine) -> None:
    for host in ("acme.azurecr.io", ECR_HOST):
        _docker_login(world_engine, host, world.places[host].owner)
    asked = [(seen.host, seen.path.partition("?")[0], seen.authorized) for seen in world.internet.requests]
    assert asked == [
        ("acme.azurecr.io", "/v2/", False),
        ("acme.azurecr.io", "/oauth2/token", True),
        ("acme.azurecr.io", "/v2/", True),
        (ECR_HOST, "/v2/", False),
        (ECR_HOST, "/v2/", True),
    ]
    assert len(world.places[ECR_HOST].registry.requests) == 2


@pytest.mark.engine
@pytest.mark.parametrize("host", _HOSTS)
def test_docker_pulls_what_was_pushed(world: World, world_engine: Engine, host: str) -> None:
    place = world.places[host]
    pushed = place.push("dev/pulled", "1", index=True)
    _docker_login(world_engine, place.server, place.owner)
    pulled = world_engine.docker("pull", f"{host}/dev/pulled:1")
    assert (pulled.returncode, f"Digest: {pushed.digest}" in pulled.stdout) == (0, True)


@pytest.mark.parametrize("host", ["docker.io", *_TOKEN_HOSTS])
def test_a_token_is_good_for_what_its_user_may_have(world: World, host: str) -> None:
    place = world.places[host]
    place.push("dev/base", "1")
    place.push(PUBLIC_REPOSITORY, "1")
    assert place.stranger is not None

    def inspect(repository: str, credential: Credential | None) -> bool:
        as_whom = ["--creds", f"{credential.user}:{credential.password}"] if credential else ["--no-creds"]
        return _run(world, "skopeo", "inspect", *as_whom, f"docker://{host}/{repository}:1").returncode == 0

    people = (place.owner, place.stranger, None)
    assert [inspect("dev/base", person) for person in people] == [True, False, False]
    assert [inspect(PUBLIC_REPOSITORY, person) for person in people] == [True, True, True]


def test_skopeo_reads_an_image_as_it_was_pushed(world: World) -> None:
    place = world.places["acme.azurecr.io"]
    pushed = place.push("dev/read", "1")
    owner = f"{place.owner.user}:{place.owner.password}"
    seen = _run(world, "skopeo", "inspect", "--creds", owner, "docker://acme.azurecr.io/dev/read:1")
    told = json.loads(seen.stdout)
    assert (told["Digest"], told["Architecture"], len(told["Layers"])) == (pushed.digest, "amd64", 1)


@pytest.mark.engine
def test_docker_keeps_an_identity_token_where_one_is_offered(world: World, world_engine: Engine) -> None:
    place = world.places["identity.example"]
    place.push("dev/identity", "1")
    assert _docker_login(world_engine, place.server, place.owner) == 0
    kept = json.loads((world_engine.home / "config.json").read_text())["auths"]["identity.example"]
    world.clear()
    pulled = world_engine.docker("pull", "identity.example/dev/identity:1")
    assert place.token_server is not None
    exchanged = [request.method for request in place.token_server.journal.requests]
    assert (pulled.returncode, set(kept), exchanged) == (0, {"auth", "identitytoken"}, ["POST"])


def test_azure_takes_a_refresh_token_as_a_password(world: World, authfile: str) -> None:
    place = world.places["acme.azurecr.io"]
    assert place.token_server is not None
    token = place.token_server.refresh_token(place.owner.user)
    logins = [
        _skopeo_login(world, authfile, "acme.azurecr.io", Credential(AZURE_TOKEN_USER, password))
        for password in (token, "wrong")
    ]
    assert logins == [0, 1]


def test_a_host_that_is_not_there_is_refused_and_counted(world: World) -> None:
    done = _run(world, "curl", "--silent", "https://nowhere.example/v2/")
    assert (done.returncode, world.internet.connections) == (56, {"nowhere.example": 1})


def test_a_host_without_tls_answers_plainly_on_both_ports(world: World) -> None:
    command = ("curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}")
    plain = _run(world, *command, f"http://{PLAIN_HOST}/v2/?n=1")
    secure = _run(world, *command, f"https://{PLAIN_HOST}/v2/")
    assert (plain.returncode, plain.stdout, secure.returncode) == (0, "401", 35)
    assert world.internet.requests[0] == HostRequest(PLAIN_HOST, "GET", "/v2/?n=1", authorized=False)


def test_a_host_with_tls_has_nothing_on_port_80(world: World) -> None:
    done = _run(world, "curl", "--silent", "--write-out", "%{http_code}", "http://ghcr.io/v2/")
    assert done.stdout == "no such host: ghcr.io\n502"


def test_who_does_not_trust_the_authority_is_warned(world: World) -> None:
    command = ("curl", "--silent", "--cacert", "/etc/ssl/certs/ca-certificates.crt", "https://ghcr.io/v2/")
    assert _run(world, *command).returncode == 60
