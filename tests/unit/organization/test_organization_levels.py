"""Repairs of generated organizations: each repository gets what the oracle says, and nobody anything else."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from tests.unit.organization.organization_oracle import REGISTRIES, Company, Member, companies
from tests.unit.rules.facts_builder import DEVCONTAINER, LONG_AGO, NOW, image, login
from tests.unit.rules.level_oracle import PARTS

from crreg.configuration.settings import Allowed, RegistrySettings, Settings
from crreg.discovery.found import Discovery
from crreg.ensure.change import Action
from crreg.facts.gather import covering_triples
from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts
from crreg.facts.questions import absent_parts, unassigned_parts
from crreg.facts.triples import may_cover_more, observe_triples
from crreg.github.errors import Reason
from crreg.github.inventory import Inventory, LevelInventory, LevelStatus, Repository, Secret
from crreg.github.levels import Level
from crreg.github.readers import Readers, seen_by
from crreg.organization.allowing import needs_of
from crreg.organization.judging import checked_of, servers_of, values_of
from crreg.organization.listed import Listed
from crreg.organization.repair import Found, Repair, repair_of, wanted
from crreg.organization.report import Checked
from crreg.registry.outcome import PullOutcome, PullResult
from crreg.triple import SecretName, find_triples, parse_name

VALUES = {
    f"{identifier}_CONTAINER_REGISTRY_{part}": value
    for identifier, registry in REGISTRIES.items()
    for part, value in zip(PARTS, (registry, "puller", "s3cret"), strict=True)
}
GIVEN = find_triples(VALUES)


def listed(member: Member) -> Listed:
    return Listed(
        member.number, f"acme/{member.name}", member.visibility, "main", "c" * 40, is_fork=member.is_fork
    )


def secrets_of(company: Company) -> LevelInventory:
    """What GitHub lists of the organization's secrets, each with its readers."""
    if not company.may_list:
        return LevelInventory(
            Level.ORGANIZATION, LevelStatus.UNREADABLE, detail="403", reason=Reason.FORBIDDEN
        )
    secrets = (
        Secret(
            f"{identifier}_CONTAINER_REGISTRY_{part}",
            Level.ORGANIZATION,
            LONG_AGO,
            company.visibility(part),
            readers=names_of(company, part),
        )
        for identifier in REGISTRIES
        for part in PARTS
        if company.visibility(part)
    )
    return LevelInventory(Level.ORGANIZATION, LevelStatus.LISTED, tuple(secrets))


def names_of(company: Company, part: str) -> tuple[str, ...] | None:
    if company.visibility(part) != "selected" or not company.shows_readers:
        return None
    return tuple(f"acme/{member.name}" for member in company.members if part in member.selected)


def inventory_of(shared: LevelInventory, member: Member) -> Inventory:
    """What one repository's check is shown."""
    here = Repository(
        f"acme/{member.name}", member.number, member.visibility, "acme", owner_is_organization=True
    )

    def seen(secret: Secret) -> Secret:
        part = parse_name(secret.name)
        assert part is not None
        ids = frozenset({member.number} if part.part in member.selected else ())
        return seen_by(secret, here, None if secret.readers is None else Readers(ids, secret.readers))

    own = tuple(
        seen_by(Secret(f"ACR_CONTAINER_REGISTRY_{part}", Level.REPOSITORY, LONG_AGO), here, None)
        for part in PARTS
        if part in member.own
    )
    users = tuple(
        Secret(f"{identifier}_CONTAINER_REGISTRY_{part}", Level.USER, LONG_AGO, "selected", assigned=True)
        for identifier in REGISTRIES
        for part in PARTS
        if part in member.user
    )
    return Inventory(
        here,
        (
            LevelInventory(Level.USER, LevelStatus.LISTED, users),
            LevelInventory(Level.REPOSITORY, LevelStatus.LISTED, own)
            if member.is_listed
            else LevelInventory(
                Level.REPOSITORY, LevelStatus.UNREADABLE, detail="403", reason=Reason.FORBIDDEN
            ),
            replace(shared, secrets=tuple(map(seen, shared.secrets))),
        ),
    )


def facts_of(company: Company, inventory: Inventory, member: Member) -> Facts:
    """What a check of the repository gathers; see `gather`."""
    given = find_triples(values_of(inventory, VALUES))
    triples = tuple(
        replace(fact, login=login(company.login if fact.identifier in given else "skipped"))
        for fact in observe_triples(given, inventory, Settings())
    )
    facts = Facts(
        now=NOW,
        repository=f"acme/{member.name}",
        discovery=Discovery((DEVCONTAINER,), (), ()),
        inventory=inventory,
        triples=triples,
        credentials_given=bool(given),
    )
    lacking = {
        fact.identifier for fact in triples if absent_parts(facts, fact) or unassigned_parts(facts, fact)
    }
    return replace(facts, images=(image_of(company, facts, member, lacking),))


def image_of(company: Company, facts: Facts, member: Member, lacking: set[str]) -> ImageFact:
    assert facts.inventory is not None
    if member.image == "elsewhere":
        return image("debian:13", pull="public")
    given = find_triples(values_of(facts.inventory, VALUES))
    registry = REGISTRIES["GAR" if member.image == "other" else "ACR"]
    covering = covering_triples(given, Settings()).get(registry)
    unknown = Coverage.UNKNOWN if may_cover_more(facts.triples, facts.inventory) else Coverage.NONE
    whole = covering is not None and not given[covering].missing
    refused = "skipped" if covering else "denied"
    with_login = "available" if company.login == "succeeded" else "denied"
    asked = image(
        f"{registry}/dev/base:1",
        pull=with_login if whole else refused,
        covered_by=covering,
        coverage=Coverage.COVERED if covering else unknown,
    )
    if member.image == "public" and (not whole or covering in lacking):
        return replace(asked, pull=PullResult(PullOutcome.PUBLIC, ""))
    return asked


