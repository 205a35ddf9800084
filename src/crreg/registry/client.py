"""The registry client: test logins, and check whether images are available."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Self

from crreg.net.concurrency import OncePerKey
from crreg.net.deadline import REGISTRY_BUDGET
from crreg.net.urls import Address
from crreg.platform import LINUX_AMD64
from crreg.registry.credentials import Credentials
from crreg.registry.ecr import TOKEN_USER, parse_host
from crreg.registry.errors import Known, RegistryError
from crreg.registry.image import availability
from crreg.registry.image.artifact import KeptMetadata, Use
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import TransferError, from_registry_error
from crreg.registry.login import authentication, endpoint
from crreg.registry.login.account import read_triple
from crreg.registry.login.authorization import Authorization
from crreg.registry.login.cause import attempt_of, likely_cause, with_known
from crreg.registry.outcome import (
    LoginOutcome,
    LoginResult,
    NetworkPlace,
    PullOutcome,
    PullResult,
    TransferCause,
)
from crreg.registry.providers import provider_of
from crreg.registry.reference import ImageReference
from crreg.registry.server import InvalidServer, Server, parse_server
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.transport import Transport
from crreg.triple import Triple


@dataclass(frozen=True, slots=True)
class _Account:
    """The result of a login, kept for later requests with the same triple."""

    result: LoginResult
    server: Server | None = None
    credentials: Credentials | None = field(default=None, repr=False)
    """The credentials that the registry accepted, or never asked for; None if the login failed."""

    def failure(self) -> RegistryError:
        """Return the error of a failed login."""
        result = self.result
        return RegistryError(result.outcome, result.detail, fault=result.fault, codes=result.codes)


class RegistryClient:
    """Asks registries for each thing once, within one time budget. Thread-safe.

    A credential is sent only to the SERVER of its own triple, to the token server that this registry names, and, if
    it is an AWS key, to AWS.
    """

    def __init__(
        self,
        *,
        allow_insecure: frozenset[str] = frozenset(),
        budget: float = REGISTRY_BUDGET,
        conceal: Callable[[Sequence[str]], None] = lambda _: None,
    ) -> None:
        """Start the time budget.

        Args:
            allow_insecure: hosts, with or without a port, that may use plain http, besides loopback addresses.
            budget: seconds for all requests.
            conceal: called with the texts of a token that AWS issued for keys, before the token is used.
        """
        self._conceal = conceal
        self._transport = Transport(budget=budget, allow_insecure=allow_insecure)
        self._endpoints: OncePerKey[tuple[str, bool], endpoint.Endpoint | RegistryError] = OncePerKey()
        self._accounts: OncePerKey[Triple, _Account] = OncePerKey()
        self._expected: dict[str, int] = {}
        self._pulls: OncePerKey[tuple[ImageReference, Triple | None, bool, Use], PullResult] = OncePerKey()
        self._metadata = KeptMetadata()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

    def expect(self, registry: str, images: int) -> None:
        """Say how many images of a registry will be asked for after its login, which then opens their connections."""
        self._expected[registry.lower()] = images

    def login(self, triple: Triple) -> LoginResult:
        """Test the triple's login. A second call returns the first result, so that no account gets locked."""
        return self._account(triple).result

    def pull(
        self,
        reference: ImageReference,
        triple: Triple | None,
        *,
        named: bool = False,
        use: Use = LINUX_AMD64,
    ) -> PullResult:
        """Check whether a codespace could pull an image for that use; without a triple, anonymously.

        With a triple, its login runs first (see `login`) and is not counted in the result; if it failed, so does this.
        Without a triple, a registry on this machine is contacted only if the caller has `named` it: the files of a
        repository must not make us connect to this machine's ports. A second call returns the first result.
        """
        ask = (
            partial(self._pull_anonymously, reference, use, named=named)
            if triple is None
            else partial(self._pull_as, reference, triple, use)
        )
        return self._pulls.get((reference, triple, named, use), ask)

    def _pull_as(self, reference: ImageReference, triple: Triple, use: Use) -> PullResult:
        account = self._account(triple)
        result, server = account.result, account.server
        if account.credentials is None or server is None:
            return PullResult(
                result.outcome.as_pull,
                f"The login failed: {result.detail}",
                fault=result.fault,
                place=result.place,
            )
        if server.registry.lower() != reference.registry.lower():
            return PullResult(PullOutcome.INVALID, _elsewhere(reference, server))
        return self._ask(server, reference, account.credentials, use)

    def remote(
        self, reference: ImageReference, triple: Triple | None, *, push: bool = False, named: bool = False
    ) -> Remote:
        """Return a connection to the repository of `reference`, to read it and, with `push`, to write it.

        Without a triple, requests are anonymous, and the registry may be on this machine only if the caller has `named`
        it (see `pull`).

        Raises:
            TransferError: the registry can't be reached, or the triple's login fails or is for another registry.
        """
        server, credentials = self._known(reference, triple)
        if named:
            self._vouch(server)
        tally = Tally()
        reached = self._reach(server, tally)
        if isinstance(reached, RegistryError):
            raise from_registry_error(reached)
        if reached.refused is not None:
            raise from_registry_error(reached.refused)
        scope = f"repository:{reference.repository}:{'pull,push' if push else 'pull'}"
        authorization = Authorization(self._transport, reached, credentials, (scope,), tally)
        return Remote(self._transport, reached, reference, authorization, tally)

    def shown(self, triple: Triple) -> Credentials:
        """Return the credentials that others need to log in to the triple's registry: its values, or an AWS token.

        Raises:
            TransferError: a value can't be used, or AWS issues no token for the keys.
        """
        try:
            server, credentials = read_triple(triple)
        except RegistryError as error:
            raise from_registry_error(error) from None
        if parse_host(server.host) is None or credentials.user == TOKEN_USER:
            return credentials
        return self._accepted(triple)[1]

    def _known(self, reference: ImageReference, triple: Triple | None) -> tuple[Server, Credentials | None]:
        """Return the image's registry, and the credentials that it accepted from the triple."""
        if triple is None:
            try:
                return parse_server(reference.registry), None
            except InvalidServer as error:
                raise TransferError(TransferCause.INVALID, f"The image's registry {error}.") from None
        server, credentials = self._accepted(triple)
        if server.registry.lower() != reference.registry.lower():
            raise TransferError(TransferCause.INVALID, _elsewhere(reference, server))
        return server, credentials

    def _accepted(self, triple: Triple) -> tuple[Server, Credentials]:
        account = self._account(triple)
        if account.server is None or account.credentials is None:
            raise from_registry_error(account.failure())
        return account.server, account.credentials

    def _pull_anonymously(self, reference: ImageReference, use: Use, *, named: bool) -> PullResult:
        try:
            server = parse_server(reference.registry)
        except InvalidServer as error:
            return PullResult(PullOutcome.INVALID, f"The image's registry {error}.")
        if named:
            self._vouch(server)
        return self._ask(server, reference, None, use)

    def _ask(
        self, server: Server, reference: ImageReference, credentials: Credentials | None, use: Use
    ) -> PullResult:
        tally = Tally()
        reached = self._reach(server, tally)
        if isinstance(reached, RegistryError):
            return PullResult(
                reached.outcome.as_pull,
                reached.detail,
                tally.requests,
                codes=reached.codes,
                fault=reached.fault,
                place=self._place(server),
            )
        asked = availability.ask(self._transport, reached, reference, credentials, tally, use=use)
        return replace(asked, place=self._place(server), metadata=self._metadata.kept(asked.metadata))

    def _account(self, triple: Triple) -> _Account:
        return self._accounts.get(triple, lambda: self._open(triple))

    def _open(self, triple: Triple) -> _Account:
        tally = Tally()
        server = attempt = None
        try:
            server, credentials = read_triple(triple)
            self._vouch(server)
            attempt = attempt_of(server.registry, credentials.user, credentials.password)
            self._transport.hide(credentials.password)
            outcome, detail, credentials, known = self._log_in(server, credentials, tally)
        except RegistryError as error:
            result = LoginResult(
                error.outcome,
                error.detail,
                tally.requests,
                fault=error.fault,
                codes=error.codes,
                place=self._place(server) if server is not None else None,
            )
            return _Account(with_known(result, attempt, error.known), server)
        result = LoginResult(
            outcome, detail, tally.requests, attempt.nature.expires_at, place=self._place(server)
        )
        return _Account(with_known(result, attempt, known), server, credentials)

    def _log_in(
        self, server: Server, credentials: Credentials, tally: Tally
    ) -> tuple[LoginOutcome, str, Credentials, Known]:
        """Log in; return outcome, detail, accepted credentials (for AWS keys, a token) and what the login revealed."""
        identity = note = ""
        registry = parse_host(server.host)
        if registry is not None and credentials.user != TOKEN_USER:
            # Imported here because boto3 takes longer to load than a login takes.
            from crreg.registry.aws.tokens import exchange

            attempt = attempt_of(server.registry, credentials.user, credentials.password)
            note = provider_of(server.registry).note(attempt)
            credentials, identity = exchange(registry, credentials, self._transport.remaining())
            self._conceal(credentials.secrets)
        reached = self._reach(server, tally)
        if isinstance(reached, RegistryError):
            # The error is cached for other triples too, which have other keys.
            raise reached.at(Known(identity))
        known = Known(identity, reached.challenge.service if reached.challenge is not None else "")
        # The login's own connection serves one of the images.
        self._transport.open_ahead(reached.base, self._expected.get(server.registry.lower(), 1) - 1)
        try:
            outcome = authentication.log_in(self._transport, reached, credentials, tally)
        except RegistryError as error:
            denied = error.outcome is LoginOutcome.DENIED
            cause = likely_cause(server, credentials, datetime.now(UTC), known.service) if denied else ""
            raise error.at(known, cause) from None
        owner = f"The keys belong to {identity}." if identity else ""
        detail = " ".join(filter(None, (authentication.detail_of(reached, outcome), owner, note)))
        return outcome, detail, credentials, known

    def _reach(self, server: Server, tally: Tally) -> "endpoint.Endpoint | RegistryError":
        """Return the registry's first response. The first caller sends the request, and counts it in its tally."""

        def ask() -> "endpoint.Endpoint | RegistryError":
            try:
                return endpoint.reach(self._transport, server, tally)
            except RegistryError as error:
                return error

        named = self._transport.is_named(Address.parse(f"https://{server.address}/"))
        return self._endpoints.get((server.address, named), ask)

    def _place(self, server: Server) -> NetworkPlace | None:
        return self._transport.place_of(Address.parse(f"https://{server.address}/"))

    def _vouch(self, server: Server) -> None:
        """Record that the caller names this registry."""
        for scheme in ("https", "http"):
            self._transport.vouch(Address.parse(f"{scheme}://{server.address}/"))


def _elsewhere(reference: ImageReference, server: Server) -> str:
    return f"The image is in {reference.registry}, but SERVER is {server.registry}, so nothing was sent."
