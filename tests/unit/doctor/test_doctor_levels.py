"""What the doctor says in a codespace without secrets is true, whatever is stored at each level."""

from collections import Counter

from tests.unit.rules.facts_builder import NOW
from tests.unit.rules.level_facts import facts_of
from tests.unit.rules.level_oracle import (
    AS_READ,
    PARTS,
    Answer,
    Copies,
    Token,
    World,
    codespace_gets,
    owner_gets,
    pairs,
)
from tests.unit.rules.level_oracle import Codespace as Start

from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnose import diagnose
from crreg.doctor.diagnosis import Diagnosis
from crreg.findings.remedy import text_of
from crreg.rules.catalog import judge

HERE = Codespace("parakeet", "octocat", NOW, has_token=True, own_token=True)
FORK = "pull request from a fork"
STORED = "stored for this repository, but not in the environment"


def diagnosed(world: World) -> tuple[Diagnosis, ...]:
    """What the doctor says in a codespace that has none of the secrets."""
    found = facts_of(world)
    return diagnose(found, judge(found), HERE)


def test_where_all_is_stored_a_pull_request_from_a_fork_may_be_the_reason() -> None:
    seen = Counter[bool]()
    for world in pairs(AS_READ, login="untried"):
        is_stored = min(owner_gets(world, part) for part in PARTS) is Answer.YES
        assert {codespace_gets(world, part, Start.PULL_REQUEST) for part in PARTS} == {Answer.NO}
        [first, *_] = diagnosed(world)
        said = first.cause + text_of(first.steps)
        # What is missing for everybody comes first: no other codespace would start either.
        assert (world, STORED in said) == (world, is_stored)
        assert not is_stored or FORK in said
        seen[is_stored] += 1
    assert len(seen) == 2


def test_where_nothing_can_be_listed_the_fork_is_named_too() -> None:
    hidden = World((Copies(), Copies(), Copies()), token=Token(organization=False), login="untried")
    [first, *_] = diagnosed(hidden)
    assert FORK in first.cause + text_of(first.steps)
