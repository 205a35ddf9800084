"""Credentials that providers issue in a form of their own, so that they are recognized in the place of a user name."""

import re

_KEY = re.compile(
    r"A[KS]IA[A-Z0-9]{12,}|(?:gh[opsu]_|github_pat_|glpat-|gldt-|dckr_[a-z]at_|dop_v1_).*", re.DOTALL
)
"""An AWS access key ID, or a token of GitHub, GitLab, Docker Hub or DigitalOcean."""


def is_key(user: str) -> bool:
    """Return whether USER is an AWS access key ID or a token, which is part of a credential and never shown."""
    return _KEY.fullmatch(user.strip()) is not None
