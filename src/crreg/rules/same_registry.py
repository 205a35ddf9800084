"""Several triples log in to one registry, for which docker keeps only one login."""

from collections.abc import Iterator, Sequence

from crreg.facts.model import Facts, TripleFact, by_key
from crreg.facts.package_access import needs_no_secret
from crreg.facts.questions import complete, stored_parts, untested
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.printable import quoted
from crreg.remedies.commands import delete_secret
from crreg.remedies.wording import listing, place_of
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per registry."""
    by_server = by_key(
        (triple.server, triple)
        for triple in facts.triples
        if triple.server is not None and (complete(triple) or not untested(triple))
    )
    for server, triples in by_server.items():
        if len(triples) > 1:
            yield _finding(facts, server, triples)


def _finding(facts: Facts, server: str, triples: Sequence[TripleFact]) -> Finding:
    first, *rest = triples
    private = [image for image in facts.images_of(server) if not needs_no_secret(facts, image)]
    every = "both" if len(rest) == 1 else "all"
    tested = f" The images were tested with {first.identifier} only." if private else ""
    return RULE.finding(
        f"{listing([triple.identifier for triple in triples])} {every} log in to {quoted(server)}. Docker keeps one "
        f"login per registry, and GitHub does not document which one a codespace ends up with.{tested}",
        steps(
            f"Keep one triple, and delete the others. To keep {first.identifier}:",
            *(
                delete_secret(facts, part.name, part.holding.level)
                for triple in rest
                for part in stored_parts(triple)
            ),
        ),
        effect=None if private else Effect.HYGIENE,
        triple=first.identifier,
        registry=server,
        location=place_of(facts, first),
        about=(server,),
    )


RULE = Rule(
    "same-registry",
    Severity.WARNING,
    Effect.UNPROVEN,
    "Several triples log in to the same registry.",
    "Keep one of them, and delete the others.",
    check,
)
