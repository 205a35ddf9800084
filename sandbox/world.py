"""The whole sandbox: well-known registries under their own names, AWS, GitHub, and an engine."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import credentials
from sandbox.authority import Authority
from sandbox.aws import ECR_HOST, Aws, running_aws
from sandbox.credentials import Credential
from sandbox.engine import Engine, running_engine
from sandbox.github.control import GitHubSandbox
from sandbox.images import Pushed, Pusher
from sandbox.internet import Internet
from sandbox.registry import Htpasswd, Registry, TokenAuth, running_registry
from sandbox.token_server import Account, Flavor, TokenServer

PUBLIC_REPOSITORY = "public/base"
"""Can be pulled without credentials from every registry that has a token server."""
DOCKER_HUB = "https://index.docker.io/v1/"
PLAIN_HOST = "plain.example"
"""A registry without TLS, although clients expect it."""
_EVERYTHING = {"*": frozenset({"pull", "push"})}


@dataclass(frozen=True, slots=True)
class Place:
    """A registry of the sandbox and its users."""

    server: str
    """The value of SERVER in a triple."""
    registry: Registry
    owner: Credential
    """May pull and push everything."""
    stranger: Credential | None = None
    """May log in and pull only what is public; None if every user may do everything."""
    token_server: TokenServer | None = None

    def push(self, repository: str, tag: str = "latest", *, index: bool = False) -> Pushed:
        """Push a tiny image, or an index over two, into the registry; this is not recorded as a request."""
        pusher = self._pusher(repository)
        return pusher.push_index(repository, tag) if index else pusher.push(repository, tag)

    def push_feature(self, repository: str, tag: str, **metadata: Any) -> Pushed:
        """Push a dev container feature, which is not recorded as a request either."""
        return self._pusher(repository).push_feature(repository, tag, metadata)

    def _pusher(self, repository: str) -> Pusher:
        if self.token_server is not None:
            authorization = self.token_server.authorization(self.owner.user, repository)
        else:
            authorization = self.owner.basic
        return Pusher(self.registry.backend, authorization=authorization)

    def triple(self, identifier: str, credential: Credential | None = None) -> dict[str, str]:
        """The three secrets for a login here, by name, with `credential` or else the owner's."""
        return triple(identifier, self.server, credential or self.owner)


@dataclass(frozen=True, slots=True)
class World:
    """Everything that runs."""

    authority: Authority
    internet: Internet
    aws: Aws
    places: Mapping[str, Place]
    """By what an image's name has for a registry: `docker.io`, `ghcr.io`, ..., and `basic` and `basic-tls` for those
    that have an address on loopback alone."""
    github: GitHubSandbox | None
    engine: Engine | None

    def environment(self) -> dict[str, str]:
        """Variables that make a program use the sandbox, including AWS, but without keys."""
        return {**self.internet.environment(), **self.aws.environment()}

    def api_of(self, url: str) -> str:
        """Route the API of github.com to the server at `url`; returns the API's address."""
        self.internet.add("api.github.com", url)
        return "https://api.github.com"

    def clear(self) -> None:
        """Forget the requests so far, everywhere."""
        self.internet.clear()
        self.aws.clear()
        for place in self.places.values():
            place.registry.clear()
            if place.token_server is not None:
                place.token_server.journal.clear()


def triple(identifier: str, server: str, credential: Credential) -> dict[str, str]:
    """The three secrets of a triple, by name."""
    prefix = f"{identifier}_CONTAINER_REGISTRY"
    return {
        f"{prefix}_SERVER": server,
        f"{prefix}_USER": credential.user,
        f"{prefix}_PASSWORD": credential.password,
    }


@contextlib.contextmanager
def running_world(
    folder: Path, *, engine: bool = False, github: bool = True, checked: bool = True
) -> Iterator[World]:
    """Start the sandbox with its files in `folder`.

    With `engine`, start a Docker Engine that has the sandbox as its internet. `checked`: see `GitHubSandbox.start`.
    """
    authority = Authority(folder / "authority")
    with contextlib.ExitStack() as stack:
        internet = stack.enter_context(Internet(authority))
        aws = stack.enter_context(running_aws(folder / "aws"))
        builder = _Builder(folder, stack, authority, internet)
        places = builder.places(aws)
        played = stack.enter_context(GitHubSandbox.start(checked=checked)) if github else None
        if played is not None:
            internet.add("api.github.com", played.url)
        for host in ("sts.amazonaws.com", "sts.eu-west-1.amazonaws.com", "api.ecr.eu-west-1.amazonaws.com"):
            internet.add(host, aws.url)
        internet.add("api.ecr-public.us-east-1.amazonaws.com", aws.url)
        started = None
        if engine:
            outside = internet.environment()
            started = stack.enter_context(running_engine(folder / "engine", environment=outside, own=True))
        yield World(authority, internet, aws, places, played, started)


