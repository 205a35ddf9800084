"""A Compose project: its files with all that they include and extend, merged into services."""

import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from crreg.discovery.collected import Collected
from crreg.discovery.compose.checks import check_services
from crreg.discovery.compose.definitions import Definitions
from crreg.discovery.compose.dotenv import ENV_FILE, Layered
from crreg.discovery.compose.files import ComposeFiles
from crreg.discovery.compose.includes import note_newer_only, read_include
from crreg.discovery.compose.interpolation import Variables
from crreg.discovery.compose.nodes import REPLACING, no_value, without_reset
from crreg.discovery.compose.reader import ServiceReader
from crreg.discovery.compose.service import Extends, Service, is_remote, merge
from crreg.discovery.devcontainer.read import ComposeUse
from crreg.discovery.documents.tree import Entry, Node, Sequence, Text, is_null
from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.findings.location import Location
from crreg.workspace.budget import Limit
from crreg.workspace.readable import ReadableFiles, join

MAX_CHAIN = 50
"""How many files may include each other, and how many services may extend each other."""
_COST = 8
"""What each value copied by a merge costs, in characters: the size of a pointer."""
_STEPS = 10
"""What it costs to look at a service while files are merged."""
_STEPS_A_FILE = 1_000
_Find = Callable[[str], Service | None]


@dataclass(frozen=True, slots=True)
class Project:
    """The services and settings that the Compose files define."""

    services: Mapping[str, Service]
    profiles: frozenset[str]
    """Profiles that are on."""
    is_complete: bool
    """Whether all that could define a service was read."""
    platform: str = ""
    """The platform of services that name none: DOCKER_DEFAULT_PLATFORM of the project's `.env`."""

    required: Mapping[str, Location] = field(default_factory=dict)
    """The variables without which Compose refuses the files (`${NAME:?}`) and whose values are not known, each with
    the first place that requires it."""

    def is_active(self, service: Service) -> bool:
        """Whether a service starts without being named."""
        return not service.profiles or not self.profiles.isdisjoint({*service.profiles, "*"})


