"""Providers that need only a few sentences each, and the general provider for all other registries."""

from crreg.findings.remedy import Link, Prose, Step
from crreg.registry.providers.provider import BOTH, Grant, Provider, Renewal
from crreg.triple import Part

IDENTITY_TOKEN_USER = "<token>"  # noqa: S105 - a user, no password
"""Docker's placeholder for the user in its own files, if the password is an identity token."""


def _renewal(*steps: Step, parts: tuple[Part, ...] = (Part.PASSWORD,)) -> Renewal:
    return Renewal(steps, parts)


def _advice(text: str) -> Grant:
    return lambda _account, _repository: (Prose(text),)


GENERAL = Provider(
    name="a registry",
    hosts=(),
    identifier="REGISTRY",
    public_users=frozenset({IDENTITY_TOKEN_USER}),
    account=lambda _: None,
    renew=lambda _: _renewal(
        Prose("Get a user and password, or an access token, with permission to pull from the registry."),
        parts=BOTH,
    ),
    grant_pull=_advice("Give the account the permission to pull this image in the registry's settings."),
    grant_push=lambda account, repository: (
        Prose(f"Let the account push to {repository} in the settings of {account.host}."),
    ),
    # "No space left" is the operating system's own message, which registries that store images in files pass on.
    full=("quota", "storage limit", "storage size limit", "no space left"),
    # Harbor's code is PRECONDITION, Google's FAILED_PRECONDITION and Quay's TAG_IMMUTABLE, and all use the word.
    immutable=("immutab",),
)
"""The provider of a registry that is not recognized."""

# Source: https://docs.gitlab.com/user/project/deploy_tokens/
_GITLAB = Provider(
    name="GitLab Container Registry",
    hosts=("registry.gitlab.com",),
    identifier="GITLAB",
    services=frozenset({"container_registry"}),
    public_users=frozenset({"gitlab-ci-token", "oauth2"}),
    owns_user=lambda user: user.startswith("gitlab+deploy-token-") or user == "gitlab-ci-token",
    # Its token server returns 403 "access forbidden" for a wrong token:
    # https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/services/auth/container_registry_authentication_service.rb
    forbids_unknown=True,
    cause=lambda attempt: (
        "USER gitlab-ci-token needs the token of a CI job, which expires with the job: use a deploy token."
        if attempt.user == "gitlab-ci-token"
        else "GitLab needs a deploy token or an access token with the scope read_registry that is not expired or "
        "revoked, and the user name that belongs to the token."
    ),
    renew=lambda _: _renewal(
        Prose(
            "In the project or group in GitLab, under Settings, Repository, Deploy tokens, create a token with the "
            "scope read_registry. Its user name is the new USER, and the token the new PASSWORD."
        ),
        parts=BOTH,
    ),
    grant_pull=_advice(
        "Use a deploy token of the image's project or of a group above it, with the scope read_registry."
    ),
    grant_push=_advice("Use a deploy token of the project with the scopes read_registry and write_registry."),
)

# Source: https://docs.quay.io/glossary/robot-accounts.html
_QUAY = Provider(
    name="Quay",
    hosts=("quay.io",),
    identifier="QUAY",
    public_users=frozenset({"$oauthtoken", "$token", "$app"}),
    cause=lambda _: "Quay needs the full name of a robot account (organization+name) and its current token.",
    renew=lambda _: _renewal(
        Prose(
            "In the organization at Quay, under Robot Accounts, open the account or regenerate its token. "
            "USER is organization+name."
        )
    ),
    grant_pull=_advice("Give the robot account the permission Read on the repository at Quay."),
    grant_push=_advice("Give the robot account the permission Write on the repository at Quay."),
)

