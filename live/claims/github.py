"""GitHub's REST API: secrets, tokens, limits, packages and workflows."""

from crreg.doctor.probe_answers import CLAIMS as UNDOCUMENTED
from live.claim import Assumption

_DOCS = "https://docs.github.com/en"
_REST = f"{_DOCS}/rest"
_GRAPHQL = f"{_DOCS}/graphql/overview"
_SECRETS = f"[REST: Codespaces secrets]({_REST}/codespaces/secrets)"
_USER_SECRETS = _SECRETS
_PERMISSIONS = (
    "github/docs, `src/github-apps/data/fpt-2026-03-10/fine-grained-pat-permissions.json` and "
    "`server-to-server-permissions.json`"
)
_NEEDS_100 = "The suite does not fill a store with 100 secrets. Do that by hand in an empty repository."
_RATE = f"[REST: rate limits]({_REST}/using-the-rest-api/rate-limits-for-the-rest-api)"

CLAIMS = (
    Assumption(
        "GH-DESCRIPTION",
        "Every answer matches GitHub's machine-readable description.",
        "npm `@octokit/openapi`, with the corrections listed in `sandbox/github/description.py`",
        ("src/crreg/github/secrets.py", "src/crreg/github/package.py"),
    ),
    Assumption(
        "GH-UNDESCRIBED",
        "Any path may answer 304, 400, 401, 403, 404, 409, 422 or 429, although the description has these for few.",
        product=("src/crreg/github/errors.py",),
    ),
    Assumption(
        "GH-VERSION",
        "An unknown `X-GitHub-Api-Version` gets 400.",
        f"[REST: API versions]({_REST}/about-the-rest-api/api-versions)",
        ("src/crreg/github/connection.py",),
    ),
    Assumption(
        "GH-TOKEN-FORMS",
        "A token is accepted as `Bearer`, as `token`, and as the password or the user of Basic. A wrong one gets 401.",
        f"[REST: authentication]({_REST}/authentication/authenticating-to-the-rest-api)",
        ("src/crreg/github/access.py",),
    ),
    Assumption(
        "GH-TOKEN-HEADERS",
        "Answers to a classic token name its scopes in `X-OAuth-Scopes`, and those of an App or a fine-grained token "
        "the permission in `X-Accepted-GitHub-Permissions`.",
        f"[Scopes for OAuth apps]({_DOCS}/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps), "
        f"[troubleshooting the REST API]({_REST}/using-the-rest-api/troubleshooting-the-rest-api)",
        ("src/crreg/github/token.py",),
    ),
    Assumption(
        "GH-PAGES",
        "Lists have 30 items a page, 100 at most, and link to the other pages in `Link`. Variables have 10, and 30 "
        "at most.",
        f"[REST: pagination]({_REST}/using-the-rest-api/using-pagination-in-the-rest-api), "
        f"[REST: variables]({_REST}/actions/variables)",
        ("src/crreg/github/secrets.py",),
    ),
    Assumption(
        "GH-ETAG",
        "A conditional request for something unchanged gets 304, which counts against no limit.",
        f"[REST: best practices]({_REST}/using-the-rest-api/best-practices-for-using-the-rest-api)",
        otherwise="crreg sends no conditional requests, so the suite does not either.",
    ),
    Assumption(
        "GH-LIMIT-PRIMARY",
        "Over the primary limit GitHub answers 403 or 429 with `X-RateLimit-Remaining: 0`; GraphQL has a limit of its "
        "own. A GITHUB_TOKEN has 1,000 requests an hour and repository, other tokens 5,000 or more, and no token 60.",
        _RATE,
        ("src/crreg/github/connection.py",),
        otherwise="Using up a limit would keep the account from working for an hour.",
    ),
    Assumption(
        "GH-LIMIT-SECONDARY",
        "Secondary limits: requests at once, points, CPU time and writes. Over one GitHub answers 403 or 429, with or "
        'without `Retry-After`, and its message has the words "secondary rate limit".',
        f"{_RATE}; the words, and which writes create content, are users' reports",
        ("src/crreg/github/connection.py",),
        otherwise="Provoking it is what GitHub asks clients not to do.",
    ),
    Assumption(
        "GH-SERVER-ERROR",
        "GitHub may answer 5xx at any time.",
        f"[REST: troubleshooting]({_REST}/using-the-rest-api/troubleshooting-the-rest-api)",
        ("src/crreg/github/connection.py",),
        otherwise="Nobody can make GitHub fail.",
    ),
    Assumption(
        "GH-REPOSITORY",
        "A repository shows its visibility, its owner, and in `permissions` what the token's owner may do. One that a "
        "token can't see gets 404.",
        f"[REST: repositories]({_REST}/repos/repos#get-a-repository)",
        ("src/crreg/github/secrets.py", "src/crreg/doctor/write_access.py"),
    ),
    Assumption(
        "GH-ACCOUNTS",
        "`/users`, `/user` and `/orgs` describe accounts. Only an owner's token with `admin:org` sees the plan.",
        f"[REST: organizations]({_REST}/orgs/orgs#get-an-organization)",
        ("src/crreg/github/secrets.py",),
    ),
    Assumption(
        "GH-ROLES",
        "An owner of an organization has the role admin in each of its repositories. A member who is no collaborator "
        "can read them.",
        f"[Repository roles]({_DOCS}/organizations/managing-user-access-to-your-organizations-repositories/"
        "managing-repository-roles/repository-roles-for-an-organization)",
        ("src/crreg/doctor/write_access.py",),
        otherwise="It needs a second person. Ask a member who is no collaborator to open a repository.",
    ),
    Assumption(
        "GH-SECRET-NAMES",
        "A secret's name has letters, digits and underscores, does not start with a digit or `GITHUB_`, and is stored "
        "in upper case.",
        f"[Managing secrets for a repository]({_DOCS}/codespaces/managing-codespaces-for-your-organization/"
        "managing-development-environment-secrets-for-your-repository-or-organization)",
        ("src/crreg/triple.py",),
    ),
    Assumption(
        "GH-SECRET-LIMITS",
        "A store holds 100 secrets of at most 48 KB each.",
        f"[Managing secrets for a repository]({_DOCS}/codespaces/managing-codespaces-for-your-organization/"
        "managing-development-environment-secrets-for-your-repository-or-organization)",
        ("src/crreg/rules/secret_limit.py",),
        otherwise=_NEEDS_100,
    ),
    Assumption(
        "GH-SECRET-STORES",
        "A secret is created with 201 and updated with 204, deleted with 204, and shows its name and dates, never its "
        "value. Each level has a public key.",
        _SECRETS,
        ("src/crreg/github/secrets.py", "src/crreg/github/writer.py"),
    ),
    Assumption(
        "GH-SECRET-SEALED",
        "A value is sealed with the store's public key; a `key_id` that is not the store's, or a value that is not "
        "sealed, gets 422.",
        product=("src/crreg/github/sealed_box.py", "src/crreg/github/writer.py"),
    ),
    Assumption(
        "GH-SECRET-ACCESS-ONLY",
        "An update without a value keeps the value and changes only who may read it.",
        product=("src/crreg/ensure/apply.py",),
    ),
    Assumption(
        "GH-VISIBILITY",
        "An organization's secret is for `all`, `private` or `selected` repositories. A list needs `selected`, and a "
        "request about the list of another gets 409.",
        _SECRETS,
        ("src/crreg/ensure/planning.py",),
    ),
    Assumption(
        "GH-ORG-LIST",
        "An update of an organization's secret without a list of repositories selects none.",
        "users: [external-secrets#6519](https://github.com/external-secrets/external-secrets/pull/6519), for Actions",
        ("src/crreg/ensure/apply.py",),
    ),
    Assumption(
        "U6",
        UNDOCUMENTED["U6"],
        product=("src/crreg/ensure/apply.py",),
    ),
    Assumption(
        "GH-USER-REFERENCED",
        "A fine-grained token that names repositories of a user's secret needs the permission on all of them.",
        _USER_SECRETS,
        ("docs/operations.md",),
        otherwise="It needs a secret that is shared with a repository outside the token's reach. The table of tokens "
        "shows only what each may list.",
    ),
    Assumption(
        "GH-USER-HIDDEN",
        "The list of a user's secret leaves out repositories that a fine-grained token may not name, and counts them "
        "all the same.",
        product=("src/crreg/ensure/apply.py",),
        otherwise="It needs a secret that is shared with a repository outside the token's reach.",
        phrases=(r"what such a token sees of the list",),
    ),
    Assumption(
        "GH-PERMISSIONS",
        "What each kind of token needs to read and write secrets at each level: classic scopes `repo`, `admin:org` and "
        "`codespace:secrets`, or the permissions named after the level.",
        _PERMISSIONS,
        ("src/crreg/github/token.py", "docs/operations.md"),
    ),
    Assumption(
        "GH-WORKFLOW-TOKEN",
        "A workflow's GITHUB_TOKEN can be given no permission for Codespaces secrets.",
        "github/docs, `data/reusables/actions/github-token-available-permissions.md`",
        ("src/crreg/github/token.py",),
    ),
    Assumption(
        "GH-USER-LEVEL",
        "No App's token reaches a user's secrets.",
        f"{_PERMISSIONS}; `enabledForGitHubApps` in the description",
        ("src/crreg/github/token.py",),
    ),
    Assumption(
        "U4",
        UNDOCUMENTED["U4"],
        product=("src/crreg/doctor/run.py", "docs/doctor.md"),
        phrases=(r"whether a codespace's own token may list secrets",),
    ),
    Assumption(
        "U5",
        UNDOCUMENTED["U5"],
        product=("src/crreg/github/errors.py",),
    ),
    Assumption(
        "GH-REFUSALS",
        "The texts of the refusals, such as `Resource not accessible by integration`.",
        "users' reports",
        ("src/crreg/github/errors.py",),
        otherwise="The record holds no texts, since they may hold values.",
    ),
    Assumption(
        "GH-PLAN",
        "An organization on the free plan has no Codespaces secrets for private repositories, and its list gets 404.",
        "the plan: [Managing secrets for a repository]"
        f"({_DOCS}/codespaces/managing-codespaces-for-your-organization/managing-development-environment-secrets-for-"
        "your-repository-or-organization); nobody documents the 404",
        ("src/crreg/github/errors.py", "docs/troubleshooting.md"),
        otherwise="It needs an organization on the free plan. Run the suite on one and read the table of tokens.",
    ),
    Assumption(
        "U7",
        UNDOCUMENTED["U7"],
        product=("docs/troubleshooting.md",),
        phrases=(r"whether the token's owner also needs write access",),
    ),
    Assumption(
        "GH-SAML",
        "Where an organization enforces SAML, a classic token that is not authorized gets 403 with `X-GitHub-SSO`.",
        f"[REST: authentication]({_REST}/authentication/authenticating-to-the-rest-api)",
        ("src/crreg/github/errors.py",),
        otherwise="It needs an organization with SAML.",
    ),
    Assumption(
        "GH-NO-CLASSIC",
        "An organization that forbids classic tokens answers them with 403.",
        f"[Personal access token policy]({_DOCS}/organizations/managing-programmatic-access-to-your-organization/"
        "setting-a-personal-access-token-policy-for-your-organization); the status is users' reports",
        ("src/crreg/github/errors.py",),
        otherwise="It needs an organization with that policy.",
    ),
    Assumption(
        "GH-APP-JWT",
        "An App signs in with a JWT by RS256 that ends within 10 minutes.",
        f"[Generating a JWT]({_DOCS}/apps/creating-github-apps/authenticating-with-a-github-app/"
        "generating-a-json-web-token-jwt-for-a-github-app)",
        otherwise="crreg takes an installation's token, not the App's key.",
    ),
    Assumption(
        "GH-APP-TOKEN",
        "An installation's token lasts an hour and can be narrowed to some repositories and permissions of the "
        "installation.",
        f"[REST: Apps]({_REST}/apps/apps#create-an-installation-access-token-for-an-app)",
        ("docs/operations.md",),
        otherwise="crreg takes an installation's token, not the App's key.",
    ),
    Assumption(
        "GH-APP-SUSPENDED",
        "A suspended installation is still shown to its App, and gets no token: 403, `This installation has been "
        "suspended`.",
        f"[suspending an App]({_DOCS}/apps/maintaining-github-apps/suspending-a-github-app-installation); the words: "
        "users, [octokit.rb#1307](https://github.com/octokit/octokit.rb/pull/1307)",
        ("src/crreg/github/app.py",),
        otherwise="A person has to suspend an App.",
    ),
    Assumption(
        "GH-APP-PACKAGES",
        "An App's installation token reaches no package that is not public.",
        "users: [soleur#6073](https://github.com/jikig-ai/soleur/issues/6073), "
        "[kargo#2391](https://github.com/akuity/kargo/pull/2391); `enabledForGitHubApps` in the description",
        ("src/crreg/github/token.py", "src/crreg/registry/login/cause.py"),
    ),
    Assumption(
        "GH-PACKAGES",
        "A package shows its visibility and the repository that it is linked to. Without `read:packages` a classic "
        "token gets 403; a package that is not the token's to see gets 404.",
        f"[REST: packages]({_REST}/packages/packages)",
        ("src/crreg/github/package.py",),
    ),
    Assumption(
        "GH-PACKAGE-LISTS",
        "A list of packages asked for with an installation's token, or without `package_type=container`, gets 400.",
        product=(),
        otherwise="crreg lists no packages.",
    ),
    Assumption(
        "GH-PACKAGE-DELETE",
        "An administrator with `delete:packages` deletes a package with 204.",
        f"[REST: packages]({_REST}/packages/packages#delete-a-package-for-an-organization)",
    ),
    Assumption(
        "GH-VARIABLES",
        "Actions variables: names, 48 KB, 500 in a repository and 1,000 in an organization, and who sees them.",
        f"[REST: variables]({_REST}/actions/variables), "
        f"[limits]({_DOCS}/actions/reference/workflows-and-actions/variables#limits-for-configuration-variables)",
        ("src/crreg/github/variables.py",),
    ),
    Assumption(
        "GH-ENVIRONMENTS",
        "A deployment environment has secrets and variables of its own.",
        f"[REST: environments]({_REST}/deployments/environments)",
        ("src/crreg/facts/workflow_event.py",),
        otherwise="The suite makes no environments.",
    ),
    Assumption(
        "GH-ACTIONS-SECRETS",
        "A repository lists the names of its Actions secrets, and those of the organization that it may read.",
        f"[REST: Actions secrets]({_REST}/actions/secrets)",
        ("src/crreg/github/secrets.py",),
    ),
    Assumption(
        "GH-RUN",
        "A run of a workflow shows when it was queued and when its latest attempt started, and lists its jobs; a "
        "job's log is a redirect.",
        f"[REST: workflow runs]({_REST}/actions/workflow-runs#get-a-workflow-run), "
        f"[REST: workflow jobs]({_REST}/actions/workflow-jobs)",
        ("src/crreg/github/origins_reading.py",),
    ),
    Assumption(
        "GH-WORKFLOW-FILES",
        "A file of a workflow is written with the scope `workflow`, and the workflow is started with 204.",
        f"[REST: workflows]({_REST}/actions/workflows#create-a-workflow-dispatch-event)",
    ),
    Assumption(
        "GH-REPOSITORY-LIFE",
        "A repository is created with 201 and deleted with 204 by an administrator with `delete_repo`.",
        f"[REST: repositories]({_REST}/repos/repos#delete-a-repository)",
    ),
    Assumption(
        "GH-ISSUES",
        "Issues and comments are listed by state, label and creator; without the scope, writing gets 404. Where issues "
        "are disabled, writing gets 410; in an archived repository, 403 with words of its own. A bot's comment on a "
        "locked issue gets 403 too, but the bot can change the issue.",
        f"[REST: issues]({_REST}/issues/issues); "
        "[an archived repository](https://github.com/hub4j/github-api/blob/main/src/main/java/org/kohsuke/github/"
        "GHRepository.java); [a locked issue](https://github.com/renovatebot/renovate/issues/6215): nobody says that "
        "it can't be changed",
        ("src/crreg/github/issues.py",),
    ),
    Assumption(
        "GH-GIT",
        "Commits, trees and blobs have git's object ids, and a revision or a path leads where git says. An empty "
        "repository has no tree: 409.",
        f"git itself; [REST: git trees]({_REST}/git/trees)",
        ("src/crreg/workspace/tracked.py",),
    ),
    Assumption(
        "GH-PROPERTIES",
        "Members of an organization list the custom properties of its repositories.",
        f"[REST: custom properties]({_REST}/orgs/custom-properties), without the scope of a classic token",
    ),
    Assumption(
        "GH-RENAME",
        "REST redirects the old name of a repository to its id, with 301 for a read and 307 for a write; GraphQL "
        "follows it unless told not to.",
        f"[REST: best practices]({_REST}/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects); "
        "`followRenames` in the schema; 307 is users': "
        "[git-machete#597](https://github.com/VirtusLab/git-machete/issues/597)",
        product=("src/crreg/github/transport.py",),
        otherwise="The suite renames nothing. Rename a repository by hand and ask for its old name.",
    ),
    Assumption(
        "GH-GRAPHQL-SCHEMA",
        "Every GraphQL query and answer matches GitHub's schema.",
        "npm `@octokit/graphql-schema`",
    ),
    Assumption(
        "GH-GRAPHQL-REFUSALS",
        "A GraphQL field that the token may not read is null, with an error of type `NOT_FOUND` or `FORBIDDEN`. A "
        "missing scope refuses the whole query. Branches and files need the permission `contents`.",
        "users: [sponsorkit#6](https://github.com/antfu-collective/sponsorkit/pull/6), "
        "[remove-stale-branches#49](https://github.com/fpicalausa/remove-stale-branches/issues/49); nobody documents "
        "the permission",
    ),
    Assumption(
        "GH-GRAPHQL-COST",
        "A query's points and nodes; at most 100 nodes a page and 500,000 a query.",
        f"[GraphQL: limits]({_GRAPHQL}/rate-limits-and-query-limits-for-the-graphql-api); the words are users' reports",
        otherwise="The suite asks small queries.",
    ),
    Assumption(
        "GH-GRAPHQL-LIMITS",
        "A query that takes more than ten seconds gets 502 and costs more points; one that used up its resources "
        "has an error of type `RESOURCE_LIMITS_EXCEEDED`.",
        f"[GraphQL: limits]({_GRAPHQL}/rate-limits-and-query-limits-for-the-graphql-api); the words and the points "
        "are users' reports",
        otherwise="The suite asks small queries.",
    ),
    Assumption(
        "GH-GRAPHQL-TEXT",
        "A blob's `text` ends after 512,000 bytes and is null for a binary file.",
        "users: [sveltia-cms#950](https://github.com/sveltia/sveltia-cms/issues/950), not what is binary",
        otherwise="The suite writes no large or binary file.",
    ),
    Assumption(
        "GH-GRAPHQL-TREE",
        "A folder's `entries` are all in one answer, however many there are.",
        "nobody documents a limit; users: [github1s#105](https://github.com/conwnet/github1s/issues/105) lists "
        "torvalds/linux so",
        otherwise="The suite writes no folder with thousands of entries.",
    ),
    Assumption(
        "GH-GRAPHQL",
        "The few fields that `gh` asks for before it stores a secret.",
        "the program `gh` itself",
        ("src/crreg/remedies/commands.py",),
        otherwise="The tests run `gh`. Against GitHub, paste a remedy.",
    ),
    Assumption(
        "GH-ENTERPRISE",
        "A GitHub Enterprise Server has the API below `/api/v3`, and has no Codespaces: what is below `/codespaces/` "
        "is not found. Each of its answers has the header `X-GitHub-Enterprise-Version`.",
        f"[REST: getting started]({_DOCS}/enterprise-server@latest/rest/using-the-rest-api/"
        "getting-started-with-the-rest-api); `versions` of "
        "[Codespaces](https://github.com/github/docs/blob/main/content/codespaces/index.md)",
        (
            "src/crreg/github/access.py",
            "src/crreg/github/client.py",
            "src/crreg/rules/unreadable_secrets.py",
        ),
        otherwise="It needs a GitHub Enterprise Server.",
    ),
)
