"""Who runs a registry, and what is special there."""

import base64
import json

import botocore.session
import pytest
from botocore import xform_name
from tests.unit.registry.login.test_password import ecr_token

from crreg.findings.remedy import Command, Link, Shell, Step, text_of
from crreg.registry.challenge import seen_by_docker
from crreg.registry.credentials import Credentials
from crreg.registry.login.cause import attempt_of
from crreg.registry.providers import PROVIDERS, PUBLIC_USERS, provider_of
from crreg.registry.providers.ecr import iam_user
from crreg.registry.providers.provider import Account, Provider
from crreg.remedies.providers import how_to_create_repository
from crreg.triple import Part, SecretName, parse_name

ECR_HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
KEY = json.dumps({"type": "service_account", "client_email": "pull@acme.iam.gserviceaccount.com"})
SAMPLES = {
    "Azure Container Registry": ("acme.azurecr.io", "acme.eastus.data.azurecr.io", "ACME.azurecr.io:443"),
    "Docker Hub": ("docker.io", "index.docker.io"),
    "Amazon ECR": (ECR_HOST, "public.ecr.aws", "123456789012.dkr-ecr.eu-west-1.on.aws"),
    "GitHub Container Registry": ("ghcr.io", "containers.acme.ghe.com"),
    "Google Artifact Registry": ("europe-docker.pkg.dev", "gcr.io", "us.gcr.io", "eu.gcr.io", "asia.gcr.io"),
    "GitLab Container Registry": ("registry.gitlab.com",),
    "Quay": ("quay.io",),
    "Harbor": ("demo.goharbor.io",),
    "JFrog Artifactory": ("acme.jfrog.io", "acme-docker.jfrog.io"),
    "NVIDIA NGC": ("nvcr.io",),
    "Oracle Cloud Infrastructure Registry": ("fra.ocir.io", "ocir.us-ashburn-1.oci.oraclecloud.com"),
    "IBM Cloud Container Registry": ("icr.io", "us.icr.io", "private.de.icr.io"),
    "DigitalOcean Container Registry": ("registry.digitalocean.com",),
    "Scaleway Container Registry": ("rg.fr-par.scw.cloud",),
    "Red Hat registry": ("registry.redhat.io", "registry.connect.redhat.com"),
}


@pytest.mark.parametrize(
    ("host", "name"), [(host, name) for name, hosts in SAMPLES.items() for host in hosts]
)
def test_a_host_is_its_provider_s(host: str, name: str) -> None:
    assert provider_of(host).name == name


@pytest.mark.parametrize(
    "host",
    [
        *("evilgcr.io", "mydocker.io", "notghcr.io", "evilazurecr.io", "pkg.dev.evil.example", "azurecr.io"),
        *(
            "gcr.io.example",
            "ghcr.io.evil.example",
            "x.docker.io.example",
            "my-icr.io",
            "ocir.io",
            "x.ghcr.io",
        ),
        *("acme.dkr.ecr.example", "rg.scw.cloud", "ghe.com", "jfrog.io", "[::1]:5000", "", "localhost:5000"),
    ],
)
def test_part_of_a_label_is_no_match(host: str) -> None:
    assert provider_of(host).name == "a registry"


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("robot$dev+pull", "Harbor"),
        ("gitlab+deploy-token-7", "GitLab Container Registry"),
        ("gitlab-ci-token", "GitLab Container Registry"),
        ("robot", "a registry"),
    ],
)
def test_a_user_tells_who_runs_a_host_of_somebody_s_own(user: str, name: str) -> None:
    assert provider_of("registry.example", user).name == name
    assert provider_of("quay.io", user).name == "Quay"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('Bearer realm="https://h.example/service/token",service="harbor-registry"', "Harbor"),
        (
            'Bearer realm="https://g.example/jwt/auth",service="container_registry"',
            "GitLab Container Registry",
        ),
        ('BASIC realm="Sonatype Nexus Repository Manager"', "Sonatype Nexus Repository"),
        ('Basic realm="Artifactory Realm"', "JFrog Artifactory"),
        ('Basic realm="harbor-registry2"', "a registry"),
        ('Bearer realm="harbor-registry",service=""', "a registry"),
        ("Negotiate", "a registry"),
    ],
)
def test_a_challenge_tells_who_runs_a_host_of_somebody_s_own(header: str, name: str) -> None:
    (challenge,) = seen_by_docker([header])

    assert provider_of("registry.example", None, challenge.service).name == name
    assert provider_of("quay.io", None, challenge.service).name == "Quay"


