"""Findings that turn on what is at fault, and remedies for that and nothing else."""

from dataclasses import replace

import pytest
from tests.unit.rules.facts_builder import ACR, NOW, facts, held, image, inventory, login, triple

from crreg.discovery.found import Source
from crreg.facts.image import ImageFact
from crreg.findings.finding import Effect, Finding, Severity
from crreg.registry.outcome import Fault, Lack, PullOutcome, PullResult
from crreg.rules.catalog import judge

STORED = {part: held() for part in ("SERVER", "USER", "PASSWORD")}


def lacking(outcome: PullOutcome, lack: Lack) -> ImageFact:
    found = image(covered_by="ACR")
    return replace(found, pull=PullResult(outcome, "It is incomplete", lack=lack))


def only(findings: tuple[Finding, ...]) -> Finding:
    (finding,) = findings
    return finding


@pytest.mark.parametrize(
    ("outcome", "lack", "words"),
    [
        (PullOutcome.NO_PLATFORM, Lack.PLATFORM, "Build it for the machines that codespaces run on"),
        (PullOutcome.NOT_FOUND, Lack.CHILD, "make the clean-up job keep"),
        (PullOutcome.NOT_FOUND, Lack.FORMAT, "Build and push it with a current version"),
    ],
)
def test_an_image_that_is_there_in_part_has_its_own_remedy(
    outcome: PullOutcome, lack: Lack, words: str
) -> None:
    finding = only(judge(facts(triple(login=login()), lacking(outcome, lack))))
    assert (finding.rule, finding.effect) == ("image-not-found", Effect.STOPS)
    assert finding.message == "A codespace can't use `acme.azurecr.io/dev/base:1`: It is incomplete."
    assert words in finding.remedy
    assert "  docker buildx build --platform linux/amd64" in finding.remedy


def test_something_else_by_that_name_is_not_to_be_built_again() -> None:
    finding = only(judge(facts(triple(login=login()), lacking(PullOutcome.NOT_FOUND, Lack.KIND))))
    assert (finding.rule, finding.effect) == ("image-not-found", Effect.STOPS)
    assert finding.message == "A codespace can't use `acme.azurecr.io/dev/base:1`: It is incomplete."
    assert "Correct the name" in finding.remedy
    assert "docker" not in finding.remedy


def test_a_firewall_is_no_missing_role() -> None:
    blocked = replace(login("forbidden", "It refuses this machine"), fault=Fault.FIREWALL)
    finding = only(judge(facts(triple(login=blocked), image(covered_by="ACR", pull="forbidden"))))
    assert finding.rule == "login-failed"
    assert "firewall" in finding.remedy
    assert "AcrPull" not in finding.remedy


def test_a_firewall_that_only_shows_with_an_image_is_no_missing_role() -> None:
    pull = PullResult(PullOutcome.FORBIDDEN, "It refuses this machine", fault=Fault.FIREWALL)
    finding = only(judge(facts(triple(login=login()), replace(image(covered_by="ACR"), pull=pull))))
    assert finding.rule == "image-not-pullable"
    assert "AcrPull" not in finding.remedy


def test_a_plain_realm_behind_https_is_the_registrys_own_address() -> None:
    plain = replace(login("insecure", "It sends logins to plain http"), fault=Fault.REALM)
    finding = only(judge(facts(triple(login=plain), image(covered_by="ACR", pull="insecure"))))
    assert finding.rule == "plaintext-registry"
    assert "external_url" in finding.remedy
    assert "Serve the registry over https" not in finding.remedy


def test_a_token_server_that_docker_cannot_read_needs_no_other_secret() -> None:
    broken = replace(login("not-a-registry", "It answers with nonsense"), fault=Fault.TOKEN_SERVER)
    finding = only(judge(facts(triple(login=broken), image(covered_by="ACR", pull="not-a-registry"))))
    assert finding.rule == "invalid-server"
    assert "expires_in" in finding.remedy
    assert "gh secret set" not in finding.remedy


def test_a_server_with_white_space_has_its_right_value_in_the_remedy() -> None:
    broken = replace(login("invalid", "SERVER has a line break"), fault=Fault.SERVER)
    finding = only(judge(facts(triple(login=broken), image(covered_by="ACR", pull="invalid"))))
    assert finding.remedy.splitlines() == [
        "Now paste this:",
        f"  gh secret set ACR_CONTAINER_REGISTRY_SERVER --app codespaces --repo org/app --body {ACR}",
        "Then set the same value here, for the next check to use:",
        f"  export ACR_CONTAINER_REGISTRY_SERVER={ACR}",
    ]


