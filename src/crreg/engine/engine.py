"""A Docker Engine: what it has, builds and pushes."""

import os
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from crreg.engine import building, buildx, pushing
from crreg.engine.connection import connect, lost
from crreg.engine.context import open_context
from crreg.engine.error import EngineError, words
from crreg.engine.image import Built, LocalImage, Recipe, RegistryLogin
from crreg.engine.output import BuildOutput
from crreg.plain import quoted

if TYPE_CHECKING:
    from docker import APIClient

__all__ = ["Built", "Engine", "EngineError", "LocalImage", "RegistryLogin"]


class Engine:
    """An engine that answers; every method raises EngineError for what it does not do."""

    def __init__(self, api: "APIClient", environment: Mapping[str, str]) -> None:
        self._api = api
        # Whoever connected first shares the engine with others, and none of them knows who is the last.
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
        """An image by its name or identifier; None if the engine has none."""
        from docker.errors import ImageNotFound

        with _errors():
            try:
                told = self._api.inspect_image(name)  # type: ignore[no-untyped-call] # its stubs have no types for it
            except ImageNotFound:
                return None
        return LocalImage(
            id=told["Id"],
            labels=(told.get("Config") or {}).get("Labels") or {},
            architecture=told.get("Architecture") or "",
            os=told.get("Os") or "",
            repo_digests=tuple(told.get("RepoDigests") or ()),
            repo_tags=tuple(told.get("RepoTags") or ()),
        )

    def check_platforms(self, platforms: Sequence[str]) -> None:
        """Ask before anything is built whether an image can be built for all of these.

        Raises:
            EngineError: they are several, and docker buildx is not there or its builder can't.
        """
        if len(platforms) > 1:
            with _errors():
                buildx.check(buildx.find(self._variables), containerd=self._has_containerd_store())

    def build(
        self,
        build: Recipe,
        workspace: Path,
        labels: Mapping[str, str],
        *,
        pull_credentials: Sequence[RegistryLogin],
        scratch: Path,
        say: Callable[[str], None],
        progress: Callable[[str], None],
    ) -> Built:
        """Build a Dockerfile of the workspace; `labels` come on top of its own.

        `say` is handed every line of output, printable; `progress` the step. Where docker buildx is at hand, it
        builds, and hands out the image as a folder below `scratch` if its builder can; else it is in the engine.

        Raises:
            EngineError: the build fails, or leads out of the workspace, or can't be for these platforms.
        """
        context = open_context(workspace, build.context, build.dockerfile)
        output = BuildOutput(say, progress)
        with _errors():
            builder = buildx.find(self._variables)
            containerd = self._has_containerd_store()
            if len(build.platforms) > 1:
                builder = buildx.check(builder, containerd=containerd)
            elif builder is None or not builder.answers:
                return Built(
                    image=building.build(
                        self._api, build, context, labels, logins=pull_credentials, output=output
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
            EngineError: there is no such image, or the registry refuses it.
        """
        image = self.image(image_id)
        if image is None:
            raise EngineError(
                f"The engine has no image {words(image_id)} any more.",
                "See that nothing removes images while crreg runs, and run it again.",
            )
        before = self.image(f"{target}:{tag}")
        with _errors():
            return pushing.push(self._api, image, before, target, tag, login=login, progress=progress)

    def labelled(self, image_id: str, labels: Mapping[str, str]) -> str:
        """The identifier of the same image with `labels` added.

        Raises:
            EngineError: the engine does not build it.
        """
        with _errors():
            return building.label(self._api, image_id, labels)

    @property
    def _variables(self) -> dict[str, str]:
        return {**os.environ, **self._environment}

    def _has_containerd_store(self) -> bool:
        status = self._api.info().get("DriverStatus") or []
        return any("io.containerd.snapshotter" in str(value) for row in status for value in row)


@contextmanager
def _errors() -> Iterator[None]:
    """What the client library raises, as EngineError."""
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except APIError as error:
        says = words(str(error.explanation or error))
        raise EngineError(
            f'The Docker Engine refuses: "{says}".', "Correct what it complains about.", says
        ) from error
    except (DockerException, RequestException) as error:
        raise lost(error) from error