def test_no_host_has_two_providers_and_no_two_share_a_name_or_identifier() -> None:
    hosts = [host.lower().partition(":")[0] for hosts in SAMPLES.values() for host in hosts]

    assert all(sum(provider.serves(host) for provider in PROVIDERS) == 1 for host in hosts)
    assert len({provider.name for provider in PROVIDERS}) == len(PROVIDERS)
    assert len({provider.identifier for provider in PROVIDERS}) == len(PROVIDERS)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_an_identifier_makes_names_that_github_stores(provider: Provider) -> None:
    name = SecretName(provider.identifier, Part.PASSWORD)

    assert parse_name(str(name)) == name
    assert not provider.identifier.startswith("GITHUB")


@pytest.mark.parametrize("user", sorted(PUBLIC_USERS))
def test_a_public_user_is_no_secret(user: str) -> None:
    assert user not in Credentials(user, "hunter2!").secrets


def test_the_public_users_are_those_that_providers_document() -> None:
    assert {
        *("00000000-0000-0000-0000-000000000000", "<token>", "AWS", "_dcgcloud_token", "_json_key"),
        *("_json_key_base64", "_token", "oauth2accesstoken", "$oauthtoken", "iamapikey", "nologin", "oauth2"),
    } <= PUBLIC_USERS


def pasted(steps: tuple[Step, ...]) -> list[str]:
    """Return what is to be pasted."""
    return [
        step.line if isinstance(step, Shell) else " ".join(step.words)
        for step in steps
        if isinstance(step, Shell | Command)
    ]


@pytest.mark.parametrize(
    ("host", "account", "commands", "parts"),
    [
        (
            "acme.azurecr.io",
            None,
            ["az acr token create --registry acme --name codespaces-pull --scope-map _repositories_pull"],
            "USER PASSWORD",
        ),
        (
            "acme-ab12cd34.azurecr.io",
            "pull",
            ["az acr token credential generate --registry acme --name pull --password2"],
            "PASSWORD",
        ),
        (
            "acme.azurecr.io",
            "5f8d2c1e-0000-4000-8000-0123456789ab",
            ["az ad sp credential reset --id 5f8d2c1e-0000-4000-8000-0123456789ab --append"],
            "PASSWORD",
        ),
        ("acme.azurecr.io", "acme", ["az acr credential show --name acme"], "PASSWORD"),
        (ECR_HOST, None, [], "USER PASSWORD"),
        (ECR_HOST, "puller", ["aws iam create-access-key --user-name puller"], "USER PASSWORD"),
        (
            "europe-docker.pkg.dev",
            "pull@acme.iam.gserviceaccount.com",
            [
                "gcloud iam service-accounts keys create key.json --iam-account pull@acme.iam.gserviceaccount.com",
                "base64 <key.json | tr -d '\\n' >key.base64",
            ],
            "USER PASSWORD",
        ),
        ("ghcr.io", "octocat", [], "PASSWORD"),
        ("docker.io", None, [], "USER PASSWORD"),
        ("fra.ocir.io", "ns/jane", [], "PASSWORD"),
        ("fra.ocir.io", "jane", [], "USER PASSWORD"),
        ("registry.redhat.io", "123|pull", [], "PASSWORD"),
        ("registry.example", None, [], "USER PASSWORD"),
    ],
)
def test_a_new_credential_is_made_for_the_account_and_names_the_parts_that_change(
    host: str, account: str | None, commands: list[str], parts: str
) -> None:
    renewal = provider_of(host, account).renew(Account(host, account))

    assert pasted(renewal.steps) == commands
    assert " ".join(renewal.parts) == parts


@pytest.mark.parametrize(
    ("host", "user", "password", "account"),
    [
        ("acme.azurecr.io", "codespaces-pull", "x", "codespaces-pull"),
        ("acme.azurecr.io", "00000000-0000-0000-0000-000000000000", "x", None),
        ("gcr.io", "_json_key", KEY, "pull@acme.iam.gserviceaccount.com"),
        (
            "gcr.io",
            "_json_key_base64",
            base64.b64encode(KEY.encode()).decode(),
            "pull@acme.iam.gserviceaccount.com",
        ),
        ("gcr.io", "_json_key", '{"client_email": "a\\u001b@b"}', None),
        ("gcr.io", "_json_key", '{"client_email": 7}', None),
        ("gcr.io", "_json_key", "[" * 9000, None),
        ("docker.io", "jane@example.com", "x", None),
        ("docker.io", "dckr_pat_secret", "x", None),
        ("acme.azurecr.io", "ghp_secret", "x", None),
        ("acme.azurecr.io", "swapped", "swapped", None),
        ("quay.io", "AKIAIOSFODNN7EXAMPLE", "x", None),
        ("registry.digitalocean.com", "dop_v1_secret", "dop_v1_secret", None),
        (ECR_HOST, "AKIAIOSFODNN7EXAMPLE", "x", None),
        (ECR_HOST, "AWS", ecr_token(), None),
    ],
)
def test_an_account_has_a_name_only_where_that_is_no_secret(
    host: str, user: str, password: str, account: str | None
) -> None:
    assert provider_of(host).account(attempt_of(host, user, password)) == account


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::123456789012:user/codespaces", "codespaces"),
        ("arn:aws-cn:iam::123456789012:user/teams/dev/pull.er@x", "pull.er@x"),
        ("arn:aws:iam::123456789012:root", None),
        ("arn:aws:sts::123456789012:assumed-role/role/session", None),
        ("arn:aws:iam::123456789012:user/a; rm -rf", None),
        ("", None),
    ],
)
def test_an_arn_names_an_iam_user_or_nobody(arn: str, name: str | None) -> None:
    assert iam_user(arn) == name


def test_a_key_for_a_host_of_another_form_is_noted() -> None:
    dual = "123456789012.dkr-ecr.eu-west-1.on.aws"

    assert provider_of(ECR_HOST).note(attempt_of(ECR_HOST, "AKIAX", "x")) == ""
    assert provider_of(dual).note(attempt_of(dual, "AWS", "x")) == ""
    assert "is not documented" in provider_of(dual).note(attempt_of(dual, "AKIAX", "x"))


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_every_page_and_link_is_usable(provider: Provider) -> None:
    account = Account("registry.example", None)
    steps = (
        *provider.renew(account).steps,
        *provider.grant_pull(account, "dev/base"),
        *provider.grant_push(account, "dev/base"),
    )

    assert all(step.url.startswith("https://") for step in steps if isinstance(step, Link))
    assert steps


AWS = [
    *provider_of(ECR_HOST).renew(Account(ECR_HOST, "puller")).steps,
    *provider_of(ECR_HOST).grant_push(Account(ECR_HOST), "dev/base"),
    *provider_of("public.ecr.aws").grant_push(Account("public.ecr.aws"), "dev/base"),
]


@pytest.mark.parametrize("command", [step for step in AWS if isinstance(step, Command)], ids=str)
def test_aws_has_every_command_and_parameter_that_a_remedy_uses(command: Command) -> None:
    _, service, operation, *arguments = command.words
    model = botocore.session.get_session().get_service_model(service)
    name = "".join(word.capitalize() for word in operation.split("-"))
    shape = model.operation_model(name).input_shape
    assert shape is not None
    known = {f"--{xform_name(member, '-')}" for member in shape.members} | {"--region"}

    assert {word for word in arguments if word.startswith("--")} <= known
    assert {f"--{xform_name(member, '-')}" for member in shape.required_members} <= set(arguments)


@pytest.mark.parametrize(
    ("host", "says", "blocked"),
    [
        (
            "acme.azurecr.io",
            "DENIED: client with IP '20.1.2.3' is not allowed access. Refer https://aka.ms/acr/firewall",
            True,
        ),
        ("acme.azurecr.io", "UNAUTHORIZED: authentication required", False),
        ("harbor.example", "client with IP '20.1.2.3' is not allowed access", False),
    ],
)
def test_a_firewall_is_told_by_its_own_words(host: str, says: str, blocked: bool) -> None:  # noqa: FBT001 - of the test
    assert provider_of(host).blocks(says) is blocked


def test_gitlab_forbids_what_others_call_unauthorized() -> None:
    assert provider_of("registry.gitlab.com").forbids_unknown
    assert provider_of("registry.corp.example", service="container_registry").forbids_unknown
    assert not provider_of("registry.corp.example").forbids_unknown


@pytest.mark.parametrize(
    ("registry", "words"),
    [
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "  aws ecr create-repository --region eu-west-1 --repository-name org/copy",
        ),
        ("public.ecr.aws", "  aws ecr-public create-repository --repository-name org/copy"),
        ("europe-west1-docker.pkg.dev", "Create the repository in Artifact Registry"),
        ("harbor.example", "Create the repository org/copy at harbor.example"),
    ],
)
def test_a_repository_that_a_push_does_not_create_is_created_so(registry: str, words: str) -> None:
    assert words in text_of(how_to_create_repository(registry, "org/copy"))