@pytest.mark.parametrize("fault", [Fault.SERVER, None])
def test_a_wrong_server_is_corrected_where_the_workflow_has_it_from(fault: Fault | None) -> None:
    broken = replace(login("invalid", "SERVER is wrong"), fault=fault)
    known = inventory(actions_secrets=(("ACR_CONTAINER_REGISTRY_PASSWORD", NOW),))
    found = facts(triple(login=broken), image(covered_by="ACR", pull="invalid"), in_workflow=True)
    for each in (found, replace(found, inventory=known)):
        remedy = next(finding.remedy for finding in judge(each) if finding.rule == "invalid-server")
        body = f" --body {ACR}" if fault else ""
        assert f"  gh variable set ACR_CONTAINER_REGISTRY_SERVER --repo org/app{body}" in remedy.splitlines()
        assert (
            f"  gh secret set ACR_CONTAINER_REGISTRY_SERVER --app codespaces --repo org/app{body}" in remedy
        )


def test_a_login_that_was_never_asked_for_did_not_work() -> None:
    untested = replace(login("skipped", "It asked for no password"), requests=1)
    finding = only(judge(facts(triple(login=untested), image(covered_by="ACR", pull="denied"))))
    assert finding.rule == "image-not-pullable"
    assert finding.message.startswith(
        "The login with ACR could not be tested, and its account is not allowed to pull"
    )


@pytest.mark.parametrize("server", ["registry-1.docker.io", "hub.docker.com", "registry.hub.docker.com"])
@pytest.mark.parametrize(
    ("pull", "severity", "effect", "words"),
    [
        ("denied", Severity.ERROR, Effect.STOPS, "codespaces don't log in for `acme/dev:1`"),
        ("public", Severity.WARNING, Effect.HYGIENE, "codespaces pull `acme/dev:1` without a login."),
        (None, Severity.WARNING, Effect.UNPROVEN, "crreg does not know whether that works."),
    ],
)
def test_docker_hub_by_another_name_is_one_finding_on_the_server(
    server: str, pull: str | None, severity: Severity, effect: Effect, words: str
) -> None:
    hub = triple("HUB", server=server, login=login())
    finding = only(judge(facts(hub, image("acme/dev:1", pull=pull))))
    assert (finding.rule, finding.severity, finding.effect) == ("invalid-server", severity, effect)
    assert finding.message.startswith(f"HUB_CONTAINER_REGISTRY_SERVER is `{server}`, but docker looks up")
    assert words in finding.message
    assert " --body https://index.docker.io/v1/\n" in finding.remedy


def test_docker_hubs_web_site_that_is_no_registry_is_told_once() -> None:
    hub = triple("HUB", server="hub.docker.com", login=login("not-a-registry", "It is a web page"))
    finding = only(judge(facts(hub, image("acme/dev:1", pull="denied"))))
    assert (finding.rule, finding.severity) == ("invalid-server", Severity.ERROR)
    assert "docker looks up" in finding.message


def test_another_name_of_docker_hub_is_superfluous_where_a_right_one_is_stored() -> None:
    found = facts(
        triple("HUB", server="docker.io", login=login()),
        triple("OLD", server="registry-1.docker.io", login=login()),
        image("acme/dev:1", covered_by="HUB", pull="available"),
    )
    finding = only(judge(found))
    assert (finding.rule, finding.triple) == ("unused-triple", "OLD")


def test_a_cache_at_docker_hub_by_another_name_only_slows() -> None:
    cache = image("acme/cache:1", pull="denied", source=Source.CACHE)
    finding = only(judge(facts(triple("HUB", server="registry-1.docker.io", login=login()), cache)))
    assert (finding.rule, finding.severity, finding.effect) == (
        "invalid-server",
        Severity.WARNING,
        Effect.HYGIENE,
    )


@pytest.mark.parametrize(("pull", "effect"), [("available", Effect.UNPROVEN), ("public", Effect.HYGIENE)])
def test_two_triples_for_one_registry_are_one_too_many(pull: str, effect: Effect) -> None:
    found = facts(
        triple("ACR", stored=STORED, login=login()),
        triple("OLD", stored=STORED, login=login()),
        image(covered_by="ACR", pull=pull),
    )
    finding = only(judge(found))
    assert (finding.rule, finding.effect, finding.triple) == ("same-registry", effect, "ACR")
    assert "gh secret delete OLD_CONTAINER_REGISTRY_PASSWORD" in finding.remedy
    assert "gh secret delete ACR_" not in finding.remedy
