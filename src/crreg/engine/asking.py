"""Short questions to an engine, by the client library; every answer is checked before it is used."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crreg.engine.api import lost
from crreg.engine.error import EngineError, words
from crreg.engine.image import LocalImage
from crreg.text import quoted

if TYPE_CHECKING:
    from docker import APIClient

# No part of it is empty, `.` or `..`: the library puts it into the address's path as it is.
_NAME = re.compile(r"[A-Za-z0-9\[][A-Za-z0-9._:@\[\]-]*(?:/[A-Za-z0-9][A-Za-z0-9._:@-]*)*")
_ID = re.compile(r"(?:sha256:)?[0-9a-f]{64}")
_LONGEST_NAME = 1_000
_NOT_UNDERSTOOD = "The Docker Engine gave an answer that crreg does not understand."
_UPDATE = "Update the engine to a current version, and see that DOCKER_HOST names a Docker Engine."


def inspect(api: "APIClient", name: str) -> LocalImage | None:
    """An image by its name or identifier; None if the engine has none.

    Raises:
        EngineError: the text can be neither, or the engine does not say.
    """
    from docker.errors import ImageNotFound

    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise EngineError(
            f"{quoted(name)} is no name of an image.", "Name an image as `docker image ls` lists it."
        )
    with answered():
        try:
            told = api.inspect_image(name)  # type: ignore[no-untyped-call] # its stubs have no types for it
        except ImageNotFound:
            return None
    return _image(told)


def set_name(api: "APIClient", image: LocalImage, repository: str, tag: str) -> None:
    """Give an image one more name.

    Raises:
        EngineError: the engine refuses.
    """
    with answered():
        api.tag(image.id, repository, tag)


def has_containerd_store(api: "APIClient") -> bool:
    """Whether the engine keeps its images in containerd's store.

    Raises:
        EngineError: the engine does not say.
    """
    with answered():
        told = api.info()
    status = _object(told).get("DriverStatus")
    rows = status if isinstance(status, list) else []
    return any("io.containerd.snapshotter" in str(row) for row in rows)


@contextmanager
def answered() -> Iterator[None]:
    """Turn what the client library raises into EngineError.

    It reads answers of unexpected types without a look at them, also those that report an error.
    """
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except APIError as error:
        says = words(str(error.explanation or error))
        raise EngineError(
            f'The Docker Engine refuses: "{says}".', "Correct what it complains about.", says
        ) from error
    except (DockerException, RequestException, OSError) as error:
        raise lost(error) from error
    except (TypeError, KeyError, AttributeError, IndexError, ValueError, RecursionError) as error:
        raise EngineError(_NOT_UNDERSTOOD, _UPDATE) from error


def _image(told: object) -> LocalImage:
    tree = _object(told)
    identifier = tree.get("Id")
    if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
        raise EngineError(_NOT_UNDERSTOOD, _UPDATE)
    labels = _optional(tree.get("Config")).get("Labels")
    return LocalImage(
        id=identifier,
        labels={name: text for name, text in _optional(labels).items() if isinstance(text, str)},
        architecture=_text(tree.get("Architecture")),
        os=_text(tree.get("Os")),
        repo_digests=_texts(tree.get("RepoDigests")),
        repo_tags=_texts(tree.get("RepoTags")),
    )


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise EngineError(_NOT_UNDERSTOOD, _UPDATE)
    return value


def _optional(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()
