"""The plan is a pure function of what is desired, what was observed, and the time."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crreg.configuration.settings import Visibility
from crreg.ensure.change import Action, Change, Plan
from crreg.ensure.desired import Desired, DesiredTriple, Trial, TriedImage
from crreg.ensure.planning import plan
from crreg.facts.model import Facts
from crreg.findings.finding import Severity
from crreg.github.errors import Reason
from crreg.github.inventory import Inventory, LevelInventory, LevelStatus, Repository, Secret
from crreg.github.levels import Level
from crreg.platform import LINUX_AMD64
from crreg.registry.outcome import Fault, Lack, LoginOutcome, LoginResult, PullOutcome, PullResult
from crreg.rules.unreadable_secrets import remedies_apart_from_access
from crreg.triple import Part, SecretName

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
HERE = "org/app"
REPOSITORY = Repository(HERE, 1, "private", "org", owner_is_organization=True)
VALUES = {Part.SERVER: "acme.azurecr.io", Part.USER: "me", Part.PASSWORD: "secret"}
LOGGED_IN = Trial(LoginResult(LoginOutcome.SUCCEEDED, ""))
STORES = {Level.USER: "your account", Level.REPOSITORY: HERE, Level.ORGANIZATION: "org"}


def name(part: Part, identifier: str = "ACR") -> str:
    return str(SecretName(identifier, part))


def wanted(**more: Any) -> DesiredTriple:
    """A triple at hand that logs in, at repository level."""
    given: dict[str, Any] = {
        "identifier": "ACR",
        "level": Level.REPOSITORY,
        "values": VALUES,
        "trial": LOGGED_IN,
        "registry": "acme.azurecr.io",
        "repositories": (HERE,),
    }
    return DesiredTriple(**given | more)


def stored(
    level: Level = Level.REPOSITORY,
    *,
    hours: float | Mapping[Part, float] = 1,
    parts: tuple[Part, ...] = tuple(Part),
    visibility: str | None = None,
    readers: tuple[str, ...] | None = None,
    assigned: bool = True,
) -> LevelInventory:
    """A level that holds the triple's parts, so many hours old."""
    ages = hours if isinstance(hours, Mapping) else dict.fromkeys(Part, hours)
    moments = {part: NOW - timedelta(hours=ages[part]) for part in parts}
    return LevelInventory(
        level,
        LevelStatus.LISTED,
        tuple(Secret(name(part), level, moments[part], visibility, assigned, readers) for part in parts),
    )


def observed(
    *levels: LevelInventory,
    actions: Mapping[str, datetime] | None = None,
    repository: Repository | None = REPOSITORY,
) -> Inventory:
    """All levels listed and empty, but for those given."""
    given = {level.level: level for level in levels}
    return Inventory(
        repository,
        tuple(given.get(level, LevelInventory(level, LevelStatus.LISTED)) for level in Level),
        actions_secrets=tuple((actions or {}).items()),
    )


def planned(
    triple: DesiredTriple, inventory: Inventory | None, *, force: bool = False
) -> list[tuple[str, str, str]]:
    """Action, part and reason of each change of a plan without findings."""
    found = plan(Desired(HERE, (triple,), force), inventory, NOW)
    assert found.findings == ()
    return [(change.action.value, change.part.value, change.reason) for change in found.changes]


def rules(
    triple: DesiredTriple, inventory: Inventory | None, *, force: bool = False
) -> list[tuple[str, str]]:
    """Rule and severity of each finding of a plan without changes."""
    found = plan(Desired(HERE, (triple,), force), inventory, NOW)
    assert found.writes == ()
    return [(finding.rule, finding.severity.value) for finding in found.findings]


CURRENT = [("unchanged", part.value, "it is already set") for part in Part]


def test_a_plan_holds_whole_changes_server_first_and_password_last() -> None:
    assert plan(Desired(HERE, (wanted(),)), observed(), NOW) == Plan(
        HERE,
        tuple(
            Change(
                Action.CREATE, "ACR", part, name(part), Level.REPOSITORY, HERE, None, (), "it does not exist"
            )
            for part in (Part.SERVER, Part.USER, Part.PASSWORD)
        ),
        (),
    )


