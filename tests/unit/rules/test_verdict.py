"""Nothing is healthy without proof: what was not proven is unknown, and the verdict says why."""

from dataclasses import replace

import pytest
from tests.unit.rules.facts_builder import ACR, at, facts, held, image, inventory, login, triple

from crreg.check.report import Report
from crreg.discovery.found import Problem, ProblemKind, Source
from crreg.exits.exit_code import FailOn
from crreg.exits.status import Status
from crreg.facts.image import Coverage
from crreg.facts.model import Facts, MisnamedSecret, PartFact
from crreg.findings.finding import Effect, Severity
from crreg.github.errors import Reason
from crreg.report.verdict import verdict
from crreg.rules.catalog import RULES, judge
from crreg.triple import Part

PROVEN = facts(triple(login=login()), image(covered_by="ACR", pull="available"))
BAD_TOKEN = inventory(repository=None, detail="401", reason=Reason.BAD_TOKEN)
REFUSED = image(pull="denied")
NOT_GIVEN = {"credentials_given": False}


def given(**parts: str) -> dict[Part, PartFact]:
    """Parts that are stored, and passed as `full`, `empty` or not at all."""
    return {
        part: PartFact((held(),), at_hand=parts.get(part) == "full", empty=parts.get(part) == "empty")
        for part in Part
    }


def partly(**parts: str) -> Facts:
    fact = triple(login=login("skipped"))
    return facts(
        type(fact)(fact.identifier, given(**parts), fact.server, login=fact.login),
        image(covered_by="ACR", pull="skipped"),
        in_workflow=True,
    )


def test_without_a_list_the_registry_is_named_and_not_an_identifier_that_crreg_made_up() -> None:
    unlisted = facts(REFUSED, inventory=None, **NOT_GIVEN)
    listed = facts(triple(at_hand=""), image(covered_by="ACR", pull="skipped"), **NOT_GIVEN)
    said = [
        finding.message
        for found in (unlisted, listed)
        for finding in judge(found)
        if finding.rule == "no-credentials"
    ]
    assert said == [
        f"No credentials were passed for `{ACR}`, so no login was tried.",
        "No credentials were passed for ACR, so no login was tried.",
    ]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (PROVEN, "Healthy: 1 of 1 image can be pulled."),
        (facts(), "Healthy: no dev container was found, so codespaces use GitHub's default image."),
        (
            facts(
                triple(at_hand="", login=login("skipped")),
                image(covered_by="ACR", pull="skipped"),
                **NOT_GIVEN,
            ),
            "Unknown (1 warning): 1 login and 1 image were not tried: this run lacks values for ACR.",
        ),
        (
            facts(triple(login=login()), image(covered_by="ACR", pull="unreachable")),
            f"Unknown (1 warning): 1 image was not proven: {ACR} could not be reached.",
        ),
        (
            facts(Problem(ProblemKind.UNRESOLVED, "image depends on ${localEnv:TAG}", at(3))),
            "Unknown (1 warning): 1 place in the files could not be resolved to an image.",
        ),
        (
            facts(triple(login=login()), image(covered_by="ACR", pull="available"), inventory=None),
            "Unknown (1 warning): the Codespaces secrets were not listed: no GitHub token was given.",
        ),
        (
            facts(triple(login=login()), REFUSED, REFUSED, inventory=BAD_TOKEN),
            (
                "Unknown (2 warnings): the Codespaces secrets were not listed: GitHub does not accept the token; "
                f"2 images were not proven: {ACR} did not let this run read them."
            ),
        ),
        (
            facts(triple(login=login()), inventory=inventory(repository=None, reason=Reason.SINGLE_SIGN_ON)),
            (
                "Unknown (1 warning): the Codespaces secrets were not listed: the token is not authorized for the "
                "organization's single sign-on."
            ),
        ),
        # Docker may not log in where only the image asks for it.
        (
            facts(
                triple(login=replace(login("skipped"), requests=1)), image(covered_by="ACR", pull="available")
            ),
            (
                f"Unknown: 1 image was not proven: {ACR} asks for a login at it but not at /v2/, "
                "and docker's classic image store then sends none."
            ),
        ),
        # A public image does not prove the login that a codespace would make there first.
        (
            facts(triple(at_hand="", login=login("skipped")), image(covered_by="ACR", pull="public")),
            (
                f"Unknown: 1 image was not proven: {ACR} answered without a login, "
                "but a codespace would log in there first."
            ),
        ),
        (
            facts(triple(login=login("denied")), image("debian", pull="public")),
            "Unknown (2 warnings): see login-failed (1 finding).",
        ),
        (
            facts(triple(login=login("denied")), image(covered_by="ACR", pull="denied")),
            "Unhealthy (1 error): 1 of 1 image would keep a codespace from starting.",
        ),
    ],
)
def test_the_verdict_says_what_was_not_proven(found: Facts, said: str) -> None:
    report = Report.of(found)
    assert verdict(report) == said
    assert said.partition(":")[0].partition(" ")[0].lower() == report.status
    assert bool(report.unchecked) is (report.status is Status.UNKNOWN)


