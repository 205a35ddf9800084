"""What crreg gathers from a world of the oracle."""

from dataclasses import replace

from tests.unit.rules.facts_builder import ACR, DEVCONTAINER, LONG_AGO, NOW, image, login
from tests.unit.rules.level_oracle import ELSEWHERE, HERE, PARTS, World

from crreg.configuration.settings import Settings
from crreg.discovery.found import Discovery
from crreg.facts.image import Coverage
from crreg.facts.model import Facts
from crreg.facts.questions import absent_parts, unassigned_parts
from crreg.facts.triples import may_cover_more, observe_triples
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
    "partial": ("skipped", "skipped"),
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
    values = replace(GIVEN, password=None) if world.login == "partial" else GIVEN
    given = {} if world.login == "untried" else {"ACR": values}
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
