"""The verdict about every combination of levels, held to an oracle that knows GitHub's documentation and not crreg."""

import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import combinations_with_replacement, product, starmap
from typing import Any

from tests.unit.rules.facts_builder import ACR, DEVCONTAINER, LONG_AGO, NOW, image, login
from tests.unit.rules.level_oracle import (
    ELSEWHERE,
    HERE,
    ORGANIZATION_COPIES,
    PARTS,
    REPOSITORY_COPIES,
    USER_COPIES,
    Answer,
    Copies,
    Token,
    World,
    owner_gets,
    verdict,
)

from crreg.check.report import Report
from crreg.configuration.settings import Settings
from crreg.discovery.found import Discovery
from crreg.facts.image import Coverage
from crreg.facts.model import Facts
from crreg.facts.questions import absent_parts, unassigned_parts
from crreg.facts.triples import may_cover_more, observe_triples
from crreg.findings.remedy import Command, Link, Shell, Step
from crreg.github.errors import Reason
from crreg.github.inventory import Inventory, LevelInventory, LevelStatus, Repository, Secret
from crreg.github.levels import Level
from crreg.github.readers import Readers, seen_by
from crreg.registry.outcome import PullOutcome, PullResult
from crreg.triple import Triple

GIVEN = Triple("ACR", ACR, "puller", "s3cret")
OUTCOMES = {
    "works": ("succeeded", "available"),
    "refused": ("denied", "denied"),
    "unreachable": ("unreachable", "unreachable"),
    "untried": ("skipped", "skipped"),
}


def observed(world: World) -> Inventory:
    """Return what GitHub's API lists of the world."""
    owner = "acme"
    here = Repository("acme/app", 4711, world.visibility, owner, world.owner_is_organization)

    def secret(part: str, level: Level, copy: str) -> Secret:
        visibility = (
            "selected" if copy in {HERE, ELSEWHERE} else copy if level is not Level.REPOSITORY else None
        )
        listed = Secret(f"ACR_CONTAINER_REGISTRY_{part}", level, LONG_AGO, visibility)
        ids, names = (4711, "acme/app") if copy == HERE else (815, "acme/other")
        readers = Readers(frozenset({ids}), (names,)) if visibility == "selected" else None
        return seen_by(listed, here, readers if world.token.readers else None)

    def listed(level: Level, *, may_list: bool) -> LevelInventory:
        if not may_list:
            return LevelInventory(level, LevelStatus.UNREADABLE, detail="403", reason=Reason.FORBIDDEN)
        secrets = (
            secret(part, level, copy) for part in PARTS if (copy := getattr(world.copies(part), level))
        )
        return LevelInventory(level, LevelStatus.LISTED, tuple(secrets))

    organization = (
        listed(Level.ORGANIZATION, may_list=world.token.organization)
        if world.owner_is_organization
        else LevelInventory(Level.ORGANIZATION, LevelStatus.ABSENT)
    )
    levels = (
        listed(Level.USER, may_list=world.token.user),
        listed(Level.REPOSITORY, may_list=True),
        organization,
    )
    return Inventory(here, levels)


def facts_of(world: World) -> Facts:
    """Return what a check of the world gathers; see `gather`."""
    settings, inventory = Settings(), observed(world)
    given = {} if world.login == "untried" else {"ACR": GIVEN}
    outcome, pull = OUTCOMES[world.login]
    triples = tuple(
        replace(fact, login=login(outcome)) for fact in observe_triples(given, inventory, settings)
    )
    coverage = Coverage.UNKNOWN if may_cover_more(triples, inventory) else Coverage.NONE
    if world.image == "elsewhere":
        asked = image("debian:13", pull="public", coverage=coverage)
    elif given:
        asked = image(pull=pull, covered_by="ACR")
    else:
        asked = image(pull="denied", coverage=coverage)
    facts = Facts(
        now=NOW,
        repository="acme/app",
        discovery=Discovery((DEVCONTAINER,), (), ()),
        inventory=inventory,
        triples=triples,
        images=(asked,),
        credentials_given=bool(given),
    )
    lacking = any(absent_parts(facts, fact) or unassigned_parts(facts, fact) for fact in triples)
    if world.image == "public" and (lacking or not given):
        public = replace(asked, pull=PullResult(PullOutcome.PUBLIC, ""))
        facts = replace(facts, images=(public,))
    return facts


EVERY_COPY = tuple(starmap(Copies, product(USER_COPIES, REPOSITORY_COPIES, ORGANIZATION_COPIES)))
AS_READ = tuple(copies for copies in EVERY_COPY if copies.organization not in {"all", "private"})
"""Without the access policies that mean the same to a private repository as `selected here`."""


def pairs(every: Iterable[Copies], **more: Any) -> Iterator[World]:
    """Yield worlds in which PASSWORD has other copies than the rest."""
    for rest, password in product(every, repeat=2):
        yield World((rest, rest, password), **more)