@pytest.mark.parametrize(
    ("level", "configured", "visibility", "repositories"),
    [
        (Level.REPOSITORY, Visibility.ALL, None, ()),
        (Level.ORGANIZATION, None, "selected", (HERE, "org/api")),
        (Level.ORGANIZATION, Visibility.SELECTED, "selected", (HERE, "org/api")),
        (Level.ORGANIZATION, Visibility.PRIVATE, "private", ()),
        (Level.ORGANIZATION, Visibility.ALL, "all", ()),
        (Level.USER, None, "selected", (HERE, "org/api")),
    ],
)
def test_a_new_secret_is_for_as_few_as_can_be_unless_the_configuration_says_otherwise(
    level: Level, configured: Visibility | None, visibility: str | None, repositories: tuple[str, ...]
) -> None:
    triple = wanted(level=level, visibility=configured, repositories=(HERE, "org/api"))
    found = plan(Desired(HERE, (triple,)), observed(), NOW)
    assert {(change.store, change.visibility, change.repositories) for change in found.changes} == {
        (STORES[level], visibility, repositories)
    }


def test_what_is_already_set_is_left() -> None:
    assert planned(wanted(), observed(stored(hours=10_000))) == CURRENT


@pytest.mark.parametrize(
    ("server", "right"),
    [
        ("https://acme.azurecr.io/", "`acme.azurecr.io`"),
        ("Acme.azurecr.io", "`acme.azurecr.io`"),
        ("index.docker.io", "`https://index.docker.io/v1/`"),
    ],
)
def test_a_server_that_a_codespace_may_not_log_in_with_is_written_with_a_warning(
    server: str, right: str
) -> None:
    triple = wanted(values={**VALUES, Part.SERVER: server})
    found = plan(Desired(HERE, (triple,)), observed(), NOW)
    assert [change.action for change in found.changes] == [Action.CREATE] * len(Part)
    [finding] = found.findings
    assert (finding.rule, finding.severity.value) == ("invalid-server", "warning")
    assert f"Set ACR_CONTAINER_REGISTRY_SERVER to {right} where" in finding.remedy


def test_force_writes_all() -> None:
    assert planned(wanted(), observed(stored()), force=True) == [
        ("update", part.value, "force is set") for part in Part
    ]


def test_force_is_nothing_for_a_triple_without_a_value() -> None:
    assert planned(wanted(values={}, trial=Trial()), observed(stored()), force=True) == CURRENT


@pytest.mark.parametrize(("hours", "due"), [(24, False), (24.1, True)])
def test_only_a_password_ages(hours: float, due: bool) -> None:  # noqa: FBT001 - of the test
    found = planned(wanted(max_age=timedelta(days=1)), observed(stored(hours=hours)))
    expected = [
        CURRENT[0],
        ("update", "USER", f"it belongs to {name(Part.PASSWORD)}"),
        ("update", "PASSWORD", "it is 24 hours old, but the configuration allows only 24 hours"),
    ]
    assert found == (expected if due else CURRENT)


@pytest.mark.parametrize(("minutes", "due"), [(-1, False), (0, False), (1, True)])
def test_a_value_is_due_when_the_actions_secret_of_its_name_is_newer(minutes: int, due: bool) -> None:  # noqa: FBT001 - of the test
    changed = NOW - timedelta(hours=1) + timedelta(minutes=minutes)
    found = planned(wanted(), observed(stored(), actions={name(Part.SERVER): changed}))
    expected = [
        ("update", "SERVER", "the Actions secret of the same name is newer (2026-06-15 11:01 UTC)"),
        ("update", "USER", f"it belongs to {name(Part.SERVER)}"),
        ("update", "PASSWORD", f"it belongs to {name(Part.SERVER)}"),
    ]
    assert found == (expected if due else CURRENT)


@pytest.mark.parametrize("part", [Part.SERVER, Part.USER])
def test_a_part_that_is_newer_than_the_password_tells_of_a_change_that_was_cut_off(part: Part) -> None:
    ages = dict.fromkeys(Part, 2.0) | {part: 1.0}
    reason = f"{name(part)} is newer than the password: a change may have been interrupted"
    assert planned(wanted(), observed(stored(hours=ages))) == [
        ("update", each.value, reason) for each in Part
    ]
    # Without values at hand there is nothing to be done, and nothing to be told.
    assert planned(wanted(values={}, trial=Trial()), observed(stored(hours=ages))) == CURRENT


