"""What registries answer: logins, images, and registries that can't be asked."""

from dataclasses import replace

import pytest
from tests.unit.rules.facts_builder import ACR, at, facts, held, image, login, triple
from tests.unit.rules.shown import Shown, shown

from crreg.discovery.found import Problem, ProblemKind, Source
from crreg.facts.image import Coverage
from crreg.facts.model import Facts
from crreg.findings.finding import Effect, Severity
from crreg.github.levels import Level
from crreg.registry.login.password import PasswordKind
from crreg.registry.outcome import Fault
from crreg.registry.server import doubt_about
from crreg.rules.catalog import judge

ERROR, WARNING = Severity.ERROR, Severity.WARNING
PAGES = "https://org.github.io/crreg-action/v0/registries"


def told(found: Facts) -> list[tuple[str, Severity]]:
    return [(finding.rule, finding.severity) for finding in judge(found)]


def test_a_denied_login_is_one_finding_and_its_images_none() -> None:
    found = facts(
        triple(server="harbor.example", login=login("denied", "401 Unauthorized")),
        image("harbor.example/a:1", covered_by="ACR", pull="denied", line=5),
        image("harbor.example/b:1", covered_by="ACR", pull="not-found", line=6),
    )
    assert shown(judge(found)) == (
        Shown(
            rule="login-failed",
            severity=ERROR,
            message="The login with ACR fails: 401 Unauthorized. Needed by "
            "`harbor.example/a:1` (and 1 other place).",
            remedy="Get a user and password, or an access token, with permission to pull from the registry.\n"
            "Then paste this, and enter each new value when prompted:\n"
            "  gh secret set ACR_CONTAINER_REGISTRY_USER --app codespaces --repo org/app\n"
            "  gh secret set ACR_CONTAINER_REGISTRY_PASSWORD --app codespaces --repo org/app\n"
            "Then set the same values here, for the next check to use:\n"
            "  read -r ACR_CONTAINER_REGISTRY_USER && export ACR_CONTAINER_REGISTRY_USER\n"
            "  read -rs ACR_CONTAINER_REGISTRY_PASSWORD && export ACR_CONTAINER_REGISTRY_PASSWORD\n"
            "Or click Update here: https://github.com/org/app/settings/secrets/codespaces\n"
            f"About this registry: {PAGES}/others/",
            triple="ACR",
            registry="harbor.example",
            location=at(5),
        ),
    )


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("succeeded", []),
        ("denied", [("login-failed", ERROR)]),
        ("forbidden", [("login-failed", ERROR)]),
        ("tls-error", [("registry-unreachable", WARNING)]),
        ("invalid", [("invalid-server", ERROR)]),
        ("not-a-registry", [("invalid-server", ERROR)]),
        ("insecure", [("plaintext-registry", ERROR)]),
        ("unreachable", [("registry-unreachable", WARNING)]),
        ("rate-limited", [("registry-unreachable", WARNING)]),
        ("server-error", [("registry-unreachable", WARNING)]),
        ("skipped", []),
    ],
)
def test_each_outcome_of_a_login_is_told_by_one_rule(outcome: str, expected: list[object]) -> None:
    found = facts(triple(login=login(outcome)), image(covered_by="ACR", pull=_pull_after(outcome)))
    assert told(found) == expected


@pytest.mark.parametrize("outcome", ["denied", "invalid", "insecure", "unreachable"])
def test_a_triple_that_lacks_a_part_is_only_missing_whatever_its_login_did(outcome: str) -> None:
    found = facts(
        triple(stored={"SERVER": held(), "USER": held()}, login=login(outcome)),
        image(covered_by="ACR", pull="denied"),
    )
    assert told(found) == [("missing-secret", ERROR)]


@pytest.mark.parametrize("outcome", ["denied", "invalid", "insecure"])
def test_a_failed_login_that_no_image_needs_is_only_a_warning(outcome: str) -> None:
    stored = dict.fromkeys(("SERVER", "USER", "PASSWORD"), held(Level.ORGANIZATION, visibility="all"))
    found = facts(triple(stored=stored, login=login(outcome)), image("debian:13", pull="public"))
    assert [severity for _, severity in told(found)] == [WARNING]


def test_a_new_password_for_an_organizations_secret_keeps_its_readers() -> None:
    shared = held(Level.ORGANIZATION, visibility="selected")
    found = facts(
        triple(stored=dict.fromkeys(("SERVER", "USER", "PASSWORD"), shared), login=login("denied")),
        image(covered_by="ACR"),
    )
    (finding,) = judge(found)
    assert finding.remedy.splitlines()[1] == (
        "  az acr token credential generate --registry acme --name puller --password2"
    )
    assert finding.remedy.splitlines()[3] == (
        "  gh secret set ACR_CONTAINER_REGISTRY_PASSWORD --app codespaces --org org --visibility selected --repos "
        '"$(gh api --paginate orgs/org/codespaces/secrets/ACR_CONTAINER_REGISTRY_PASSWORD/repositories '
        "--jq '.repositories[].name' | paste -sd, -)\""
    )


