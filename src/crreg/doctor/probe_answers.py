"""What a file of the probe says about what GitHub does not document."""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from crreg.doctor.probe import Probe
from crreg.net.github_hosts import CONTAINER_REGISTRY

CLAIMS: Mapping[str, str] = {
    "U1": "A user's secret wins over the repository's of the same name.",
    "U2": "A codespace logs in with every complete triple as `docker login` does, and a failed login does not end its "
    "start. A scheme or a path in SERVER is dropped.",
    "U3": "The terminal of the recovery container may lack the secrets and `GITHUB_TOKEN`, while the files have them.",
    "U4": "A codespace's own token lists secrets at no level.",
    "U5": "A token without the scope or the role gets 403, and 404 for what it can't see.",
    "U6": "An update of a user's secret without a list of repositories selects none.",
    "U7": "A person with write access lists a repository's secrets; to write them, they must be an administrator.",
    "U8": "GHCR gives a fine-grained token a registry token, and refuses the pull.",
    "U9": "Codespaces share addresses, and so Docker Hub's limit for pulls without a login.",
    "U10": "An ECR token that was made with a role's session lasts 12 hours, although the session ends sooner.",
    "U11": "A triple for `ghcr.io` replaces the codespace's own login there.",
}
"""What crreg assumes and nobody documents, in the words of docs/assumptions.md."""
_BY_SUITE = "A codespace can't show it; `make live` asks GitHub."
_NOT_RECOVERY = "This is not the recovery container."
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


class Fared(enum.StrEnum):
    """How a claim fared."""

    HOLDS = "holds"
    DIFFERS = "differs"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """A verdict on one claim."""

    fared: Fared
    detail: str
    """Why, in a sentence."""


def probe_answers(probe: Probe) -> dict[str, ProbeAnswer]:
    """Judge U1 to U11, and the other claims that a codespace shows, by id."""
    judges = {**_UNDOCUMENTED, **_OTHERS}
    return {name: judge(probe) for name, judge in judges.items()}


def _wins(probe: Probe, secret: str, expected: str, others: frozenset[str]) -> ProbeAnswer:
    seen = [probe.levels[place][secret] for place in ("environment", "files")]
    level = next((each for each in seen if each != "absent"), "absent")
    if level == expected:
        return _holds(f"The codespace had the {level}'s value.")
    if level in others:
        return _differs(f"The codespace had the {level}'s value.")
    return _unproven("The planted secret is not there.")


def _logins(probe: Probe) -> ProbeAnswer:
    planted = [each for each in probe.logins if each.user.startswith("s")]
    if probe.recovery or not planted:
        return _unproven("The codespace did not start, or docker has none of the planted logins.")
    if "CRREG_LIVE_BAD_CONTAINER_REGISTRY_SERVER" not in probe.variables:
        return _unproven("No triple with a wrong password was planted.")
    stored = ", ".join(f"{each.user} under {each.host}{_written(each.scheme, each.path)}" for each in planted)
    kept = any(each.scheme or each.path for each in planted) or any(
        each.user == "bad" for each in probe.logins
    )
    return (_differs if kept else _holds)(f"The codespace started, and docker has {stored}.")


def _written(scheme: bool, path: bool) -> str:  # noqa: FBT001 - two facts of a key
    words = [word for word, there in (("its scheme", scheme), ("its path", path)) if there]
    return f" with {' and '.join(words)}" if words else ""


def _terminal(probe: Probe) -> ProbeAnswer:
    if not probe.recovery:
        return _unproven(_NOT_RECOVERY)
    terminal, files = (probe.levels[place]["level"] for place in ("environment", "files"))
    if files == "absent":
        return _unproven("The files do not have the planted secret.")
    if terminal == "absent":
        return _holds("The files have the planted secret, and the terminal lacks it.")
    return _differs("The terminal has the planted secret.")


def _lists(probe: Probe) -> ProbeAnswer:
    if not probe.lists or 0 in probe.lists.values():
        return _unproven("GitHub was not asked, or did not answer.")
    statuses = ", ".join(f"{level} {status}" for level, status in sorted(probe.lists.items()))
    refused = _REFUSED.issuperset(probe.lists.values())
    return (_holds if refused else _differs)(f"GitHub answered: {statuses}.")


def _shared_limit(probe: Probe) -> ProbeAnswer:
    limit, remaining = probe.hub.get("limit"), probe.hub.get("remaining")
    if limit is None or remaining is None:
        return _unproven("Docker Hub named no limit.")
    detail = (
        f"Docker Hub had {remaining} of {limit} left for this address before the codespace pulled from it."
    )
    return _holds(detail) if remaining < limit else _unproven(detail)


