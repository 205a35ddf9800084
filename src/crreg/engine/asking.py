"""Short requests to an engine through the client library; every answer is validated before it is used."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crreg.engine.api import lost
from crreg.engine.error import EngineError, words
from crreg.engine.image import LocalImage
from crreg.printable import quoted

if TYPE_CHECKING:
    from docker import APIClient

# No part may be empty, `.` or `..`, since the library puts the name unescaped into the URL's path.
_NAME = re.compile(r"[A-Za-z0-9\[][A-Za-z0-9._:@\[\]-]*(?:/[A-Za-z0-9][A-Za-z0-9._:@-]*)*")
_ID = re.compile(r"(?:sha256:)?[0-9a-f]{64}")
_LONGEST_NAME = 1_000
_NOT_UNDERSTOOD = "The Docker Engine sent a response that crreg does not understand."
_UPDATE = "Update the engine to a current version, and make sure that DOCKER_HOST names a Docker Engine."


def inspect(api: "APIClient", name: str) -> LocalImage | None:
    """Look up an image by its name or identifier; None if the engine does not have it.

    Raises:
        EngineError: the text is neither, or the engine fails.
    """
    from docker.errors import ImageNotFound

    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise EngineError(
            f"{quoted(name)} is not a valid image name.", "Name an image as `docker image ls` lists it."
        )
    with answered():
        try:
            answer = api.inspect_image(name)  # type: ignore[no-untyped-call] # its stubs have no types for it
        except ImageNotFound:
            return None
    return _image(answer)


def set_name(api: "APIClient", image: LocalImage, repository: str, tag: str) -> None:
    """Give an image one more name.

    Raises:
        EngineError: the engine refuses.
    """
    with answered():
        api.tag(image.id, repository, tag)


def has_containerd_store(api: "APIClient") -> bool:
    """Whether the engine stores its images in containerd.

    Raises:
        EngineError: the engine fails.
    """
    with answered():
        answer = api.info()
    status = _object(answer).get("DriverStatus")
    rows = status if isinstance(status, list) else []
    return any("io.containerd.snapshotter" in str(row) for row in rows)


@contextmanager
def answered() -> Iterator[None]:
    """Turn what the client library raises into EngineError.

    The library does not check the types in answers, so an unexpected one can raise almost anything.
    """
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except APIError as error:
        says = words(str(error.explanation or error))
        raise EngineError(
            f'The Docker Engine refused the request: "{says}".', "Correct what it complains about.", says
        ) from error
    except (DockerException, RequestException, OSError) as error:
        raise lost(error) from error
    except (TypeError, KeyError, AttributeError, IndexError, ValueError, RecursionError) as error:
        raise EngineError(_NOT_UNDERSTOOD, _UPDATE) from error


def _image(answer: object) -> LocalImage:
    identifier = _object(answer).get("Id")
    if not isinstance(identifier, str) or not _ID.fullmatch(identifier):
        raise EngineError(_NOT_UNDERSTOOD, _UPDATE)
    return LocalImage(identifier)


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise EngineError(_NOT_UNDERSTOOD, _UPDATE)
    return value
