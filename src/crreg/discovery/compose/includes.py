"""An entry of `include`, and what only newer versions of Compose make of included services."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

from crreg.discovery.collected import Collected
from crreg.discovery.compose.nodes import value_of
from crreg.discovery.compose.reader import ServiceReader
from crreg.discovery.compose.service import Service
from crreg.discovery.documents.tree import Entry, Node, Text
from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.findings.finding import Effect

_NO_FILE = "/dev/null"
"""As an env file it means that there is none, not even `.env`."""


@dataclass(frozen=True, slots=True)
class Include:
    """Other Compose files that a Compose file includes."""

    files: list[Text]
    """Paths in the workspace, merged in this order."""
    folder: str
    """The folder that relative paths in them start from."""
    env_files: list[Text]
    """Paths in the workspace."""
    names_env_files: bool
    """Whether env files are named, so that `.env` of the folder is not read."""
    is_empty: bool
    """Whether it names no file at all, which Compose accepts."""


def read_include(item: Node, reader: ServiceReader) -> Include:
    """Read one entry of `include`; null is the same as a missing key."""
    node = (
        item
        if isinstance(item, MappingNode)
        else MappingNode({"path": Entry(item.location, item)}, item.location)
    )
    files = reader.paths(value_of(node, "path"), "the path of an include")
    directory = reader.path(value_of(node, "project_directory"), "project_directory")
    env_files = reader.paths(value_of(node, "env_file"), "env_file")
    folder = directory.value if directory else posixpath.dirname(files[0].value) if files else ""
    return Include(
        files,
        folder,
        [file for file in env_files if file.value != _NO_FILE],
        names_env_files=bool(env_files),
        is_empty=value_of(node, "path") is None,
    )


def note_newer_only(
    own: Mapping[str, Service], included: Mapping[str, Service], collected: Collected
) -> None:
    """Note the services that only newer versions of Compose merge with an included one, or extend it.

    Sources: importResource of https://github.com/compose-spec/compose-go/blob/v2.9.1/loader/include.go (Compose 2), and
    the same of v2.10.0 (Compose 5.0); loadYamlFile of loader.go there, of v2.10.1 (Compose 5.1.1) and v2.10.2 (5.1.2)
    """
    for name, service in own.items():
        if name in included and included[name].location != service.location:
            message = (
                f"the service {name} is in the included file {included[name].location.path} as well, and Compose "
                "before 5.0 refuses the project unless both are the same: list both files in the path of one include"
            )
            collected.invalid(message, service.location, Effect.UNPROVEN)
        extends = service.extends
        if extends is None or extends.file is not None or extends.service in own:
            continue
        if extends.service in included:
            message = (
                f"the service {extends.service} is in an included file, where Compose before 5.1.2 does not find it: "
                "name that file in extends.file"
            )
            collected.invalid(message, extends.location, Effect.UNPROVEN)