# Source: https://goharbor.io/docs/working-with-projects/project-configuration/create-robot-accounts/
_HARBOR = Provider(
    name="Harbor",
    hosts=("demo.goharbor.io",),
    identifier="HARBOR",
    services=frozenset({"harbor-registry"}),
    owns_user=lambda user: user.startswith("robot$"),
    full=("configured upper limit",),
    cause=lambda _: (
        "Harbor needs the full name of a robot account (usually robot$project+name) that is enabled and has not "
        "expired, and its current secret."
    ),
    renew=lambda _: _renewal(
        Prose(
            "In the project in Harbor, under Robot Accounts, choose Refresh Secret. If the account has expired, also "
            "change its expiration."
        )
    ),
    grant_pull=_advice("Give the robot account the permission Pull Repository in the image's project."),
    grant_push=_advice(
        "Give the robot account the permissions Pull Repository and Push Repository in the project."
    ),
)

# Source: https://docs.jfrog.com/administration/docs/access-tokens
_ARTIFACTORY = Provider(
    name="JFrog Artifactory",
    hosts=("**.jfrog.io",),
    identifier="JFROG",
    services=frozenset({"Artifactory Realm"}),
    cause=lambda _: (
        "Artifactory needs the user name as JFrog spells it, and an identity token or access token that has not "
        "expired. Many instances no longer accept API keys."
    ),
    renew=lambda _: _renewal(
        Prose(
            "In the JFrog platform, signed in as the user that pulls, generate an identity token under Edit Profile. "
            "Or ask an administrator to create an access token for that user."
        )
    ),
    grant_pull=_advice("Give the user or its group the permission Read on the Docker repository."),
    grant_push=_advice(
        "Give the user or its group the permissions Read and Deploy/Cache on the Docker repository."
    ),
)

# Source: https://help.sonatype.com/en/docker-registry.html
_NEXUS = Provider(
    name="Sonatype Nexus Repository",
    hosts=(),
    identifier="NEXUS",
    services=frozenset({"Sonatype Nexus Repository Manager"}),
    renew=lambda _: _renewal(Prose("In Nexus, reset the user's password or user token."), parts=BOTH),
    grant_pull=_advice(
        "Give the user a role with the privilege nx-repository-view-docker-REPOSITORY-read and -browse."
    ),
    grant_push=_advice(
        "Give the user a role with the privileges nx-repository-view-docker-REPOSITORY-add, -edit and -read."
    ),
)

# Source: https://docs.nvidia.com/ngc/latest/ngc-user-guide.html
_NGC = Provider(
    name="NVIDIA NGC",
    hosts=("nvcr.io",),
    identifier="NGC",
    public_users=frozenset({"$oauthtoken"}),
    cause=lambda attempt: (
        "PASSWORD must be an NGC API key that has not expired."
        if attempt.user == "$oauthtoken"
        else "With an NGC API key, USER must be $oauthtoken, including the dollar sign."
    ),
    renew=lambda _: Renewal(
        (
            Link(
                "Create an API key that includes the service NGC Catalog, or Private Registry",
                "https://org.ngc.nvidia.com/setup/api-keys",
            ),
        ),
        BOTH,
        user="$oauthtoken",
    ),
    grant_pull=_advice(
        "Use an API key of an NGC organization or team that may read the image, and that includes the image's service."
    ),
    grant_push=_advice(
        "Use an API key that includes the service Private Registry, of a user who may write there."
    ),
)

# Source: https://docs.oracle.com/iaas/Content/Registry/Tasks/registrypushingimagesusingthedockercli.htm
_OCIR = Provider(
    name="Oracle Cloud Infrastructure Registry",
    hosts=("*.ocir.io", "ocir.*.oci.oraclecloud.com"),
    identifier="OCIR",
    cause=lambda attempt: (
        "PASSWORD must be an auth token of that user, not the console password, and the user must still be active."
        if "/" in attempt.user
        else "USER must be TENANCY-NAMESPACE/USERNAME (with an identity domain: TENANCY-NAMESPACE/DOMAIN/USERNAME)."
    ),
    renew=lambda account: _renewal(
        Prose(
            "In the Oracle Cloud console, in the user's profile, under Auth tokens, generate a token. It is the new "
            "PASSWORD. USER is TENANCY-NAMESPACE/USERNAME (with an identity domain: "
            "TENANCY-NAMESPACE/DOMAIN/USERNAME)."
        ),
        parts=(Part.PASSWORD,) if account.name is not None and "/" in account.name else BOTH,
    ),
    grant_pull=_advice("Add a policy: Allow group GROUP to read repos in compartment COMPARTMENT."),
    grant_push=_advice("Add a policy: Allow group GROUP to manage repos in compartment COMPARTMENT."),
)

