"""The record of a run: every answer beside the sandbox's, and a verdict for each assumption."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from live.assumptions import TABLE, Result, Verdict
from live.profiles import PROFILES
from live.shapes import Difference, differences
from live.stage import Record
from live.steps import QUESTIONS, all_steps, token_step

_MOST_SHOWN = 20


def verdicts(real: Record, sandbox: Record) -> dict[str, Verdict]:
    """Judge every assumption that has steps: it holds if all of them were answered, and as in the sandbox."""
    found: dict[str, Verdict] = {}
    for step, names in all_steps(PROFILES):
        verdict = _of_step(step, real, sandbox)
        for name in names:
            found[name] = _worse(found.get(name), verdict)
    return found


def found_differences(real: Record, sandbox: Record) -> dict[str, list[Difference]]:
    """Return the differences by step; a step without any is left out."""
    both = [step for step in sandbox.observations if step in real.observations]
    compared = {
        step: differences(real.observations[step], sandbox.observations[step])
        for step in both
        if not step.startswith("look-for-")
    }
    return {step: each for step, each in compared.items() if each}


def document(real: Record, sandbox: Record, when: date) -> dict[str, Any]:
    """Return the whole record as JSON: statuses, types, and no value."""
    return {
        "schema_version": 1,
        "date": when.isoformat(),
        "verdicts": {name: verdict.value for name, verdict in verdicts(real, sandbox).items()},
        "steps": {
            step: {
                "request": request,
                "real": _shown(real, step),
                "sandbox": _shown(sandbox, step),
                "differences": [str(each) for each in found_differences(real, sandbox).get(step, ())],
            }
            for step, request in real.requests.items()
        },
        "tokens": {
            profile: {question: _statuses(real, sandbox, profile, question) for question in QUESTIONS}
            for profile in PROFILES
        },
    }


def merged(last: Mapping[str, Result], new: Mapping[str, Verdict], when: date, by: str) -> dict[str, Result]:
    """Return the last results with those of a run; what it did not settle keeps its earlier result."""
    settled = {
        name: Result(when.isoformat(), verdict, by)
        for name, verdict in new.items()
        if name in TABLE and verdict is not Verdict.UNPROVEN
    }
    everything = {**last, **settled}
    return {name: everything[name] for name in TABLE if name in everything}


def told(real: Record, sandbox: Record) -> Iterator[str]:
    """Yield the lines that a person reads after a run."""
    different = found_differences(real, sandbox)
    for step, each in different.items():
        yield f"DIFFERS  {step} ({real.requests[step]})"
        yield from (f"           {difference}" for difference in each[:_MOST_SHOWN])
    for step, why in real.unanswered.items():
        yield f"NOTHING  {step}: {why}"
    yield ""
    yield from token_table(real, sandbox)
    yield ""
    every = verdicts(real, sandbox)
    for verdict in Verdict:
        names = [name for name, each in every.items() if each is verdict]
        yield f"{verdict.value}: {len(names)}" + (f" ({', '.join(names)})" if names else "")


def token_table(real: Record, sandbox: Record) -> Iterator[str]:
    """Yield what each kind of token gets, as a table in Markdown; the sandbox's status follows where it differs."""
    yield f"| token | {' | '.join(QUESTIONS)} |"
    yield f"|{'---|' * (len(QUESTIONS) + 1)}"
    for profile in PROFILES:
        cells = (_statuses(real, sandbox, profile, question) for question in QUESTIONS)
        yield f"| {profile} | {' | '.join(cells)} |"
    seen = real.observations.get("workflow-token")
    facts = seen.facts if seen is not None else {}
    cells = (str(facts.get(question, "")) for question in QUESTIONS)
    yield f"| a workflow's GITHUB_TOKEN | {' | '.join(cells)} |"


def _statuses(real: Record, sandbox: Record, profile: str, question: str) -> str:
    step = token_step(profile, question)
    here, there = real.observations.get(step), sandbox.observations.get(step)
    if here is None:
        return ""
    same = there is not None and there.status == here.status
    return str(here.status) if same or there is None else f"{here.status} (sandbox {there.status})"


def _of_step(step: str, real: Record, sandbox: Record) -> Verdict:
    here, there = real.observations.get(step), sandbox.observations.get(step)
    if here is None or there is None:
        return Verdict.UNPROVEN
    return Verdict.DIFFERS if differences(here, there) else Verdict.HOLDS


def _worse(before: Verdict | None, now: Verdict) -> Verdict:
    order = (Verdict.HOLDS, Verdict.UNPROVEN, Verdict.DIFFERS)
    return now if before is None else max(before, now, key=order.index)


def _shown(record: Record, step: str) -> dict[str, Any] | None:
    seen = record.observations.get(step)
    return None if seen is None else seen.document()
