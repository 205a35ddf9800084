"""The options of docker's commands that decide which images a dev container needs."""

from collections.abc import Iterable

from crreg.discovery.collected import Collected
from crreg.discovery.documents.tree import Text
from crreg.platform import LINUX_AMD64, Platform

BUILD_OPTIONS = ("--build-arg", "--build-context", "--cache-from", "--platform", "--target")
RUN_OPTIONS = ("--mount", "--platform")


def option_values(arguments: Iterable[Text], options: Iterable[str]) -> dict[str, list[Text]]:
    """The values that a command line has for some options, written `--option value` or `--option=value`."""
    values: dict[str, list[Text]] = {option: [] for option in options}
    waiting: str | None = None
    for text in arguments:
        option, equals, _ = text.value.partition("=")
        if waiting is not None:
            values[waiting].append(text)
            waiting = None
        elif option in values and equals:
            values[option].append(text.part(len(option) + 1, len(text.value)))
        elif option in values:
            waiting = option
    return values


def platforms_of(values: Iterable[Text], collected: Collected) -> tuple[Platform, ...]:
    """Return the platforms that `--platform` asks for, normalized; linux/amd64 if there are none, or if it is empty.

    Note a dev container that is not for linux/amd64.
    """
    named: dict[Platform, Text] = {}
    for text in values:
        if collected.is_known(text, "the platform") and text.value:
            named |= {collected.platform(part.strip(), text.location): text for part in text.value.split(",")}
    if LINUX_AMD64 not in named:
        for platform, text in named.items():
            collected.runs_on(platform, "the dev container", text.location)
    return tuple(named) or (LINUX_AMD64,)
