"""A faster import of PyGithub: only its Requester loads at once, other modules when something in them is used."""

import logging
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

_PACKAGE = "github"
_SIGNING = "jwt"
"""Needed only to authenticate as an App, and slow, since it loads all of cryptography."""


def import_pygithub() -> None:
    """Import PyGithub in half the time: the other half goes into classes that crreg does not use.

    The modules are PyGithub's own; Python's LazyLoader defers them. Importing a name from a module still loads that
    module at once.
    Source: https://docs.python.org/3/library/importlib.html#importlib.util.LazyLoader
    """
    if _PACKAGE in sys.modules:
        return
    # Other code imports requests too, and must not get a module that has not loaded yet.
    import requests  # noqa: F401 - loaded before the finder below defers anything

    sys.meta_path.insert(0, _Later)
    try:
        import github  # noqa: F401 - loaded here with the finder in place
    finally:
        sys.meta_path.remove(_Later)
    # PyGithub logs every refusal to standard error, and crreg reports them itself.
    logging.getLogger(_PACKAGE).setLevel(logging.WARNING)


class _Later:
    """A meta path finder that defers PyGithub's modules and `jwt` to their first use."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Implement `importlib.abc.MetaPathFinder`; None for every other module."""
        if name != _SIGNING and not name.startswith(f"{_PACKAGE}."):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec
