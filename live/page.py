"""Writes docs/assumptions.md from the table, its places in the sandbox, and the last results.

`python -m live.page` prints what was last proven, for the notes of a release; it needs no packages.
"""

import os
import sys
from collections.abc import Iterator

from crreg.doctor.probe_answers import PROVABLE
from live.assumptions import PARTIES, ROOT, TABLE, Result, Verdict, places, results, unproven
from live.claim import Assumption
from live.profiles import PROFILES
from live.steps import all_steps

PAGE = ROOT / "docs" / "assumptions.md"
_OPENING = """\
# What is assumed

<!-- Written by live/page.py (make docs) from live/claims and live/results.json: change those, not this page. -->

The tests of crreg run against servers that play GitHub, Codespaces, GHCR, runners and registries
([sandbox](../sandbox/README.md)). This page lists everything that these servers, or crreg itself, assume about the
real ones: {count} assumptions, of which {sourced} have a source and {proven} were last seen to hold on the real
services. [Trying them](live.md) takes one command and one codespace. If reality differs, change the sandbox and the
table first, then crreg.

## Not documented and not proven

Nobody documents these {open}, and no run has shown them yet. crreg takes the safe side where one of them matters, and
its pages link here.

| id | claim |
|---|---|
{rows}
"""
_VERDICTS = {Verdict.HOLDS: "held", Verdict.DIFFERS: "**differed**", Verdict.UNPROVEN: "was not settled"}


def page() -> str:
    """The whole page."""
    last, still_open = results(), unproven()
    proven = sum(each.verdict is Verdict.HOLDS for each in last.values())
    rows = "\n".join(
        f"| [{name}](#{name.lower()}) | {_cell(each.claim)} |" for name, each in still_open.items()
    )
    opening = _OPENING.format(
        count=len(TABLE),
        sourced=sum(bool(each.source) for each in TABLE.values()),
        proven=proven,
        open=len(still_open),
        rows=rows,
    )
    steps = _steps()
    sections = [
        "\n".join([f"## {party}\n", *(_section(each, steps, last.get(each.id)) for each in claims)])
        for party, claims in PARTIES.items()
    ]
    return "\n".join([opening, *sections])


def summary() -> Iterator[str]:
    """Which assumptions were last proven, and when, in Markdown: for the notes of a release."""
    last = results()
    dates = sorted({each.date for each in last.values()}, reverse=True)
    yield f"{len(TABLE)} assumptions about GitHub and registries, {len(last)} of them tried on the real services.\n"
    for date in dates:
        for verdict in (Verdict.DIFFERS, Verdict.HOLDS):
            found = [name for name, each in last.items() if (each.date, each.verdict) == (date, verdict)]
            if found:
                yield f"- {date}: {_VERDICTS[verdict]}: {', '.join(found)}"
    yield f"- not documented and not proven: {', '.join(unproven()) or 'none'}"


def main() -> None:
    """Print the summary."""
    sys.stdout.write("".join(f"{line}\n" for line in summary()))


def _section(each: Assumption, steps: dict[str, list[str]], last: Result | None) -> str:
    lines = [
        f"### {each.id}\n",
        f"{each.claim}\n",
        f"- Source: {each.source or 'none'}.",
        f"- Sandbox: {_sandbox(each)}",
        f"- Product: {_links(each.product) or 'nothing depends on it'}.",
        f"- Proof: {_proof(each, steps.get(each.id, []))}",
        f"- Last result: {_last(last)}.",
        "",
    ]
    return "\n".join(lines)


def _sandbox(each: Assumption) -> str:
    files = list(dict.fromkeys(place.path for place in places().get(each.id, ())))
    return f"{_links(files)}." if files else f"not modeled. {each.unmodeled}"


def _links(files: tuple[str, ...] | list[str]) -> str:
    return ", ".join(
        f"[{file.removeprefix('docs/')}]({os.path.relpath(ROOT / file, PAGE.parent)})" for file in files
    )


def _proof(each: Assumption, steps: list[str]) -> str:
    ways = []
    if steps:
        shown = ", ".join(f"`{step}`" for step in steps)
        ways.append(f"`make live` asks {shown}.")
    if each.id in PROVABLE:
        ways.append("The probe shows it in a codespace.")
    return " ".join(ways) or each.otherwise


def _last(last: Result | None) -> str:
    return "never tried" if last is None else f"{_VERDICTS[last.verdict]} on {last.date} ({last.by})"


def _steps() -> dict[str, list[str]]:
    """The steps that prove each assumption; those with each kind of token count as one."""
    found: dict[str, list[str]] = {}
    for step, names in all_steps(PROFILES):
        profile, _, question = step.partition(": ")
        for name in names:
            shown = found.setdefault(name, [])
            text = f"{question} with each token" if question else profile
            if text not in shown:
                shown.append(text)
    return found


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    main()
