"""Image names, parsed with the grammar of the distribution project's `reference` package."""

import re
from dataclasses import dataclass
from typing import Self

from crreg.net.docker_hub import DOCKER_HUB, completed, normalized

_DEFAULT_TAG = "latest"
_LONGEST_REPOSITORY = 255

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_REGISTRY = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?")
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")
# The algorithms that distribution knows, each with its own length, in lower-case hexadecimal digits.
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")


class InvalidReference(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """The text is not an image name; the message says why without quoting it."""


@dataclass(frozen=True, slots=True)
class ImageReference:
    """A complete image name; `str()` formats it as distribution's `ParseNormalizedNamed` does."""

    registry: str
    """Host, with the port if there is one: `docker.io` for Docker Hub. Case is kept, as docker does."""
    repository: str
    """Path in the registry, with `library/` for Docker Hub's official images."""
    tag: str | None = None
    """None if the text has no tag: see `target`."""
    digest: str | None = None
    """Algorithm and hexadecimal digits: `sha256:...`."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse a name as docker does, in time linear in its length.

        Raises:
            InvalidReference: the text is not an image name.
        """
        if _IDENTIFIER.fullmatch(text):
            raise InvalidReference(
                "64 hexadecimal digits are the ID of a local image, not a name in a registry"
            )
        if text.startswith(("https://", "http://")):
            raise InvalidReference(
                "a name starts with the registry's host, not with a scheme such as https://"
            )
        if any(character.isspace() for character in text):
            raise InvalidReference(
                "it has white space or a line break before or after it"
                if len(text.split()) == 1
                else "it contains white space or a line break"
            )
        registry, rest = _split_registry(text)
        name, at, digest = rest.partition("@")
        repository, colon, tag = name.partition(":")
        if not _REGISTRY.fullmatch(registry):
            raise InvalidReference("its first part is not a valid host name")
        _check_repository(repository)
        if colon and not _TAG.fullmatch(tag):
            raise InvalidReference(
                "the tag must have 1 to 128 letters, digits, underscores, periods and hyphens, "
                "and can't start with a period or hyphen",
            )
        if at and not _DIGEST.fullmatch(digest):
            raise InvalidReference(
                "the digest must be sha256, sha384 or sha512, followed by its hexadecimal digits"
            )
        return cls(registry, repository, tag if colon else None, digest if at else None)

    @property
    def name(self) -> str:
        """The registry and the repository: `ghcr.io/o/r`."""
        return f"{self.registry}/{self.repository}"

    @property
    def target(self) -> str:
        """What to request from the registry: the digest, else the tag, else `latest`."""
        return self.digest or self.tag or _DEFAULT_TAG

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"


def _split_registry(text: str) -> tuple[str, str]:
    """Split off the registry, using the rules of distribution's `splitDockerDomain` to recognize a host."""
    first, slash, rest = text.partition("/")
    is_host = first == "localhost" or "." in first or ":" in first or first != first.lower()
    registry, repository = (normalized(first), rest) if slash and is_host else (DOCKER_HUB, text)
    return registry, completed(registry, repository)


def _check_repository(repository: str) -> None:
    if not repository:
        raise InvalidReference("it has no repository")
    if len(repository) > _LONGEST_REPOSITORY:
        raise InvalidReference(f"the repository is longer than {_LONGEST_REPOSITORY} characters")
    if repository != repository.lower():
        raise InvalidReference("the repository must be in lower case")
    if not _REPOSITORY.fullmatch(repository):
        raise InvalidReference(
            "the repository must consist of lower-case letters and digits, "
            "separated by single periods, slashes, one or two underscores, or hyphens",
        )