def test_an_ecr_token_that_was_refused_is_told_once_with_its_likely_cause() -> None:
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    found = facts(
        triple("ECR", server=host, login=login("denied", "expired"), password_kind=PasswordKind.ECR_TOKEN),
        image(f"{host}/a:1", covered_by="ECR", pull="denied"),
    )
    (finding,) = judge(found)
    assert finding.rule == "login-failed"
    assert "The password is an ECR token, which expires after 12 hours." in finding.message


@pytest.mark.parametrize(
    "detail", ["SERVER holds a USER.", "it answers with a page that names USER and PASSWORD"]
)
def test_a_server_that_is_no_registry_is_the_one_to_set(detail: str) -> None:
    found = facts(triple(login=login("not-a-registry", detail)), image(covered_by="ACR"))
    (finding,) = judge(found)
    assert finding.remedy.splitlines()[2] == (
        "  gh secret set ACR_CONTAINER_REGISTRY_SERVER --app codespaces --repo org/app"
    )


def test_an_empty_part_is_the_one_to_set() -> None:
    found = facts(
        triple(login=replace(login("invalid", "USER is empty."), fault=Fault.USER)), image(covered_by="ACR")
    )
    (finding,) = judge(found)
    assert finding.remedy == (
        "Paste this, and enter the new value when prompted:\n"
        "  gh secret set ACR_CONTAINER_REGISTRY_USER --app codespaces --repo org/app\n"
        "Then set the same value here, for the next check to use:\n"
        "  read -r ACR_CONTAINER_REGISTRY_USER && export ACR_CONTAINER_REGISTRY_USER"
    )


def test_a_refused_image_of_an_account_that_logs_in_is_not_pullable() -> None:
    found = facts(
        triple(login=login()),
        image(covered_by="ACR", pull="denied", detail="403 Forbidden"),
        image(covered_by="ACR", pull="denied", line=8),
    )
    assert shown(judge(found)) == (
        Shown(
            rule="image-not-pullable",
            severity=ERROR,
            message="The login with ACR works, but its account is not allowed to pull `acme.azurecr.io/dev/base:1` "
            "(and 1 other place): 403 Forbidden.",
            remedy="Give the service principal the role AcrPull, or the token a scope map with content/read. In a "
            'registry with "RBAC Registry + ABAC Repository Permissions", AcrPull has no effect: the role is Container '
            f"Registry Repository Reader.\nAbout this registry: {PAGES}/azure/",
            triple="ACR",
            registry=ACR,
            location=at(3),
        ),
    )


def test_a_refused_image_whose_login_was_not_tried_is_nothing() -> None:
    assert told(facts(triple(login=None, at_hand=""), image(covered_by="ACR", pull="denied"))) == []


def test_an_image_that_does_not_exist_is_not_found() -> None:
    (finding,) = judge(facts(triple(login=login()), image(covered_by="ACR", pull="not-found")))
    assert (finding.rule, finding.severity, finding.location) == ("image-not-found", ERROR, at(3))
    assert finding.remedy == (
        "Correct the name, or push the image:\n  docker push acme.azurecr.io/dev/base:1"
    )


@pytest.mark.parametrize("pull", ["denied", "not-found"])
def test_a_missing_cache_is_only_slow(pull: str) -> None:
    found = facts(triple(login=login()), image(covered_by="ACR", pull=pull, source=Source.CACHE))
    assert [severity for _, severity in told(found)] == [WARNING]


def test_a_private_registry_without_a_triple_is_one_error_with_the_three_secrets_to_set() -> None:
    found = facts(image(pull="denied"), image(f"{ACR}/dev/tools:2", pull="denied", line=8))
    assert shown(judge(found)) == (
        Shown(
            rule="uncovered-registry",
            severity=ERROR,
            message="`acme.azurecr.io/dev/base:1` (and 1 other place) is private or does not exist, and no Codespaces "
            "secret logs in to `acme.azurecr.io`. A codespace can't pull it.",
            remedy="Store the registry's login as Codespaces secrets; enter the other values when prompted:\n"
            "  gh secret set ACR_CONTAINER_REGISTRY_SERVER --app codespaces --repo org/app --body acme.azurecr.io\n"
            "  gh secret set ACR_CONTAINER_REGISTRY_USER --app codespaces --repo org/app\n"
            "  gh secret set ACR_CONTAINER_REGISTRY_PASSWORD --app codespaces --repo org/app",
            registry=ACR,
            location=at(3),
        ),
    )


