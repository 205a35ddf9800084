"""An organization of any size from a seed: its repositories, their files, and its Codespaces secrets."""

import functools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sandbox.github.git_objects import Content, History, executable, submodule, symlink
from sandbox.github.world import Repository, Secret, SecretStore, World

PARTS = ("SERVER", "USER", "PASSWORD")
_BEGAN = datetime(2024, 1, 1, tzinfo=UTC)
_STEMS = ("billing", "catalog", "checkout", "gateway", "ledger", "mobile", "search", "web")
_TEAMS = ("data", "payments", "platform", "shop")
_INDEX_OF = 3
"""One image of so many is an index."""
_OPEN_OF, _OPEN_AT = 6, 2
"""One registry of so many, the third one first, has only public images."""


@dataclass(frozen=True)
class Image:
    """An image that repositories use."""

    server: str
    repository: str
    tag: str
    is_public: bool
    """Whether it can be pulled without a login."""
    is_index: bool
    """Whether it is an index of several platforms."""

    @property
    def name(self) -> str:
        """The full reference."""
        return f"{self.server}/{self.repository}:{self.tag}"


@dataclass(frozen=True)
class Planned:
    """One repository."""

    name: str
    visibility: str
    archived: bool
    fork: bool
    topics: tuple[str, ...]
    properties: Mapping[str, str]
    pushed_at: datetime
    images: tuple[Image, ...]
    """The images of its dev containers; empty if it has none, or none that can be read."""
    kind: str
    """The kind of its dev container, a key of `KINDS`; empty if it has none."""


@dataclass(frozen=True)
class Plan:
    """What an organization consists of; the same plan makes the same organization.

    A registry with private images has its triple in the organization's secrets, assigned in different ways, apart from
    the first, whose triple is in the secrets of each repository that needs it.
    """

    seed: int
    login: str = "acme"
    repositories: int = 100
    with_dev_container: int = 20
    """How many of them have a dev container, not counting archived ones."""
    needing_login: int = 8
    """How many of those use an image that needs a login."""
    registries: int = 12
    images: int = 60
    servers: tuple[str, ...] = ()
    """The registries' addresses, made up if empty."""
    user: str = "octocat"
    password: str = "a password"

    def to_json(self) -> dict[str, Any]:
        """Values for `from_json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The plan that `to_json` was called on."""
        return cls(**values | {"servers": tuple(values["servers"])})

    @functools.cached_property
    def addresses(self) -> tuple[str, ...]:
        """The registries' hosts."""
        return self.servers or tuple(f"{self.login}{number}.azurecr.io" for number in range(self.registries))

    @functools.cached_property
    def pictures(self) -> tuple[Image, ...]:
        """Every image, spread evenly over the registries."""
        return tuple(
            Image(
                self.addresses[number % len(self.addresses)],
                f"{_TEAMS[number % len(_TEAMS)]}/image-{number:02}",
                str(1 + number % 3),
                is_public=is_open(number % len(self.addresses)),
                is_index=number % _INDEX_OF == 0,
            )
            for number in range(self.images)
        )

    def triples(self) -> dict[str, str]:
        """The values of every triple, by the secret's name."""
        return {
            name: value
            for number in range(len(self.addresses))
            if not is_open(number)
            for name, value in self.triple(number).items()
        }

    def triple(self, number: int) -> dict[str, str]:
        """The triple of one registry."""
        values = (self.addresses[number], self.user, self.password)
        return {
            f"R{number:02}_CONTAINER_REGISTRY_{part}": value
            for part, value in zip(PARTS, values, strict=True)
        }

    def planned(self) -> Iterator[Planned]:
        """Every repository, in the order of their ids."""
        return map(self.repository, range(self.repositories))

    def repository(self, index: int) -> Planned:
        """The repository of that index."""
        chance = random.Random(f"{self.seed}:{index}")  # noqa: S311 - repeatable, not secret
        ordinal = _share(index, self.with_dev_container, self.repositories)
        needs_login = ordinal is not None and (
            _share(ordinal, self.needing_login, self.with_dev_container) is not None
        )
        archived = ordinal is None and chance.random() < 0.05
        kind = ""
        if ordinal is not None or (archived and chance.random() < 0.5):
            kind = chance.choice(_LOGIN_KINDS if needs_login else _ALL_KINDS)
        team = chance.choice(_TEAMS)
        return Planned(
            name=f"{chance.choice(_STEMS)}-{index:05}",
            visibility=chance.choices(("private", "internal", "public"), (80, 12, 0 if needs_login else 8))[
                0
            ],
            archived=archived,
            fork=ordinal is None and chance.random() < 0.04,
            topics=(team, "service") if chance.random() < 0.3 else (),
            properties={"team": team, "tier": chance.choice("123")} if chance.random() < 0.5 else {},
            pushed_at=_BEGAN + timedelta(minutes=chance.randrange(500_000)),
            images=self._chosen(chance, needs_login=needs_login) if kind in _READABLE else (),
            kind=kind,
        )

    def _chosen(self, chance: random.Random, *, needs_login: bool) -> tuple[Image, ...]:
        """Two images, of which a dev container may use only the first."""
        fitting = [each for each in self.pictures if each.is_public is not needs_login]
        return (chance.choice(fitting), chance.choice(fitting))

    def files(self, planned: Planned) -> dict[str, Content]:
        """The files of a repository."""
        files: dict[str, Content] = {"README.md": f"# {planned.name}\n", "src/main.py": "print('hello')\n"}
        if planned.kind:
            files |= KINDS[planned.kind](planned.images)
            if planned.name.endswith("7"):
                files[".github/crreg.yml"] = "ignore: [unused-triple]\n"
        return files


