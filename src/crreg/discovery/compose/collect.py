"""The images of a Compose project: those of the services that start with the dev container."""

from collections.abc import Mapping

from crreg.discovery.builds import Builds, FoundBuild
from crreg.discovery.collected import Collected
from crreg.discovery.compose.checks import SERVICE_CONTEXT
from crreg.discovery.compose.interpolation import without_value
from crreg.discovery.compose.project import Project, load_project
from crreg.discovery.compose.service import Service, ServiceBuild
from crreg.discovery.devcontainer.read import ComposeUse
from crreg.discovery.documents.tree import Text
from crreg.discovery.found import Problem, ProblemKind, Source
from crreg.findings.finding import Effect
from crreg.findings.location import Location
from crreg.net.docker_hub import familiar
from crreg.platform import LINUX_AMD64, Platform
from crreg.workspace.readable import ReadableFiles, join

_Named = tuple[str, tuple[str, ...]]
"""An image's name and the variables in it that only the codespace knows: two such names may differ."""


def collect_compose(workspace: ReadableFiles, use: ComposeUse, builds: Builds, collected: Collected) -> None:
    """Add the images of the services that start for a dev container.

    As in the reference implementation, that is `docker compose up` with `runServices` and the dev container's
    own service, or without names, which starts every service that needs no profile.

    Raises:
        LimitError: the repository exceeds a limit; then no image of the project is noted.
    """
    project = load_project(workspace, use, collected)
    started = services_to_start(project, use, collected)
    built = {_named(service.image): service.name for service in started if service.build and service.image}
    main = use.service.known() if use.service else None
    for service in started:
        # The service's own platform wins over the one that `.env` sets for all.
        platform = service.platform or project.platform
        _collect_service(service, platform, built, builds, collected, is_main=service.name == main)
    _note_required(project.required, collected)


def _note_required(required: Mapping[str, Location], collected: Collected) -> None:
    """Note the variables that Compose requires, once for each file: a file may require dozens."""
    noted = {problem.location for problem in collected.problems}
    places: dict[str, list[str]] = {}
    for name, place in required.items():
        if place not in noted:
            places.setdefault(place.path, []).append(name)
    for names in places.values():
        message = f"Compose refuses the project {without_value(*names)}"
        collected.invalid(message, required[names[0]], Effect.UNPROVEN)


def services_to_start(project: Project, use: ComposeUse, collected: Collected) -> list[Service]:
    """Return the services that start, in the order of the project; note a name that is not a service."""
    services = project.services
    named = [*([use.service] if use.service else []), *use.run_services]
    waiting = [name.value for name in named if collected.is_known(name, "the name of a service")]
    for name in named:
        # A file that could not be read, which was noted, may define it.
        if not name.unknown and name.value not in services and project.is_complete:
            collected.invalid(f"the service {name.value!r} is not in the Compose files", name.location)
    if not use.run_services:
        waiting += (name for name, service in services.items() if project.is_active(service))
    reached: set[str] = set()
    while waiting:
        service = services.get(waiting.pop())
        if service is None or service.name in reached:
            continue
        reached.add(service.name)
        waiting += service.needs
        waiting += (
            name for name in service.optional_needs if name in services and project.is_active(services[name])
        )
        for context in service.build.contexts.values() if service.build else ():
            if context.value.startswith(SERVICE_CONTEXT):
                waiting.append(context.value.removeprefix(SERVICE_CONTEXT))
    return [service for service in services.values() if service.name in reached]


def _named(image: Text) -> _Named:
    return familiar(image.value), image.unknown