def worlds() -> Iterator[World]:
    """Yield every world, but for those that differ only in what the token can't see or in which part is which."""
    yield from map(World, combinations_with_replacement(AS_READ, 3))
    yield from pairs(EVERY_COPY, visibility="public")
    yield from pairs(AS_READ, visibility="internal", token=Token(readers=False))
    yield from pairs((each for each in AS_READ if not each.user), token=Token(user=False))
    yield from pairs([each for each in AS_READ if not each.organization], token=Token(organization=False))
    yield from pairs([each for each in AS_READ if not each.organization], owner_is_organization=False)
    for how in ("refused", "unreachable", "untried"):
        yield from pairs(AS_READ, login=how)


def paste(world: World, steps: Iterable[Step]) -> World:
    """Return the world after a remedy: its commands, as gh documents them, and narrowed access where it says so."""
    for step in steps:
        line = step.line if isinstance(step, Command | Shell) else ""
        if changed := _CHANGE.search(line):
            world = _changed(world, changed["part"], line)
        elif isinstance(step, Link) and (narrowed := _NARROW.match(step.text)):
            world = world.with_copy(narrowed["part"], "organization", ELSEWHERE)
    return world


_NARROW = re.compile(r"ACR_CONTAINER_REGISTRY_(?P<part>\w+): under Repository access, select only")


_CHANGE = re.compile(
    r"gh (secret (set|delete) ACR_|api -X \w+ \S+/ACR_)CONTAINER_REGISTRY_(?P<part>SERVER|USER|PASSWORD)"
)


def _changed(world: World, part: str, line: str) -> World:
    words = shlex.split(line)
    level = "user" if "--user" in words or " user/" in line else "organization"
    if words[1] == "api":
        # PUT adds one repository to those that are selected, and DELETE removes it.
        return world.with_copy(part, level, HERE if "PUT" in words else ELSEWHERE)
    if "--repo" in words:
        return world.with_copy(part, "repository", "stored" if "set" in words else "")
    if "delete" in words:
        return world.with_copy(part, level, "")
    access = words[words.index("--visibility") + 1] if "--visibility" in words else "selected"
    if access == "selected":
        access = HERE if _names_here(world, level, words[words.index("--repos") + 1]) else ELSEWHERE
    return world.with_copy(part, level, access)


def _names_here(world: World, level: str, repositories: str) -> bool:
    """Whether the list, or the commands that make it, names this repository."""
    read = re.search(r"ACR_CONTAINER_REGISTRY_(\w+)/repositories", repositories)
    readers = getattr(world.copies(read[1]), level) if read else ""
    return readers == HERE or bool(re.search(r"(^|echo |/)app(;|$)", repositories))


def names(answers: Iterable[str]) -> set[str]:
    return {f"ACR_CONTAINER_REGISTRY_{part}" for part in answers}


@cache
def report_of(world: World) -> Report:
    return Report.of(facts_of(world))


def test_every_verdict_is_justified() -> None:
    verdicts = {world: verdict(world) for world in worlds()}
    assert [world for world, expected in verdicts.items() if report_of(world).status != expected] == []
    assert Counter(verdicts.values()).keys() == {"healthy", "unhealthy", "unknown"}
    assert all(bool(report_of(world).unchecked) >= (verdicts[world] == "unknown") for world in verdicts)


def test_the_secrets_that_nobody_gets_are_named() -> None:
    for world in worlds():
        report = report_of(world)
        if report.facts.triples:
            lacking = names(part for part in PARTS if owner_gets(world, part) is Answer.NO)
            assert (world, set(report.missing)) == (world, lacking)


def test_an_image_that_needs_no_secret_keeps_nobody_from_starting() -> None:
    for world in pairs(AS_READ, image="public"):
        complete = all(owner_gets(world, part) is not Answer.NO for part in PARTS)
        # With a whole triple, the image is requested with its login only, as a codespace does.
        expected = verdict(world) if complete else "healthy"
        assert (world, report_of(world).status) == (world, expected)
    for world in pairs(AS_READ, image="elsewhere"):
        assert (world, report_of(world).status) == (world, "healthy")


def test_the_remedies_of_the_errors_let_a_codespace_start() -> None:
    broken = [world for world in worlds() if world.login == "works" and report_of(world).errors]
    for world in broken:
        after = paste(world, (step for finding in report_of(world).errors for step in finding.steps))
        assert (world, verdict(after)) != (world, "unhealthy")
    assert broken


def test_one_remedy_after_the_other_leads_to_one_copy_of_each_for_everybody() -> None:
    for world in worlds():
        now = world
        for _ in range(_MOST_REMEDIES):
            if world.login != "works" or not world.token.readers or not report_of(now).findings:
                break
            now = paste(now, report_of(now).findings[0].steps)
        if world.login == "works" and world.token == Token():
            assert (world, report_of(now).findings, verdict(now)) == (world, (), "healthy")


_MOST_REMEDIES = 6
"""No world needs more, whatever is wrong with it."""