@pytest.mark.parametrize("level", [Level.ORGANIZATION, Level.USER])
def test_values_come_before_access_to_them(level: Level) -> None:
    inventory = observed(stored(level, visibility="selected", readers=("org/web",), assigned=False))
    triple = wanted(level=level, repositories=(HERE, "org/api", "Org/Web"))
    assert planned(triple, inventory, force=True) == [
        *(("update", part.value, "force is set") for part in Part),
        *(
            ("assign", part.value, f"{repository} has no access to it")
            for repository in (HERE, "org/api")
            for part in Part
        ),
    ]


def test_a_secret_for_all_or_private_repositories_has_nobody_to_add() -> None:
    for visibility in ("all", "private"):
        inventory = observed(stored(Level.ORGANIZATION, visibility=visibility))
        assert planned(wanted(level=Level.ORGANIZATION, repositories=(HERE, "org/api")), inventory) == CURRENT


@pytest.mark.parametrize(
    ("outcome", "rule"),
    [
        ("denied", "login-failed"),
        ("forbidden", "login-failed"),
        ("tls-error", "registry-unreachable"),
        ("unreachable", "registry-unreachable"),
        ("rate-limited", "registry-unreachable"),
        ("server-error", "registry-unreachable"),
        ("invalid", "invalid-server"),
        ("insecure", "invalid-server"),
        ("not-a-registry", "invalid-server"),
    ],
)
def test_a_login_that_fails_is_an_error_where_something_is_due(outcome: str, rule: str) -> None:
    triple = wanted(trial=Trial(LoginResult(LoginOutcome(outcome), "It said no.")))
    assert rules(triple, observed()) == [(rule, "error")]
    # Where nothing is due, a registry that is out of reach proves nothing.
    milder = "warning" if rule == "registry-unreachable" else "error"
    assert rules(triple, observed(stored())) == [(rule, milder)]
    # Access is given to nothing that was not proven to work.
    shared = replace(triple, level=Level.ORGANIZATION, repositories=(HERE, "org/api"))
    apart = stored(Level.ORGANIZATION, visibility="selected", readers=(HERE,))
    assert rules(shared, observed(apart)) == [(rule, "error")]
    forced = plan(Desired(HERE, (triple,), force=True), observed(), NOW)
    assert [change.action for change in forced.changes] == [Action.CREATE] * len(Part)
    [finding] = forced.findings
    assert (finding.rule, finding.severity.value) == (rule, "warning")
    assert finding.message.endswith("crreg writes it anyway, because force is set.")


@pytest.mark.parametrize(
    ("outcome", "fault", "words"),
    [
        ("forbidden", Fault.FIREWALL, "accept pulls from every network"),
        ("insecure", Fault.REALM, "external_url"),
        ("not-a-registry", Fault.TOKEN_SERVER, "expires_in"),
    ],
)
def test_what_only_the_registry_can_change_asks_for_no_other_value(
    outcome: str, fault: Fault, words: str
) -> None:
    failed = LoginResult(LoginOutcome(outcome), "It said no.", fault=fault)
    (finding,) = plan(Desired(HERE, (wanted(trial=Trial(failed)),)), observed(), NOW).findings
    assert words in finding.remedy
    assert "Correct the value" not in finding.remedy
    assert "AcrPull" not in finding.remedy


def tried(bad: PullResult) -> Trial:
    good = TriedImage("acme.azurecr.io/a:1", LINUX_AMD64, PullResult(PullOutcome.AVAILABLE, ""))
    return Trial(LOGGED_IN.login, (good, TriedImage("acme.azurecr.io/b:1", LINUX_AMD64, bad)))


@pytest.mark.parametrize(
    "outcome", [outcome for outcome in PullOutcome if outcome not in {"available", "public"}]
)
def test_an_image_that_can_not_be_pulled_is_an_error(outcome: PullOutcome) -> None:
    if outcome in {"not-found", "no-platform"}:
        rule = "image-not-found"
    elif outcome in {"unreachable", "tls-error", "rate-limited", "server-error", "not-a-registry"}:
        rule = "registry-unreachable"
    else:
        rule = "image-not-pullable"
    assert rules(wanted(trial=tried(PullResult(outcome, "No."))), observed()) == [(rule, "error")]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (PullResult(PullOutcome.FORBIDDEN, "No."), "AcrPull"),
        (PullResult(PullOutcome.NOT_FOUND, "No."), "docker push acme.azurecr.io/b:1"),
        (
            PullResult(PullOutcome.NO_PLATFORM, "No.", lack=Lack.PLATFORM),
            "docker buildx build --platform linux/amd64",
        ),
        (PullResult(PullOutcome.UNREACHABLE, "No."), "Run crreg again once the registry answers."),
        (PullResult(PullOutcome.NOT_A_REGISTRY, "No."), "Run crreg again once the registry answers."),
    ],
)
def test_an_image_that_can_not_be_pulled_has_the_remedy_of_its_cause(result: PullResult, words: str) -> None:
    (finding,) = plan(Desired(HERE, (wanted(trial=tried(result)),)), observed(), NOW).findings
    assert words in finding.remedy
    assert ("AcrPull" in finding.remedy) == (words == "AcrPull")


