"""The command `crreg rules`."""

import re
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urljoin

import click
from click.shell_completion import CompletionItem

from crreg import rules as rules_folder
from crreg.cli import context, options
from crreg.exits.exit_code import DONE, ExitCode
from crreg.findings.documentation import rule_page, rule_source
from crreg.printable import nearest
from crreg.report.formats import Format
from crreg.report.render import render_rules
from crreg.report.tables import new_page
from crreg.rules.catalog import RULES
from crreg.rules.rule import Rule

_FOLDER = Path(rules_folder.__file__).parent
_PAGES = (_FOLDER / "pages.md", _FOLDER.parents[2] / "docs" / "rules.md")
"""The page in an installed package, and where a checkout has it."""
_LINK = re.compile(r"\]\((?!https?://)([^)\s]+)\)")


def _complete(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    return [CompletionItem(rule.id, help=rule.summary) for rule in RULES if rule.id.startswith(begun)]


@click.command()
@click.argument("name", metavar="[RULE]", required=False, shell_complete=_complete)
@options.form()
def rules(name: str | None, form: str) -> ExitCode:
    """List every rule with its remedy, or print the page of one RULE.

    The page is Markdown if it does not go to a terminal.
    """
    found = [rule for rule in RULES if name in (None, rule.id)]
    if not found:
        meant = nearest(name or "", (rule.id for rule in RULES))
        question = f" Did you mean {meant!r}?" if meant is not None else ""
        raise click.UsageError(f"There is no rule {name!r}.{question} `crreg rules` lists them all.")
    text = rules_text if name is None else _pages
    click.echo(render_rules(found, Format(form), text), nl=False)
    return DONE


def rules_text(rules: Iterable[Rule]) -> str:
    """Render each rule's name, severity, summary and remedy."""
    return "\n".join(f"{rule.id} ({rule.severity})\n  {rule.summary}\n  {rule.remedy}\n" for rule in rules)


def _pages(rules: Iterable[Rule]) -> str:
    text = "\n".join(map(_page, rules))
    if not sys.stdout.isatty() or find_spec("markdown_it") is None:
        # The container leaves the parser out.
        return text
    page = new_page(color=context.color(), width=context.width())
    page.markdown(text)
    return page.text()


def _page(rule: Rule) -> str:
    """Return the rule's section of docs/rules.md with complete links; without that page, the rule's own texts."""
    address = rule_page(rule.id)
    section = _section(rule.id, _PAGES)
    if section is None:
        return f"{rules_text([rule])}\n{address}\n"
    complete = _LINK.sub(lambda link: f"]({urljoin(rule_source(rule.id), link[1])})", section)
    return f"{rule.id}\n\n{complete.strip()}\n\n{address}\n"


def _section(name: str, pages: Iterable[Path]) -> str | None:
    """Return the text below the heading `name` of the first page that exists; None if there is none."""
    page = next((path.read_text(encoding="utf-8") for path in pages if path.is_file()), "")
    _, heading, rest = page.partition(f"\n## {name}\n")
    return rest.partition("\n## ")[0] if heading else None
