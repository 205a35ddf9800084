"""One assumption: a row of the table."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Assumption:
    """A belief about a service, with what it rests on and what rests on it."""

    id: str
    claim: str
    """One or two sentences in Markdown."""
    source: str = ""
    """Who says so, in Markdown; empty if nobody does."""
    product: tuple[str, ...] = ()
    """Files of the product that depend on it, relative to the root of the project; empty if only the sandbox does."""
    otherwise: str = ""
    """Why neither the suite nor the probe can prove it, and what would; empty if one of them does."""
    unmodeled: str = ""
    """Why the sandbox does not behave so; empty if it does."""
    phrases: tuple[str, ...] = ()
    """Expressions for sentences of the documentation that state it. While it is unproven, each needs a link to it."""