# Source: https://cloud.ibm.com/docs/Registry?topic=Registry-registry_access
_IBM = Provider(
    name="IBM Cloud Container Registry",
    hosts=("icr.io", "**.icr.io"),
    identifier="ICR",
    public_users=frozenset({"iamapikey", "iambearer", "iamrefresh"}),
    cause=lambda attempt: (
        "PASSWORD must be an IAM API key that has not been deleted or locked."
        if attempt.user == "iamapikey"
        else "With an IAM API key, USER must be iamapikey."
    ),
    renew=lambda _: Renewal(
        (
            Prose(
                "In IBM Cloud, under Manage, Access (IAM), Service IDs, create an API key for the one that pulls."
            ),
        ),
        BOTH,
        user="iamapikey",
    ),
    grant_pull=_advice("Give the service ID the role Reader for Container Registry, or for the namespace."),
    grant_push=_advice("Give the service ID the roles Reader and Writer for Container Registry."),
)

# Source: https://docs.digitalocean.com/products/container-registry/how-to/use-registry-docker-kubernetes/
_DIGITALOCEAN = Provider(
    name="DigitalOcean Container Registry",
    hosts=("registry.digitalocean.com",),
    identifier="DOCR",
    account=lambda _: None,
    cause=lambda _: "DigitalOcean needs an API token that has not expired as both USER and PASSWORD.",
    renew=lambda _: _renewal(
        Link(
            "Create an API token with the scope registry: read; it is both the new USER and the new PASSWORD",
            "https://cloud.digitalocean.com/account/api/tokens",
        ),
        parts=BOTH,
    ),
    grant_pull=_advice("Use an API token with the scope registry: read, of the team that owns the registry."),
    grant_push=_advice("Use an API token with the scopes registry: read, create and update, of that team."),
)

# Source: https://www.scaleway.com/en/docs/container-registry/how-to/connect-docker-cli/
_SCALEWAY = Provider(
    name="Scaleway Container Registry",
    hosts=("rg.*.scw.cloud",),
    identifier="SCALEWAY",
    public_users=frozenset({"nologin"}),
    cause=lambda _: "Scaleway needs the secret key of an API key that has not expired as the password.",
    renew=lambda _: Renewal(
        (
            Link(
                "Create an API key; its secret key is the new PASSWORD",
                "https://console.scaleway.com/iam/api-keys",
            ),
        ),
        BOTH,
        user="nologin",
    ),
    grant_pull=_advice("Give the API key's bearer read access to Container Registry in the image's project."),
    grant_push=_advice("Give the API key's bearer full access to Container Registry in the project."),
)

# Source: https://access.redhat.com/articles/RegistryAuthentication
_REDHAT = Provider(
    name="Red Hat registry",
    hosts=("registry.redhat.io", "registry.connect.redhat.com"),
    identifier="REDHAT",
    cause=lambda attempt: (
        "PASSWORD must be the current token of that registry service account, which must still exist."
        if "|" in attempt.user
        else "USER must be the full name of a registry service account, such as 1234567|name, and PASSWORD its token."
    ),
    renew=lambda account: _renewal(
        Link(
            "Create a registry service account, or regenerate its token; USER is its full name, such as 1234567|name",
            "https://access.redhat.com/terms-based-registry/",
        ),
        parts=(Part.PASSWORD,) if account.name is not None and "|" in account.name else BOTH,
    ),
    grant_pull=_advice("Use a service account of a Red Hat account whose subscription includes the image."),
    grant_push=_advice("Customers can't push to this registry: publish the image elsewhere."),
)

OTHERS: tuple[Provider, ...] = (
    _GITLAB,
    _QUAY,
    _HARBOR,
    _ARTIFACTORY,
    _NEXUS,
    _NGC,
    _OCIR,
    _IBM,
    _DIGITALOCEAN,
    _SCALEWAY,
    _REDHAT,
)