@pytest.mark.parametrize(
    ("found", "error", "unknown", "never"),
    [
        (PROVEN, 0, 0, 0),
        (facts(triple(login=login()), image(covered_by="ACR", pull="unreachable")), 3, 1, 0),
        # To pass no credentials is a choice, which only the strictest setting refuses.
        (facts(triple(at_hand=""), image(covered_by="ACR", pull="skipped"), **NOT_GIVEN), 0, 1, 0),
        # A token that GitHub refuses is not a choice.
        (facts(triple(at_hand=""), REFUSED, inventory=BAD_TOKEN, **NOT_GIVEN), 3, 1, 0),
        (facts(image(pull="denied"), withheld="A fork gets none.", inventory=None, **NOT_GIVEN), 0, 0, 0),
        (facts(image(pull="denied"), withheld="A fork gets none.", inventory=None), 0, 0, 0),
        (facts(image(pull="unreachable"), withheld="Others are given."), 3, 3, 0),
    ],
)
def test_the_exit_code_follows_from_the_status(found: Facts, error: int, unknown: int, never: int) -> None:
    report = Report.of(found)
    codes = [report.exit_code(fail_on) for fail_on in (FailOn.ERROR, FailOn.UNKNOWN, FailOn.NEVER)]
    assert codes == [error, unknown, never]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"SERVER": "full", "USER": "full", "PASSWORD": "empty"},
            "ACR_CONTAINER_REGISTRY_PASSWORD is empty, so no login with ACR was tried.",
        ),
        (
            {"SERVER": "full", "USER": "empty"},
            (
                "ACR_CONTAINER_REGISTRY_USER is empty and ACR_CONTAINER_REGISTRY_PASSWORD is not passed, "
                "so no login with ACR was tried."
            ),
        ),
        (
            {"SERVER": "empty", "USER": "empty", "PASSWORD": "empty"},
            (
                "ACR_CONTAINER_REGISTRY_SERVER, ACR_CONTAINER_REGISTRY_USER and ACR_CONTAINER_REGISTRY_PASSWORD "
                "are empty, so no login with ACR was tried."
            ),
        ),
    ],
)
def test_a_triple_that_is_passed_in_part_is_an_error_and_unknown(parts: dict[str, str], message: str) -> None:
    report = Report.of(partly(**parts))
    [finding] = report.findings
    assert (finding.rule, finding.severity, finding.message) == ("empty-value", Severity.ERROR, message)
    assert report.status is Status.UNKNOWN
    assert report.exit_code(FailOn.ERROR) == 1


def test_an_empty_value_names_the_store_of_each_part_and_how_to_set_it() -> None:
    [finding] = Report.of(partly(SERVER="full", USER="empty", PASSWORD="empty")).findings
    assert finding.remedy.splitlines()[1:] == [
        "  ACR_CONTAINER_REGISTRY_USER: ${{ vars.ACR_CONTAINER_REGISTRY_USER }}",
        "  ACR_CONTAINER_REGISTRY_PASSWORD: ${{ secrets.ACR_CONTAINER_REGISTRY_PASSWORD }}",
        "Then check that each secret and variable exists. To set them:",
        "  gh variable set ACR_CONTAINER_REGISTRY_USER --repo org/app",
        "  gh secret set ACR_CONTAINER_REGISTRY_PASSWORD --app actions --repo org/app",
    ]


def test_a_value_under_an_almost_right_name_is_an_error() -> None:
    found = facts(
        misnamed=(MisnamedSecret("ACR_CONTAINER_REGISTRY_PASS", "ACR_CONTAINER_REGISTRY_PASSWORD", None),)
    )
    [finding] = Report.of(found).findings
    assert (finding.rule, finding.severity, finding.effect) == (
        "empty-value",
        Severity.ERROR,
        Effect.UNPROVEN,
    )


def test_a_cache_that_the_registry_answered_for_leaves_nothing_unproven() -> None:
    cache = image("ghcr.io/org/cache:1", source=Source.CACHE, coverage=Coverage.NONE, pull="denied")
    assert Report.of(facts(cache, inventory=inventory())).status is Status.HEALTHY


def test_only_errors_stop_a_codespace() -> None:
    assert {
        rule.id for rule in RULES if rule.severity is Severity.WARNING and rule.effect is Effect.STOPS
    } == set()
    assert {
        rule.id for rule in RULES if rule.severity is Severity.ERROR and rule.effect is not Effect.STOPS
    } == {"empty-value"}


def test_an_error_of_one_image_explains_no_other_image() -> None:
    found = facts(
        triple(login=login()),
        image(covered_by="ACR", pull="not-found", line=3),
        image(covered_by="ACR", pull="not-found", line=5),
        image(f"{ACR}/dev/tools:2", covered_by="ACR", pull="server-error", line=9),
    )
    assert Report.of(found).unchecked == (f"1 image was not proven: {ACR} answered with a server error",)


def test_secrets_of_no_level_in_particular_can_be_unseen() -> None:
    nothing = inventory()
    unlisted = type(nothing)(nothing.repository, (), nothing.detail)
    found = facts(triple(login=login()), image(covered_by="ACR", pull="available"), inventory=unlisted)
    assert Report.of(found).unchecked == ("the Codespaces secrets of the repository could not be listed",)