def test_images_of_docker_hub_are_private_each_on_its_own() -> None:
    found = facts(
        image("acme/a", pull="denied"), image("acme/b", pull="denied", line=4), image("acme/a", pull="denied")
    )
    assert told(found) == [("uncovered-registry", ERROR), ("uncovered-registry", ERROR)]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        (
            "acme/dev:1",
            [
                "DOCKERHUB_CONTAINER_REGISTRY_SERVER --app codespaces --repo org/app --body https://index.docker.io/v1/",
                "DOCKERHUB_CONTAINER_REGISTRY_USER --app codespaces --repo org/app",
            ],
        ),
        (
            "nvcr.io/acme/dev:1",
            [
                "NGC_CONTAINER_REGISTRY_SERVER --app codespaces --repo org/app --body nvcr.io",
                "NGC_CONTAINER_REGISTRY_USER --app codespaces --repo org/app --body '$oauthtoken'",
            ],
        ),
        (
            "europe-docker.pkg.dev/acme/dev:1",
            [
                "GAR_CONTAINER_REGISTRY_SERVER --app codespaces --repo org/app --body europe-docker.pkg.dev",
                "GAR_CONTAINER_REGISTRY_USER --app codespaces --repo org/app --body _json_key_base64",
            ],
        ),
    ],
)
def test_values_that_are_the_same_for_everybody_are_given_and_not_asked_for(
    text: str, commands: list[str]
) -> None:
    (finding,) = judge(facts(image(text, pull="denied")))
    assert finding.remedy.splitlines()[1:3] == [f"  gh secret set {command}" for command in commands]


def test_a_private_package_of_ghcr_may_be_inherited() -> None:
    (finding,) = judge(facts(image("ghcr.io/org/dev:1", pull="denied")))
    assert (finding.rule, finding.severity) == ("uncovered-registry", WARNING)
    assert "a package that inherits access from this repository" in finding.message


def test_an_unknown_server_leaves_a_doubt_and_a_way_to_settle_it() -> None:
    found = facts(triple(server=None, at_hand=""), image(coverage=Coverage.UNKNOWN, pull="denied"))
    (finding,) = judge(found)
    assert (finding.rule, finding.severity) == ("uncovered-registry", WARNING)
    assert finding.remedy == (
        "Pass the value to crreg, in the environment:\n"
        "  read -r ACR_CONTAINER_REGISTRY_SERVER && export ACR_CONTAINER_REGISTRY_SERVER\n"
        "Or, if ACR is for this registry, write this in .github/crreg.yml:\n"
        '  registries: {ACR: {server: "acme.azurecr.io"}}'
    )


def test_secrets_that_could_not_be_listed_leave_a_doubt_too() -> None:
    found = facts(image(coverage=Coverage.UNKNOWN, pull="denied"), inventory=None)
    _, second = judge(found)
    assert (second.rule, second.severity) == ("uncovered-registry", WARNING)
    assert second.message == (
        "`acme.azurecr.io/dev/base:1` is private or does not exist. crreg can't tell whether a Codespaces secret logs "
        "in to `acme.azurecr.io`: the secrets could not be listed."
    )


def test_a_registry_that_is_down_is_one_finding() -> None:
    found = facts(
        triple(login=login("unreachable", "connection refused")),
        image(covered_by="ACR", pull="unreachable", line=5),
        image(f"{ACR}/b:1", covered_by="ACR", pull="unreachable", line=6),
    )
    assert shown(judge(found)) == (
        Shown(
            rule="registry-unreachable",
            severity=WARNING,
            message="`acme.azurecr.io` could not be checked, so nothing is known about its images: connection refused. "
            "Needed by `acme.azurecr.io/dev/base:1` (and 1 other place).",
            remedy="Run the check again. If it fails again, check whether the registry answers from the internet, "
            "where codespaces run (the answer should be 200 or 401):\n"
            "  curl -sS -o /dev/null -w '%{http_code}\\n' --max-time 20 https://acme.azurecr.io/v2/",
            triple="ACR",
            registry=ACR,
            location=at(5),
            effect=Effect.UNPROVEN,
        ),
    )


@pytest.mark.parametrize(
    "pull", ["unreachable", "rate-limited", "server-error", "tls-error", "not-a-registry"]
)
def test_a_registry_without_a_triple_that_is_down_is_one_finding(pull: str) -> None:
    found = facts(image(pull=pull), image(f"{ACR}/b:1", pull=pull), image("other.example/c:1", pull=pull))
    assert told(found) == [("registry-unreachable", WARNING)] * 2