def is_open(number: int) -> bool:
    """Whether the registry of that number has only public images, and no triple."""
    return number % _OPEN_OF == _OPEN_AT


def _share(index: int, chosen: int, among: int) -> int | None:
    """The ordinal of a chosen index, if `chosen` of `among` are spread evenly; None for one that is not chosen."""
    before = index * chosen // among
    return before if (index + 1) * chosen // among > before else None


def build(world: World, plan: Plan) -> None:
    """Add a planned organization's repositories and secrets to its account."""
    readers: dict[str, list[int]] = {}
    for planned in plan.planned():
        repository = Repository(
            next(world.ids),
            plan.login,
            planned.name,
            planned.visibility,
            archived=planned.archived,
            fork=planned.fork,
            topics=planned.topics,
            properties=dict(planned.properties),
            pushed_at=planned.pushed_at,
            source=functools.partial(_history, plan, planned),
        )
        world.add(repository)
        used = planned.images if planned.kind in _TWO_IMAGES else planned.images[:1]
        for server in {image.server for image in used if not image.is_public}:
            readers.setdefault(server, []).append(repository.id)
    for number, server in enumerate(plan.addresses):
        if not is_open(number):
            _assign(world, plan, number, readers.get(server, []))


def _history(plan: Plan, planned: Planned) -> History:
    return History.of(plan.files(planned), planned.pushed_at, "main")


def _assign(world: World, plan: Plan, number: int, readers: list[int]) -> None:
    """Store a registry's triple so that the repositories that need it have it."""
    if number == 0:
        for identifier in readers:
            repository = world.by_id[identifier]
            _store(world.store("codespaces", "repository", repository.full_name), plan, number)
        return
    visibility = ("all", "selected", "private", "private")[number % 4]
    store = world.store("codespaces", "organization", plan.login)
    _store(store, plan, number, visibility, readers if visibility == "selected" else [])


def _store(
    store: SecretStore,
    plan: Plan,
    number: int,
    visibility: str | None = None,
    repositories: list[int] | None = None,
) -> None:
    for name, value in plan.triple(number).items():
        store.secrets[name] = Secret(
            name, value.encode(), _BEGAN, _BEGAN, visibility, list(repositories or ())
        )


def _image(images: tuple[Image, ...]) -> dict[str, Content]:
    return {
        ".devcontainer/devcontainer.json": f'{{\n  // The team\'s image\n  "image": "{images[0].name}",\n}}\n'
    }


