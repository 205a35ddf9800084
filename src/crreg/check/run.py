"""One check, for the command and the action: from the request to the report."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from crreg.check.report import Report
from crreg.configuration.settings import Settings
from crreg.discovery.found import Discovery
from crreg.facts.gather import gather
from crreg.facts.request import Request
from crreg.rules.catalog import RULE_NAMES


def run(request: Request, settings: Settings | None = None, discovery: Discovery | None = None) -> Report:
    """Gather, judge and make the report.

    Args:
        request: what to check.
        settings: the configuration, if it was read before.
        discovery: what the files say, if they were read before; the workspace is then not read.

    Raises:
        ConfigurationError: the configuration can't be used.
    """
    settings = request.settings(RULE_NAMES) if settings is None else settings
    with request.connected() as to:
        inventory = partial(
            to.github.inventory, actions_secrets=bool(settings.registries), origins=request.origins()
        )
        now = datetime.now(UTC)
        task = request.task(to.registries, to.deadline, now, settings, inventory, package=to.github.package)
        return Report.of(gather(replace(task, discovery=discovery)))
