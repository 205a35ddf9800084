"""From secrets, given values and configuration to triples; pure functions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from crreg.configuration.settings import RegistrySettings, Settings
from crreg.facts.model import Holding, MisnamedSecret, PartFact, TripleFact
from crreg.facts.proof import Ledger, Proof, State
from crreg.github.inventory import Inventory, LevelStatus, Secret
from crreg.github.levels import Level, by_precedence, is_order_documented
from crreg.registry.login.password import PasswordKind, inspect_password
from crreg.registry.server import Doubt, doubt_about, registry_of
from crreg.triple import Part, SecretName, Triple, meant_names, parse_name

_NOT_KNOWN_WHICH = Proof(
    State.NOT_PROVEN, "GitHub does not document which of several stored secrets a codespace gets."
)


@dataclass(frozen=True, slots=True)
class TripleServer:
    """The registry that a triple logs in to, and how it is known."""

    registry: str | None
    at_hand: bool
    doubt: Doubt | None = None
    """Why a codespace may not log in with the value; None also if no value was given."""


def observe_triples(
    values: Mapping[str, Triple], inventory: Inventory | None, settings: Settings
) -> tuple[TripleFact, ...]:
    """Return every triple that any of the three names, sorted by identifier."""
    stored = _stored(inventory)
    ledger = Ledger.of(inventory.origins) if inventory is not None and inventory.origins is not None else None
    identifiers = {name.identifier for name in stored} | values.keys() | settings.registries.keys()
    return tuple(
        _triple(identifier, values.get(identifier), stored, settings.registries.get(identifier), ledger)
        for identifier in sorted(identifiers)
    )


def server_of(value: Triple | None, configured: RegistrySettings | None) -> TripleServer:
    """Return the registry of a triple: from its SERVER value, else from the configuration."""
    if value is not None and value.server is not None:
        return TripleServer(registry_of(value.server), at_hand=True, doubt=doubt_about(value.server))
    if configured is not None and configured.server is not None:
        return TripleServer(registry_of(configured.server), at_hand=False)
    return TripleServer(None, at_hand=False)


def observe_misnamed(
    values: Iterable[str], inventory: Inventory | None, known: Iterable[str]
) -> tuple[MisnamedSecret, ...]:
    """Return nearly right names, of stored secrets and of given values.

    `known` are the identifiers of triples that have at least one right name.
    """
    secrets = by_precedence(secret for level in _levels(inventory) for secret in level)
    # Reversed, so that the level that wins is the one that counts.
    stored = {secret.name: secret.level for secret in reversed(secrets)}
    names = dict.fromkeys(values) | stored
    return tuple(
        MisnamedSecret(name, str(meant), names[name])
        for name, meant in meant_names(names, frozenset(known)).items()
    )


def may_cover_more(triples: Iterable[TripleFact], inventory: Inventory | None) -> bool:
    """Whether there may be a triple for a registry that no known triple names.

    It may be a stored one whose SERVER was not given, or one at a level that could not be listed. The user level does
    not count: one person's secrets help nobody else.
    """
    if any(triple.stored and triple.server is None and not triple.server_at_hand for triple in triples):
        return True
    if inventory is None or inventory.repository is None:
        return True
    return any(
        level.status in {LevelStatus.UNREADABLE, LevelStatus.UNREACHABLE}
        for level in inventory.levels
        if level.level is not Level.USER
    )


def _levels(inventory: Inventory | None) -> Iterable[tuple[Secret, ...]]:
    return (level.secrets for level in inventory.levels) if inventory is not None else ()


def _stored(inventory: Inventory | None) -> dict[SecretName, tuple[Holding, ...]]:
    holdings: dict[SecretName, tuple[Holding, ...]] = {}
    for secrets in _levels(inventory):
        for secret in secrets:
            name = parse_name(secret.name)
            if name is not None:
                # If the list of selected repositories could not be read, don't call the secret unassigned.
                holding = Holding(
                    secret.level,
                    secret.assigned is not False,
                    secret.updated_at,
                    secret.visibility,
                    readers_known=secret.assigned is not None,
                )
                holdings[name] = (*holdings.get(name, ()), holding)
    return {name: by_precedence(found) for name, found in holdings.items()}


def _triple(
    identifier: str,
    value: Triple | None,
    stored: Mapping[SecretName, tuple[Holding, ...]],
    configured: RegistrySettings | None,
    ledger: Ledger | None,
) -> TripleFact:
    empty = value.empty if value is not None else ()
    value = value.without_empty() if value is not None else None
    missing = value.missing if value is not None else tuple(Part)
    server = server_of(value, configured)
    return TripleFact(
        identifier,
        {
            part: _proven(
                str(SecretName(identifier, part)),
                PartFact(
                    stored.get(SecretName(identifier, part), ()),
                    at_hand=part not in missing,
                    empty=part in empty,
                ),
                ledger,
            )
            for part in Part
        },
        server=server.registry,
        server_at_hand=server.at_hand,
        server_doubt=server.doubt,
        configured=configured,
        password_kind=_password_kind(value),
    )


def _proven(name: str, part: PartFact, ledger: Ledger | None) -> PartFact:
    """Add to the part what receipts prove about the value that a codespace gets."""
    holding = part.effective
    if ledger is None or holding is None or not holding.assigned or not part.at_hand:
        return part
    if not is_order_documented(each.level for each in part.holdings if each.assigned):
        return replace(part, proof=_NOT_KNOWN_WHICH)
    return replace(part, proof=ledger.proof(name, holding.level, holding.updated_at))


def _password_kind(value: Triple | None) -> PasswordKind:
    if value is None or value.password is None:
        return PasswordKind.OPAQUE
    return inspect_password(value.password).kind