def test_a_broken_file_and_an_unresolved_name_are_told_at_their_lines() -> None:
    found = facts(
        Problem(ProblemKind.INVALID, "expected ',' or '}'", at(4)),
        Problem(ProblemKind.UNRESOLVED, "BASE has no default value", at(2, "Dockerfile")),
    )
    assert [(finding.rule, finding.severity, finding.location) for finding in judge(found)] == [
        ("invalid-configuration", ERROR, at(4)),
        ("unresolved-image", WARNING, at(2, "Dockerfile")),
    ]


@pytest.mark.parametrize(
    ("effect", "words"),
    [(None, "is broken"), (Effect.UNPROVEN, "may be broken"), (Effect.HYGIENE, "has a mistake")],
)
def test_a_file_is_called_broken_only_if_it_is(effect: Effect | None, words: str) -> None:
    (finding,) = judge(facts(Problem(ProblemKind.INVALID, "x", at(4), effect)))
    assert finding.message == f"The dev container's configuration {words}: x."


def test_a_name_that_is_no_reference_is_told_at_its_line() -> None:
    assert shown(judge(facts(image("ghcr.io/Org/App", line=2)))) == (
        Shown(
            rule="invalid-reference",
            severity=ERROR,
            message="`ghcr.io/Org/App` is not a valid image name: the repository must be in lower case.",
            remedy="Correct the name in `.devcontainer/devcontainer.json`, line 2: REGISTRY/REPOSITORY:TAG, such as "
            "`ghcr.io/org/app:1`.",
            location=at(2),
        ),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://acme.azurecr.io", "GitHub documents only the host"),
        ("acme.azurecr.io/dev/base", "GitHub documents only the host"),
        ("ACME.azurecr.io", "has capital letters. Docker keeps the login under that name"),
    ],
)
def test_a_server_that_may_not_log_a_codespace_in_leaves_the_matter_open(text: str, words: str) -> None:
    doubt = doubt_about(text)
    needed = facts(triple(login=login(), server_doubt=doubt), image(covered_by="ACR", pull="available"))
    [finding] = judge(needed)
    assert (finding.rule, finding.severity, finding.effect) == ("invalid-server", WARNING, Effect.UNPROVEN)
    assert words in finding.message
    assert (
        "gh secret set ACR_CONTAINER_REGISTRY_SERVER --app codespaces --repo org/app --body acme.azurecr.io"
        in (finding.remedy)
    )
    unneeded = facts(triple(login=login(), server_doubt=doubt))
    assert [found.effect for found in judge(unneeded)] == [Effect.HYGIENE]


@pytest.mark.parametrize(
    "text", ["acme.azurecr.io", "harbor.example:5000", "https://index.docker.io/v1/", "docker.io"]
)
def test_nothing_speaks_against_a_host_and_docker_hubs_address(text: str) -> None:
    assert doubt_about(text) is None


def test_docker_never_looks_up_a_login_that_it_keeps_under_index_docker_io() -> None:
    doubt = doubt_about("index.docker.io")
    hub = triple("HUB", server="docker.io", login=login(), server_doubt=doubt)
    [finding] = judge(facts(hub, image("acme/app:1", covered_by="HUB", pull="available")))
    assert (finding.rule, finding.effect) == ("invalid-server", Effect.UNPROVEN)
    assert "looks it up under `https://index.docker.io/v1/`" in finding.message
    assert "--body https://index.docker.io/v1/" in finding.remedy


def test_the_address_of_docker_hubs_registry_is_no_login_for_its_images() -> None:
    hub = triple("HUB", server="registry-1.docker.io", login=login())
    [finding] = judge(
        facts(hub, image("acme/private:1", pull="denied"), image("acme/other:1", pull="denied"))
    )
    assert (finding.rule, finding.severity, finding.effect) == ("invalid-server", ERROR, Effect.STOPS)
    assert finding.message == (
        "HUB_CONTAINER_REGISTRY_SERVER is `registry-1.docker.io`, but docker looks up the login for images of Docker "
        "Hub under `https://index.docker.io/v1/` only, so codespaces don't log in for `acme/private:1` (and 1 other "
        "place), which is private or does not exist."
    )
    assert " --body https://index.docker.io/v1/\n" in finding.remedy


def _pull_after(outcome: str) -> str:
    return {"succeeded": "available", "skipped": "skipped"}.get(outcome, "denied")


def test_a_registry_in_capital_letters_is_to_be_written_without_them() -> None:
    lower = image(covered_by="ACR", pull="available")
    [finding] = judge(facts(triple(login=login()), lower, image("ACME.azurecr.io/dev/base:1", pull="denied")))
    assert finding.rule == "uncovered-registry"
    assert finding.remedy == (
        "Write the registry as `acme.azurecr.io`: docker finds no login for a name with capital letters."
    )
