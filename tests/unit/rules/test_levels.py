"""The verdict about every combination of levels, held to an oracle that knows GitHub's documentation and not crreg."""

import re
import shlex
from collections import Counter
from collections.abc import Iterable
from functools import cache

from tests.unit.rules.level_facts import facts_of
from tests.unit.rules.level_oracle import (
    AS_READ,
    ELSEWHERE,
    EVERY_COPY,
    HERE,
    PARTS,
    Answer,
    Token,
    World,
    fork_of,
    owner_gets,
    pairs,
    verdict,
    worlds,
)

from crreg.check.report import Report
from crreg.findings.remedy import Command, Link, Shell, Step


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


def test_a_fork_starts_only_with_what_its_organization_gives_every_repository() -> None:
    """Whatever its upstream stores, which is here under the same names."""
    found = set()
    for world in pairs(EVERY_COPY):
        for of_person in (False, True):
            fork = fork_of(world, of_person=of_person)
            lacking = names(part for part in PARTS if owner_gets(fork, part) is Answer.NO)
            assert (world, report_of(fork).status) == (world, verdict(fork))
            assert (world, set(report_of(fork).missing)) == (world, lacking)
            found.add((of_person, verdict(fork)))
    assert found == {(True, "unhealthy"), (False, "unhealthy"), (False, "healthy")}


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
