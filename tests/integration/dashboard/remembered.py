"""A state file about an organization of any size, made from a seed: reports by the real rules, and their history."""

import functools
import random
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from tests.unit.rules.facts_builder import NOW, facts, held, image, login, triple

from crreg.check.report import Report
from crreg.discovery.found import Source
from crreg.exits.status import Status
from crreg.facts.model import TripleFact
from crreg.github.levels import Level
from crreg.organization.listed import Listed
from crreg.organization.report import Checked, OrganizationReport
from crreg.organization.state import State
from crreg.registry.login.password import PasswordKind
from crreg.report.documents import CheckedRepositoryDocument
from crreg.report.organization import organization_document

ORGANIZATION = "acme"
REGISTRIES = {
    "ACR": "acme.azurecr.io",
    "HARBOR": "harbor.acme.example",
    "GITLAB": "registry.gitlab.acme.example",
    "QUAY": "quay.acme.example",
    "NEXUS": "nexus.acme.example:5000",
    "ARTIFACTORY": "acme.jfrog.example",
    "DATA": "data.azurecr.io",
    "GAMES": "games.azurecr.io",
}
_TOOLS = ("base", "python", "node", "go", "java", "rust", "tools")
_WORDS = (
    "billing",
    "search",
    "shop",
    "mail",
    "auth",
    "media",
    "maps",
    "chat",
    "ledger",
    "stock",
    "orders",
    "forms",
)
_KINDS = ("api", "app", "worker", "site", "jobs", "proxy", "cli", "docs")
_OPEN = "its secrets could not be listed: GitHub answered 502"


def remember(
    path: Path, repositories: int = 300, runs: int = 30, *, organization: str = ORGANIZATION
) -> None:
    """Write a state file with a report on that many repositories, and that many runs a day apart."""
    chance = random.Random(f"{organization} {repositories}")  # noqa: S311 - makes an example
    checked = [
        _checked(f"{organization}/{name}", number, chance) for number, name in enumerate(_names(repositories))
    ]
    document = organization_document(
        OrganizationReport.of(
            organization, NOW, repositories * 5, checked, notes=["Only the default branch was read."]
        )
    )
    with State.open(path) as state:
        for age in range(runs - 1, 0, -1):
            earlier = {
                **document,
                "repositories": [_earlier(each, age) for each in document["repositories"]],
            }
            state.record(organization, NOW - timedelta(days=age), earlier)
        state.record(organization, NOW, document)


def _names(count: int) -> list[str]:
    names = [f"{word}-{kind}" for word in _WORDS for kind in _KINDS]
    return [
        names[number % len(names)] + (f"-{number // len(names)}" if number >= len(names) else "")
        for number in range(count)
    ]


def _earlier(entry: CheckedRepositoryDocument, age: int) -> CheckedRepositoryDocument:
    """A repository as it was: what fails began at some time, and few others failed for some days."""
    own = random.Random(entry["repository"])  # noqa: S311 - makes an example
    began = own.randint(2, 40)
    if entry["status"] != Status.HEALTHY:
        return entry if age < began else {**entry, "status": Status.HEALTHY, "findings": []}
    return {**entry, "status": Status.UNHEALTHY} if own.random() < 0.03 and 0 < age - began < 5 else entry


def _checked(name: str, number: int, chance: random.Random) -> Checked:
    listed = Listed(number, name, "private", "main", f"{number:040x}")
    if chance.random() < 0.01:
        return Checked(listed, Status.UNKNOWN, unchecked=(_OPEN,))
    identifier = chance.choices(list(REGISTRIES), weights=[40, 6, 15, 10, 8, 8, 7, 6])[0]
    tool = f"{chance.choice(_TOOLS)}:{chance.randint(1, 3)}"
    is_broken = identifier == "HARBOR" or tool == "rust:3"
    report = _report(name if is_broken else "", identifier, tool, chance.randint(2, 4), chance.random() < 0.3)
    return Checked(
        listed, report.status, report.findings, report.unchecked, report.facts.images, report.facts.triples
    )


@functools.cache
def _report(name: str, identifier: str, tool: str, line: int, with_database: bool) -> Report:  # noqa: FBT001 - a key
    """Judge one repository; those without errors need no name, and many are the same."""
    server = REGISTRIES[identifier]
    pull = "denied" if identifier == "HARBOR" else "not-found" if name else "available"
    needed = image(f"{server}/dev/{tool}", covered_by=identifier, pull=pull, line=line)
    public = image("docker.io/library/postgres:17", source=Source.COMPOSE, line=8, pull="public")
    known = facts(_triple(identifier, server), needed, *([public] if with_database else []))
    return Report.of(replace(known, repository=name or f"{ORGANIZATION}/app"))


def _triple(identifier: str, server: str) -> TripleFact:
    stored = dict.fromkeys(("SERVER", "USER", "PASSWORD"), held(Level.ORGANIZATION, visibility="all"))
    outcome = login("succeeded", "logged in as puller", expires_at=_expiry(identifier))
    if identifier == "HARBOR":
        outcome = login("denied", "401 Unauthorized: authentication required")
    kind = PasswordKind.JWT if outcome.expires_at else PasswordKind.OPAQUE
    return triple(identifier, server=server, stored=stored, login=outcome, password_kind=kind)


def _expiry(identifier: str) -> datetime | None:
    days = {"GITLAB": 9, "QUAY": 40, "NEXUS": 75, "DATA": 200}.get(identifier)
    return NOW + timedelta(days=days, hours=6) if days else None