def test_an_image_whose_registry_does_not_answer_is_a_warning_if_nothing_is_due() -> None:
    triple = wanted(trial=tried(PullResult(PullOutcome.UNREACHABLE, "No.")))
    assert rules(triple, observed(stored())) == [("registry-unreachable", "warning")]


@pytest.mark.parametrize("status", [LevelStatus.UNREADABLE, LevelStatus.UNREACHABLE])
def test_a_level_that_is_not_known_is_not_written(status: LevelStatus) -> None:
    unknown = LevelInventory(Level.REPOSITORY, status, detail="No.")
    assert rules(wanted(), observed(unknown), force=True) == [("unreadable-secrets", "error")]


def test_a_secret_whose_readers_are_not_known_is_not_written() -> None:
    inventory = observed(stored(Level.ORGANIZATION, visibility="selected", readers=None))
    assert rules(wanted(level=Level.ORGANIZATION), inventory, force=True) == [("unreadable-secrets", "error")]


@pytest.mark.parametrize("inventory", [None, Inventory(None, (), detail="No.")])
def test_without_the_repository_nothing_is_planned(inventory: Inventory | None) -> None:
    assert rules(wanted(), inventory) == [("unreadable-secrets", "error")]


@pytest.mark.parametrize("configured", [Visibility.PRIVATE, Visibility.SELECTED])
def test_a_secret_that_public_repositories_may_read_is_refused_even_by_force(configured: Visibility) -> None:
    inventory = observed(stored(Level.ORGANIZATION, visibility="all"))
    triple = wanted(level=Level.ORGANIZATION, visibility=configured)
    assert rules(triple, inventory, force=True) == [("visibility-too-wide", "error")]


@pytest.mark.parametrize("configured", [None, Visibility.ALL])
def test_a_secret_for_all_repositories_is_fine_where_nothing_else_is_asked_for(
    configured: Visibility | None,
) -> None:
    inventory = observed(stored(Level.ORGANIZATION, visibility="all"))
    assert planned(wanted(level=Level.ORGANIZATION, visibility=configured), inventory) == CURRENT


def test_room_in_a_store_goes_to_whoever_comes_first() -> None:
    full = LevelInventory(
        Level.REPOSITORY,
        LevelStatus.LISTED,
        tuple(Secret(f"N{number}", Level.REPOSITORY, NOW) for number in range(96)),
    )
    triples = (wanted(), wanted(identifier="BCR"), wanted(identifier="CCR", level=Level.USER))
    found = plan(Desired(HERE, triples), observed(full), NOW)
    assert [change.triple for change in found.changes] == ["ACR"] * 3 + ["CCR"] * 3
    assert [(finding.rule, finding.triple) for finding in found.findings] == [("secret-limit", "BCR")]


def test_a_value_that_is_merely_old_and_not_at_hand_is_a_warning() -> None:
    triple = wanted(values={}, trial=Trial(), max_age=timedelta(hours=1))
    found = plan(Desired(HERE, (triple,)), observed(stored(hours=2)), NOW)
    assert [(finding.rule, finding.severity) for finding in found.findings] == [
        ("missing-value", Severity.WARNING)
    ]
    assert found.writes == ()


@pytest.mark.parametrize("part", Part)
def test_a_value_that_no_environment_can_have_is_not_written_even_by_force(part: Part) -> None:
    triple = wanted(values={**VALUES, part: f"{VALUES[part]}\0x"})
    assert rules(triple, observed(stored(hours=2)), force=True) == [("invalid-value", "error")]


@pytest.mark.parametrize("identifier", ["GITHUB", "GITHUB_ACR"])
def test_a_name_that_github_refuses_is_an_error(identifier: str) -> None:
    assert rules(wanted(identifier=identifier), observed()) == [("invalid-name", "error")]


def test_no_value_shows_in_a_repr() -> None:
    assert "secret'" not in repr(Desired(HERE, (wanted(values={Part.PASSWORD: "secret"}),)))


