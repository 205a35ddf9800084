"""The files that `crreg init` writes, as text.

Nothing from the repository's files is in a workflow but identifiers, which are letters, digits and underscores. A host
is in the configuration only, as a JSON string, which is YAML too.
"""

import json
from collections.abc import Iterable

import yaml

from crreg.findings.documentation import HOME, guide
from crreg.printable import plain
from crreg.remedies.commands import environment
from crreg.remedies.providers import server_value
from crreg.rules.unreadable_secrets import TOKEN
from crreg.setup.needs import Need
from crreg.triple import names_of

ACTION = HOME.removeprefix("https://github.com/")
"""The action, as `uses:` names it."""
_CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
_CHECK = """\
# Reports in a pull request, on the line that names an image, why a codespace would fail to pull it.
# Written by crreg init. About it: {guide}
name: Registry check
on:
  pull_request:
  workflow_dispatch:
permissions: {{}}
concurrency:
  group: registry-check-${{{{ github.ref }}}}
  cancel-in-progress: true
jobs:
  check:
    name: Check
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      contents: read # to check out the repository
    steps:
      - name: Check out the repository
        uses: {checkout}
        with:
          persist-credentials: false
      - name: Check the registries
        uses: {action}@v1
        with:
          token: ${{{{ secrets.{token} }}}}
{values}"""
_ORGANIZATION = """\
# Checks every morning whether codespaces of the organization's repositories can pull their images.
# Written by crreg init. About it: {guide}
name: Organization health
on:
  schedule:
    - cron: "17 5 * * *"
  workflow_dispatch:
permissions: {{}}
concurrency:
  group: organization-health
  cancel-in-progress: false
jobs:
  health:
    name: Health
    permissions:
      contents: read # a workflow that is called can't have fewer than this
      issues: write # to keep the tracking issue
    uses: {action}/.github/workflows/organization-health.yml@v1
    with:
      organization: {organization}
      issue: true
    secrets:
      token: ${{{{ secrets.{token} }}}}
{values}"""
_CONFIGURATION = """\
# Which triple is for which registry. Written by crreg init. What else can be here: {guide}
registries:
{entries}"""


def check_workflow(needs: Iterable[Need]) -> str:
    """Return the workflow that checks pull requests of one repository, with the values of these registries."""
    lines = "".join(f"          {line}\n" for line in values(needs))
    return _CHECK.format(
        guide=guide("first-check.md"),
        checkout=_CHECKOUT,
        action=ACTION,
        token=TOKEN,
        values=f"        env:\n{lines}" if lines else "",
    )


def organization_workflow(organization: str, needs: Iterable[Need]) -> str:
    """Return the workflow that checks an organization, with the values of these registries."""
    lines = "".join(f"        {line.replace(': ', '=', 1)}\n" for line in values(needs))
    return _ORGANIZATION.format(
        guide=guide("many-repositories.md"),
        action=ACTION,
        organization=json.dumps(organization),
        token=TOKEN,
        values=f"      credentials: |\n{lines}" if lines else "",
    )


def values(needs: Iterable[Need]) -> list[str]:
    """Return the lines of `env:` that pass the values of these registries."""
    return [environment(str(name)).line for need in needs for name in names_of(need.identifier)]


def configuration(needs: Iterable[Need]) -> str:
    """Return the configuration that names the registry of each triple; empty if none is known."""
    entries = "".join(
        f"  {_key(need.identifier)}:\n    server: {_quoted(server_value(need.registry))}\n"
        for need in needs
        if need.registry is not None
    )
    return _CONFIGURATION.format(guide=guide("command.md#configuration"), entries=entries) if entries else ""


def _key(identifier: str) -> str:
    """Quote an identifier that YAML would read as something else, such as NO or NULL."""
    return identifier if yaml.safe_load(identifier) == identifier else json.dumps(identifier)


def _quoted(text: str) -> str:
    return json.dumps(plain(text))
