"""Authentication as a GitHub App: finds its installation and mints a token for it."""

from collections.abc import Callable
from http import HTTPStatus

from github import Auth

from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError, not_github
from crreg.github.token import TokenKind
from crreg.net.deadline import Deadline

_NO_SUCH_APP = "Integration not found"
"""GitHub's words, for which it has no code."""
_SUSPENDED = "suspended"
"""What GitHub's answer to a suspended installation contains: "This installation has been suspended".

Sources: https://github.com/octokit/octokit.rb/blob/main/lib/octokit/error.rb (`InstallationSuspended`)
https://docs.github.com/en/apps/maintaining-github-apps/suspending-a-github-app-installation
"""


def installation_token(
    app_id: str,
    private_key: str,
    target: str,
    *,
    api_url: str,
    deadline: Deadline,
    say: Callable[[str], None],
) -> str:
    """Mint the one-hour token of the App's installation on a repository or an organization; raises GitHubError.

    Sources: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
    https://docs.github.com/en/rest/apps/apps#get-an-organization-installation-for-the-authenticated-app

    Args:
        app_id: the App's identifier.
        private_key: the App's private key, in PEM format.
        target: `owner/name` of a repository, or the name of an organization.
        api_url: the address of the REST API.
        deadline: when every request must have ended.
        say: called with a message for the user before a long wait.
    """
    auth = _authentication(app_id, private_key)
    client = GitHub(auth, api_url=api_url, kind=TokenKind.INSTALLATION, deadline=deadline, say=say)
    try:
        kind = "repos" if "/" in target else "orgs"
        installation = client.get(f"/{kind}/{target}/installation")
        answer = client.request("POST", f"/app/installations/{int(installation['id'])}/access_tokens")
        return str(answer["token"])
    except GitHubError as error:
        if error.cause is Cause.REFUSED and _NO_SUCH_APP in error.says:
            raise GitHubError(
                Cause.BAD_TOKEN,
                f"No GitHub App has the app-id {app_id}: copy the App ID from the App's settings page.",
                error.status,
            ) from None
        if error.cause is Cause.REFUSED and _SUSPENDED in error.says.lower():
            raise GitHubError(
                Cause.REFUSED,
                f"The GitHub App {app_id} is suspended on {target}: end the suspension in the settings where it is "
                "installed, under GitHub Apps. If the App's owner suspended it, only the owner can end that.",
                error.status,
            ) from None
        if error.cause is Cause.REFUSED and error.status == HTTPStatus.FORBIDDEN:
            raise GitHubError(
                Cause.REFUSED,
                f"GitHub refused a token for the GitHub App {app_id} on {target}. {error.detail}",
                error.status,
            ) from None
        if error.cause is Cause.REFUSED:
            raise GitHubError(
                Cause.REFUSED,
                f"The GitHub App {app_id} is not installed on {target}: install it there, with the "
                'permissions "Codespaces secrets" (repository) and "Organization codespaces secrets" '
                "(organization).",
                error.status,
            ) from None
        if error.cause is Cause.BAD_TOKEN:
            raise GitHubError(
                Cause.BAD_TOKEN,
                f"GitHub rejected the App's signature: app-private-key does not belong to app-id {app_id}, or the "
                "key was deleted.",
                error.status,
            ) from None
        raise
    except (KeyError, TypeError, ValueError, OverflowError):
        raise not_github(api_url) from None
    finally:
        client.close()


def _authentication(app_id: str, private_key: str) -> Auth.AppAuthToken:
    """Sign the App's JWT once: the client can only redact a token that it knows.

    Signing here also detects an invalid key before any request.
    """
    try:
        app = Auth.AppAuth(int(app_id) if app_id.isdigit() else app_id, private_key)
        return Auth.AppAuthToken(app.create_jwt())
    except Exception:  # noqa: BLE001 - PyJWT and cryptography raise many kinds, and their texts can quote the key
        raise GitHubError(
            Cause.INVALID,
            "app-private-key is not an RSA private key in PEM format: paste the whole .pem file from GitHub, "
            "including its BEGIN and END lines.",
        ) from None
