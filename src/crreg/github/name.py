"""What names a repository on GitHub, and a GitHub."""

import re

from crreg.net.urls import Address, InvalidAddress

# An owner has 39 characters at most: letters, digits and hyphens (and underscores, for enterprise-managed
# users). A name has 100: letters, digits, hyphens, underscores and dots.
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")


def is_repository(text: str) -> bool:
    """Whether `text` can be a repository's `owner/name`."""
    return _REPOSITORY.fullmatch(text) is not None and text.rpartition("/")[2] not in {".", ".."}


def is_variable(text: str) -> bool:
    """Whether an Actions variable can have that name.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables#naming-conventions-for-configuration-variables
    """
    return _VARIABLE.fullmatch(text) is not None and not text.upper().startswith("GITHUB_")


def is_api_url(text: str) -> bool:
    """Whether `text` can be the address of a GitHub's API; one that holds a user or a password is none."""
    try:
        Address.parse(text)
    except InvalidAddress:
        return False
    return "@" not in text
