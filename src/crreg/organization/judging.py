"""The judgment of one repository of an organization by its facts; pure functions."""

from collections.abc import Mapping
from dataclasses import replace

from crreg.check.report import Report
from crreg.facts.model import Facts
from crreg.facts.questions import level_status, needed, silent_packages
from crreg.facts.triples import server_of
from crreg.github.inventory import Inventory, LevelStatus
from crreg.github.levels import Level
from crreg.organization.listed import Listed
from crreg.organization.report import Checked, split
from crreg.rules.catalog import judge
from crreg.triple import Triple, parse_name


def is_part(name: str) -> bool:
    """Whether a secret's name is that of a part of a triple."""
    return parse_name(name) is not None


def servers_of(triples: Mapping[str, Triple]) -> dict[str, str | None]:
    """Return the registry of each of the organization's triples, by identifier; None if its SERVER names none."""
    return {identifier: server_of(triple, None).registry for identifier, triple in triples.items()}


def checked_of(listed: Listed, facts: Facts, servers: Mapping[str, str | None]) -> Checked:
    """Judge one repository.

    `servers` are the registries of the organization's triples, as far as known. They say what the repository needs even
    if its codespaces, or those of the token's owner, get another value from another level.
    """
    own = {triple.identifier: _is_own(facts, triple.identifier) for triple in facts.triples}
    need = frozenset(
        triple.identifier
        for triple in facts.triples
        if needed(facts, replace(triple, server=servers.get(triple.identifier) or triple.server))
    )
    findings, unneeded = split(judge(facts), own, need)
    report = Report.with_findings(facts, findings)
    named = need | {finding.triple for finding in findings} | {name for name, is_own in own.items() if is_own}
    return Checked(
        listed,
        report.status,
        findings,
        report.unchecked,
        facts.images,
        tuple(triple for triple in facts.triples if triple.identifier in named),
        unneeded=unneeded,
        needed=need,
        lists_own=level_status(facts, Level.REPOSITORY) is LevelStatus.LISTED,
        silent_packages=silent_packages(facts),
    )


def _is_own(facts: Facts, identifier: str) -> bool:
    """Whether a part of the triple belongs to the repository or the user, or the configuration names it."""
    triple = facts.triple(identifier)
    return triple is not None and (
        triple.configured is not None
        or any(
            holding.level is not Level.ORGANIZATION
            for part in triple.parts.values()
            for holding in part.holdings
        )
    )


def values_of(inventory: Inventory, values: Mapping[str, str]) -> dict[str, str]:
    """Return the organization's values without those that the repository's codespaces get from another level.

    The values are the organization's. A secret of the same name in the repository, or of the user, holds another one,
    which they say nothing about.
    """
    others = {
        secret.name
        for level in inventory.levels
        if level.level.hides(Level.ORGANIZATION)
        for secret in level.secrets
        if secret.assigned is not False and is_part(secret.name)
    }
    return {name: value for name, value in values.items() if name.upper() not in others}