def load_project(workspace: ReadableFiles, use: ComposeUse, collected: Collected) -> Project:
    """Load the project of a dev container; what is wrong is noted and left out.

    Raises:
        LimitError: the repository exceeds a limit.
    """
    loader = _Loader(workspace, collected)
    files, values = loader.files.of_project(use)
    folder = posixpath.dirname(files[0].value) if files else ""
    services = loader.load(files, _Scope(folder, values))
    profiles = (name.strip() for name in values.get("COMPOSE_PROFILES", "").split(","))
    # The dev containers CLI asks Compose for the project with every profile on, so the files of all services count.
    for service in services.values():
        for env_file in service.env_files:
            loader.files.check(env_file, values)
    project = Project(
        services,
        frozenset(profiles) - {""},
        loader.is_complete and loader.files.is_complete,
        values.get("DOCKER_DEFAULT_PLATFORM", ""),
        loader.files.required,
    )
    check_services(services, project.is_active, collected, is_complete=project.is_complete)
    if project.is_complete:
        loader.definitions.check({name: service.uses for name, service in services.items()})
    return project


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the files of one include have in common."""

    folder: str
    """The folder that relative paths start from."""
    values: Variables
    """The variables; an include without an env file of its own shares the object."""
    including: tuple[str, ...] = ()
    """The files that led here, to detect a cycle."""


@dataclass(slots=True)
class _Extendable:
    """The services of one file, each read when it is asked for."""

    nodes: Mapping[str, Entry]
    reader: ServiceReader
    read: dict[str, Service | None] = field(default_factory=dict)

    def get(self, name: str) -> Service | None:
        """The service of that name, with `extends` still to be applied."""
        entry = self.nodes.get(name)
        if name not in self.read and entry is not None:
            self.read[name] = self.reader.read(name, entry)
        return self.read.get(name)


class _Loader:
    def __init__(self, workspace: ReadableFiles, collected: Collected) -> None:
        self.is_complete = True
        self._workspace = workspace
        self._collected = collected
        self._budget = workspace.budget
        self.files = ComposeFiles(workspace, collected)
        self.definitions = Definitions(collected)
        self._extended: dict[tuple[str, int], _Extendable | None] = {}
        """By path and `id` of the variables."""
        self._resolved: dict[tuple[Location, int], Service] = {}
        """By place of the `extends` and `id` of the variables."""
        self._noted: set[str] = set()
        """Messages that were noted already."""
        self._scopes: list[_Scope] = []
        """Kept so that no other object gets the `id` of their variables."""

    def load(self, files: list[Text], scope: _Scope) -> dict[str, Service]:
        """The services of files that override each other in this order."""
        self._scopes.append(scope)
        merged: dict[str, Service] = {}
        given: set[str] = set()
        for file in files:
            self._budget.spend(Limit.FILES)
            self._budget.spend(Limit.WORK, _STEPS_A_FILE)
            for document in self.files.documents(file):
                services = document.get("services")
                if services is not None and services.tag in REPLACING:
                    merged.clear()
                self.definitions.add(document, given, self._reader(scope.folder, scope.values).expand)
                loaded = self._load_document(document, file.value, scope)
                self._merge_into(merged, loaded)
                self._check_nulls(merged[name] for name in loaded if name in merged)
        return merged

    def _check_nulls(self, services: Iterable[Service]) -> None:
        """Note the keys without a value that no service of a file so far, nor one that they extend, gives one."""
        for service in services:
            for key, place in service.nulls.items():
                if key not in service.given:
                    self._collected.invalid(no_value(f"{key} of the service {service.name}"), place)

    def _load_document(self, document: MappingNode, path: str, scope: _Scope) -> dict[str, Service]:
        """The services of one document: its own over those it includes, each over the one it extends."""
        nodes = self._collected.mapping(without_reset(document.get("services")), "services")
        self.files.check_variables(document, scope.values)
        reader = self._reader(scope.folder, scope.values)
        inner = replace(scope, including=(*scope.including, path))
        services = self._included(document.get("include"), inner, reader)
        read = (reader.read(name, entry) for name, entry in (nodes.entries.items() if nodes else ()))
        own = {service.name: service for service in read if service is not None}
        note_newer_only(own, services, self._collected)
        self._merge_into(services, own)
        self._budget.spend(Limit.WORK, _STEPS * len(services))
        resolved = {
            name: self._extending(service, services.get, scope.values, ()).built_in(scope.folder)
            if service.extends
            else service
            for name, service in services.items()
        }
        # A service that is removed is also removed from the files before.
        return resolved | {name: service for name, service in own.items() if service.is_removed}

    def _included(self, node: Node | None, scope: _Scope, reader: ServiceReader) -> dict[str, Service]:
        """The services of all files that one includes."""
        services: dict[str, Service] = {}
        if is_null(node):
            return services
        if node is not None and not isinstance(node, Sequence):
            self._collected.wrong_type(node, "include", "a list")
            return services
        for item in node.items if node else ():
            if is_null(item):
                continue
            self._budget.spend(Limit.INCLUDES)
            imported = self._include(item, scope, reader)
            # What earlier entries include wins over what a later entry includes.
            note_newer_only(services, imported, self._collected)
            self._merge_into(imported, services)
            services = imported
        return services

    def _include(self, item: Node, scope: _Scope, reader: ServiceReader) -> dict[str, Service]:
        include = read_include(item, reader)
        if not all(self._can_include(file, scope) for file in include.files) or not include.files:
            self.is_complete = self.is_complete and include.is_empty
            return {}
        folder = include.folder
        values: dict[str, str] = {}
        for env_file in include.env_files:
            values |= self.files.variables(env_file.value, env_file.location, Layered(scope.values, values))
        if not include.names_env_files and self._workspace.has_file(join(folder, ENV_FILE)):
            values = self.files.variables(join(folder, ENV_FILE), item.location, scope.values)
        inner = Layered(scope.values, values) if values else scope.values
        return self.load(include.files, _Scope(folder, inner, scope.including))

    def _can_include(self, file: Text, scope: _Scope) -> bool:
        if is_remote(file.value):
            self._is_elsewhere(file)
        elif file.value in scope.including:
            self._collected.invalid(f"{file.value} includes itself", file.location)
        elif len(scope.including) > MAX_CHAIN:
            self._unresolved(f"more than {MAX_CHAIN} files include each other", file.location)
        else:
            return True
        self.is_complete = False
        return False

    def _is_elsewhere(self, file: Text) -> None:
        message = f"{file.value} is not in this repository, so its images are not known"
        self._collected.unresolved(message, file.location)

    def _unresolved(self, message: str, location: Location) -> None:
        """Note an exceeded bound at the first place only, since a file can have thousands of them."""
        if message not in self._noted:
            self._noted.add(message)
            self._collected.unresolved(message, location)

    def _extending(
        self, service: Service, find: _Find, values: Variables, chain: tuple[Location, ...]
    ) -> Service:
        """A service over the one it extends, which may be in another file."""
        extends = service.extends
        if extends is None:
            return service
        key = (extends.location, id(values))
        if key not in self._resolved or extends.location in chain:
            self._resolved[key] = self._resolve(service, extends, find, values, chain)
        return self._resolved[key]

    def _resolve(
        self,
        service: Service,
        extends: Extends,
        find: _Find,
        values: Variables,
        chain: tuple[Location, ...],
    ) -> Service:
        # The service that it extends may define what runs, so it need not do that itself.
        alone = replace(service, extends=None, is_defined=True)
        if extends.location in chain:
            self._collected.invalid(f"the service {service.name} extends itself", extends.location)
            return alone
        if len(chain) == MAX_CHAIN:
            self._unresolved(f"more than {MAX_CHAIN} services extend each other", extends.location)
            return alone
        if extends.file is not None and is_remote(extends.file.value):
            self._is_elsewhere(extends.file)
            return alone
        if extends.file is not None:
            extendable = self._extendable(extends.file, values)
            if extendable is None:
                return alone
            find = extendable.get
        base = find(extends.service)
        if base is None:
            self._collected.invalid(f"extends: there is no service {extends.service!r}", extends.location)
            return alone
        base = self._extending(base, find, values, (*chain, extends.location))
        return replace(self._merged(base, alone), is_defined=base.is_defined or service.is_defined)

    def _extendable(self, file: Text, values: Variables) -> _Extendable | None:
        """The services of a file that a service extends; None if it can't be read, which is noted."""
        key = (file.value, id(values))
        if key not in self._extended:
            reader = self._reader(posixpath.dirname(file.value), values)
            for document in self.files.documents(file):
                self.files.check_variables(document, values)
            is_read = file.value not in self.files.unreadable
            self._extended[key] = _Extendable(self.files.services(file), reader) if is_read else None
        return self._extended[key]

    def _reader(self, folder: str, values: Variables) -> ServiceReader:
        return ServiceReader(folder, values, self._collected, are_values_known=self.files.are_variables_known)

    def _merge_into(self, services: dict[str, Service], over: Mapping[str, Service]) -> None:
        self._budget.spend(Limit.WORK, _STEPS * len(over))
        for name, service in over.items():
            base = services.get(name)
            if service.is_removed:
                services.pop(name, None)
            else:
                services[name] = self._merged(base, service) if base else service

    def _merged(self, base: Service, over: Service) -> Service:
        # Each merge copies both services: a chain of services could copy far more than was read.
        self._budget.spend(Limit.EXPANDED, _COST * (base.size + over.size))
        return merge(base, over)
