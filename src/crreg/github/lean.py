"""PyGithub's Requester without what loads beside it: PyGithub's other modules load when something in them is used."""

import logging
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

_PACKAGE = "github"
_SIGNING = "jwt"
"""What only an App's authentication needs, and what loads all of cryptography."""


def import_pygithub() -> None:
    """Import PyGithub in half its time: the rest goes for classes of objects that nobody here asks for.

    The modules themselves are PyGithub's own, put off by Python's LazyLoader. What imports a name out of a module
    has that module load at once, as always.
    Source: https://docs.python.org/3/library/importlib.html#importlib.util.LazyLoader
    """
    if _PACKAGE in sys.modules:
        return
    # Not PyGithub's alone: as a lazy module it would be no module yet for the next importer.
    import requests  # noqa: F401 - imported for what follows to find

    sys.meta_path.insert(0, _Later)
    try:
        import github  # noqa: F401 - imported for what follows to find
    finally:
        sys.meta_path.remove(_Later)
    # It writes each refusal to standard error by itself; the caller reports it.
    logging.getLogger(_PACKAGE).setLevel(logging.WARNING)


class _Later:
    """A finder of PyGithub's modules, and of `jwt`, that has them load at their first use."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As importlib.abc.MetaPathFinder has it; None for every other module."""
        if name != _SIGNING and not name.startswith(f"{_PACKAGE}."):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec
