"""Amazon Elastic Container Registry.

Sources: https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
"""

import re

from crreg.findings.remedy import Prose, Step, command
from crreg.registry.ecr import TOKEN_USER, parse_host
from crreg.registry.login.password import PasswordKind
from crreg.registry.providers.provider import BOTH, USUAL_CAUSE, Account, Attempt, Provider, Renewal

_USER = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:user/(?:[!-~]*/)?(?P<name>[\w+=,.@-]{1,64})", re.ASCII)
_CLASSIC = re.compile(r"[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com")


def iam_user(arn: str) -> str | None:
    """Return the IAM user's name; None if the ARN is of something else, such as a role or the root user.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    match = _USER.fullmatch(arn)
    return match["name"] if match else None


def _cause(attempt: Attempt) -> str:
    if attempt.nature.kind is PasswordKind.ECR_TOKEN and attempt.user != TOKEN_USER:
        return f"PASSWORD is an ECR token, so USER must be {TOKEN_USER}."
    return "An ECR token is valid for only 12 hours." if attempt.user == TOKEN_USER else USUAL_CAUSE


def _note(attempt: Attempt) -> str:
    if attempt.user == TOKEN_USER or _CLASSIC.fullmatch(attempt.host):
        return ""
    return (
        "GitHub documents the exchange of AWS keys for a token only for hosts of the form "
        "ACCOUNT.dkr.ecr.REGION.amazonaws.com. Whether Codespaces does it for this host is not documented."
    )


def _renew(account: Account) -> Renewal:
    if account.name is None:
        step: tuple[Step, ...] = (
            Prose(
                "Create an access key for an IAM user that may pull: in the AWS console, IAM, Users, the user, "
                "Security credentials, Create access key. Its ID is the new USER, and its secret key the new PASSWORD. "
                "AWS allows two keys per user."
            ),
        )
    else:
        step = (
            Prose(
                "Create a new access key. AccessKeyId is the new USER, and SecretAccessKey the new PASSWORD. AWS "
                "allows two keys per user:"
            ),
            command("aws", "iam", "create-access-key", "--user-name", account.name),
        )
    return Renewal(step, BOTH)


def _grant_pull(account: Account, _repository: str) -> tuple[Step, ...]:
    registry = parse_host(account.host)
    if registry is not None and registry.public:
        return (
            Prose(
                "Allow the IAM user ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken in its policy."
            ),
        )
    return (
        Prose(
            "Allow the IAM user ecr:GetAuthorizationToken, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer in its own "
            "policy. If the image is in another AWS account, also allow the last two in the policy of that repository."
        ),
    )


def _grant_push(account: Account, repository: str) -> tuple[Step, ...]:
    registry = parse_host(account.host)
    public = registry is not None and registry.public
    service = "ecr-public" if public else "ecr"
    actions = "BatchCheckLayerAvailability InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage"
    if not public:
        actions += " BatchGetImage"
    *first, last = (f"{service}:{action}" for action in actions.split())
    return (
        Prose("A push to ECR does not create a repository. If this one does not exist, create it:"),
        _create_command(account, repository),
        Prose(f"Allow the account {', '.join(first)} and {last}."),
    )


def _create_command(account: Account, repository: str) -> Step:
    registry = parse_host(account.host)
    if registry is None or registry.public:
        return command("aws", "ecr-public", "create-repository", "--repository-name", repository)
    return command(
        "aws", "ecr", "create-repository", "--region", registry.region, "--repository-name", repository
    )


def _create_repository(account: Account, repository: str) -> tuple[Step, ...]:
    return (Prose("Create the repository, then run crreg again:"), _create_command(account, repository))


ECR = Provider(
    name="Amazon ECR",
    hosts=(),
    recognizes=lambda host: parse_host(host) is not None,
    identifier="ECR",
    public_users=frozenset({TOKEN_USER}),
    cause=_cause,
    account=lambda attempt: iam_user(attempt.identity),
    note=_note,
    renew=_renew,
    grant_pull=_grant_pull,
    grant_push=_grant_push,
    create_repository=_create_repository,
    immutable=("tag_invalid",),
    page="ecr-keys.md",
)
