"""The registries of other providers, and AWS."""

from crreg.doctor.probe_answers import CLAIMS as UNDOCUMENTED
from live.claim import Assumption

_TOKENS = "[distribution: token authentication](https://distribution.github.io/distribution/spec/auth/token/)"
_NO_ACCOUNT = "It needs an account there. `crreg login` with a triple tries it."
_ECR = "https://docs.aws.amazon.com/AmazonECR/latest"
_NO_KEYS = "It needs AWS keys. `crreg login` with a triple tries it."

REGISTRIES = (
    Assumption(
        "HUB-TOKEN",
        "Docker Hub's answer has `token` and `access_token`.",
        _TOKENS,
        ("src/crreg/registry/login/token_answer.py",),
    ),
    Assumption(
        "HUB-WRONG",
        "Docker Hub answers a wrong password with 401.",
        product=("src/crreg/registry/login/authentication.py",),
    ),
    Assumption(
        "HUB-NAMES",
        "`docker.io`, `index.docker.io` and `registry-1.docker.io` are one registry.",
        product=("src/crreg/registry/server.py",),
    ),
    Assumption(
        "HUB-REFRESH",
        "A token server may exchange user and password, or a refresh token, by POST.",
        "[distribution: OAuth2](https://distribution.github.io/distribution/spec/auth/oauth/)",
        ("src/crreg/registry/login/authentication.py",),
        otherwise=_NO_ACCOUNT,
    ),
    Assumption(
        "REGISTRY-SCOPES",
        "A token holds those of the requested actions that the user may do, and a request that needs others is "
        "refused. The wrong `service` gets 400.",
        _TOKENS,
        ("src/crreg/registry/login/authorization.py",),
        otherwise=_NO_ACCOUNT,
    ),
    Assumption(
        "AZURE-TOKEN",
        "Azure's answer has `access_token` alone.",
        "[Access tokens: get from login](https://learn.microsoft.com/en-us/rest/api/containerregistry/access-tokens/"
        "get-from-login)",
        ("src/crreg/registry/login/token_answer.py",),
        otherwise=_NO_ACCOUNT,
    ),
    Assumption(
        "AZURE-REFRESH",
        "At Azure a refresh token also works as the password of user `00000000-0000-0000-0000-000000000000`.",
        "[Authenticate with a registry](https://learn.microsoft.com/azure/container-registry/"
        "container-registry-authentication)",
        ("src/crreg/registry/providers/azure.py",),
        otherwise=_NO_ACCOUNT,
    ),
    Assumption(
        "GOOGLE-KEY",
        "At Google the user `_json_key` has a service account's key of several lines as the password.",
        "[Artifact Registry: authentication](https://cloud.google.com/artifact-registry/docs/docker/authentication)",
        ("src/crreg/registry/providers/google.py",),
        otherwise=_NO_ACCOUNT,
    ),
    Assumption(
        "BASIC",
        "A registry may ask for Basic, also on plain http or with a certificate of its own.",
        "distribution's `htpasswd`, which the sandbox runs",
        ("src/crreg/registry/login/authentication.py",),
        otherwise="It is the real program.",
    ),
    Assumption(
        "U9",
        UNDOCUMENTED["U9"],
        product=("docs/troubleshooting.md", "docs/registries/docker-hub.md"),
        unmodeled="The sandbox's Docker Hub has no limit.",
        phrases=(r"whether codespaces share one", r"codespaces may share addresses"),
    ),
)
AWS = (
    Assumption(
        "AWS-IAM",
        "IAM users, access keys, signatures and policies, and `sts:GetCallerIdentity`.",
        "[moto](https://github.com/getmoto/moto), which the sandbox runs",
        ("src/crreg/registry/aws/tokens.py",),
        otherwise=_NO_KEYS,
    ),
    Assumption(
        "AWS-ERRORS",
        "Errors of JSON services carry their own names, such as `UnrecognizedClientException`.",
        "[ECR: common errors](https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html)",
        ("src/crreg/registry/aws/tokens.py",),
        otherwise=_NO_KEYS,
    ),
    Assumption(
        "ECR-TOKEN",
        "`ecr:GetAuthorizationToken` gives a token for 12 hours, another one each time.",
        f"[GetAuthorizationToken]({_ECR}/APIReference/API_GetAuthorizationToken.html), which names the 12 hours",
        ("src/crreg/ensure/rotation.py",),
        otherwise=_NO_KEYS,
    ),
    Assumption(
        "ECR-PUBLIC",
        "`ecr-public:GetAuthorizationToken` checks signature and policy.",
        "botocore's own signer",
        ("src/crreg/registry/aws/tokens.py",),
        otherwise=_NO_KEYS,
    ),
    Assumption(
        "U10",
        UNDOCUMENTED["U10"],
        product=("src/crreg/ensure/rotation.py", "docs/registries/ecr-oidc.md"),
        otherwise="Make one with a session of 15 minutes, and log in with it an hour later.",
        unmodeled="The sandbox's AWS has no roles.",
    ),
)