def _own_login(probe: Probe) -> ProbeAnswer:
    at_ghcr = [each.user for each in probe.logins if each.host.lower() == CONTAINER_REGISTRY]
    if any(user.startswith("s") for user in at_ghcr):
        return _holds("Docker's login for ghcr.io is that of a planted triple.")
    if at_ghcr:
        return _differs("Docker's login for ghcr.io is not that of a planted triple.")
    return _unproven("Docker has no login for ghcr.io.")


def _triple(probe: Probe) -> ProbeAnswer:
    planted = sorted({each.user for each in probe.logins if each.user.startswith("s")})
    if planted:
        return _holds(f"Docker has the logins {', '.join(planted)}.")
    return _unproven("Docker has no login of a planted triple.")


def _wrong_login(probe: Probe) -> ProbeAnswer:
    without, wrong = probe.public_image.get("without", 0), probe.public_image.get("wrong", 0)
    detail = f"For a public image GHCR answered {without} without a login, and {wrong} with a wrong one."
    if without != HTTPStatus.OK or not wrong:
        return _unproven(detail)
    return _holds(detail) if wrong == HTTPStatus.FORBIDDEN else _differs(detail)


def _in_recovery(seen: Callable[[Probe], bool], detail: str) -> Callable[[Probe], ProbeAnswer]:
    def judge(probe: Probe) -> ProbeAnswer:
        if not probe.recovery:
            return _unproven(_NOT_RECOVERY)
        return _holds(detail) if seen(probe) else _differs("It did not hold.")

    return judge


def _formed(files: Iterable[str]) -> Callable[[Probe], ProbeAnswer]:
    wanted = tuple(files)

    def judge(probe: Probe) -> ProbeAnswer:
        there = {name: probe.formats[name] for name in wanted if name in probe.formats}
        if len(there) < len(wanted):
            return _unproven("A file is not there.")
        wrong = [name for name, well_formed in there.items() if not well_formed]
        return (
            _differs(f"Another form: {', '.join(wrong)}.") if wrong else _holds("The files have this form.")
        )

    return judge


def _by_suite(_: Probe) -> ProbeAnswer:
    return _unproven(_BY_SUITE)


def _holds(detail: str) -> ProbeAnswer:
    return ProbeAnswer(Fared.HOLDS, detail)


def _differs(detail: str) -> ProbeAnswer:
    return ProbeAnswer(Fared.DIFFERS, detail)


def _unproven(detail: str) -> ProbeAnswer:
    return ProbeAnswer(Fared.UNPROVEN, detail)


_UNDOCUMENTED: Mapping[str, Callable[[Probe], ProbeAnswer]] = {
    "U1": lambda probe: _wins(probe, "level", "user", frozenset({"repository", "organization"})),
    "U2": _logins,
    "U3": _terminal,
    "U4": _lists,
    "U5": _by_suite,
    "U6": _by_suite,
    "U7": _by_suite,
    "U8": _by_suite,
    "U9": _shared_limit,
    "U10": lambda _: _unproven("It takes an AWS role and twelve hours; try it by hand."),
    "U11": _own_login,
}
_OTHERS: Mapping[str, Callable[[Probe], ProbeAnswer]] = {
    "CS-REPOSITORY-LEVEL": lambda probe: _wins(probe, "below", "repository", frozenset({"organization"})),
    "CS-TRIPLE": _triple,
    "CS-PULL": _in_recovery(lambda probe: probe.log.get("docker pull", 0) > 0, "The log has the pull."),
    "GHCR-TOKEN-WRONG": _wrong_login,
    "RC-IMAGE": _in_recovery(lambda probe: "python3" not in probe.programs, "There is no Python."),
    "RC-LOG": _in_recovery(
        lambda probe: probe.log.get("Container creation failed.", 0) > 0, "The log has the known lines."
    ),
    "RC-REASON": _in_recovery(lambda probe: probe.reason is not None, "The file has a code."),
    "RC-SECRETS-ENVS": _formed(["user-secrets-envs.json"]),
    "RC-ENV-SECRETS": _formed([".env-secrets", ".env"]),
    "RC-USER-SECRETS": _formed([".user-secrets.json", "environment-variables.json"]),
}
PROVABLE = frozenset(_OTHERS) | {"U1", "U2", "U3", "U4", "U9", "U11"}
"""The claims that a codespace can settle."""
