"""One check, for the command and the action: from the request to the report."""

from dataclasses import replace
from datetime import UTC, datetime

from crreg.check.report import Report
from crreg.configuration.settings import Settings
from crreg.discovery.found import Discovery
from crreg.facts.gather import gather
from crreg.facts.request import Request
from crreg.github.connection import Connection
from crreg.github.inventory import Inventory
from crreg.net.deadline import Deadline
from crreg.registry.client import RegistryClient
from crreg.rules import RULE_NAMES


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
    deadline = Deadline.after(request.budget)
    asking = deadline.for_requests(request.budget)
    connection = Connection(request.access, request.repository, asking, request.say, request.conceal)

    def inventory() -> Inventory:
        return connection.inventory(actions_secrets=bool(settings.registries), origins=request.origins())

    try:
        with RegistryClient(
            allow_insecure=request.allow_insecure, budget=asking.remaining, conceal=request.conceal
        ) as registries:
            now = datetime.now(UTC)
            task = request.task(registries, deadline, now, settings, inventory, package=connection.package)
            return Report.of(gather(replace(task, discovery=discovery)))
    finally:
        connection.close()
