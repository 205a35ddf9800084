"""Plans over every combination of levels: what they change is needed and enough, as the oracle of levels says."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

from tests.unit.rules.facts_builder import NOW
from tests.unit.rules.level_facts import GIVEN, facts_of
from tests.unit.rules.level_oracle import (
    ELSEWHERE,
    EVERY_COPY,
    HERE,
    PARTS,
    Answer,
    Copies,
    Token,
    World,
    gets,
)

from crreg.configuration.settings import Visibility
from crreg.ensure.change import Action, Change, Plan
from crreg.ensure.desired import Desired, desired_triples
from crreg.ensure.planning import plan
from crreg.findings.finding import Severity
from crreg.github.levels import Level

WIDTHS = {HERE: 0, ELSEWHERE: 0, "selected": 0, "private": 1, "all": 2}


@dataclass(frozen=True, slots=True)
class Wish:
    """A world, and the level at which the triple is to be stored."""

    world: World
    level: str
    visibility: str | None = None
    """Of an organization's secret, from the configuration."""

    def copy(self, part: str) -> str:
        """Return what is stored of a part at the level."""
        return str(getattr(self.world.copies(part), self.level))


@cache
def plan_for(wish: Wish) -> Plan:
    facts = facts_of(wish.world)
    configured = Visibility(wish.visibility) if wish.visibility else None
    triples = desired_triples(facts, {"ACR": GIVEN}, Level(wish.level))
    desired = tuple(replace(triple, visibility=configured) for triple in triples)
    return plan(Desired("acme/app", desired), facts.inventory, NOW)


def wishes() -> Iterator[Wish]:
    """Yield every wish, with other copies of PASSWORD than of the rest, which are at that level only."""
    for level, password in product(("user", "repository", "organization"), EVERY_COPY):
        for rest in sorted({getattr(each, level) for each in EVERY_COPY}):
            copies = replace(Copies(), **{level: rest})
            parts = (copies, copies, password)
            alone = replace(password, **{level: ""}) == Copies()
            for visibility in (None, *Visibility) if level == "organization" and alone else (None,):
                for here in ("private", "public"):
                    yield Wish(World(parts, visibility=here), level, visibility)
            for token in (Token(readers=False), Token(user=False), Token(organization=False)):
                yield Wish(World(parts, token=token), level)
            if not password.organization:
                yield Wish(World(parts, owner_is_organization=False), level)


def refused(wish: Wish) -> set[str]:
    """Return the rules that forbid to write anything."""
    world, copies = wish.world, {part: wish.copy(part) for part in PARTS}
    if wish.level == "organization" and not world.owner_is_organization:
        return {"no-such-level"}
    if not getattr(world.token, wish.level, True):
        return {"unreadable-secrets"}
    rules = set()
    if not world.token.readers and {HERE, ELSEWHERE} & set(copies.values()):
        rules.add("unreadable-secrets")
    if wish.visibility and any(WIDTHS.get(copy, 0) > WIDTHS[wish.visibility] for copy in copies.values()):
        rules.add("visibility-too-wide")
    lacks_it = any(gets(world, copy) is not Answer.YES for copy in copies.values())
    is_private = "private" in copies.values() or (wish.visibility == "private" and lacks_it)
    if world.visibility == "public" and is_private:
        rules.add("not-assignable")
    return rules


def after(world: World, changes: tuple[Change, ...]) -> World:
    """Return the world after GitHub has made the changes."""
    for change in changes:
        if change.action is Action.CREATE:
            shared = HERE if "acme/app" in change.repositories else change.visibility
            world = world.with_copy(change.part, change.level, shared or "stored")
        elif change.action is Action.ASSIGN:
            world = world.with_copy(change.part, change.level, HERE)
    return world


def gets_it(world: World, copy: str) -> bool:
    return copy == "stored" or gets(replace(world, token=Token()), copy) is Answer.YES


def test_nothing_is_written_exactly_where_the_documents_forbid_it() -> None:
    for wish in wishes():
        made = plan_for(wish)
        errors = {finding.rule for finding in made.findings if finding.severity is Severity.ERROR}
        assert (wish, errors) == (wish, refused(wish))
        assert not (errors and made.writes)


def test_a_plan_gives_the_repository_the_whole_triple_and_the_next_one_is_empty() -> None:
    carried_out = [wish for wish in wishes() if not refused(wish)]
    for wish in carried_out:
        done = replace(wish, world=after(wish.world, plan_for(wish).writes))
        assert (wish, [gets_it(done.world, done.copy(part)) for part in PARTS]) == (wish, [True] * 3)
        assert (wish, plan_for(done).writes) == (wish, ())
    assert any(plan_for(wish).writes for wish in carried_out)


def test_a_plan_changes_nothing_that_is_not_needed() -> None:
    for wish in wishes():
        made = plan_for(wish)
        assert {change.level for change in made.changes} <= {wish.level}
        created = {change.part for change in made.writes if change.action is Action.CREATE}
        expected = {
            Action.CREATE: {part for part in PARTS if not wish.copy(part)},
            # A user and a password are one credential, so what is stored of it is written again with the rest.
            Action.UPDATE: {part for part in PARTS[1:] if wish.copy(part) and created},
            Action.ASSIGN: {
                part for part in PARTS if wish.copy(part) and not gets_it(wish.world, wish.copy(part))
            },
        }
        for action, parts in expected.items():
            written = {str(change.part) for change in made.writes if change.action is action}
            assert (wish, action, written) == (wish, action, parts if made.writes else set())


def test_a_plan_warns_of_each_level_whose_secrets_a_codespace_may_get_instead() -> None:
    for wish in wishes():
        if refused(wish):
            continue
        # A repository's secret overrides the organization's; for a user's, that is not documented.
        others = {"user", "repository", "organization"} - {wish.level}
        others -= {"organization"} if wish.level == "repository" else set()
        listed = {level for level in others if getattr(wish.world.token, level, True)}
        hiding = {
            level
            for level in listed
            if (copy := getattr(wish.world.copies("PASSWORD"), level))
            and (copy == "stored" or gets(wish.world, copy) is not Answer.NO)
        }
        warned = [finding.rule for finding in plan_for(wish).findings]
        assert (wish, warned) == (wish, ["shadowed-secret"] * len(hiding))
