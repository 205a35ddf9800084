"""GitHub's container registry, ghcr.io."""

from crreg.doctor.probe_answers import CLAIMS as UNDOCUMENTED
from live.claim import Assumption

_PACKAGES = "https://docs.github.com/en/packages"
_ACCESS = (
    f"[Configuring a package's access control]({_PACKAGES}/learn-github-packages/"
    "configuring-a-packages-access-control-and-visibility), "
    f"[about permissions]({_PACKAGES}/learn-github-packages/about-permissions-for-github-packages)"
)
_GHCR = (
    f"[Working with the container registry]({_PACKAGES}/working-with-a-github-packages-registry/"
    "working-with-the-container-registry)"
)
_BY_HAND = "The suite needs two repositories and a codespace for it. Try it by hand."

CLAIMS = (
    Assumption(
        "GHCR-CHALLENGE",
        "`GET /v2/` without a token gets 401 with a Bearer challenge, whose realm is `/token` on the same host.",
        "[distribution: token authentication](https://distribution.github.io/distribution/spec/auth/token/), "
        "which does not name the realm",
        ("src/crreg/registry/login/authentication.py",),
    ),
    Assumption(
        "GHCR-HEAD",
        "`HEAD /v2/` gets 405.",
        "users who ask with `curl -I`; [distribution-spec]"
        "(https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints) has GET alone",
        ("docs/rules.md",),
    ),
    Assumption(
        "GHCR-TOKEN-ANY",
        "The token endpoint gives a token to everyone who has a valid GitHub token, whatever scope was requested. The "
        "first request that is not allowed is refused.",
        product=("src/crreg/registry/client.py",),
    ),
    Assumption(
        "GHCR-TOKEN-WRONG",
        "A wrong token gets 403 `DENIED` where others answer 401.",
        "users: [dex#2672](https://github.com/dexidp/dex/issues/2672), "
        "[12_bloom#109](https://github.com/dataforgoodfr/12_bloom/issues/109)",
        ("src/crreg/registry/login/authentication.py", "src/crreg/registry/login/cause.py"),
    ),
    Assumption(
        "GHCR-TOKEN-POST",
        "The token endpoint answers POST with 405.",
        product=("src/crreg/registry/login/authentication.py",),
    ),
    Assumption(
        "GHCR-ANONYMOUS",
        "Without a login the token endpoint answers 401 for a private package, and 403 for one that does not exist.",
        "users: radius-project/radius, pull request 12623",
        ("src/crreg/registry/image/availability.py",),
    ),
    Assumption(
        "GHCR-TOKEN-LIFE",
        "A registry token lasts a few minutes and any number of requests.",
        product=("src/crreg/registry/copy/transfer.py",),
        otherwise="The suite ends sooner. crreg takes another token when one is refused.",
    ),
    Assumption(
        "GHCR-BLOBS",
        "Blobs are served by a redirect to another host, whose addresses are signed and refuse an `Authorization` "
        "header.",
        "users: [stargz-snapshotter#167](https://github.com/containerd/stargz-snapshotter/pull/167); the same of "
        "Azure: [acr#217](https://github.com/Azure/acr/issues/217)",
        ("src/crreg/registry/transport/redirects.py",),
    ),
    Assumption(
        "GHCR-ACCESS",
        "Who may read, write and create packages: a package inherits the access of its repository, an internal one is "
        "open to members, and a classic token needs `read:packages` or `write:packages`.",
        _ACCESS,
        ("src/crreg/github/package.py", "docs/registries/ghcr.md"),
    ),
    Assumption(
        "GHCR-WORDS",
        "The words of each refusal, such as `permission_denied: write_package`.",
        "users: [ofelia#202](https://github.com/mcuadros/ofelia/pull/202) and others",
        ("src/crreg/publish/explain_github.py",),
        otherwise="The record holds no texts, since they may hold values.",
    ),
    Assumption(
        "GHCR-LINK",
        "`org.opencontainers.image.source`, as a label of an image or an annotation of an index, links a new package "
        "to a repository of the same owner.",
        f"{_GHCR}, without the order of the two",
        ("src/crreg/publish/labels.py",),
    ),
    Assumption(
        "GHCR-VISIBILITY",
        "A package that a workflow of a public repository creates under the repository's own name is public, any other "
        "is private.",
        "users: [drizzle-orm#6005](https://github.com/drizzle-team/drizzle-orm/pull/6005); GitHub's pages contradict "
        "each other",
        ("src/crreg/publish/exposure.py",),
    ),
    Assumption(
        "GHCR-DELETE",
        "The registry deletes nothing: `DELETE` gets 405.",
        "users: radius-project/radius, pull request 12623",
        ("src/crreg/registry/copy/upload.py",),
    ),
    Assumption(
        "GHCR-MANIFEST-SIZE",
        "A manifest of more than 4 MiB gets 413.",
        "[distribution-spec](https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests) "
        "asks registries to take that much",
        otherwise="crreg pushes no manifest of that size.",
    ),
    Assumption(
        "GHCR-MOUNT",
        "A blob is mounted only from a repository that the token may pull from; else the upload begins.",
        "[distribution-spec](https://github.com/opencontainers/distribution-spec/blob/main/spec.md"
        "#mounting-a-blob-from-another-repository)",
        ("src/crreg/registry/copy/upload.py",),
        otherwise=_BY_HAND,
    ),
    Assumption(
        "GHCR-NAMES",
        "A repository's name is `OWNER/NAME`; a name without an owner gets 404.",
        product=("src/crreg/publish/target.py",),
    ),
    Assumption(
        "GHCR-OTHER-REPOSITORIES",
        "With `packages: read` of another repository a codespace pulls the packages that inherit that repository's "
        "access. A name with a wildcard opens none.",
        product=("src/crreg/doctor/refused_images.py", "docs/rules.md"),
        otherwise=_BY_HAND,
        phrases=(r"a wildcard works for packages",),
    ),
    Assumption(
        "GHCR-INTERNAL-ELSEWHERE",
        "A codespace does not pull an internal package of another organization of the same enterprise.",
        product=("src/crreg/github/package.py", "docs/rules.md"),
        otherwise="It needs an enterprise with two organizations.",
        phrases=(r"another organization of the same enterprise",),
    ),
    Assumption(
        "U8",
        UNDOCUMENTED["U8"],
        product=("src/crreg/registry/login/cause.py", "docs/registries/ghcr.md"),
        phrases=(r"refuses such a token at the login or at the pull",),
    ),
)
