"""All rules, and what they say about the facts."""

from crreg.facts.model import Facts
from crreg.findings.finding import Effect, Finding, Severity
from crreg.rules import (
    changed_since,
    empty_value,
    expiring_credential,
    image_not_found,
    image_not_pullable,
    invalid_configuration,
    invalid_reference,
    invalid_server,
    login_failed,
    misnamed_secret,
    missing_secret,
    mixed_levels,
    no_credentials,
    not_assigned,
    package_not_accessible,
    plaintext_registry,
    private_registry,
    read_differently,
    registry_unreachable,
    same_registry,
    secret_limit,
    server_mismatch,
    shadowed_secret,
    short_lived_password,
    stale_secret,
    uncovered_registry,
    unreadable_secrets,
    unresolved_image,
    unsupported_configuration,
    unused_triple,
    user_level_only,
    wrong_host,
)
from crreg.rules.ensure_rules import ENSURE_RULES
from crreg.rules.publish_rules import PUBLISH_RULES
from crreg.rules.rule import Rule

CHECK_RULES: tuple[Rule, ...] = (
    missing_secret.RULE,
    misnamed_secret.RULE,
    not_assigned.RULE,
    login_failed.RULE,
    image_not_pullable.RULE,
    image_not_found.RULE,
    uncovered_registry.RULE,
    package_not_accessible.RULE,
    invalid_server.RULE,
    wrong_host.RULE,
    plaintext_registry.RULE,
    invalid_configuration.RULE,
    read_differently.RULE,
    unsupported_configuration.RULE,
    invalid_reference.RULE,
    empty_value.RULE,
    shadowed_secret.RULE,
    same_registry.RULE,
    mixed_levels.RULE,
    server_mismatch.RULE,
    short_lived_password.RULE,
    expiring_credential.RULE,
    stale_secret.RULE,
    changed_since.RULE,
    unused_triple.RULE,
    user_level_only.RULE,
    secret_limit.RULE,
    registry_unreachable.RULE,
    private_registry.RULE,
    unreadable_secrets.RULE,
    no_credentials.RULE,
    unresolved_image.RULE,
)
"""The rules of a check: errors, then warnings."""

RULES = (*CHECK_RULES, *ENSURE_RULES, *PUBLISH_RULES)
"""Every rule, in the order of docs/rules.md."""

RULE_NAMES = frozenset(rule.id for rule in RULES)
"""The names that `ignore` accepts."""

_NOWHERE = ("\U0010ffff", 0, 0, 0, 0)


def judge(facts: Facts) -> tuple[Finding, ...]:
    """Apply every rule of a check that the settings don't ignore.

    Errors come first. Both errors and warnings are in the order of the files; those without a location come last. The
    warning that the secrets could not be listed comes before those that it causes.
    """
    found = dict.fromkeys(
        finding
        for rule in CHECK_RULES
        if rule.id not in facts.settings.ignore
        for finding in rule.check(facts)
    )
    return tuple(sorted(found, key=_order))


def _order(finding: Finding) -> tuple[bool, bool, tuple[str, int, int, int, int], str, str, str]:
    where = finding.location
    place = (where.path, where.line, where.column, where.end_line, where.end_column) if where else _NOWHERE
    is_cause = finding.rule == unreadable_secrets.RULE.id and finding.effect is Effect.UNPROVEN
    return (
        finding.severity is Severity.WARNING,
        not is_cause,
        place,
        finding.rule,
        finding.triple or "",
        finding.message,
    )