def _root(images: tuple[Image, ...]) -> dict[str, Content]:
    return {".devcontainer.json": f'{{"name": "app", "image": "{images[0].name}"}}\n'}


def _dockerfile(images: tuple[Image, ...]) -> dict[str, Content]:
    image = images[0]
    return {
        ".devcontainer/devcontainer.json": (
            f'{{"build": {{"dockerfile": "Dockerfile", "args": {{"TAG": "{image.tag}"}}}}}}\n'
        ),
        ".devcontainer/Dockerfile": (
            f"ARG TAG=latest\nFROM {image.server}/{image.repository}:${{TAG}}\nRUN echo ready\n"
        ),
    }


def _stages(images: tuple[Image, ...]) -> dict[str, Content]:
    return {
        ".devcontainer/devcontainer.json": (
            '{"build": {"dockerfile": "../docker/dev.Dockerfile", "context": "..", "target": "dev"}}\n'
        ),
        "docker/dev.Dockerfile": (
            f"FROM {images[1].name} AS tools\nFROM {images[0].name} AS dev\nCOPY --from=tools /bin/true /bin/tool\n"
        ),
    }


def _compose(images: tuple[Image, ...]) -> dict[str, Content]:
    image, database = images
    return {
        ".devcontainer/devcontainer.json": '{"dockerComposeFile": "../compose.yml", "service": "app"}\n',
        "compose.yml": (
            "include: [compose/database.yml]\nservices:\n  app:\n"
            f"    image: ${{REGISTRY}}/{image.repository}:${{TAG:-latest}}\n"
        ),
        "compose/database.yml": f"services:\n  database:\n    image: {database.name}\n",
        ".env": f"REGISTRY={image.server}\nTAG={image.tag}\n",
    }


def _feature(images: tuple[Image, ...]) -> dict[str, Content]:
    return {
        ".devcontainer/devcontainer.json": (
            f'{{"image": "{images[0].name}", "features": {{"./tool": {{"version": "2"}}}}}}\n'
        ),
        ".devcontainer/tool/devcontainer-feature.json": '{"id": "tool", "version": "1.0.0", "name": "Tool"}\n',
        ".devcontainer/tool/install.sh": executable("#!/bin/sh\necho installed\n"),
    }


def _several(images: tuple[Image, ...]) -> dict[str, Content]:
    return {
        ".devcontainer/backend/devcontainer.json": f'{{"image": "{images[0].name}"}}\n',
        ".devcontainer/frontend/devcontainer.json": f'{{"image": "{images[1].name}"}}\n',
    }


def _linked(images: tuple[Image, ...]) -> dict[str, Content]:
    return {
        ".devcontainer": symlink("config/dev"),
        "config/dev/devcontainer.json": f'{{"image": "{images[0].name}"}}\n',
    }


def _broken(_: tuple[Image, ...]) -> dict[str, Content]:
    return {".devcontainer/devcontainer.json": '{"image": \n'}


def _submodule(_: tuple[Image, ...]) -> dict[str, Content]:
    return {
        ".devcontainer": submodule("5" * 40),
        ".gitmodules": '[submodule ".devcontainer"]\n\tpath = .devcontainer\n\turl = ../dev-container.git\n',
    }


KINDS: Mapping[str, Callable[[tuple[Image, ...]], dict[str, Content]]] = {
    "image": _image,
    "root": _root,
    "dockerfile": _dockerfile,
    "stages": _stages,
    "compose": _compose,
    "feature": _feature,
    "several": _several,
    "linked": _linked,
    "broken": _broken,
    "submodule": _submodule,
}
"""What a repository with a dev container may look like."""
_READABLE = frozenset(KINDS) - {"broken", "submodule"}
_TWO_IMAGES = frozenset({"stages", "compose", "several"})
_LOGIN_KINDS = (
    *("image",) * 8,
    *("dockerfile",) * 4,
    *("compose",) * 3,
    *("root", "stages", "feature") * 2,
    "several",
    "linked",
)
"""Kinds of dev containers with an image, about as often as people use them."""
_ALL_KINDS = (*_LOGIN_KINDS * 2, "broken", "submodule")