def checked(company: Company) -> Iterator[Checked]:
    shared = secrets_of(company)
    for member in company.members:
        facts = facts_of(company, inventory_of(shared, member), member)
        yield checked_of(listed(member), facts, servers_of(GIVEN))


@cache
def repaired(company: Company) -> Repair:
    """The plan of `crreg ensure --org` for the organization."""
    names = tuple(Allowed(member.name) for member in company.members if member.allowed == "name")
    allow = {"ACR": (Allowed("web-*"), *names), "GAR": (Allowed("*"),)}
    found = Found(
        "acme",
        Settings({name: RegistrySettings(name, None, allow=entries) for name, entries in allow.items()}),
        needs_of(checked(company)),
        GIVEN,
        dict.fromkeys(GIVEN, login(company.login)),
        secrets_of(company),
    )
    return repair_of(wanted(found, force=False), found.inventory, NOW, frozenset())


def named(company: Company, names: tuple[str, ...]) -> frozenset[Member]:
    by_name = {f"acme/{member.name}": member for member in company.members}
    return frozenset(by_name[name] for name in names)


def after(company: Company, triple: str) -> Company:
    """The organization's copies of one triple after GitHub has made the plan's changes."""
    for change in repaired(company).plan.writes:
        if change.triple != triple or change.action is Action.UPDATE:
            continue
        stored = dict(zip(PARTS, company.stored, strict=True))
        if change.action is Action.CREATE:
            stored[change.part] = change.visibility or ""
            # Nobody is selected for what did not exist.
            members = tuple(replace(each, selected=each.selected - {change.part}) for each in company.members)
            first, second, third = (stored[part] for part in PARTS)
            company = replace(company, stored=(first, second, third), members=members)
        assert stored[change.part] == "selected"
        for member in named(company, change.repositories):
            company = company.with_member(replace(member, selected=member.selected | {change.part}))
    return company


def test_each_repository_gets_the_whole_triple_or_no_more_than_it_had() -> None:
    given = 0
    for company in companies():
        for triple in REGISTRIES:
            done = after(company, triple)
            receivers = frozenset[Member]() if company.is_refused() else company.receivers(triple)
            for before, now in zip(company.members, done.members, strict=True):
                had = company.reads(before) - set(company.missing)
                expected = frozenset(PARTS) if before in receivers else had
                assert (company.stored, triple, before, done.reads(now)) == (
                    company.stored,
                    triple,
                    before,
                    expected,
                )
            given += len(receivers)
    assert given


def test_nothing_is_written_that_nobody_needs() -> None:
    for company in companies():
        made = repaired(company)
        for triple in REGISTRIES:
            receivers = company.receivers(triple)
            is_left = company.is_refused() or bool(company.missing and not receivers)
            created = set() if is_left else set(company.missing)
            lacking = {
                (member.name, part)
                for member in (() if is_left else receivers)
                for part in frozenset(PARTS) - company.reads(member) - created
            }
            writes = [change for change in made.plan.writes if change.triple == triple]
            written = {
                action: {str(each.part) for each in writes if each.action is action} for action in Action
            }
            assert (company, triple, written[Action.CREATE]) == (company, triple, created)
            # A user and a password are one credential, so what is stored of it is written again with the rest.
            assert written[Action.UPDATE] == (set(PARTS[1:]) - created if created else set())
            assigned = [
                (name.partition("/")[2], str(each.part))
                for each in writes
                if each.action is Action.ASSIGN
                for name in each.repositories
            ]
            assert (len(assigned), set(assigned)) == (len(lacking), lacking)
            assert all(
                change.visibility == (company.visibility(change.part) or "selected") for change in writes
            )


def test_a_second_run_writes_nothing() -> None:
    for company in companies():
        for triple in REGISTRIES:
            again = repaired(after(company, triple)).plan.writes
            assert (company.stored, [change for change in again if change.triple == triple]) == (
                company.stored,
                [],
            )


def test_who_needs_a_triple_and_does_not_get_it_is_named() -> None:
    for company in companies():
        if company.is_refused():
            continue
        withheld = {(each.repository, each.triple) for each in repaired(company).withheld}
        for triple in REGISTRIES:
            for member in company.members:
                if member.image == "public" and not member.is_listed:
                    # Its codespaces may log in with secrets of its own, which nobody sees.
                    continue
                is_named = (f"acme/{member.name}", triple) in withheld
                lacks = member not in company.receivers(triple) and company.reads(member) != frozenset(PARTS)
                assert (company.stored, member, is_named) == (
                    company.stored,
                    member,
                    member.needs(triple) and lacks,
                )


def test_every_new_access_is_among_the_grants() -> None:
    for company in companies():
        made = repaired(company)
        granted = {
            (grant.repository.full_name, str(SecretName(grant.triple, part)))
            for grant in made.grants
            for part in grant.parts
        }
        assert granted == {(name, change.name) for change in made.plan.writes for name in change.repositories}