@pytest.mark.parametrize(
    ("outcome", "rotated", "advice"),
    [
        ("denied", False, "Create a token that may pull"),
        ("forbidden", False, "Give the service principal the role AcrPull"),
        ("tls-error", False, "once the registry answers"),
        ("tls-error", True, "once the registry answers"),
        ("denied", True, "what the role needs"),
    ],
)
def test_a_login_that_fails_has_the_remedy_of_its_cause(outcome: str, rotated: bool, advice: str) -> None:  # noqa: FBT001 - of the table
    trial = Trial(LoginResult(LoginOutcome(outcome), "It said no."))
    triple = wanted(trial=trial, rotated=rotated)
    [finding] = plan(Desired(HERE, (triple,), force=False), observed(), NOW).findings
    assert advice in finding.remedy


def test_an_ignored_refusal_is_left_out_and_still_writes_nothing() -> None:
    denied = wanted(trial=Trial(LoginResult(LoginOutcome.DENIED, "No.")))
    found = plan(Desired(HERE, (denied,)), observed(), NOW, frozenset({"login-failed"}))
    assert (found.changes, found.findings) == ((), ())
    assert [finding.rule for finding in found.ignored] == ["login-failed"]
    assert found.notes == (
        "Nothing of ACR is written because of login-failed, which the configuration ignores.",
    )


def test_an_ignored_warning_is_left_out_and_no_more() -> None:
    shadow = stored(Level.REPOSITORY)
    found = plan(
        Desired(HERE, (wanted(level=Level.ORGANIZATION),)),
        observed(shadow),
        NOW,
        frozenset({"shadowed-secret"}),
    )
    assert len(found.writes) == len(Part)
    assert (found.findings, found.ignored, found.notes) == ((), (), ())


@pytest.mark.parametrize(
    ("ensured", "other", "message"),
    [
        (
            Level.ORGANIZATION,
            Level.REPOSITORY,
            "at repository level overrides what is ensured at organization level.",
        ),
        (Level.REPOSITORY, Level.ORGANIZATION, None),
        (
            Level.REPOSITORY,
            Level.USER,
            "at user level may override what is ensured at repository level: GitHub does",
        ),
        (
            Level.USER,
            Level.REPOSITORY,
            "at repository level may override what is ensured at user level: GitHub does",
        ),
    ],
)
def test_a_secret_of_another_level_that_wins_or_may_win_is_a_warning(
    ensured: Level, other: Level, message: str | None
) -> None:
    found = plan(
        Desired(HERE, (wanted(level=ensured),)), observed(stored(other, parts=(Part.PASSWORD,))), NOW
    )
    messages = [finding.message for finding in found.findings]
    assert len(messages) == (message is not None)
    assert all(each.startswith(f"{name(Part.PASSWORD)} {message}") for each in messages)


def test_without_a_token_the_finding_says_how_to_give_one_here_and_in_a_workflow() -> None:
    [finding] = plan(Desired(HERE, (wanted(),)), None, NOW).findings
    assert finding.message == "Nothing was done, because no GitHub token was given."
    assert finding.remedy.startswith(
        "In a terminal, run gh auth login, or set GH_TOKEN. In a workflow, check"
    )


def test_ignoring_what_github_does_not_tell_makes_nothing_known() -> None:
    found = plan(Desired(HERE, (wanted(),)), None, NOW, frozenset({"unreadable-secrets"}))
    assert (found.changes, found.findings, len(found.ignored)) == ((), (), 1)
    assert found.notes == (
        "Nothing is written because of unreadable-secrets, which the configuration ignores.",
    )


_BY_PERMISSION = {Reason.FORBIDDEN, Reason.NOT_FOUND}


@pytest.mark.parametrize("reason", Reason)
def test_a_list_that_can_not_be_read_has_the_remedy_of_its_reason(reason: Reason) -> None:
    remedies = remedies_apart_from_access(Facts(NOW, HERE))
    desired = Desired(HERE, (wanted(),), permissions={Level.REPOSITORY: "a permission"}, remedies=remedies)
    level = LevelInventory(Level.REPOSITORY, LevelStatus.UNREADABLE, detail="No.", reason=reason)
    for inventory in (observed(level), replace(observed(repository=None), reason=reason)):
        (finding,) = plan(desired, inventory, NOW).findings
        if reason in _BY_PERMISSION:
            assert "ive crreg a " in finding.remedy
        else:
            assert finding.steps == remedies[reason]
