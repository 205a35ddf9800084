"""What is done about each image follows from the answers alone."""

import pytest

from crreg.configuration.settings import Publication
from crreg.publish.ask import Asked
from crreg.publish.keys import Keys
from crreg.publish.planning import ignored_refusals, plan
from crreg.publish.published import Outcome, Published
from crreg.publish.target import Publisher, Target
from crreg.registry.reference import ImageReference
from crreg.rules.publish_rules import IMMUTABLE_TAG, PUSH_REFUSED

OLD, NEW = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def target(name: str) -> Target:
    image = f"registry.example/o/{name}"
    place = Publisher(Keys({}, "ghcr.io"), "https://github.com", "acme/app")
    return Target(Publication(image, None, copy="a.example/b:1"), ImageReference.parse(image), place)


DUE = Asked(target("due"), digest=NEW, previous={"latest": OLD})
DUE_TOO = Asked(target("too"), digest=NEW, previous={"latest": None})
SAME = Asked(target("same"), digest=OLD, previous={"latest": OLD}, unchanged=True)
REFUSED = Asked(target("refused"), findings=(target("refused").finding(PUSH_REFUSED, "No.", "Ask."),))


def outcomes(ends: tuple[Published, ...]) -> list[Outcome]:
    return [end.outcome for end in ends]


def test_what_is_there_already_is_left_and_the_rest_is_published() -> None:
    planned = plan([DUE, SAME, DUE_TOO], dry_run=False)

    assert planned.todo == (DUE, DUE_TOO)
    done = [Published(asked.target.publication, Outcome.PUBLISHED, NEW) for asked in planned.todo]
    assert planned.ends(done, failed=False) == (
        done[0],
        Published(SAME.target.publication, Outcome.UNCHANGED, OLD, {"latest": OLD}),
        done[1],
    )


def test_one_refusal_keeps_everything_back() -> None:
    planned = plan([DUE, REFUSED, SAME], dry_run=False)

    assert planned.refused
    assert planned.todo == ()
    assert outcomes(planned.ends([], failed=False)) == [Outcome.SKIPPED, Outcome.FAILED, Outcome.UNCHANGED]


def test_a_dry_run_publishes_nothing_and_says_what_it_would() -> None:
    planned = plan([DUE, SAME], dry_run=True)

    assert planned.todo == ()
    assert outcomes(planned.ends([], failed=False)) == [Outcome.PLANNED, Outcome.UNCHANGED]


def test_what_was_not_begun_after_a_failure_is_held_back() -> None:
    planned = plan([DUE, DUE_TOO], dry_run=False)
    failed = Published(DUE.target.publication, Outcome.FAILED)

    assert outcomes(planned.ends([failed, None], failed=True)) == [Outcome.FAILED, Outcome.SKIPPED]


@pytest.mark.parametrize(
    ("ignore", "said"),
    [
        (frozenset(), ()),
        (frozenset({IMMUTABLE_TAG.id}), ()),
        (
            frozenset({PUSH_REFUSED.id}),
            ("An image is not published because of push-refused, which the configuration ignores.",),
        ),
    ],
)
def test_an_ignored_refusal_is_told_once(ignore: frozenset[str], said: tuple[str, ...]) -> None:
    findings = [*REFUSED.findings, *REFUSED.findings]
    assert ignored_refusals(findings, ignore) == said
