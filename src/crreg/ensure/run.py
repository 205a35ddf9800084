"""One run of ensure, for the command and the action: gather, plan, announce, apply."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from crreg.configuration.settings import Settings
from crreg.ensure.apply import apply, not_applied
from crreg.ensure.change import Ensured, Plan
from crreg.ensure.desired import Desired, desired_triples, tidy
from crreg.ensure.planning import case_of, plan
from crreg.ensure.receipts import ReceiptScope, Recorder
from crreg.ensure.rotation import Mint, with_fresh_tokens
from crreg.facts.gather import gather
from crreg.facts.model import Facts
from crreg.facts.request import Request
from crreg.github.connection import Connection
from crreg.github.inventory import Inventory, Repository
from crreg.github.levels import Level
from crreg.github.pacing import Pacing
from crreg.github.sealed_box import StoreKey, read_key
from crreg.github.secrets import read_repository
from crreg.github.token import permission_for
from crreg.github.write_limits import seconds_of_writes
from crreg.github.writer import SecretWriter
from crreg.net.concurrency import Pool
from crreg.net.deadline import Deadline
from crreg.registry.client import RegistryClient
from crreg.rules.catalog import RULE_NAMES
from crreg.rules.unreadable_secrets import remedies_apart_from_access
from crreg.triple import Part, SecretName, find_triples

_AT_ONCE = 8
"""Repositories that are asked about at the same time."""


class NothingToEnsure(Exception):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """Neither the configuration nor the given values name a triple; the text is for a person."""


@dataclass(frozen=True)
class Ensure:
    """What a caller asks to be ensured."""

    request: Request
    level: Level | None = None
    """Where to write; None for what the configuration says."""
    force: bool = False
    dry_run: bool = False
    announce: Callable[[Plan], None] = lambda _: None
    """Called with the plan before anything is written."""


def run(ensure: Ensure) -> Ensured:
    """Plan, and unless it is a dry run, write.

    Raises:
        ConfigurationError: the configuration can't be used.
        NothingToEnsure: nothing names a triple.
    """
    values, notes = tidy(ensure.request.values)
    request = replace(ensure.request, values=values)
    now = datetime.now(UTC)
    # The writes come after the gathering, and get as much time again.
    most = Deadline.after(2 * request.budget)
    waits: list[str] = []

    def say(wait: str) -> None:
        waits.append(wait)
        request.say(wait)

    connection = Connection(
        request.access, request.repository, most, say, request.conceal, pacing=Pacing(say)
    )
    at_hand = find_triples(values)

    try:
        settings = request.settings(RULE_NAMES)
        if not settings.registries and not at_hand:
            raise NothingToEnsure(
                "There is no triple to ensure: name registries in the configuration or in the input registries, or "
                "pass the values of one, as ID_CONTAINER_REGISTRY_SERVER, _USER and _PASSWORD."
            )
        keys = {} if ensure.dry_run else _ask_keys(ensure, settings, connection, request.repository)
        desired, facts = _look(ensure, request, settings, connection, now)
        desired, ids = _with_current_names(desired, facts, connection, now)
        the_plan = plan(replace(desired, notes=notes), facts.inventory, now, settings.ignore)
        ensure.announce(the_plan)
        repository = facts.inventory.repository if facts.inventory else None
        if ensure.dry_run or not the_plan.writes or repository is None:
            return Ensured(the_plan, not_applied(the_plan), ensure.dry_run, tuple(waits))
        waiting = seconds_of_writes(len(the_plan.writes))
        if waiting:
            connection.prolong(Deadline.after(request.budget + waiting))

        writer = SecretWriter(connection.client(), repository, keys, ids=ids)
        recorder = Recorder(
            connection.client(), writer, _receipt_scope(ensure, values, desired, facts, repository)
        )
        recorder.begin(the_plan.writes)
        given = {triple.identifier: triple.values for triple in desired.triples}
        results = apply(the_plan, given, writer, request.say)
        unrecorded = recorder.record(zip(the_plan.changes, results, strict=True))
        return Ensured(the_plan, results, dry_run=False, waits=tuple(waits), unrecorded=unrecorded)
    finally:
        connection.close()


def _ask_keys(
    ensure: Ensure, settings: Settings, connection: Connection, repository: str
) -> dict[Level, Future[StoreKey]]:
    """Request the keys of the levels that are probably written to; they take as long as the lists of secrets."""
    configured = {registry.level for registry in settings.registries.values()} or {None}
    levels = {ensure.level} if ensure.level else {level or Level.REPOSITORY for level in configured}
    pool = Pool(len(Level))
    return {level: pool.submit(partial(_key, connection, repository, level)) for level in levels}


def _key(connection: Connection, repository: str, level: Level) -> StoreKey:
    return read_key(connection.client(), repository, level)


def _receipt_scope(
    ensure: Ensure,
    values: Mapping[str, str],
    desired: Desired,
    facts: Facts,
    repository: Repository,
) -> ReceiptScope:
    tidied = {name.upper() for name, value in values.items() if ensure.request.values.get(name) != value}
    minted = {
        str(SecretName(triple.identifier, part))
        for triple in desired.triples
        if triple.rotated
        for part in Part
    }
    origins = facts.inventory.origins if facts.inventory is not None else None
    return ReceiptScope(repository, ensure.request.receipts, origins, frozenset(tidied | minted))


def _look(
    ensure: Ensure, request: Request, settings: Settings, connection: Connection, now: datetime
) -> tuple[Desired, Facts]:
    """Return the desired state and the facts, with the due tokens minted and tested."""
    deadline = Deadline.after(request.budget)
    asking = deadline.for_requests(request.budget)

    def inventory() -> Inventory:
        # In a dry run, origins are looked up only if there are receipts.
        origins = ensure.request.origins(always=not ensure.dry_run)
        return connection.inventory(actions_secrets=True, origins=origins)

    with RegistryClient(
        allow_insecure=request.allow_insecure, budget=asking.remaining, conceal=request.conceal
    ) as registries:
        facts = gather(request.task(registries, deadline, now, settings, inventory))
        desired = Desired(
            request.repository,
            desired_triples(facts, find_triples(request.values), ensure.level),
            ensure.force,
            {level: permission_for(level, connection.kind, write=True) for level in Level},
            remedies_apart_from_access(facts),
        )
        mint = Mint(registries, lambda: asking.remaining, request.conceal)
        return with_fresh_tokens(desired, facts, now, mint), facts


def _with_current_names(
    desired: Desired, facts: Facts, connection: Connection, now: datetime
) -> tuple[Desired, dict[str, int]]:
    """Name repositories that seem to lack access as GitHub does now, since they may have been renamed.

    Returns their identifiers too, by full name. One that can't be read keeps its name.
    """
    inventory = facts.inventory
    if inventory is None or inventory.repository is None:
        return desired, {}
    cases = [case_of(desired, triple, inventory, now) for triple in desired.triples]
    names = {name for case in cases for name, _ in case.unassigned} - {desired.repository}
    pool = Pool(_AT_ONCE)
    asked = {name: pool.submit(partial(read_repository, connection.client(), name)) for name in names}
    found = {
        name: each
        for name, each in ((name, asked[name].result()) for name in asked)
        if isinstance(each, Repository)
    }

    def current(name: str) -> str:
        return found[name].full_name if name in found else name

    triples = tuple(
        replace(triple, repositories=tuple(dict.fromkeys(map(current, triple.repositories))))
        for triple in desired.triples
    )
    return replace(desired, triples=triples), {each.full_name: each.id for each in found.values()}
