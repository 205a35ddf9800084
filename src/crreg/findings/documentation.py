"""The addresses of crreg's documentation, as of the running major version.

Within a major version, rules and pages are added and none goes away. So the site has a folder for each major version,
which holds the pages of its last release, and every link that a release prints keeps working.
"""

from crreg import __version__

HOME = "https://github.com/org/crreg-action"
"""The repository."""
MAJOR = f"v{__version__.partition('.')[0]}"
"""The tag of the last release of this major version, and its folder of the site."""
SITE = f"https://org.github.io/crreg-action/{MAJOR}"
"""The pages in docs/, which .github/workflows/site.yml publishes."""


def rule_page(rule: str) -> str:
    """Return the address of the heading that explains a rule."""
    return f"{SITE}/rules/#{rule}"


def rule_source(rule: str) -> str:
    """Return the address of the same heading in the repository, to which the page's links are relative."""
    return f"{HOME}/blob/{MAJOR}/docs/rules.md#{rule}"


def registry_page(name: str) -> str:
    """Return the address of a page in docs/registries, by its file's name."""
    return f"{SITE}/registries/{name.replace('.md', '/')}"


def example(name: str) -> str:
    """Return the address of a workflow in examples, by its file's name."""
    return f"{HOME}/blob/{MAJOR}/examples/{name}"


def operations_page(heading: str) -> str:
    """Return the address of a heading in docs/operations.md, by the heading's anchor."""
    return f"{SITE}/operations/#{heading}"


def guide(name: str) -> str:
    """Return the address of a page in docs, by its file's name and the anchor of a heading."""
    return f"{SITE}/{name.replace('.md', '/')}"
