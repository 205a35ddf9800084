"""One job of a check that is spread over several machines: what it checks, and with how much of the limits."""

import fnmatch
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crreg.github.access import is_login
from crreg.platform import LINUX_AMD64
from crreg.registry.client import RegistryClient
from crreg.registry.image.artifact import Use
from crreg.registry.outcome import LoginOutcome, LoginResult, PullOutcome, PullResult
from crreg.registry.reference import ImageReference
from crreg.registry.server import registry_of
from crreg.triple import Triple

MOST_JOBS = 256
"""Jobs of a matrix in one run of a workflow.

Source: https://docs.github.com/en/actions/reference/limits ("Job Matrix")
"""
_LONGEST_INPUT = 128 * 1024 - len("INPUT_PLAN=") - 1
"""Bytes of a plan that a runner can pass to a step: in one variable of docker's environment, which Linux limits.

Sources: https://github.com/actions/runner/blob/main/src/Runner.Worker/Container/DockerCommandManager.cs (DockerRun)
https://man7.org/linux/man-pages/man2/execve.2.html (MAX_ARG_STRLEN)
"""
_PART = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})")
_WORD = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_NOT_ASKED = "It was not asked: the plan leaves it to another runner."
_GLOB = re.compile(r"[A-Za-z0-9_.:*?\[\]-]{1,255}")


class PlanError(ValueError):
    """A plan, a job or an option for one that can't be used; the text is for users."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a plan."""

    plan: str
    """The plan's identifier, the same in all of its jobs."""
    organization: str
    part: tuple[int, int] = (1, 1)
    """Which part of the organization, counted from 1, and of how many."""
    share: float = 1.0
    """Which part of the token's limits the job may use."""
    runner: str = "ubuntu-latest"
    """The label of the runner."""
    elsewhere: tuple[str, ...] = ()
    """Globs for the hosts of registries that only other runners of the plan ask."""

    @property
    def name(self) -> str:
        """The job for a person: `acme 3/8 on ubuntu-latest`."""
        number, parts = self.part
        return f"{self.organization} {number}/{parts} on {self.runner}"

    def to_json(self) -> dict[str, Any]:
        """Return the job as an entry of a matrix; `file` is a name for its part."""
        number, parts = self.part
        label = re.sub(r"[^a-z0-9]+", "-", self.runner.lower())
        return {
            "plan": self.plan,
            "organization": self.organization,
            "part": f"{number}/{parts}",
            "share": self.share,
            "runner": self.runner,
            "elsewhere": list(self.elsewhere),
            "file": f"{self.organization}-{number}-of-{parts}-{label}",
        }


def matrix_of(jobs: Iterable[Job]) -> str:
    """Return the jobs as a line of JSON for `strategy.matrix`."""
    return json.dumps({"include": [job.to_json() for job in jobs]}, separators=(",", ":"))


def matrix_output(jobs: Iterable[Job]) -> str:
    """Return the jobs for a step's output, which the merge gets as an input; raises PlanError if that is too long."""
    text = matrix_of(jobs)
    if len(text) > _LONGEST_INPUT:
        raise PlanError(
            f"The plan has {-(-len(text) // 1024)} KiB, and a step can be given at most 128. Make several plans, "
            "each with a part of the organizations, or name the hosts of the runners with fewer globs."
        )
    return text


def parse_job(text: str) -> Job:
    """Parse a job as JSON; raises PlanError."""
    return _job(_decoded(text, "The job"))


def parse_plan(text: str) -> tuple[Job, ...]:
    """Parse the output of `crreg org plan`; raises PlanError."""
    document = _decoded(text, "The plan")
    entries = document.get("include") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not 0 < len(entries) <= MOST_JOBS:
        raise PlanError(
            "The plan must be what `crreg org plan` printed: an object with a list of jobs, `include`."
        )
    jobs = tuple(map(_job, entries))
    if len({job.plan for job in jobs}) > 1 or len(
        {(job.organization, job.part, job.runner) for job in jobs}
    ) < len(jobs):
        raise PlanError("The plan mixes the jobs of several plans, or has one twice. Make the plan again.")
    return jobs


def is_label(text: str) -> bool:
    """Whether a job can be sent to a runner of that label."""
    return _WORD.fullmatch(text) is not None


def parse_runners(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Parse `LABEL=GLOB,...`: the registries that only a runner with the label can reach; raises PlanError."""
    runners: dict[str, tuple[str, ...]] = {}
    for text in texts:
        label, _, rest = text.partition("=")
        globs = tuple(filter(None, re.split(r"[\s,]+", rest)))
        if not is_label(label) or not globs or not all(map(_GLOB.fullmatch, globs)):
            raise PlanError(
                f"The runner {text!r} must be LABEL=HOST, a runner's label and the registries that only it can reach, "
                "such as internal=*.corp.example."
            )
        runners[label] = (*runners.get(label, ()), *globs)
    return runners


def _decoded(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise PlanError(f"{what} is not JSON. Pass what `crreg org plan` printed, unchanged.") from None


def _job(entry: Any) -> Job:
    """Read an entry of a matrix; raises PlanError."""
    try:
        number, parts = map(int, _matched(_PART, entry["part"]).groups())
        share, elsewhere = float(entry["share"]), entry["elsewhere"]
        is_sound = 0 < share <= 1 and number <= parts and is_login(entry["organization"])
        job = Job(
            _matched(_WORD, entry["plan"])[0],
            entry["organization"],
            (number, parts),
            share,
            _matched(_WORD, entry["runner"])[0],
            tuple(_matched(_GLOB, each)[0] for each in elsewhere),
        )
    except (TypeError, KeyError, ValueError, OverflowError):
        is_sound = False
    if not is_sound:
        raise PlanError("A job of the plan can't be used. Pass what `crreg org plan` printed, unchanged.")
    return job


def _matched(pattern: re.Pattern[str], text: Any) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise ValueError(pattern.pattern)
    return found


class RegistriesOfJob(RegistryClient):
    """Asks only the registries that a job's runner is to ask; the others count as not reached."""

    def __init__(self, elsewhere: Iterable[str], **options: Any) -> None:
        """Take the globs for the hosts of the others, and the options of the base class."""
        super().__init__(**options)
        self._elsewhere = tuple(glob.lower() for glob in elsewhere)

    def login(self, triple: Triple) -> LoginResult:
        """Test a login, as the base class does."""
        if self._is_elsewhere(registry_of(triple.server)):
            return LoginResult(LoginOutcome.UNREACHABLE, _NOT_ASKED)
        return super().login(triple)

    def pull(
        self,
        reference: ImageReference,
        triple: Triple | None,
        *,
        named: bool = False,
        use: Use = LINUX_AMD64,
    ) -> PullResult:
        """Check an image, as the base class does."""
        if self._is_elsewhere(reference.registry):
            return PullResult(PullOutcome.UNREACHABLE, _NOT_ASKED)
        return super().pull(reference, triple, named=named, use=use)

    def _is_elsewhere(self, host: str | None) -> bool:
        # A glob without a port is about every port.
        names = {(host or "").lower(), (host or "").lower().partition(":")[0]} - {""}
        return any(fnmatch.fnmatchcase(name, glob) for name in names for glob in self._elsewhere)
