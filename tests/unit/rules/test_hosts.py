"""Hosts that no codespace reaches: those that don't exist, show a wrong certificate, or have a private address."""

from dataclasses import replace

import pytest
from tests.unit.rules.facts_builder import ACR, at, facts, held, image, login, triple

from crreg.check.report import Report
from crreg.discovery.found import Source
from crreg.facts.model import Facts
from crreg.findings.finding import Effect, Severity
from crreg.findings.remedy import Command
from crreg.registry.outcome import HOST_FAULTS, Fault, NetworkPlace
from crreg.report.verdict import verdict
from crreg.rules.catalog import judge

GONE = "acme.azurecr.io does not exist: DNS has no address for it."


def told(found: Facts) -> list[tuple[str, Severity, Effect]]:
    return [(finding.rule, finding.severity, finding.effect) for finding in judge(found)]


STOPS = ("wrong-host", Severity.ERROR, Effect.STOPS)


@pytest.mark.parametrize("fault", sorted(HOST_FAULTS))
def test_a_host_that_fails_everywhere_stops_a_codespace(fault: Fault) -> None:
    assert told(facts(image(pull="unreachable", fault=fault))) == [STOPS]


def test_a_triple_whose_host_does_not_exist_is_one_finding_and_its_images_none() -> None:
    found = facts(
        triple(login=login("unreachable", GONE, fault=Fault.NO_SUCH_HOST)),
        image(covered_by="ACR", pull="unreachable", fault=Fault.NO_SUCH_HOST, line=5),
        image(f"{ACR}/b:1", covered_by="ACR", pull="unreachable", fault=Fault.NO_SUCH_HOST, line=6),
    )
    [finding] = judge(found)
    assert told(found) == [STOPS]
    assert (finding.triple, finding.registry, finding.location) == ("ACR", ACR, at(5))
    assert finding.message == (
        f"Codespaces can't log in with ACR: {GONE} Needed by `acme.azurecr.io/dev/base:1` (and 1 other place)."
    )
    assert "gh secret set ACR_CONTAINER_REGISTRY_SERVER --app codespaces" in finding.remedy


def test_a_fault_that_is_not_certain_leaves_the_matter_open() -> None:
    found = facts(triple(login=login("tls-error")), image(covered_by="ACR", pull="tls-error"))
    assert told(found) == [("registry-unreachable", Severity.WARNING, Effect.UNPROVEN)]


def test_only_a_name_is_corrected_and_only_a_certificate_renewed() -> None:
    remedies = {
        fault: judge(facts(triple(login=login("tls-error", fault=fault)), image(pull="tls-error")))[0].remedy
        for fault in HOST_FAULTS
    }
    named = {fault for fault, remedy in remedies.items() if "CONTAINER_REGISTRY_SERVER" in remedy}
    served = {fault for fault, remedy in remedies.items() if "certificate" in remedy}
    assert named == {Fault.NO_SUCH_HOST, Fault.WRONG_NAME}
    assert served == {Fault.WRONG_NAME, Fault.EXPIRED, Fault.UNTRUSTED}


def test_what_no_image_needs_and_a_cache_stop_nothing() -> None:
    unneeded = facts(triple(login=login("unreachable", GONE, fault=Fault.NO_SUCH_HOST)))
    assert told(unneeded) == [("wrong-host", Severity.WARNING, Effect.UNPROVEN)]
    cache = facts(image(pull="unreachable", source=Source.CACHE, fault=Fault.NO_SUCH_HOST))
    assert told(cache) == [("wrong-host", Severity.WARNING, Effect.HYGIENE)]


def test_a_triple_that_lacks_a_part_is_missing_whatever_its_host_is() -> None:
    found = facts(
        triple(stored={"SERVER": held()}, login=login("unreachable", fault=Fault.NO_SUCH_HOST)),
        image(covered_by="ACR", pull="unreachable", fault=Fault.NO_SUCH_HOST),
    )
    assert {rule for rule, *_ in told(found)} == {"missing-secret"}


@pytest.mark.parametrize("place", list(NetworkPlace))
def test_a_private_address_leaves_open_whether_a_codespace_reaches_it(place: NetworkPlace) -> None:
    found = facts(
        triple(login=login(place=place)),
        image(covered_by="ACR", pull="available", place=place),
        image(f"{ACR}/b:1", covered_by="ACR", pull="available", place=place),
    )
    assert told(found) == [("private-registry", Severity.WARNING, Effect.UNPROVEN)]
    assert verdict(Report.of(found)) == (
        "Unknown (1 warning): acme.azurecr.io has an address that codespaces usually can't reach."
    )


def test_a_private_address_that_no_image_needs_leaves_nothing_open() -> None:
    assert told(facts(triple(login=login(place=NetworkPlace.PRIVATE)))) == [
        ("private-registry", Severity.WARNING, Effect.HYGIENE)
    ]


def test_an_image_without_a_triple_at_a_private_address_is_told() -> None:
    found = facts(image("registry.corp.example/a:1", pull="public", place=NetworkPlace.PRIVATE))
    assert told(found) == [("private-registry", Severity.WARNING, Effect.UNPROVEN)]


@pytest.mark.parametrize(
    ("repository", "web_url", "target"),
    [
        ("Org/App", "https://github.com", "ghcr.io/org/app-dev-base"),
        ("org/app", "https://ghe.example", "containers.ghe.example/org/app-dev-base"),
        ("org/.github", "https://github.com", None),
        (None, "https://github.com", None),
    ],
)
def test_each_image_at_a_private_address_gets_a_command_that_copies_it(
    repository: str | None, web_url: str, target: str | None
) -> None:
    texts = ("dev/base:1", "dev/base:1", f"dev/base@sha256:{'0' * 64}")
    images = [
        image(f"registry.corp.example/{text}", pull="public", place=NetworkPlace.PRIVATE) for text in texts
    ]
    [finding] = judge(replace(facts(*images), repository=repository, web_url=web_url))
    copy = "crreg publish --link --copy registry.corp.example/"
    assert [step.line for step in finding.steps if isinstance(step, Command)] == (
        [f"{copy}{texts[0]} --to {target}:1", f"{copy}{texts[2]} --to {target}"] if target else []
    )
