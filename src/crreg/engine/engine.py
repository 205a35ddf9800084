"""The interface to a Docker Engine."""

import os
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from crreg.engine import building, buildx, pushing
from crreg.engine.api import connect
from crreg.engine.asking import has_containerd_store, inspect
from crreg.engine.context import open_context
from crreg.engine.error import EngineError, words
from crreg.engine.image import Base, Built, LocalImage, Recipe, RegistryLogin
from crreg.engine.output import BuildOutput
from crreg.printable import quoted

if TYPE_CHECKING:
    from docker import APIClient

__all__ = ["Built", "Engine", "EngineError", "LocalImage", "RegistryLogin"]


class Engine:
    """A connected engine; every method raises EngineError if the engine refuses or fails."""

    def __init__(self, api: "APIClient", environment: Mapping[str, str]) -> None:
        self._api = api
        # Several callers share an engine, and none of them knows which is the last to use it.
        weakref.finalize(self, api.close)
        self._environment = environment

    @classmethod
    def connect(cls, environment: Mapping[str, str]) -> "Engine":
        """Connect to the engine that DOCKER_HOST names, or else docker's current context.

        Raises:
            EngineError: no engine answers there, or this user has no permission to use it.
        """
        return cls(connect(environment), environment)

    def image(self, name: str) -> LocalImage | None:
        """Look up an image by its name or identifier; None if the engine does not have it.

        Raises:
            EngineError: the text is neither, or the engine fails.
        """
        return inspect(self._api, name)

    def check_platforms(self, platforms: Sequence[str]) -> None:
        """Check, before anything is built, that the builder can build for all of these platforms.

        Raises:
            EngineError: there are several platforms, and docker buildx is missing or its builder can't build for them.
        """
        if len(platforms) > 1:
            buildx.check(buildx.find(self._variables), containerd=has_containerd_store(self._api))

    def build(
        self,
        build: Recipe,
        workspace: Path,
        labels: Mapping[str, str],
        *,
        bases: Callable[[str], Sequence[Base]],
        pull_credentials: Sequence[RegistryLogin],
        scratch: Path,
        say: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> Built:
        """Build a Dockerfile of the workspace and add `labels` to the image.

        `bases` returns the base images of a Dockerfile with this text. `say` is called with every line of output, made
        printable, and `progress` with the current step. If docker buildx is available, it builds, and the result is a
        folder below `scratch` if its builder can export one. Otherwise the result is an image in the engine.

        Raises:
            EngineError: the build fails, leaves the workspace, or is not possible for these platforms.
        """
        context = open_context(workspace, build.context, build.dockerfile)
        output = BuildOutput(say, progress)
        builder = buildx.find(self._variables)
        containerd = has_containerd_store(self._api)
        if len(build.platforms) > 1:
            builder = buildx.check(builder, containerd=containerd)
        elif builder is None or not builder.answers:
            return Built(
                image=building.build(
                    self._api,
                    build,
                    context,
                    labels,
                    bases=bases(context.text),
                    logins=pull_credentials,
                    output=output,
                )
            )
        built = buildx.build(
            build,
            context,
            labels,
            logins=pull_credentials,
            scratch=scratch,
            environment=self._variables,
            exports=builder.exports(containerd=containerd),
            output=output,
        )
        if built.image is not None and self.image(built.image) is None:
            raise EngineError(
                f"The builder {quoted(builder.name)} of docker buildx put the image into another Docker Engine.",
                "Set DOCKER_HOST or docker's current context to the engine that the builder belongs to.",
            )
        return built

    def push(
        self,
        image_id: str,
        target: str,
        tag: str,
        login: RegistryLogin | None,
        progress: Callable[[str], None],
    ) -> str:
        """Push an image as `target:tag`; returns the digest of its manifest as the registry reported it.

        Raises:
            EngineError: the image does not exist, or the registry refuses it.
        """
        image = self.image(image_id)
        if image is None:
            raise EngineError(
                f"The engine no longer has the image {words(image_id)}.",
                "Make sure that nothing removes images while crreg runs, and run it again.",
            )
        before = self.image(f"{target}:{tag}")
        return pushing.push(self._api, image, before, target, tag, login=login, progress=progress)

    def labelled(self, image_id: str, labels: Mapping[str, str]) -> str:
        """Add `labels` to an image; returns the identifier of the new image.

        Raises:
            EngineError: the engine can't build it.
        """
        return building.label(self._api, image_id, labels)

    @property
    def _variables(self) -> dict[str, str]:
        return {**os.environ, **self._environment}
