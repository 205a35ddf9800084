"""The settings of the documentation's site; `python -m docs.site` puts the pages beside this file and runs Sphinx."""

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
