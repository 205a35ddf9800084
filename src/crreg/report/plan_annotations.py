"""What was refused and what failed as workflow commands, which GitHub shows as annotations."""

from crreg.ensure.change import Ensured
from crreg.findings.finding import Severity
from crreg.findings.remedy import Prose
from crreg.report.annotations import SHOWN, annotation, bounded
from crreg.report.escaping.workflow import escape_data, escape_property
from crreg.report.plan_verdict import plan_verdict
from crreg.text import plain


def render_plan_annotations(ensured: Ensured) -> str:
    """One command a line: changes that failed, errors, warnings, and one notice if there are more than GitHub shows."""
    failed = [
        f"::error title={escape_property(f'{change.action} {plain(change.name)}')}::"
        f"{escape_data(plain(result.detail, 2000))}"
        for change, result in ensured.failures
    ]
    errors = failed + [
        annotation(finding) for finding in ensured.plan.findings if finding.severity is Severity.ERROR
    ]
    warnings = [
        annotation(finding) for finding in ensured.plan.findings if finding.severity is Severity.WARNING
    ]
    commands = [*errors[:SHOWN], *warnings[:SHOWN]]
    rest = len(errors) + len(warnings) - len(commands)
    if rest:
        more = f"{rest} more in the job summary. {plan_verdict(ensured)}"
        commands.append(f"::notice title=crreg::{escape_data(bounded('crreg', [Prose(more)]))}")
    return "".join(f"{command}\n" for command in commands)