@dataclass(frozen=True, slots=True)
class _Builder:
    folder: Path
    stack: contextlib.ExitStack
    authority: Authority
    internet: Internet

    def places(self, aws: Aws) -> dict[str, Place]:
        return {
            "docker.io": self._docker_hub(),
            "ghcr.io": self._with_tokens("ghcr.io", Flavor.GHCR, "/token"),
            "acme.azurecr.io": self._with_tokens("acme.azurecr.io", Flavor.AZURE, "/oauth2/token"),
            "identity.example": self._with_tokens("identity.example", Flavor.IDENTITY, "/token"),
            "europe-docker.pkg.dev": self._with_tokens(
                "europe-docker.pkg.dev", Flavor.DOCKER_HUB, "/v2/token", _google_key()
            ),
            "public.ecr.aws": self._with_tokens(
                "public.ecr.aws", Flavor.DOCKER_HUB, "/token", aws.public_token
            ),
            ECR_HOST: self._basic(ECR_HOST, aws.token),
            PLAIN_HOST: self._basic(PLAIN_HOST, credentials.credential("octocat"), tls=False),
            "basic": self._local("basic"),
            "basic-tls": self._local("basic-tls", tls=True),
        }

    def _docker_hub(self) -> Place:
        # Assumes HUB-NAMES.
        owner, stranger = _people()
        realm = "https://auth.docker.io/token"
        tokens, registry = self._registry("registry.docker.io", Flavor.DOCKER_HUB, realm, owner, stranger)
        self.internet.add("auth.docker.io", tokens.url)
        # All three answer /v2/ alike, and clients differ in which one they use.
        for host in ("registry-1.docker.io", "index.docker.io", "docker.io"):
            self.internet.add(host, registry.url)
        return Place(DOCKER_HUB, registry, owner, stranger, tokens)

    def _with_tokens(self, host: str, flavor: Flavor, path: str, owner: Credential | None = None) -> Place:
        someone, stranger = _people()
        realm = f"https://{host}{path}"
        tokens, registry = self._registry(host, flavor, realm, owner or someone, stranger)
        self.internet.add(host, registry.url, routes={path: tokens.url})
        return Place(host, registry, owner or someone, stranger, tokens)

    def _registry(
        self, service: str, flavor: Flavor, realm: str, owner: Credential, stranger: Credential
    ) -> tuple[TokenServer, Registry]:
        tokens = self.stack.enter_context(
            TokenServer(
                self.authority,
                service=service,
                flavor=flavor,
                accounts=[Account(owner, _EVERYTHING), Account(stranger)],
                public=[PUBLIC_REPOSITORY],
            )
        )
        auth = TokenAuth(realm, service, tokens.issuer, self.authority.certificate)
        registry = self.stack.enter_context(running_registry(self.folder / service, auth=auth))
        return tokens, registry

    def _basic(self, host: str, owner: Credential, *, tls: bool = True) -> Place:
        auth = Htpasswd([owner], realm=f"https://{host}/")
        registry = self.stack.enter_context(running_registry(self.folder / host, auth=auth))
        self.internet.add(host, registry.url, tls=tls)
        return Place(host, registry, owner)

    def _local(self, name: str, *, tls: bool = False) -> Place:
        owner = credentials.credential("octocat")
        context = self.authority.leaf("127.0.0.1").server_context() if tls else None
        registry = self.stack.enter_context(
            running_registry(self.folder / name, auth=Htpasswd([owner]), tls=context)
        )
        return Place(registry.address, registry, owner)


def _people() -> tuple[Credential, Credential]:
    return credentials.credential("octocat"), credentials.credential("stranger")


def _google_key() -> Credential:
    """A service account's key as Google issues it: multi-line JSON, which is itself the password."""
    # Assumes GOOGLE-KEY.
    secret = credentials.password()
    key = {
        "type": "service_account",
        "project_id": "acme",
        "private_key_id": secret,
        "private_key": f"-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----\n",
        "client_email": "puller@acme.iam.gserviceaccount.com",
    }
    return Credential("_json_key", credentials.register(json.dumps(key, indent=2), user="_json_key"))
