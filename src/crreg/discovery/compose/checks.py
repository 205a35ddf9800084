"""What makes Compose refuse a whole project, as far as crreg reads the project.

Source: https://github.com/compose-spec/compose-go/blob/v2.9.1/loader/validate.go (checkConsistency),
graph/cycle.go, schema/compose-spec.json
"""

import re
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from crreg.discovery.collected import Collected
from crreg.discovery.compose.interpolation import (
    InterpolationError,
    TooLongError,
    Variables,
    interpolate,
)
from crreg.discovery.compose.service import Service
from crreg.discovery.compose.twins import contradictions, count
from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.discovery.documents.tree import Node, Scalar, Sequence
from crreg.findings.location import Location
from crreg.workspace.budget import Limit

_TESTS = ("CMD", "CMD-SHELL", "NONE")
_NAME = re.compile(r"[a-zA-Z0-9._-]+")
SERVICE_CONTEXT = "service:"
"""The prefix of an additional context that another service builds."""


def check_services(
    services: Mapping[str, Service],
    is_active: Callable[[Service], bool],
    collected: Collected,
    *,
    is_complete: bool,
) -> None:
    """Note what Compose refuses in any service, whether it starts or not.

    The dev containers CLI asks Compose for the project with every profile on, and then starts it with those that are
    on (`is_active`). If not all services are known (`is_complete` is false), a missing one may exist.
    """
    for service in services.values():
        if not _NAME.fullmatch(service.name):
            message = f"{service.name!r} is not a service's name: use letters, digits, periods, underscores and hyphens"
            collected.invalid(message, service.location)
        build = service.build
        if build is not None and build.dockerfile is not None and build.inline is not None:
            message = (
                f"the service {service.name} has dockerfile and dockerfile_inline: Compose accepts only one"
            )
            collected.invalid(message, build.inline.location)
        for message, place in _refused(service):
            collected.invalid(message, place)
        for message in _missing(service, services, is_active) if is_complete else ():
            collected.invalid(message, service.location)
    _check_cycle(services, collected)
    _check_container_names(services, collected)


def check_variables(document: MappingNode, values: Variables, collected: Collected) -> Mapping[str, Location]:
    """Note the strings of a file that Compose can't expand; it expands all of them, even those of extensions.

    Returns:
        The variables without a value here that it requires, each with the first place that requires it.
    """
    required: dict[str, Location] = {}
    for scalar in _strings(document):
        text = str(scalar.value)
        collected.budget.spend(Limit.EXPANDED, len(text))
        try:
            needed = interpolate(text, values).required
        except TooLongError:
            # What is read of the file was noted with its place, and the rest decides nothing.
            continue
        except InterpolationError as error:
            collected.invalid(f"invalid variable: {error}", scalar.location)
            continue
        for name in needed:
            required.setdefault(name, scalar.location)
    return required


def _strings(document: MappingNode) -> Iterator[Scalar]:
    """Yield the strings with a dollar sign, in the order of the file, each once however many aliases repeat it."""
    waiting: list[Node] = [document]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if node.tag == "!reset" or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            waiting += [entry.value for entry in node.entries.values()][::-1]
        elif isinstance(node, Sequence):
            waiting += node.items[::-1]
        elif isinstance(node.value, str) and "$" in node.value:
            yield node


def _refused(service: Service) -> Iterator[tuple[str, Location]]:
    """Yield what Compose refuses of a service once everything is merged, and where."""
    mode, test = service.network_mode, service.test
    networks = [use for use in service.uses.values() if use and use.kind == "networks"]
    if mode is not None and mode.known() and networks:
        message = f"the service {service.name} has network_mode and networks: Compose accepts only one"
        yield message, mode.location
    mounted: set[str] = set()
    for kind, name in service.uses:
        target = name.partition(":")[0]
        if kind == "tmpfs" and (target in mounted or ("volumes", target) in service.uses):
            what = "two tmpfs" if target in mounted else "a volume and a tmpfs"
            yield (
                f"the service {service.name} mounts {what} at {target}: Compose accepts only one",
                service.location,
            )
        mounted |= {target} if kind == "tmpfs" else set()
    if test is not None and test.known() is not None and test.value not in _TESTS:
        message = (
            f"healthcheck.test of the service {service.name} is a list that begins with {test.value!r}: begin it with "
            "CMD or CMD-SHELL, or write one string"
        )
        yield message, test.location
    for message, place in contradictions(service.said):
        yield f"the service {service.name} has {message}. Compose refuses the project", place
    number, container = count(service.said), service.container_name
    if number is not None and number > 1 and container and container.known():
        message = (
            f"the service {service.name} has container_name and {number} containers: each needs its own name"
        )
        yield f"{message}. Compose refuses the project", container.location


def _missing(
    service: Service, services: Mapping[str, Service], is_active: Callable[[Service], bool]
) -> Iterator[str]:
    """Yield what a service lacks: something to run, or a service that it depends on."""
    if not service.is_defined:
        yield f"the service {service.name} has neither image nor build"
    contexts = service.build.contexts.values() if service.build else ()
    built = [context.value for context in contexts if not context.unknown]
    upon = [text.removeprefix(SERVICE_CONTEXT) for text in built if text.startswith(SERVICE_CONTEXT)]
    for name in dict.fromkeys((*service.needs, *service.optional_needs, *upon)):
        depends = f"the service {service.name} depends on {name}"
        if name not in services:
            yield f"{depends}, which is not in the Compose files"
        elif name in upon and services[name].build is None:
            yield f"{depends} as a build context, which has no build"
        elif name not in service.optional_needs and is_active(service) and not is_active(services[name]):
            yield f"{depends}, which no active profile starts: set required: false, or COMPOSE_PROFILES in .env"


def _check_container_names(services: Mapping[str, Service], collected: Collected) -> None:
    """Note a container's name that two services have.

    Source: https://github.com/compose-spec/compose-go/blob/v2.9.1/types/project.go (CheckContainerNameUnicity)
    """
    owners: dict[str, str] = {}
    for service in services.values():
        name = service.container_name.known() if service.container_name else None
        owner = owners.setdefault(name, service.name) if name else service.name
        if service.container_name is not None and owner != service.name:
            message = f"the services {owner} and {service.name} have the same container_name, {name}"
            collected.invalid(f"{message}. Compose refuses the project", service.container_name.location)


def _check_cycle(services: Mapping[str, Service], collected: Collected) -> None:
    needed = {name: (*service.needs, *service.optional_needs) for name, service in services.items()}
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as error:
        # The list leads from each service to one that needs it, and ends with the first again.
        names = list(reversed(error.args[1]))
        collected.invalid(
            f"the services depend on each other: {' -> '.join(names)}", services[names[0]].location
        )
