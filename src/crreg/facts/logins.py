"""Test logins with every given triple, all at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, wait
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from crreg.exits.unexpected import isolated
from crreg.facts.tried_logins import TriedLogin, TriedLogins
from crreg.facts.waiting import counting_down
from crreg.net.concurrency import Pool
from crreg.net.deadline import Deadline
from crreg.registry.client import RegistryClient
from crreg.registry.outcome import LoginOutcome, LoginResult
from crreg.registry.server import registry_of
from crreg.triple import Triple, meant_names

if TYPE_CHECKING:
    # It is what rules judge, which `crreg login` does not load.
    from crreg.facts.model import TripleFact

NO_ANSWER = "It did not answer within this run's time limit."
OUT_OF_TIME = LoginResult(LoginOutcome.UNREACHABLE, NO_ANSWER)
"""The result of a login that has not ended."""
_NOTHING_AT_HAND = LoginResult(LoginOutcome.SKIPPED, "No value was given to log in with.")
T = TypeVar("T")


def try_logins(
    triples: Mapping[str, Triple],
    names: Iterable[str],
    registries: RegistryClient,
    deadline: Deadline,
    say: Callable[[str], None],
) -> TriedLogins:
    """Log in with every triple at once; a login that fails is a result, and raises nothing.

    Args:
        triples: by identifier.
        names: of all variables, to find misnamed ones.
        registries: what logs in.
        deadline: when a login that has not ended counts as one without an answer.
        say: called with what the run is waiting for.
    """
    logins = start_logins(Pool(max(1, len(triples))), registries, triples)
    with counting_down(say, asked_by(triples, logins)):
        wait(logins.values(), timeout=deadline.remaining)
    return TriedLogins(
        tuple(
            TriedLogin(
                identifier,
                registry_of(triples[identifier].without_empty().server),
                ended(login, OUT_OF_TIME),
            )
            for identifier, login in sorted(logins.items())
        ),
        tuple((name, str(meant)) for name, meant in meant_names(names, triples.keys()).items()),
    )


def start_logins(
    pool: Pool,
    registries: RegistryClient,
    triples: Mapping[str, Triple],
    started: Mapping[Triple, Future[LoginResult]] = MappingProxyType({}),
) -> dict[str, Future[LoginResult]]:
    """Start a login for each triple, by identifier, unless it is one of those that were `started` before.

    An unexpected failure of one does not affect the others.
    """

    def start(triple: Triple) -> Future[LoginResult]:
        known = started.get(triple)
        if known is not None:
            return known
        return pool.submit(lambda: isolated(lambda: registries.login(triple), _broken))

    return {identifier: start(triple) for identifier, triple in triples.items()}


def asked_by(
    triples: Mapping[str, Triple], logins: Mapping[str, Future[LoginResult]]
) -> Iterator[tuple[str, Future[LoginResult]]]:
    """Yield each login with the registry that it goes to."""
    for identifier, login in logins.items():
        yield registry_of(triples[identifier].server) or identifier, login


def _broken(description: str) -> LoginResult:
    return LoginResult(LoginOutcome.SERVER_ERROR, description)


def with_logins(
    facts: Iterable["TripleFact"], logins: Mapping[str, Future[LoginResult]]
) -> tuple["TripleFact", ...]:
    """Return the triples with the results of their logins; those still running are out of time."""
    return tuple(
        replace(
            fact,
            login=ended(logins[fact.identifier], OUT_OF_TIME)
            if fact.identifier in logins
            else _NOTHING_AT_HAND,
        )
        for fact in facts
    )


def ended(future: Future[T], otherwise: T) -> T:
    """Return the future's result, or `otherwise` if it is not done."""
    return future.result() if future.done() else otherwise
