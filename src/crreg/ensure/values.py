"""Values at hand, freed of the white space that pipes and editors leave at their ends."""

from collections.abc import Mapping

from crreg.triple import Part, parse_name


def tidy(values: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The values, tidied where they are parts of triples, and a sentence on each that was changed.

    Line breaks at the end are in nobody's credential. Around SERVER and USER no white space belongs at all, and
    `docker login` stumbles over it in SERVER.
    """
    tidied = dict(values)
    notes = []
    for name, value in values.items():
        parsed = parse_name(name)
        if parsed is None:
            continue
        kept = value.rstrip("\r\n") if parsed.part is Part.PASSWORD else value.strip()
        if kept != value:
            tidied[name] = kept
            notes.append(f"{parsed}: {_what(value)} was left out.")
    return tidied, tuple(notes)


def _what(value: str) -> str:
    return "the line break at its end" if value.endswith(("\r", "\n")) else "the white space around it"
