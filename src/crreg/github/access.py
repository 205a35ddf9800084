"""The address and credentials of GitHub's API, and the syntax of its repository and variable names."""

import re
from dataclasses import dataclass, field

from crreg.net import github_hosts
from crreg.net.plain_http import anyone_could_read, is_exposed
from crreg.net.urls import Address, InvalidAddress, is_loopback

_SERVER_PATH = "/api/v3"
"""Where a GitHub Enterprise Server has its API."""
# An owner has 39 characters at most: letters, digits and hyphens (and underscores, for enterprise-managed
# users). A name has 100: letters, digits, hyphens, underscores and dots.
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")


@dataclass(frozen=True)
class GitHubAccess:
    """The API's address, and a token or an App to use it with."""

    api_url: str
    token: str | None = field(default=None, repr=False)
    app_id: str | None = None
    app_private_key: str | None = field(default=None, repr=False)
    token_source: str = ""
    """The command that gave the token, for reports; empty if the caller gave it."""

    @property
    def given(self) -> bool:
        """Whether there are credentials: a token or an App's key."""
        return bool(self.token or (self.app_id and self.app_private_key))

    def is_exposed(self, allow_insecure: frozenset[str]) -> bool:
        """Whether a token would travel in plain http, other than to this machine or to a host in `allow_insecure`."""
        return is_exposed(Address.parse(self.api_url), allow_insecure)

    def exposure(self, setting: str, allow: str) -> str:
        """Return why the token is not sent to such an address.

        Args:
            setting: what the address comes from, at the start of a sentence.
            allow: how to allow a host, as a clause with `{host}` in it.
        """
        host = Address.parse(self.api_url).host
        return (
            f"{setting} uses plain http, so {anyone_could_read('the token')}. Use https, or "
            f"{allow.format(host=host)}."
        )

    @property
    def web_url(self) -> str:
        """The address of GitHub's web pages, or the API's own host if that is not known."""
        return github_hosts.web_url_of(Address.parse(self.api_url))

    @property
    def container_registry(self) -> str | None:
        """The container registry of this GitHub, the only one that its token is sent to; None if unknown.

        It is known for github.com, a GHE.com subdomain and a GitHub Enterprise Server. Any other address may be that
        of a proxy or another server.
        """
        web = self.web_url
        api = Address.parse(self.api_url)
        known = web != api.root or (api.path.rstrip("/") == _SERVER_PATH and not is_loopback(api.host))
        return github_hosts.container_registry(web) if known else None


def is_repository(text: str) -> bool:
    """Whether `text` can be a repository's `owner/name`."""
    return REPOSITORY.fullmatch(text) is not None and text.rpartition("/")[2] not in {".", ".."}


def is_login(text: str) -> bool:
    """Whether `text` can be the name of an organization or a user.

    A managed user's name ends with an underscore and a short code.
    Source: https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
    """
    return _LOGIN.fullmatch(text) is not None


def is_variable(text: str) -> bool:
    """Whether an Actions variable can have that name.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#naming-conventions-for-configuration-variables
    """
    return _VARIABLE.fullmatch(text) is not None and not text.upper().startswith("GITHUB_")


def is_api_url(text: str) -> bool:
    """Whether `text` can be the address of GitHub's API; an address with a user or password is refused."""
    try:
        Address.parse(text)
    except InvalidAddress:
        return False
    return "@" not in text
