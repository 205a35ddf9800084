"""Servers and credentials, each pair tried by crreg and by the real `docker login`: both give the same verdict.

Left out is what crreg does beyond docker on purpose (AWS keys, which it exchanges for a token; pages that answer 200
without being a registry, which docker takes for one) and what versions of docker differ about (blanks around a user or
a password, which later ones drop; schemes besides http and https).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.authority import Authority
from sandbox.aws import ECR_HOST
from sandbox.credentials import Credential
from sandbox.engine import Engine
from sandbox.registry import Htpasswd, running_registry
from sandbox.token_server import AZURE_TOKEN_USER
from sandbox.world import PLAIN_HOST, Place, World

from crreg.registry.client import RegistryClient
from crreg.registry.outcome import LoginOutcome
from crreg.registry.transport import tls
from crreg.triple import Triple

pytestmark = pytest.mark.engine

_BASIC_HOST = "basic.example"
_SECONDS = 30

Verdicts = dict[str, bool]
"""Whether the login succeeded, by what was tried."""


@dataclass(frozen=True)
class Judges:
    """The two that try a login."""

    engine: Engine

    def agree_on(self, server: str, tried: Mapping[str, Credential]) -> tuple[Verdicts, Verdicts]:
        """What crreg and what docker say to each credential."""
        crreg = {name: _crreg_logs_in(server, credential) for name, credential in tried.items()}
        docker = {name: self._docker_logs_in(server, credential) for name, credential in tried.items()}
        return crreg, docker

    def _docker_logs_in(self, server: str, credential: Credential) -> bool:
        # What an earlier login left there must not help this one.
        (self.engine.home / "config.json").write_text("{}")
        arguments = ("login", "--username", credential.user, "--password-stdin", server)
        return self.engine.docker(*arguments, text=credential.password).returncode == 0


def _crreg_logs_in(server: str, credential: Credential) -> bool:
    triple = Triple("MATRIX", server, credential.user, credential.password)
    with RegistryClient(budget=_SECONDS) as client:
        return client.login(triple).outcome is LoginOutcome.SUCCEEDED


@pytest.fixture
def judges(world: World, world_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Judges]:
    for name, value in world.internet.environment().items():
        monkeypatch.setenv(name, value)
    # The context is made once a process; this one has to trust the sandbox, and no later one.
    tls._new_tls_context.cache_clear()
    yield Judges(world_engine)
    tls._new_tls_context.cache_clear()


def _usual(place: Place) -> dict[str, Credential]:
    owner = place.owner
    return {
        "right": owner,
        "wrong password": Credential(owner.user, credentials.password()),
        "wrong user": Credential("nobody", owner.password),
        "wrong in case": Credential(owner.user.swapcase(), owner.password),
        "empty password": Credential(owner.user, ""),
        "empty user": Credential("", owner.password),
        "user of another registry": credentials.credential("octocat"),
        "non-ASCII password": Credential(owner.user, "pässwörd-€"),
    }


@pytest.mark.parametrize(
    "name",
    [
        *("docker.io", "ghcr.io", "acme.azurecr.io", "identity.example", "europe-docker.pkg.dev"),
        *("public.ecr.aws", ECR_HOST, PLAIN_HOST, "basic"),
    ],
)
def test_usual_credentials(judges: Judges, world: World, name: str) -> None:
    place = world.places[name]
    crreg, docker = judges.agree_on(place.server, _usual(place))
    assert crreg == docker
    assert docker["right"] is (name != PLAIN_HOST)


def test_usual_credentials_over_tls_on_loopback(judges: Judges, world: World) -> None:
    # docker asks nobody for a certificate of 127.0.0.0/8, crreg does: here both are satisfied.
    place = world.places["basic-tls"]
    crreg, docker = judges.agree_on(place.server, _usual(place))
    assert crreg == docker
    assert docker["right"] is True


@pytest.mark.parametrize(
    "server",
    [
        *("https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io"),
        *("https://docker.io", "https://index.docker.io", "https://index.docker.io/v2/", "docker.io/"),
        *("index.docker.io/v1/", "http://index.docker.io/v1/", "https://registry-1.docker.io/v2/"),
    ],
)
def test_spellings_of_docker_hub(judges: Judges, world: World, server: str) -> None:
    crreg, docker = judges.agree_on(server, _usual(world.places["docker.io"]))
    assert crreg == docker


@pytest.mark.parametrize(
    "server",
    [
        *("https://acme.azurecr.io", "https://acme.azurecr.io/", "https://acme.azurecr.io/v2/"),
        *(
            "http://acme.azurecr.io",
            "acme.azurecr.io/",
            "acme.azurecr.io/dev/base",
            "acme.azurecr.io/dev/base:1",
        ),
        *("acme.azurecr.io:443", "https://acme.azurecr.io:443/v1/", "ACME.azurecr.io", "acme.azurecr.io:80"),
    ],
)
def test_scheme_path_and_port_in_server(judges: Judges, world: World, server: str) -> None:
    owner = world.places["acme.azurecr.io"].owner
    tried = {"right": owner, "wrong password": Credential(owner.user, "wrong")}
    crreg, docker = judges.agree_on(server, tried)
    assert crreg == docker


@pytest.mark.parametrize(
    "server",
    [
        *(
            "nowhere.example",
            "https://nowhere.example",
            "acme.azurecr.example",
            "azurecr.io",
            "acme",
            "127.0.0.1:1",
        ),
        *(
            "ghcr.io",
            f"http://{PLAIN_HOST}",
            f"https://{PLAIN_HOST}",
            f"{PLAIN_HOST}:80",
            f"{PLAIN_HOST}:443",
        ),
    ],
)
def test_wrong_hosts(judges: Judges, world: World, server: str) -> None:
    place = PLAIN_HOST if PLAIN_HOST in server else "acme.azurecr.io"
    crreg, docker = judges.agree_on(server, {"right elsewhere": world.places[place].owner})
    assert crreg == docker == {"right elsewhere": False}


@pytest.mark.parametrize("scheme", ["", "http://", "https://"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_schemes_on_loopback(judges: Judges, world: World, scheme: str, host: str) -> None:
    place = world.places["basic"]
    server = f"{scheme}{host}:{place.server.rpartition(':')[2]}"
    crreg, docker = judges.agree_on(server, _usual(place))
    assert crreg == docker


@pytest.mark.parametrize("expired", [False, True], ids=["of another name", "expired"])
def test_certificates_that_are_wrong(judges: Judges, world: World, *, expired: bool) -> None:
    place = world.places["acme.azurecr.io"]
    leaf = world.authority.leaf("wrong.example" if expired else "another.example", expired=expired)
    world.internet.add("wrong.example", place.registry.url, leaf=leaf)
    crreg, docker = judges.agree_on("wrong.example", {"right": place.owner})
    assert crreg == docker == {"right": False}


def test_identity_tokens(judges: Judges, world: World) -> None:
    for name in ("acme.azurecr.io", "identity.example"):
        place = world.places[name]
        assert place.token_server is not None
        token = place.token_server.refresh_token(place.owner.user)
        tried = {
            "as Azure has it": Credential(AZURE_TOKEN_USER, token),
            "as docker stores it": Credential("<token>", token),
            "as the user's password": Credential(place.owner.user, token),
            "a wrong one": Credential(AZURE_TOKEN_USER, "wrong"),
        }
        crreg, docker = judges.agree_on(place.server, tried)
        assert (name, crreg) == (name, docker)


def test_a_key_of_several_lines(judges: Judges, world: World) -> None:
    place = world.places["europe-docker.pkg.dev"]
    key = place.owner.password
    tried = {
        "whole": place.owner,
        "with a last line end": Credential("_json_key", key + "\n"),
        "with the other line ends": Credential("_json_key", key.replace("\n", "\r\n")),
        "without line ends": Credential("_json_key", key.replace("\n", "")),
        "its first line": Credential("_json_key", key.splitlines()[0]),
        "under another user": Credential("_json_key_base64", key),
    }
    crreg, docker = judges.agree_on(place.server, tried)
    assert crreg == docker


_ODD = {
    "umlauts": "äöüß",
    "beyond Latin": "Ω漢字",
    "an emoji": "🔑",
    "a colon": "a:b:c",
    "blanks within": "a b  c",
    "quotes": "'\"`$HOME\\",
    "per cent": "%41%zz",
    "a plus": "a+b&c=d",
}


@pytest.fixture(scope="module")
def odd_passwords(
    whole_world: World, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Credential]]:
    """A registry whose users have passwords of every kind, one each."""
    del authority
    users = {
        name: Credential(f"user{number}", credentials.register(f"odd-{number}-{odd}"))
        for number, (name, odd) in enumerate(_ODD.items())
    }
    folder: Path = tmp_path_factory.mktemp("odd")
    with running_registry(folder, auth=Htpasswd(list(users.values()))) as registry:
        whole_world.internet.add(_BASIC_HOST, registry.url)
        yield users


def test_passwords_of_every_kind(judges: Judges, odd_passwords: dict[str, Credential]) -> None:
    crreg, docker = judges.agree_on(_BASIC_HOST, odd_passwords)
    assert crreg == docker
    assert docker["beyond Latin"] is True
