"""The event that started a workflow's run: may crreg change anything, does it have secrets, and can anyone read it?"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crreg.facts.withheld_secrets import PULL_REQUEST, why_withheld

WRITING_EVENTS = ("push", "schedule", "workflow_dispatch", "repository_dispatch", "release")
"""Events that only a person or app with write access to the repository can cause, on one of its commits.

A reusable workflow has the event of the workflow that called it.
Source: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
"""
_FOLLOWS = "workflow_run"
_LARGEST = 32 * 1024 * 1024
"""Bytes of a payload; GitHub's webhooks are limited to 25 MB."""
_EVENT_NAME = re.compile(r"[a-z_]{1,64}")
_WHERE_CHANGES_ARE_MADE = (
    "crreg makes changes only in runs of push, schedule, workflow_dispatch, repository_dispatch and release."
)


@dataclass(frozen=True, slots=True)
class Event:
    """What follows from the event that started this run."""

    held_back: str = ""
    """Why crreg may change nothing in this run, in sentences for a person; empty if it may."""
    withheld_secrets: str = ""
    """Why GitHub gave this run no secrets, in a sentence for a person; empty if it gave them."""
    is_public: bool = False
    """Whether anyone can read the run's log and its artifacts; False if the payload does not show that.

    Scheduled runs have shown it since 2022: https://github.blog/changelog/2022-09-27-github-actions-additional-information-available-in-github-event-payload-for-scheduled-workflow-runs/
    """

    @property
    def may_write(self) -> bool:
        """Whether changes may be made, and not only planned."""
        return not self.held_back


def read_event(environment: Mapping[str, str]) -> Event:
    """Return the event of the action's step.

    A run outside GitHub Actions is a person's own, who may change what their credentials allow.
    """
    name = environment.get("GITHUB_EVENT_NAME", "")
    if not name and environment.get("GITHUB_ACTIONS") != "true":
        return Event()
    payload = _payload(environment.get("GITHUB_EVENT_PATH", ""))
    reason = _why_held_back(name, payload, environment.get("GITHUB_REPOSITORY", ""))
    return Event(
        f"{reason} {_WHERE_CHANGES_ARE_MADE}" if reason else "",
        why_withheld(name, payload, environment.get("GITHUB_ACTOR", "")),
        is_public=_is_public(payload),
    )


def read_event_of_command(environment: Mapping[str, str]) -> Event:
    """Return the event of the command: only a runner sets GITHUB_ACTIONS, and no workflow can override it.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    """
    return read_event(environment) if environment.get("GITHUB_ACTIONS") == "true" else Event()


def _why_held_back(name: str, payload: object, repository: str) -> str:
    if name in WRITING_EVENTS:
        return ""
    if name == _FOLLOWS:
        return _why_not_after(payload, repository)
    if not name:
        return "It is not known which event started this run: GITHUB_EVENT_NAME is empty."
    if name.startswith(PULL_REQUEST):
        return (
            "This run belongs to a pull request, whose author may not be allowed to decide what is written."
        )
    return (
        f"This run was started by {_shown(name)}, so someone without write access may have caused it or written the "
        "files."
    )


def _why_not_after(payload: object, repository: str) -> str:
    """Return why a run that follows another may change nothing; empty if that other run may.

    The payload names the other run's event and the repository of its commit, which is the fork for a fork's pull
    request. The payload does not say what started a `workflow_run` before a `workflow_run`.
    Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
    """
    match payload:
        case {
            "repository": {"full_name": str(own)},
            "workflow_run": {"event": str(before), "head_repository": {"full_name": str(head)}, **rest},
        }:
            owners = {own.lower(), head.lower(), *_run_repository(rest)}
        case _:
            return "This run follows another one, and the payload of its event does not show which one."
    if not repository or owners != {repository.lower()}:
        return "This run follows a run on the files of another repository."
    if before not in WRITING_EVENTS:
        return f"This run follows a run that was started by {_shown(before)}."
    return ""


def _run_repository(run: Mapping[Any, object]) -> Iterator[str]:
    match run:
        case {"repository": {"full_name": str(name)}}:
            yield name.lower()
        case {"repository": _}:
            yield ""


def _is_public(payload: object) -> bool:
    match payload:
        case {"repository": {"private": False}}:
            return True
    return False


def _shown(name: str) -> str:
    return f"the event {name}" if _EVENT_NAME.fullmatch(name) else "an unknown event"


def _payload(path: str) -> object:
    try:
        file = Path(path)
        if not file.is_file() or file.stat().st_size > _LARGEST:
            return None
        return json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def run_of(environment: Mapping[str, str], repository: str) -> str:
    """Return the id of the run that this step belongs to; empty unless it is one of a workflow of `repository`."""
    run = environment.get("GITHUB_RUN_ID", "")
    in_step = environment.get("GITHUB_ACTIONS") == "true" and run.isascii() and run.isdecimal()
    own = environment.get("GITHUB_REPOSITORY", "").lower() == repository.lower()
    return run if in_step and own else ""