def _collect_service(
    service: Service,
    platform: str,
    built: Mapping[_Named, str],
    builds: Builds,
    collected: Collected,
    *,
    is_main: bool,
) -> None:
    what = f"image of the service {service.name}"
    platforms = _platforms(service, platform, collected)
    if service.build is not None:
        elsewhere = {
            image: name for (image, unknown), name in built.items() if not unknown and name != service.name
        }
        _collect_build(service.build, platforms, elsewhere, builds, collected, is_main=is_main)
    elif service.image is not None:
        # The dev container's own image is pulled whatever its policy, to read its metadata.
        is_pulled = is_main or service.pull_policy not in {"never", "build"}
        if is_pulled and _named(service.image) not in built:
            collected.image(service.image, Source.COMPOSE, what, platforms)
    for image in service.other_images:
        if _named(image) not in built:
            collected.image(image, Source.COMPOSE, f"an image of the service {service.name}")


def _platforms(service: Service, platform: str, collected: Collected) -> tuple[Platform, ...]:
    """Return what a service's image is built or pulled for, normalized; `platform` is what it runs on, if named.

    Source: https://github.com/docker/compose/blob/v2.40.0/cmd/compose/options.go, applyPlatforms
    """
    built = service.build.platforms if service.build else ()
    if platform and built and platform not in built:
        message = f"the service {service.name} is for {platform}, which is not in its build.platforms"
        collected.invalid(message, service.location)
    named = dict.fromkeys(
        collected.platform(text, service.location) for text in built or filter(None, [platform])
    )
    platforms = tuple(named) or (LINUX_AMD64,)
    runs_on = [collected.platform(platform, service.location)] if platform else platforms
    if LINUX_AMD64 not in runs_on:
        collected.runs_on(runs_on[0], f"the service {service.name}", service.location)
    return platforms


def _collect_build(
    build: ServiceBuild,
    platforms: tuple[Platform, ...],
    built_elsewhere: Mapping[str, str],
    builds: Builds,
    collected: Collected,
    *,
    is_main: bool,
) -> None:
    if is_main:
        _note_unsupported(build, collected)
    if build.has_remote_context and build.context is not None and build.inline is None:
        message = "the Dockerfile is not in this repository, so its images are not known"
        collected.unresolved(message, build.context.location)
    if build.dockerfile is not None and not collected.is_known(build.dockerfile, "build.dockerfile"):
        return
    builds.collect(
        FoundBuild(
            named_at=(build.dockerfile or build.context or build).location,
            dockerfile=_dockerfile(build),
            inline=build.inline,
            args=build.args,
            target=build.target,
            cache_from=build.cache_from,
            # If an address is not known, no image is requested for the name.
            contexts={
                name: context.value if collected.is_known(context, f"the build context {name}") else ""
                for name, context in build.contexts.items()
            },
            platforms=platforms,
            is_dev_container=is_main,
            built_elsewhere=built_elsewhere,
        ),
        collected,
    )


def _note_unsupported(build: ServiceBuild, collected: Collected) -> None:
    """Note a Dockerfile of the dev container's own service that is not a file on disk, as the CLI needs it.

    The CLI fails with ENOENT. If it finds another Dockerfile in the context, it sets `dockerfile` to a copy of that,
    which Compose refuses together with `dockerfile_inline`.
    Source: https://github.com/devcontainers/cli/blob/v0.89.0/src/spec-node/dockerCompose.ts,
    buildAndExtendDockerCompose
    """
    reads = "the dev containers CLI reads the Dockerfile of the dev container's own service from a file"
    if build.inline is not None:
        message = (
            f"{reads}, not from dockerfile_inline: move the text to a file, and set dockerfile to its path"
        )
        collected.problem(Problem(ProblemKind.UNSUPPORTED, message, build.inline.location))
    elif build.has_remote_context and build.context is not None:
        message = f"{reads}, not from an address: put the Dockerfile into this repository"
        collected.problem(Problem(ProblemKind.UNSUPPORTED, message, build.context.location))


def _dockerfile(build: ServiceBuild) -> str | None:
    """The path of the Dockerfile in the workspace, None if it is inline or elsewhere."""
    if build.inline is not None or build.has_remote_context:
        return None
    context = build.context.value if build.context else build.folder
    return join(context, build.dockerfile.value if build.dockerfile else "Dockerfile")
