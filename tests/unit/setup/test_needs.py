"""Which registries need values, and under which identifier."""

import pytest
from tests.unit.rules.facts_builder import ACR, facts, held, image, triple

from crreg.facts.image import Coverage
from crreg.facts.model import Holding
from crreg.github.levels import Level
from crreg.setup.needs import Need, is_identifier, needs_of, undecided
from crreg.triple import Part

ORGANIZATIONS: dict[str, Holding | tuple[Holding, ...]] = dict.fromkeys(
    Part, held(Level.ORGANIZATION, visibility="private")
)


def test_an_image_that_was_refused_needs_the_providers_identifier() -> None:
    found = needs_of(facts(image(pull="denied"), image("nginx:1", pull="public")))
    assert found == (Need("ACR", ACR, (f"{ACR}/dev/base:1",), settled=False),)


def test_an_image_with_a_triple_keeps_that_identifier() -> None:
    seen = facts(triple("PROD"), image(covered_by="PROD", pull="available"))
    assert needs_of(seen) == (Need("PROD", ACR, (f"{ACR}/dev/base:1",)),)


def test_the_only_triple_of_an_unknown_registry_is_taken_for_the_only_registry_without_one() -> None:
    seen = facts(triple("PROD", server=None, at_hand=""), image(pull="denied", coverage=Coverage.UNKNOWN))
    assert needs_of(seen) == (Need("PROD", ACR, (f"{ACR}/dev/base:1",), settled=False),)


def test_ten_registries_get_ten_identifiers() -> None:
    images = [
        image(f"{letter}.azurecr.io/x:1", line=line, pull="denied") for line, letter in enumerate("abcdefgh")
    ]
    images += [image(f"{host}.example.com/x:1", line=20, pull="denied") for host in ("one", "two")]
    names = [need.identifier for need in needs_of(facts(*images))]
    assert names[:3] == ["ACR", "ACR_B", "ACR_C"]
    assert names[8:] == ["REGISTRY", "REGISTRY_TWO"]
    assert len(set(names)) == 10
    assert all(map(is_identifier, names))


def test_hosts_that_differ_after_the_first_label_get_a_number() -> None:
    images = [
        image(f"same.{zone}/x:1", line=3, pull="denied")
        for zone in ("azurecr.io", "azurecr.cn", "azurecr.us")
    ]
    assert [need.identifier for need in needs_of(facts(*images))] == ["ACR", "ACR_SAME", "ACR_2"]


def test_an_identifier_of_another_registry_is_not_suggested_again() -> None:
    seen = facts(triple("ACR", server="other.azurecr.io"), image(pull="denied"))
    assert [(need.identifier, need.registry) for need in needs_of(seen)] == [
        ("ACR_ACME", ACR),
        ("ACR", "other.azurecr.io"),
    ]


def test_the_environments_triples_are_needed_without_an_image() -> None:
    assert needs_of(facts(triple("ACR", stored={}))) == (Need("ACR", ACR),)


def test_an_organizations_triples_are_needed_by_it_alone() -> None:
    seen = facts(triple("ACR", stored=ORGANIZATIONS, at_hand="", server=None))
    assert needs_of(seen) == ()
    assert needs_of(seen, "org") == (Need("ACR", None),)


def test_an_image_whose_registry_did_not_answer_is_undecided() -> None:
    seen = facts(
        image(pull="unreachable"), image("nginx:1", pull="public"), image("ghcr.io/a/b:1", pull="not-found")
    )
    assert (needs_of(seen), undecided(seen)) == ((), (f"{ACR}/dev/base:1",))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("ACR", True),
        ("_1", True),
        ("A" * 100, True),
        ("A" * 101, False),
        ("", False),
        ("acr", False),
        ("1A", False),
        ("A-B", False),
        ("A\nB", False),
        ("GITHUB", False),
        ("GITHUB_X", False),
        ("GITHUBX", True),
        ("X_CONTAINER_REGISTRY_SERVER: 1", False),
    ],
)
def test_what_an_identifier_is(text: str, *, fits: bool) -> None:
    assert is_identifier(text) is fits
