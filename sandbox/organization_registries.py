"""The registries of a planned organization, with its images, at a distance, and what they were asked."""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox import credentials
from sandbox.authority import Authority
from sandbox.github.organization import Plan
from sandbox.images import Pusher
from sandbox.latency import fronts_far_away
from sandbox.registry import Htpasswd, Registry, TokenAuth, running_registry
from sandbox.token_server import Account, TokenServer

_SERVICE = "organization"


@dataclass(frozen=True)
class Asked:
    """The number of requests of each kind."""

    logins: int = 0
    """Requests for `/v2/`, of which a login needs two."""
    tokens: int = 0
    """Requests at the token server."""
    manifests: int = 0
    others: int = 0


@dataclass(frozen=True)
class Registries:
    """Running registries."""

    plan: Plan
    """The plan with their addresses and the credential that all of them take."""
    trust: Mapping[str, str]
    """The environment in which a client trusts the authority that signs tokens."""
    _registries: tuple[Registry, ...]
    _tokens: TokenServer

    def asked(self) -> Asked:
        """What they were asked since the last `clear`."""
        paths = [request.path for each in self._registries for request in each.requests]
        logins = sum(path.rstrip("/") == "/v2" for path in paths)
        manifests = sum("/manifests/" in path for path in paths)
        tokens = len(self._tokens.journal.requests)
        return Asked(logins, tokens, manifests, len(paths) - logins - manifests)

    def clear(self) -> None:
        """Forget the requests so far."""
        for each in self._registries:
            each.clear()
        self._tokens.journal.clear()


@contextlib.contextmanager
def running_registries(folder: Path, plan: Plan, *, round_trip: float) -> Iterator[Registries]:
    """Run the registries of a plan, `round_trip` seconds away.

    Every other one, the first included, asks for a token, so that it can have public images; the rest takes Basic.
    """
    owner = credentials.credential(plan.user)
    authority = Authority(folder / "authority")
    with contextlib.ExitStack() as stack:
        tokens = stack.enter_context(
            TokenServer(
                authority,
                service=_SERVICE,
                accounts=[Account(owner, {"*": frozenset({"pull", "push"})})],
                public=[image.repository for image in plan.pictures if image.is_public],
            )
        )
        [realm] = stack.enter_context(fronts_far_away(round_trip, [tokens.address]))
        by_token = TokenAuth(f"http://{realm}/token", _SERVICE, tokens.issuer, authority.certificate)
        registries = tuple(
            stack.enter_context(
                running_registry(
                    folder / f"registry-{number}", auth=Htpasswd([owner]) if number % 2 else by_token
                )
            )
            for number in range(len(plan.addresses))
        )
        near = [each.address for each in registries]
        servers = stack.enter_context(fronts_far_away(round_trip, near))
        placed = dataclasses.replace(plan, servers=tuple(servers), password=owner.password)
        for number, image in enumerate(placed.pictures):
            at = number % len(registries)
            authorization = owner.basic if at % 2 else tokens.authorization(owner.user, image.repository)
            pusher = Pusher(registries[at].backend, authorization=authorization)
            (pusher.push_index if image.is_index else pusher.push)(image.repository, image.tag)
        running = Registries(placed, authority.environment(), registries, tokens)
        running.clear()
        yield running
