"""The files of a Compose project, each parsed once, however often it is included or extended."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from crreg.discovery.collected import Collected
from crreg.discovery.compose.checks import check_variables
from crreg.discovery.compose.dotenv import ENV_FILE, parse_dotenv
from crreg.discovery.compose.interpolation import Variables
from crreg.discovery.compose.service import EnvFile, is_remote
from crreg.discovery.devcontainer.read import ComposeUse
from crreg.discovery.documents.tree import DocumentError, Entry, Text
from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.discovery.documents.yaml import parse_yaml
from crreg.discovery.found import ProblemKind
from crreg.findings.location import Location
from crreg.workspace.budget import Limit
from crreg.workspace.readable import Decoding, ReadableFiles, UnreadableFileError, join

_DEFAULT_FILE = "docker-compose.yml"
_DEFAULT_OVERRIDE = "docker-compose.override.yml"


@dataclass(slots=True)
class ComposeFiles:
    """Reads the files of one project; what can't be read is noted."""

    workspace: ReadableFiles
    collected: Collected
    is_complete: bool = True
    """Whether every file could be read."""
    are_variables_known: bool = True
    """Whether every env file could be read; one that could not may set any variable."""
    _documents: dict[str, list[MappingNode]] = field(default_factory=dict)
    _services: dict[str, Mapping[str, Entry]] = field(default_factory=dict)
    _variables: dict[tuple[str, int], tuple[Variables, dict[str, str]]] = field(default_factory=dict)
    """By path and `id` of the variables that it may use; these are kept so that no other object gets their `id`."""
    _checked: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    """The Compose files that can't be read, which was noted."""
    required: dict[str, Location] = field(default_factory=dict)
    """As in `Project`."""

    def of_project(self, use: ComposeUse) -> tuple[list[Text], Mapping[str, str]]:
        """Return the project's files (by default those at the root) and the variables of `.env` beside the first."""
        if use.files:
            path = join(posixpath.dirname(use.files[0].value), ENV_FILE)
            has_variables = self.workspace.has_file(path)
            return list(use.files), self.variables(path, use.location, {}) if has_variables else {}
        if not use.is_default:
            self.is_complete = False
            return [], {}
        has_variables = self.workspace.has_file(ENV_FILE)
        values = self.variables(ENV_FILE, use.location, {}) if has_variables else {}
        names = [name for name in values.get("COMPOSE_FILE", "").split(":") if name] or [_DEFAULT_FILE]
        if names == [_DEFAULT_FILE] and self.workspace.has_file(_DEFAULT_OVERRIDE):
            names.append(_DEFAULT_OVERRIDE)
        return [Text(join("", name), use.location) for name in names], values

    def documents(self, file: Text) -> list[MappingNode]:
        """The documents of a file that are mappings; none if it can't be read."""
        if file.value not in self._documents:
            self._documents[file.value] = self._parsed(file)
        return self._documents[file.value]

    def services(self, file: Text) -> Mapping[str, Entry]:
        """The services of a file by name, from all of its documents."""
        if file.value not in self._services:
            found: dict[str, Entry] = {}
            for document in self.documents(file):
                services = self.collected.mapping(document.get("services"), "services")
                found |= services.entries if services else {}
            self._services[file.value] = found
        return self._services[file.value]

    def variables(self, path: str, named_at: Location, known: Variables) -> dict[str, str]:
        """What an env file sets; nothing if it can't be read. Includes of one folder share the mapping."""
        key = (path, id(known))
        if key not in self._variables:
            self._variables[key] = known, self._read_variables(path, named_at, known)
        return self._variables[key][1]

    def _read_variables(self, path: str, named_at: Location, known: Variables) -> dict[str, str]:
        values: dict[str, str] = {}
        try:
            values = self._dotenv(path, known, is_proven=True)
        except UnreadableFileError as error:
            if error.beyond:
                # What it sets may replace any default, and name other files.
                self.are_variables_known = self.is_complete = False
            self.collected.unreadable(path, error, named_at)
        except DocumentError as error:
            if error.problem.kind is ProblemKind.UNRESOLVED:
                self.are_variables_known = False
            self.collected.problem(error.problem)
        self.workspace.budget.spend(Limit.VARIABLES, len(values))
        return values

    def check_variables(self, document: MappingNode, values: Variables) -> None:
        """Note the strings that Compose can't expand, anywhere in a file, and the variables that it requires."""
        for name, place in check_variables(document, values, self.collected).items():
            if self.are_variables_known:
                self.required.setdefault(name, place)

    def check(self, env_file: EnvFile, known: Variables) -> None:
        """Note a service's file that makes Compose refuse the project; its values may use the `known` variables."""
        path = env_file.file.value
        if path in self._checked:
            return
        self._checked.add(path)
        place = env_file.file.location
        if is_remote(path):
            self.collected.unresolved(f"only the codespace knows whether {path} exists", place)
            return
        try:
            if env_file.is_raw:
                self.workspace.read_file(path, decoding=Decoding.LENIENT)
            else:
                self._dotenv(path, known, is_proven=False)
        except UnreadableFileError as error:
            if error.missing and not env_file.is_required:
                return
            then = ", and Compose refuses the whole project without it"
            remedy = "; commit it, create it in initializeCommand, or set required: false"
            self.collected.unreadable(path, error, place, then, remedy)
        except DocumentError as error:
            self.collected.problem(error.problem)

    def _dotenv(self, path: str, known: Variables, *, is_proven: bool) -> dict[str, str]:
        file = self.workspace.read_file(path, is_proven=is_proven, decoding=Decoding.LENIENT)
        return parse_dotenv(file.text, file.path, known)

    def _parsed(self, file: Text) -> list[MappingNode]:
        try:
            read = self.workspace.read_file(file.value, decoding=Decoding.YAML)
            documents = parse_yaml(read.text, read.path, self.workspace.budget)
        except UnreadableFileError as error:
            self.is_complete = False
            self.unreadable.add(file.value)
            self.collected.unreadable(file.value, error, file.location)
            return []
        except DocumentError as error:
            self.is_complete = False
            self.unreadable.add(file.value)
            self.collected.problem(error.problem)
            return []
        mappings = (self.collected.mapping(document, "a Compose file") for document in documents)
        return [mapping for mapping in mappings if mapping is not None]
