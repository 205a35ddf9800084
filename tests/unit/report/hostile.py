"""Facts in which everything that a file or a server chooses is hostile."""

from hypothesis import strategies as st
from tests.unit.rules.facts_builder import NOW, inventory, level, login, triple

from crreg.configuration.settings import RegistrySettings, Settings
from crreg.discovery.found import Discovery, Problem, ProblemKind, Source
from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts, MisnamedSecret
from crreg.findings.location import Location
from crreg.github.inventory import LevelStatus
from crreg.github.levels import Level
from crreg.registry.outcome import PullOutcome, PullResult
from crreg.registry.reference import ImageReference

FRAGMENTS = (
    "\n",
    "\r\n",
    "\n::error file=a::b",
    "::add-mask::x",
    " ::stop-commands::x",
    "##[add-mask]x",
    "##vso[task.setvariable]",
    "%0A::error::",
    "|",
    "\\|",
    "\\",
    "`",
    "``",
    "```\n",
    "~~~",
    "<script>alert(1)</script>",
    "<!--",
    "<http://evil.example>",
    "[x](http://evil.example)",
    "![x](http://evil.example/x.png)",
    "[x]: http://evil.example\n",
    "http://evil.example",
    "https://evil.example",
    "www.evil.example",
    "a@evil.example",
    "@octocat",
    "#1",
    "org/repo#1",
    "GH-1",
    " a5c3785ed8d6a35868bc169f07e40e889087fd2e ",
    "(defaced)",
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "---",
    "    code",
    "&lt;b&gt;",
    "&#64;octocat",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31m",
    "\x07",
    "\x08",
    "\u202eevil",
    "\u2066",
    "\u2028",
    "\u200b",
    "\ud800",
    "$(touch x)",
    "';touch x;'",
    '"',
    "[bold]",
    ":warning:",
    "{0}",
    "${{ secrets.X }}",
    "word ",
)
TEXTS = st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=8)), min_size=1, max_size=6).map(
    "".join
)


def hostile_facts(text: str) -> Facts:
    """A repository that breaks as many rules as one can with this text in every place."""
    place = Location(text, 3, 1, 3, 9)
    images = tuple(
        ImageFact(
            text,
            ImageReference(registry, text) if registry else None,
            Source.IMAGE,
            Location(text, line, 1, line, 9),
            coverage,
            covered_by,
            PullResult(PullOutcome(outcome), text),
            text,
        )
        for line, (registry, coverage, covered_by, outcome) in enumerate(
            [
                (text, Coverage.NONE, None, "denied"),
                (text + "1", Coverage.UNKNOWN, None, "denied"),
                (text + "2", Coverage.COVERED, "GOOD", "denied"),
                (text + "3", Coverage.COVERED, "GOOD", "not-found"),
                (text + "4", Coverage.NONE, None, "unreachable"),
                ("", Coverage.NONE, None, "skipped"),
            ],
            start=1,
        )
    )
    entry = RegistrySettings("BAD", place, server=text + "x", server_location=place)
    return Facts(
        now=NOW,
        repository=text,
        settings=Settings(path=text),
        discovery=Discovery(
            (text,),
            (),
            (Problem(ProblemKind.INVALID, text, place), Problem(ProblemKind.UNRESOLVED, text, place)),
        ),
        inventory=inventory(level(Level.USER, LevelStatus.UNREADABLE, detail=text, permission=text)),
        triples=(
            triple("BAD", server=text, login=login("denied", text), configured=entry, server_at_hand=True),
            triple("EMPTY", server=None, stored={}, login=login("unreachable", text), configured=entry),
            triple("GOOD", server=text + "2", login=login()),
            triple("OPEN", server=text + "5", login=login("insecure", text), configured=entry),
            triple("WRONG", server=text + "6", login=login("invalid", text), configured=entry),
        ),
        images=images,
        misnamed=(MisnamedSecret(text, "EMPTY_CONTAINER_REGISTRY_USER", Level.REPOSITORY),),
    )
