"""The images that a Dockerfile is based on, as far as they must be pulled with a login first."""

import re
from collections.abc import Mapping

_CONTINUED = re.compile(r"\\[ \t]*\n")
_FROM = re.compile(r"^\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE)
_ARG = re.compile(r"^\s*ARG\s+(\w+)(?:=(\S*))?", re.IGNORECASE)
_COPY_FROM = re.compile(r"^\s*(?:COPY|ADD|RUN)\s.*?(?:--from=|,from=)([^\s,]+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")
_HUB = "docker.io"
_HUB_HOSTS = frozenset({"docker.io", "index.docker.io", "registry-1.docker.io"})


def bases(dockerfile: str, args: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the images in FROM and --from, each once, with `args` and the Dockerfile's own defaults put in."""
    values: dict[str, str] = {}
    stages: set[str] = set()
    found: dict[str, None] = {}
    begun = False
    for line in _CONTINUED.sub(" ", dockerfile).splitlines():
        if (arg := _ARG.match(line)) and not begun:
            values[arg[1]] = args.get(arg[1], (arg[2] or "").strip("\"'"))
        source = _FROM.match(line)
        name = source or _COPY_FROM.match(line)
        if name is None:
            continue
        image = _expanded(name[1], values)
        if image and image.lower() not in stages and image != "scratch" and not image.isdecimal():
            found[image] = None
        if source:
            begun = True
            stages.add((source[2] or "").lower())
    return tuple(found)


def server_of(image: str) -> str:
    """The registry of an image's name: its first part, if that can be a host's name; else Docker Hub.

    As distribution's `splitDockerDomain` has it, upper case makes a host of it, too. Otherwise the login of Docker Hub
    would go along with the name of a stranger's host.
    """
    first, slash, _ = image.partition("/")
    is_host = first == "localhost" or "." in first or ":" in first or first != first.lower()
    return host_of(first) if slash and is_host else _HUB


def is_server(server: str, image: str) -> bool:
    """Whether `server` of a login is that of an image."""
    return host_of(server) == server_of(image)


def host_of(server: str) -> str:
    """The registry that `server` of a login names, as images name it; Docker Hub has several names."""
    host = server.lower().removeprefix("https://").removeprefix("http://").split("/", 1)[0]
    return _HUB if host in _HUB_HOSTS else host


def _expanded(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values.get(match[1] or match[3]) or match[2] or "", text)
