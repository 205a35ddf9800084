"""The routes: which handler answers which path, and what a token needs for it."""

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.github.exchange import Answer, Call


class Target(enum.StrEnum):
    """The kind of resource of a path, which decides whose permission is needed."""

    OPEN = "open"
    """Everyone has access."""
    REPOSITORY = "repository"
    ORGANIZATION = "organization"
    USER = "user"
    """The user who owns the token."""
    APP = "app"
    """The GitHub App that signed the token."""


@dataclass(frozen=True)
class Need:
    """What a token needs for a path."""

    target: Target
    scopes: tuple[str, ...] = ()
    """Scopes of which a classic token needs any one; empty if none is needed."""
    permission: str | None = None
    """The permission that any other token needs; None if it only needs to see the target."""
    level: str = "read"
    role: str = "read"
    """The role that the token's owner needs: in the repository, or `member` or `admin` in the organization."""
    fine_grained: bool = True
    """Whether fine-grained personal access tokens are admitted at all."""
    public: bool = False
    """Whether everyone has access in a public repository."""
    denied: bool = False
    """Whether a classic token without the scope gets 404 instead of 403."""
    paid: bool = False
    """Whether it is unavailable to an organization on the free plan."""


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route:
    """One operation of the API."""

    method: str
    template: str
    need: Need
    handler: Handler

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern that matches paths of this template."""
        return template_pattern(self.template)


def template_pattern(template: str) -> re.Pattern[str]:
    """An expression that matches the paths of a template, one segment a parameter."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


class Router:
    """All routes of the server."""

    def __init__(self) -> None:
        self._routes: list[tuple[re.Pattern[str], Route]] = []

    def route(self, method: str, template: str, need: Need) -> Callable[[Handler], Handler]:
        """Register the decorated handler."""

        def register(handler: Handler) -> Handler:
            entry = Route(method, template, need, handler)
            self._routes.append((entry.pattern, entry))
            # A literal segment takes precedence over a parameter: `public-key` is not the name of a secret.
            self._routes.sort(key=lambda pair: pair[1].template.replace("{", "\x7f"))
            return handler

        return register

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every operation, in the order in which they are tried."""
        return tuple(route for _, route in self._routes)

    def match(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """The route of a path as sent, and the values of its parameters."""
        for pattern, route in self._routes:
            found = pattern.fullmatch(path)
            if found is not None and route.method == method:
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
        return None


ROUTER = Router()
