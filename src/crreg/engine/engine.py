"""A Docker Engine: what it has, builds and pushes."""

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
from crreg.text import quoted

if TYPE_CHECKING:
    from docker import APIClient

__all__ = ["Built", "Engine", "EngineError", "LocalImage", "RegistryLogin"]


class Engine:
    """An engine that answers; every method raises EngineError for what it does not do."""

    def __init__(self, api: "APIClient", environment: Mapping[str, str]) -> None:
        self._api = api
        # The thread that connected first shares the engine with others, and none of them knows who is the last.
        weakref.finalize(self, api.close)
        self._environment = environment

    @classmethod
    def connect(cls, environment: Mapping[str, str]) -> "Engine":
        """Reach the engine that DOCKER_HOST, or else docker's current context, names.

        Raises:
            EngineError: none answers there, or this user may not ask it.
        """
        return cls(connect(environment), environment)

    def image(self, name: str) -> LocalImage | None:
        """An image by its name or identifier; None if the engine has none.

        Raises:
            EngineError: the text can be neither, or the engine does not say.
        """
        return inspect(self._api, name)

    def check_platforms(self, platforms: Sequence[str]) -> None:
        """Ask before anything is built whether an image can be built for all of these.

        Raises:
            EngineError: they are several, and docker buildx is not there or its builder can't.
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
        """Build a Dockerfile of the workspace; `labels` come on top of its own.

        `bases` finds the images that a Dockerfile with this text is based on. `say` is handed every line of output,
        printable; `progress` the step. Where docker buildx is at hand, it builds, and hands out the image as a folder
        below `scratch` if its builder can; else the image is in the engine.

        Raises:
            EngineError: the build fails, or leads out of the workspace, or can't be for these platforms.
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
                "Let DOCKER_HOST or docker's current context name the engine that the builder belongs to.",
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
        """Push an image as `target:tag`; gives the digest of its manifest, as the registry told it.

        Raises:
            EngineError: the image does not exist, or the registry refuses it.
        """
        image = self.image(image_id)
        if image is None:
            raise EngineError(
                f"The engine has no image {words(image_id)} any more.",
                "See that nothing removes images while crreg runs, and run it again.",
            )
        before = self.image(f"{target}:{tag}")
        return pushing.push(self._api, image, before, target, tag, login=login, progress=progress)

    def labelled(self, image_id: str, labels: Mapping[str, str]) -> str:
        """The identifier of the same image with `labels` added.

        Raises:
            EngineError: the engine does not build it.
        """
        return building.label(self._api, image_id, labels)

    @property
    def _variables(self) -> dict[str, str]:
        return {**os.environ, **self._environment}
