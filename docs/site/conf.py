"""The settings of the documentation's site; `python -m docs.site` puts the pages beside this file and runs Sphinx."""

from sphinx.search import languages
from sphinx.search.en import SearchEnglish

project = "crreg"
html_title = "crreg"
extensions = ["myst_parser", "sphinx.ext.githubpages"]
# Links name headings as GitHub does.
myst_heading_anchors = 4
# Two headings of rules.md are of the third level, since each of the second is a rule.
suppress_warnings = ["myst.header"]
html_theme = "furo"
html_theme_options = {
    "source_repository": "https://github.com/org/crreg-action/",
    "source_branch": "main",
    "source_directory": "docs/",
}
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_extra_path = ["extra"]


class SearchWithNumbers(SearchEnglish):
    """Finds numbers too, since people search for 403. Sphinx leaves out words of digits, so these get a letter."""

    js_splitter_code = r"""
var splitQuery = (query) =>
  query
    .split(/[^\p{Letter}\p{Number}_]+/gu)
    .filter((term) => term)
    .map((term) => (/^\d+$/.test(term) ? `n${term}` : term));
"""

    def split(self, input: str) -> list[str]:  # noqa: A002 - the base class's name
        """Split a text into words."""
        return [f"n{word}" if word.isdigit() else word for word in super().split(input)]


languages["en"] = SearchWithNumbers
