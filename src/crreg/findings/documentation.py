"""The addresses of crreg's documentation."""

from crreg import __version__

HOME = "https://github.com/org/crreg-action"
"""The repository, whose default branch holds the pages in docs/."""
SITE = f"https://org.github.io/crreg-action/v{__version__.partition('.')[0]}"
"""The documentation of this major version."""
_PAGES = f"{HOME}/blob/main/docs"


def rule_page(rule: str) -> str:
    """Return the address of the heading that explains a rule."""
    return f"{_PAGES}/rules.md#{rule}"


def registry_page(name: str) -> str:
    """Return the address of a page in docs/registries, by its file's name."""
    return f"{_PAGES}/registries/{name}"


def example(name: str) -> str:
    """Return the address of a workflow in examples, by its file's name."""
    return f"{HOME}/blob/main/examples/{name}"


def operations_page(heading: str) -> str:
    """Return the address of a heading in docs/operations.md, by the heading's anchor."""
    return f"{_PAGES}/operations.md#{heading}"
