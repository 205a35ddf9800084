"""The start of a codespace, and the recovery container of one that could not start."""

from crreg.doctor.probe_answers import CLAIMS as UNDOCUMENTED
from live.claim import Assumption

_MANAGING = "https://docs.github.com/en/codespaces/managing-codespaces-for-your-organization"
_PRIVATE_REGISTRY = (
    "[Allowing your codespace to access a private registry](https://docs.github.com/en/codespaces/reference/"
    "allowing-your-codespace-to-access-a-private-registry)"
)
_FEATURES_1261 = "[vscode-dev-containers#1261](https://github.com/microsoft/vscode-dev-containers/pull/1261)"
_FEATURES_932 = "[#932](https://github.com/microsoft/vscode-dev-containers/pull/932)"
_LOGS = "[PubSec-Info-Assistant#879](https://github.com/microsoft/PubSec-Info-Assistant/issues/879)"
_BY_HAND = "Try it by hand in a codespace."

CODESPACE = (
    Assumption(
        "CS-REPOSITORY-LEVEL",
        "A repository's secret wins over the organization's of the same name.",
        f"[Managing secrets]({_MANAGING}/managing-development-environment-secrets-for-your-repository-or-organization)",
        ("src/crreg/github/levels.py", "docs/rules.md"),
    ),
    Assumption(
        "U1",
        UNDOCUMENTED["U1"],
        product=("src/crreg/github/levels.py", "src/crreg/rules/shadowed_secret.py", "docs/rules.md"),
        phrases=(
            r"whether (?:a person's|your) own overrides both",
            r"which one that is",
            r"value of the lowest: user, then repository",
        ),
    ),
    Assumption(
        "CS-WRITE-ACCESS",
        "A person without write access gets no secrets.",
        "github/docs, `content/codespaces/reference/security-in-github-codespaces.md`",
        ("src/crreg/doctor/write_access.py",),
        otherwise="It needs a second person. " + _BY_HAND,
    ),
    Assumption(
        "CS-FORK-PULL-REQUEST",
        "A codespace for a pull request from a fork gets no secrets.",
        "github/docs, `content/codespaces/reference/security-in-github-codespaces.md`",
        ("src/crreg/doctor/advice.py", "docs/rules.md"),
        otherwise="It needs a pull request from a fork. " + _BY_HAND,
    ),
    Assumption(
        "CS-FORK",
        "A fork's codespaces get its own secrets and those that its organization lets it read, none of its upstream's.",
        f"[Managing secrets]({_MANAGING}/managing-development-environment-secrets-for-your-repository-or-organization) "
        "names the repository that a secret belongs to, and no exception for forks",
        ("docs/rules.md", "docs/troubleshooting.md"),
        otherwise="It needs a fork. " + _BY_HAND,
    ),
    Assumption(
        "CS-PREBUILD-TOKEN",
        "`CODESPACES_PREBUILD_TOKEN` reaches no codespace.",
        "github/docs, `content/codespaces/prebuilding-your-codespaces/"
        "allowing-a-prebuild-to-access-other-repositories.md`",
        ("src/crreg/triple.py",),
        otherwise=_BY_HAND,
    ),
    Assumption(
        "CS-ASSIGNED",
        "A codespace gets an organization's or a user's secret only if its repository may read it.",
        f"[Managing secrets]({_MANAGING}/managing-development-environment-secrets-for-your-repository-or-organization)",
        ("src/crreg/rules/not_assigned.py",),
        otherwise=_BY_HAND,
    ),
    Assumption(
        "CS-TRIPLE",
        "A codespace logs in with the three secrets of each identifier that has all of them.",
        _PRIVATE_REGISTRY,
        ("src/crreg/triple.py",),
    ),
    Assumption(
        "U2",
        UNDOCUMENTED["U2"],
        product=("src/crreg/rules/login_failed.py", "src/crreg/registry/server.py", "docs/rules.md"),
        phrases=(
            r"docker drops the scheme, and what Codespaces does",
            r"which of the triples a codespace ends up with",
            r"Whether Codespaces stores the login there too",
            r"what a codespace does with it\b",
        ),
    ),
    Assumption(
        "CS-ECR",
        "A codespace logs in to ECR with a token that it gets for the access key in USER and PASSWORD.",
        f"{_PRIVATE_REGISTRY}, for `ACCOUNT.dkr.ecr.REGION.amazonaws.com`",
        ("src/crreg/registry/client.py", "docs/registries/ecr-keys.md"),
        otherwise="It needs AWS keys. " + _BY_HAND,
    ),
    Assumption(
        "CS-ECR-OTHER-HOSTS",
        "A codespace exchanges the key for the other names of ECR too: FIPS, dual-stack and other partitions.",
        product=("src/crreg/registry/ecr.py", "docs/registries/ecr-keys.md"),
        otherwise="It needs AWS keys. " + _BY_HAND,
        phrases=(
            r"other partitions' names is not documented",
            r"Whether Codespaces does it for this host",
        ),
    ),
    Assumption(
        "CS-OWN-TOKEN",
        "A codespace logs in to `ghcr.io` with its own token, which reads packages and writes none.",
        f"{_PRIVATE_REGISTRY}; [about permissions](https://docs.github.com/en/packages/learn-github-packages/"
        "about-permissions-for-github-packages)",
        ("src/crreg/doctor/run.py", "docs/publish.md"),
        otherwise="The probe's triples for `ghcr.io` hide it. Pull a private package in a codespace without one.",
    ),
    Assumption(
        "U11",
        UNDOCUMENTED["U11"],
        product=("src/crreg/rules/login_failed.py", "docs/registries/ghcr.md"),
        phrases=(r"whether a triple for `ghcr.io` replaces the codespace's own",),
    ),
    Assumption(
        "CS-AUTHORIZED",
        "`customizations.codespaces.repositories` lets a codespace read packages of other repositories of the same "
        "owner, if its person authorized that.",
        "github/docs, `content/codespaces/managing-your-codespaces/"
        "managing-repository-access-for-your-codespaces.md`",
        ("src/crreg/discovery/devcontainer/__init__.py",),
        otherwise=_BY_HAND,
    ),
    Assumption(
        "CS-PULL",
        "A codespace whose image can't be pulled starts in a recovery container.",
        "users; GitHub's page on troubleshooting has the banner",
        ("src/crreg/doctor/codespace.py",),
    ),
)
RECOVERY = (
    Assumption(
        "RC-IMAGE",
        "The recovery container is made from `mcr.microsoft.com/devcontainers/base:alpine` with "
        "`CODESPACES_RECOVERY_CONTAINER=true`. It has curl and jq, and no Python.",
        "users: [generative-ai-for-beginners#1025](https://github.com/microsoft/generative-ai-for-beginners/issues/1025)"
        "; devcontainers/images, `src/base-alpine`",
        ("src/crreg/doctor/kept_files.py", "docs/doctor.sh"),
    ),
    Assumption(
        "RC-LOG",
        "`creation.log` has the lines of the start that failed, with the engine's answer.",
        f"users: {_LOGS}; devcontainers/cli, `src/spec-node/utils.ts`",
        ("src/crreg/doctor/creation_log.py", "docs/doctor.sh"),
    ),
    Assumption(
        "RC-REASON",
        "`RECOVERY-REASON-FILE` has the code of the error.",
        f"users: {_LOGS}",
        ("src/crreg/doctor/kept_files.py",),
    ),
    Assumption(
        "RC-SECRETS-ENVS",
        "`user-secrets-envs.json` is an object of names and values.",
        f"users: {_LOGS}, where it is passed as `--secrets-file`",
        ("src/crreg/doctor/kept_files.py", "docs/doctor.sh"),
    ),
    Assumption(
        "RC-ENV-SECRETS",
        "`.env-secrets` has lines `NAME=base64`, `.env` lines `NAME=value`.",
        f"users: {_FEATURES_1261}, {_FEATURES_932}",
        ("src/crreg/doctor/kept_files.py", "docs/doctor.sh"),
    ),
    Assumption(
        "RC-USER-SECRETS",
        '`.user-secrets.json` is a list of `{"type", "name", "value"}`, and `environment-variables.json` an object of '
        "names and values.",
        product=("src/crreg/doctor/kept_files.py", "docs/doctor.sh"),
        phrases=(r"what Codespaces keeps on disk",),
    ),
    Assumption(
        "U3",
        UNDOCUMENTED["U3"],
        product=("src/crreg/doctor/kept_files.py", "docs/doctor.md"),
    ),
)
