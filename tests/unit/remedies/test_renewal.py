"""A remedy updates every copy of a credential, with commands that are right as they stand."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.rules.facts_builder import (
    ACR,
    NOW,
    facts,
    held,
    image,
    inventory,
    login,
    triple,
)

from crreg.configuration.settings import RegistrySettings, Rotation, Settings
from crreg.facts.image import ImageFact
from crreg.facts.model import Facts, Holding, TripleFact
from crreg.findings.finding import Severity
from crreg.github.levels import Level
from crreg.registry.login.password import PasswordKind
from crreg.rules.catalog import judge

PARTS = ("SERVER", "USER", "PASSWORD")
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
PASSWORD, USER = "ACR_CONTAINER_REGISTRY_PASSWORD", "ACR_CONTAINER_REGISTRY_USER"


def lines(found: Facts) -> list[str]:
    """Return the commands of the only finding."""
    (finding,) = judge(found)
    return [line.strip() for line in finding.remedy.splitlines() if line.startswith("  ")]


def refused(
    server: str = ACR, account: str | None = "puller", outcome: str = "denied", **more: Any
) -> TripleFact:
    return triple(server=server, login=login(outcome, account=account), **more)


def shown(server: str) -> ImageFact:
    return image(f"{server}/dev/base:1", covered_by="ACR", pull="denied")


def test_aws_keys_are_renewed_for_the_user_that_aws_named_and_both_halves_are_stored() -> None:
    assert lines(facts(refused(ECR, "puller"), shown(ECR))) == [
        "aws iam create-access-key --user-name puller",
        f"gh secret set {USER} --app codespaces --repo org/app",
        f"gh secret set {PASSWORD} --app codespaces --repo org/app",
        f"read -r {USER} && export {USER}",
        f"read -rs {PASSWORD} && export {PASSWORD}",
    ]


def test_without_a_name_no_command_guesses_one() -> None:
    assert lines(facts(refused(ECR, None), shown(ECR))) == [
        f"gh secret set {USER} --app codespaces --repo org/app",
        f"gh secret set {PASSWORD} --app codespaces --repo org/app",
        f"read -r {USER} && export {USER}",
        f"read -rs {PASSWORD} && export {PASSWORD}",
    ]


def test_in_a_workflow_the_copy_that_was_tested_is_updated_first() -> None:
    assert lines(facts(refused(), shown(ACR), in_workflow=True)) == [
        "az acr token credential generate --registry acme --name puller --password2",
        f"gh secret set {PASSWORD} --app actions --repo org/app",
        f"gh secret set {PASSWORD} --app codespaces --repo org/app",
    ]


@pytest.mark.parametrize(
    ("known", "setting"),
    [
        ((PASSWORD,), f"gh variable set {USER} --repo org/app"),
        ((PASSWORD, USER), f"gh secret set {USER} --app actions --repo org/app"),
        (None, f"gh variable set {USER} --repo org/app"),
    ],
)
def test_a_new_user_goes_to_the_variable_or_secret_that_actions_has(
    known: tuple[str, ...] | None, setting: str
) -> None:
    secrets = None if known is None else tuple((name, NOW - timedelta(days=200)) for name in known)
    found = facts(
        refused(ECR, "puller"), shown(ECR), in_workflow=True, inventory=inventory(actions_secrets=secrets)
    )

    assert lines(found)[1:3] == [setting, f"gh secret set {PASSWORD} --app actions --repo org/app"]
    assert ("instead of the variable" in judge(found)[0].remedy) is (known is None)


def test_where_the_workflow_has_the_value_from_is_not_guessed() -> None:
    found = facts(refused(), shown(ACR), in_workflow=True, inventory=inventory(actions_secrets=()))

    assert lines(found)[1:] == [f"gh secret set {PASSWORD} --app codespaces --repo org/app"]
    assert f"First update what the workflow passes to this step as {PASSWORD}." in judge(found)[0].remedy


def test_a_key_file_is_encoded_stored_and_removed() -> None:
    found = facts(refused("gcr.io", "pull@acme.iam.gserviceaccount.com"), shown("gcr.io"), in_workflow=True)

    assert lines(found) == [
        "gcloud iam service-accounts keys create key.json --iam-account pull@acme.iam.gserviceaccount.com",
        "base64 <key.json | tr -d '\\n' >key.base64",
        f"gh variable set {USER} --repo org/app --body _json_key_base64",
        f"gh secret set {PASSWORD} --app actions --repo org/app <key.base64",
        f"gh secret set {USER} --app codespaces --repo org/app --body _json_key_base64",
        f"gh secret set {PASSWORD} --app codespaces --repo org/app <key.base64",
        "rm key.json key.base64",
    ]


def test_a_name_from_outside_can_t_leave_its_word() -> None:
    (command, *_) = lines(facts(refused(account="a; rm -rf ~ #"), shown(ACR)))

    assert command == "az acr token credential generate --registry acme --name 'a; rm -rf ~ #' --password2"


def test_a_rotated_token_is_renewed_by_its_workflow() -> None:
    rotated = RegistrySettings("ACR", None, rotate=Rotation.ECR_TOKEN)
    written = dict.fromkeys(PARTS, held(updated_at=NOW - timedelta(hours=1)))
    token = refused(ECR, None, configured=rotated, password_kind=PasswordKind.ECR_TOKEN, stored=written)

    assert lines(facts(token, shown(ECR))) == ["gh workflow list --all --repo org/app"]


def ghcr(outcome: str = "denied", stored: Mapping[str, Holding] | None = None) -> TripleFact:
    return triple("GHCR", server="ghcr.io", login=login(outcome, "DENIED: denied"), stored=stored)


def test_a_stale_login_at_ghcr_is_an_error_even_if_every_image_is_public_and_the_triple_goes() -> None:
    (finding,) = judge(facts(ghcr(), image("ghcr.io/org/tools:1", covered_by="GHCR", pull="public")))

    assert (finding.rule, finding.severity) == ("login-failed", Severity.ERROR)
    assert "refuses even public images after a login that it does not accept" in finding.message
    assert finding.remedy.splitlines() == [
        (
            "Delete the triple. Codespaces log in with a token of their own; GitHub does not document whether a triple "
            "replaces that."
        ),
        *(
            f"  gh secret delete GHCR_CONTAINER_REGISTRY_{part} --app codespaces --repo org/app"
            for part in PARTS
        ),
        "About this registry: https://org.github.io/crreg-action/v0/registries/ghcr/",
    ]


def test_a_stale_login_at_ghcr_for_a_private_image_is_renewed() -> None:
    (finding,) = judge(facts(ghcr(), image("ghcr.io/other/tools:1", covered_by="GHCR", pull="denied")))

    assert finding.severity is Severity.ERROR
    assert "Delete the triple" not in finding.remedy


def test_a_stale_login_at_ghcr_that_no_image_meets_is_harmless() -> None:
    stored = dict.fromkeys(PARTS, held(Level.ORGANIZATION, visibility="all"))
    (finding,) = judge(facts(ghcr(stored=stored), image("debian:13", pull="public")))

    assert finding.severity is Severity.WARNING


def test_an_organization_s_triple_is_taken_from_this_repository_alone() -> None:
    stored = dict.fromkeys(PARTS, held(Level.ORGANIZATION, visibility="selected"))
    found = facts(ghcr(stored=stored), image("ghcr.io/org/tools:1", covered_by="GHCR", pull="public"))

    assert lines(found)[0].startswith(
        "gh api -X DELETE orgs/org/codespaces/secrets/GHCR_CONTAINER_REGISTRY_SERVER/"
    )
    assert not any("secret delete" in line for line in lines(found))


def test_an_organization_s_triple_for_all_is_deleted_by_nobody_s_paste() -> None:
    stored = dict.fromkeys(PARTS, held(Level.ORGANIZATION, visibility="all"))
    found = facts(ghcr(stored=stored), image("ghcr.io/org/tools:1", covered_by="GHCR", pull="public"))

    assert lines(found) == []


@pytest.mark.parametrize(
    ("assigned", "before", "after"), [(True, "", ""), (False, "{ ", "; echo app; } | sort -u")]
)
def test_a_part_that_an_organization_lacks_goes_to_all_who_read_its_siblings(
    *, assigned: bool, before: str, after: str
) -> None:
    shared = held(Level.ORGANIZATION, visibility="selected", assigned=assigned)
    found = facts(
        triple(stored={"SERVER": shared, "USER": shared}, at_hand="", login=None), image(covered_by="ACR")
    )
    (finding,) = (each for each in judge(found) if each.rule == "missing-secret")

    assert finding.remedy.splitlines()[1] == (
        f"  gh secret set {PASSWORD} --app codespaces --org org --visibility selected --repos "
        f'"$({before}gh api --paginate orgs/org/codespaces/secrets/ACR_CONTAINER_REGISTRY_SERVER/repositories '
        f"--jq '.repositories[].name'{after} | paste -sd, -)\""
    )


def test_a_part_that_a_user_lacks_goes_to_all_who_read_its_siblings() -> None:
    own = held(Level.USER, visibility="selected")
    found = facts(triple(stored={"SERVER": own, "USER": own}, at_hand=""), image(covered_by="ACR"))
    (finding,) = (each for each in judge(found) if each.rule == "missing-secret")

    assert '--user --repos "$(gh api --paginate user/codespaces/secrets/' in finding.remedy
    assert "'.repositories[].full_name'" in finding.remedy


def nowhere(**more: Any) -> TripleFact:
    return triple(stored={}, login=login(), **more)


def test_values_at_hand_are_offered_to_ensure_first() -> None:
    found = facts(nowhere(), image(covered_by="ACR", pull="available"))

    assert lines(found)[0] == "crreg ensure --repository org/app"
    assert len(lines(found)) == 4


def test_a_workflow_is_offered_the_mode_that_writes() -> None:
    assert (
        lines(facts(nowhere(), image(covered_by="ACR", pull="available"), in_workflow=True))[0]
        == "mode: ensure"
    )


def test_a_run_that_may_not_write_is_offered_a_workflow_that_may() -> None:
    found = facts(nowhere(), image(covered_by="ACR", pull="available"), in_workflow=True, may_write=False)
    (finding,) = judge(found)

    assert finding.remedy.splitlines()[:3] == [
        (
            "Let crreg write the values in a separate workflow, like this one: "
            "https://github.com/org/crreg-action/blob/v0/examples/ensure.yml"
        ),
        "Or run this in a terminal that has the values in its environment:",
        "  crreg ensure --repository org/app",
    ]
    assert "mode: ensure" not in finding.remedy


def test_ensure_is_not_offered_where_it_would_write_nothing() -> None:
    shown = image(covered_by="ACR", pull="denied")
    denied = facts(triple(stored={}, login=login("denied")), shown)
    settings = Settings(registries={"OTHER": RegistrySettings("OTHER", None)})
    unnamed = facts(nowhere(), image(covered_by="ACR", pull="available"), settings=settings)
    in_part = facts(triple(stored={}, at_hand="SERVER USER", login=None), shown)

    for found in (denied, unnamed, in_part):
        assert not any("ensure" in finding.remedy for finding in judge(found))


def test_another_identifier_of_the_codespaces_secrets_is_said_and_no_second_set_made() -> None:
    stored = triple("ACR", server=None, at_hand="", login=None)
    handed = triple("REG", stored={}, login=login())
    (finding,) = judge(facts(stored, handed, image(covered_by="REG", pull="available")))

    assert (finding.rule, finding.severity) == ("missing-secret", Severity.WARNING)
    assert (
        "The environment has values under REG, but Codespaces has secrets under ACR, whose registry"
        in finding.message
    )
    assert finding.remedy.splitlines()[1:] == [
        "  ACR_CONTAINER_REGISTRY_SERVER: ${{ vars.REG_CONTAINER_REGISTRY_SERVER }}",
        "  ACR_CONTAINER_REGISTRY_USER: ${{ vars.REG_CONTAINER_REGISTRY_USER }}",
        "  ACR_CONTAINER_REGISTRY_PASSWORD: ${{ secrets.REG_CONTAINER_REGISTRY_PASSWORD }}",
    ]


def test_a_stored_triple_of_another_registry_is_another_matter() -> None:
    stored = triple("GCR", server="gcr.io", at_hand="", login=None)
    handed = triple("REG", stored={}, login=login())
    told = judge(facts(stored, handed, image(covered_by="REG", pull="available")))

    assert any("crreg ensure" in finding.remedy for finding in told if finding.triple == "REG")
