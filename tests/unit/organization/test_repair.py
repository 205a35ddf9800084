"""The plan that repairs an organization grants only what its own configuration allows, and takes nothing away."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crreg.configuration.settings import Allowed, RegistrySettings, Rotation, Settings, Visibility
from crreg.ensure.apply import not_applied
from crreg.ensure.change import Action, Ensured
from crreg.exits.status import Status
from crreg.facts.model import Holding, PartFact, TripleFact
from crreg.github.inventory import LevelInventory, LevelStatus, Secret
from crreg.github.levels import Level
from crreg.organization.allowing import Need, Withheld, allowed_by, needs_of
from crreg.organization.listed import Listed
from crreg.organization.repair import Found, Repair, repair_of, wanted
from crreg.organization.repairing import Repaired
from crreg.organization.report import Checked
from crreg.organization.reviewed import Reviewed, ReviewedError, reviewed_as
from crreg.organization.run import scope
from crreg.organization.selection import Selection
from crreg.redaction.redact import Redactor
from crreg.registry.outcome import LoginOutcome, LoginResult
from crreg.report.formats import Format
from crreg.report.render import render_repair
from crreg.triple import Part, SecretName, Triple

NOW = datetime(2026, 11, 26, tzinfo=UTC)
VALUE = Triple("ACR", "acme.azurecr.io", "octocat", "a password")
LOGIN = LoginResult(LoginOutcome.SUCCEEDED, "It works.")
ALL = (Allowed("*"),)


def listed(name: str, number: int = 1, visibility: str = "private", *, is_fork: bool = False) -> Listed:
    return Listed(number, f"acme/{name}", visibility, "main", "c" * 40, is_fork=is_fork)


def need(repository: Listed, *, is_own: bool = False) -> Need:
    return Need(repository, "ACR", is_own)


def stored(
    *readers: str, visibility: str = "selected", parts: Sequence[Part] = tuple(Part), days: int = 1
) -> LevelInventory:
    secrets = tuple(
        Secret(
            str(SecretName("ACR", part)),
            Level.ORGANIZATION,
            NOW - timedelta(days=days),
            visibility,
            readers=tuple(f"acme/{name}" for name in readers) if visibility == "selected" else None,
        )
        for part in parts
    )
    return LevelInventory(Level.ORGANIZATION, LevelStatus.LISTED, secrets)


def found(
    *needs: Need,
    allow: tuple[Allowed, ...] | None = ALL,
    secrets: LevelInventory | None = None,
    value: Triple | None = VALUE,
    login: LoginResult = LOGIN,
    visibility: Visibility | None = None,
) -> Found:
    entry = RegistrySettings("ACR", None, allow=allow, visibility=visibility)
    return Found(
        "acme",
        Settings({"ACR": entry}),
        needs,
        {"ACR": value} if value else {},
        {"ACR": login} if value else {},
        secrets if secrets is not None else stored(parts=()),
    )


def planned(facts: Found, *, force: bool = False) -> Repair:
    return repair_of(wanted(facts, force=force), facts.inventory, NOW, frozenset())


def writes(made: Repair) -> list[tuple[Action, Part, tuple[str, ...]]]:
    return [(change.action, change.part, change.repositories) for change in made.plan.writes]


APP, WEB = listed("app", 1), listed("web", 2)


def test_a_new_triple_is_created_for_those_who_need_it_and_may_have_it() -> None:
    made = planned(found(need(APP), need(WEB), allow=(Allowed("app"),)))
    assert writes(made) == [(Action.CREATE, part, ("acme/app",)) for part in Part]
    assert {change.visibility for change in made.plan.writes} == {"selected"}
    [grant] = made.grants
    assert (grant.repository, grant.parts, grant.registry) == (APP, tuple(Part), "acme.azurecr.io")
    assert grant.by == Allowed("app")
    assert made.withheld == (Withheld("acme/web", "ACR", "allow does not list it"),)


def test_access_is_added_to_what_is_stored_and_only_where_it_is_lacking() -> None:
    made = planned(found(need(APP), need(WEB), secrets=stored("web", "other")))
    assert writes(made) == [(Action.ASSIGN, part, ("acme/app",)) for part in Part]


def test_nothing_is_planned_that_takes_access_away() -> None:
    secrets = stored("old", "older")
    made = planned(found(need(APP), allow=(), secrets=secrets), force=True)
    # A value is updated with the readers that GitHub lists immediately before; see `SecretWriter.update`.
    assert writes(made) == [(Action.UPDATE, part, ()) for part in Part]
    assert made.grants == ()
    assert not hasattr(Action, "REMOVE")


@pytest.mark.parametrize("visibility", ["all", "private"])
def test_a_secret_for_all_private_repositories_needs_no_assignment(visibility: str) -> None:
    made = planned(found(need(APP), secrets=stored(visibility=visibility)))
    assert (made.plan.writes, made.withheld) == ((), ())


@pytest.mark.parametrize(
    ("repository", "allow", "is_allowed"),
    [
        (listed("app"), [Allowed("APP")], True),
        (listed("app"), [Allowed("acme/app")], True),
        (listed("app"), [Allowed("other/app")], False),
        (listed("app"), [Allowed("ap")], False),
        (listed("app"), [Allowed("acme/*")], True),
        (listed("app", visibility="internal"), [Allowed("a*")], True),
        (listed("app", visibility="public"), [Allowed("*")], False),
        (listed("app", visibility="public"), [Allowed("acme/ap?")], False),
        (listed("app", visibility="public"), [Allowed("[a]pp")], False),
        (listed("app", visibility="public"), [Allowed("*"), Allowed("app")], True),
        (listed("app", visibility="public"), [Allowed("acme/app")], True),
        (listed("app", visibility="unheard-of"), [Allowed("*")], False),
        (listed("app", is_fork=True), [Allowed("*")], False),
        (listed("app", is_fork=True), [Allowed("app")], True),
        (replace(listed("app"), topics=("backend",)), [Allowed(topic="Backend")], True),
        (replace(listed("app"), topics=("backend",)), [Allowed(topic="back")], False),
        (replace(listed("app", visibility="public"), topics=("backend",)), [Allowed(topic="backend")], False),
        (replace(listed("app"), properties={"tier": ("1", "2")}), [Allowed(property=("tier", "2"))], True),
        (replace(listed("app"), properties={"tier": ("1",)}), [Allowed(property=("tier", "2"))], False),
        (replace(listed("app"), properties={"tier": ("1",)}), [Allowed(property=("team", "1"))], False),
        (
            replace(listed("app", is_fork=True), properties={"tier": ("1",)}),
            [Allowed(property=("tier", "1"))],
            False,
        ),
        (listed("app"), [], False),
    ],
)
def test_public_repositories_and_forks_must_be_listed_by_name(
    repository: Listed, allow: list[Allowed], *, is_allowed: bool
) -> None:
    assert (allowed_by(repository, allow) is not None) is is_allowed


def test_a_public_repository_is_not_added_to_secrets_for_private_ones() -> None:
    made = planned(
        found(
            need(listed("app", visibility="public")),
            allow=(Allowed("app"),),
            secrets=stored(visibility="private"),
        )
    )
    assert made.plan.writes == ()
    assert [each.why for each in made.withheld] == [
        "it is public, and ACR is for private and internal repositories only"
    ]


def test_a_repository_with_a_part_of_its_own_gets_no_access() -> None:
    made = planned(found(need(APP, is_own=True), secrets=stored()))
    assert (made.plan.writes, made.grants) == ((), ())
    assert [each.why for each in made.withheld] == ["it stores secrets of ACR itself"]


def triple(level: Level) -> TripleFact:
    held = PartFact((Holding(level, assigned=True, updated_at=NOW),))
    return TripleFact("ACR", {Part.SERVER: held, Part.USER: PartFact(), Part.PASSWORD: PartFact()})


@pytest.mark.parametrize(
    ("level", "is_own"), [(Level.REPOSITORY, True), (Level.ORGANIZATION, False), (Level.USER, False)]
)
def test_what_any_branch_needs_is_needed_once(level: Level, *, is_own: bool) -> None:
    main = Checked(APP, Status.HEALTHY, needed=frozenset({"ACR", "GAR"}))
    branch = Checked(
        replace(APP, branch="next"), Status.HEALTHY, triples=(triple(level),), needed=frozenset({"ACR"})
    )
    needs = needs_of([branch, main])
    assert [(each.repository.full_name, each.triple, each.is_own) for each in needs] == [
        ("acme/app", "ACR", is_own),
        ("acme/app", "GAR", False),
    ]


def test_a_triple_that_the_configuration_does_not_allow_is_left_alone() -> None:
    made = planned(found(need(APP), allow=None))
    assert (made.plan.changes, made.grants, made.withheld) == ((), (), ())
    assert made.plan.notes == ("Nothing is written for ACR: the configuration has no allow for it.",)


@pytest.mark.parametrize("outcome", [LoginOutcome.DENIED, LoginOutcome.UNREACHABLE, LoginOutcome.INVALID])
def test_nothing_is_written_or_granted_for_a_login_that_fails(outcome: LoginOutcome) -> None:
    login = LoginResult(outcome, "It said no.")
    for secrets in (stored(parts=()), stored("web"), stored("web", parts=(Part.SERVER,))):
        made = planned(found(need(APP), secrets=secrets, login=login))
        assert (made.plan.writes, made.grants) == ((), ())
        assert made.plan.findings


@pytest.mark.parametrize("value", [None, Triple("ACR", "acme.azurecr.io", "octocat")])
def test_nothing_is_granted_without_values_to_log_in_with(value: Triple | None) -> None:
    made = planned(found(need(APP), secrets=stored("web"), value=value))
    assert (made.plan.changes, made.grants) == ((), ())
    assert "to log in with" in made.plan.notes[0]


def test_a_secret_that_everyone_can_read_is_not_called_selected() -> None:
    made = planned(found(need(APP), secrets=stored(visibility="all"), visibility=Visibility.SELECTED))
    assert [finding.rule for finding in made.plan.findings] == ["visibility-too-wide"]


def test_lists_that_can_not_be_read_stop_everything() -> None:
    unread = LevelInventory(Level.ORGANIZATION, LevelStatus.UNREADABLE, detail="No permission.")
    for needs in ((need(APP),), ()):
        made = planned(found(*needs, secrets=unread))
        assert made.plan.writes == ()
        assert [finding.rule for finding in made.plan.findings] == ["unreadable-secrets"]


def test_a_token_that_is_not_due_is_assigned() -> None:
    facts = found(need(APP), secrets=stored("web", days=0), value=Triple("ACR", "acme.azurecr.io"))
    entry = RegistrySettings("ACR", None, allow=ALL, rotate=Rotation.ECR_TOKEN)
    made = planned(replace(facts, settings=Settings({"ACR": entry})))
    assert writes(made) == [(Action.ASSIGN, part, ("acme/app",)) for part in Part]


def test_the_digest_is_that_of_what_is_written() -> None:
    first = planned(found(need(APP), need(WEB), secrets=stored())).digest
    assert first.startswith("sha256:")
    # The order of the list, and the values, make no difference.
    assert planned(found(need(WEB), need(APP), secrets=stored())).digest == first
    other = replace(VALUE, password="another")
    assert planned(found(need(APP), need(WEB), secrets=stored(), value=other)).digest == first
    different = [
        found(need(APP), secrets=stored()),
        found(need(APP), need(WEB), secrets=stored("app")),
        found(need(APP), need(WEB)),
        # A repository that was deleted and made again.
        found(need(replace(APP, id=7)), need(WEB), secrets=stored()),
        # One that was opened to more people.
        found(need(replace(APP, visibility="internal")), need(WEB), secrets=stored()),
        found(need(APP), need(WEB), secrets=stored(), value=replace(VALUE, server="evil.example")),
    ]
    digests = {planned(facts).digest for facts in different}
    assert first not in digests
    assert len(digests) == len(different)


def reviewed_in(text: str) -> Reviewed:
    return reviewed_as("plan.json", lambda _: text.encode())


def report_of(made: Repair) -> str:
    ensured = Ensured(made.plan, not_applied(made.plan), dry_run=True)
    return render_repair(Repaired(made, ensured), Format.JSON, Redactor(()))


def test_a_whole_plan_covers_what_is_left_of_it_and_nothing_more() -> None:
    before = stored("web", parts=(Part.SERVER,))
    made = planned(found(need(APP), need(WEB), secrets=before))
    reviewed = reviewed_in(report_of(made))
    assert reviewed.covers(made)
    partly = [
        stored("app", "web", parts=(Part.SERVER, Part.USER)),
        stored("app", "web", parts=(Part.SERVER,)),
        stored("web", parts=(Part.SERVER, Part.USER, Part.PASSWORD)),
    ]
    for secrets in partly:
        left = planned(found(need(APP), need(WEB), secrets=secrets))
        assert left.plan.writes
        assert reviewed.covers(left)
        assert not Reviewed(made.digest).covers(left), "a digest alone is that of one plan"
    late = listed("late", 3)
    others = [
        found(need(APP), need(WEB), need(late), secrets=before),
        found(need(replace(APP, id=7)), secrets=before),
        found(need(replace(APP, visibility="public")), allow=(Allowed("app"),), secrets=before),
        found(need(APP), secrets=before, value=replace(VALUE, server="evil.example")),
        # This access to SERVER was there when the plan was reviewed.
        found(need(APP), need(WEB), secrets=stored("app", parts=(Part.SERVER,))),
    ]
    assert [reviewed.covers(planned(facts)) for facts in others] == [False] * len(others)


@pytest.mark.parametrize("parts", [(), tuple(Part)], ids=["created", "updated"])
def test_no_reviewed_plan_covers_values_that_more_repositories_read(parts: tuple[Part, ...]) -> None:
    """Neither its file nor its digest, whether the configuration or somebody at GitHub opened the secrets."""

    def made(visibility: Visibility) -> Repair:
        secrets = stored("app", visibility=visibility, parts=parts)
        return planned(found(need(APP), secrets=secrets, visibility=visibility), force=True)

    narrow, wide = made(Visibility.SELECTED), made(Visibility.ALL)
    assert wide.plan.writes
    for reviewed in (reviewed_in(report_of(narrow)), Reviewed(narrow.digest)):
        assert reviewed.covers(narrow)
        assert not reviewed.covers(wide)
    for form in (Format.TEXT, Format.MARKDOWN):
        ensured = Ensured(wide.plan, not_applied(wide.plan), dry_run=True)
        page = render_repair(Repaired(wide, ensured), form, Redactor(()))
        assert page.count("all repositories, public ones too") == len(Part)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[" * 100_000, '{"digest": "sha256:1", "changes": [], "grants": []}', '{"digest": 1}'],
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(ReviewedError):
        reviewed_in(text)


def test_the_page_lists_all_access_or_says_that_it_does_not() -> None:
    many = [need(listed(f"r{number:05}", number)) for number in range(300)]
    made = planned(found(*many, secrets=stored()))
    ensured = Ensured(made.plan, not_applied(made.plan), dry_run=True)
    for form in (Format.TEXT, Format.MARKDOWN):
        page = render_repair(Repaired(made, ensured), form, Redactor(()))
        assert all(each.repository.full_name in page for each in many)
    grant = made.grants[0]
    huge = replace(made, grants=tuple(replace(grant, by=Allowed("x" * 90)) for _ in range(10_000)))
    page = render_repair(Repaired(huge, ensured), Format.MARKDOWN, Redactor(()))
    assert len(page.encode()) < 1 << 20
    assert f"**{10_000 - page.count('xxx`')} more in the JSON report: review them there.**" in page


@pytest.mark.parametrize("form", [Format.TEXT, Format.MARKDOWN])
def test_a_plan_that_nobody_called_a_dry_run_says_how_to_carry_it_out(form: Format) -> None:
    made = planned(found(need(APP)))
    repaired = Repaired(made, Ensured(made.plan, not_applied(made.plan), dry_run=True))
    of_command, of_step = (
        render_repair(repaired, form, Redactor(()), in_step=in_step) for in_step in (False, True)
    )
    of_command = of_command.replace("\\", "")
    assert "dry run" not in of_command + of_step
    assert "This run only planned, so nothing was written." in of_command
    assert f"--plan {made.digest}\n" in of_command
    assert f"plan: {made.digest}\n" in of_step
    assert "--" not in of_step.replace("---", ""), "the action has inputs, no options"


def test_what_was_not_looked_at_names_the_command_that_has_the_options() -> None:
    said = list(scope(Selection(), "crreg check --org"))
    assert [note.count("crreg check --org --") for note in said] == [1, 1]
    assert len(list(scope(Selection(branches=("dev",)), "crreg check --org"))) == 1


def test_a_page_shows_what_a_report_quotes_as_text() -> None:
    hostile = "| `x` <b> @mona ##[command]y \x1b[31m"
    made = planned(found(need(APP)))
    made = replace(made, withheld=(Withheld("acme/web", "ACR", hostile),))
    ensured = Ensured(made.plan, not_applied(made.plan), dry_run=True)
    repaired = Repaired(made, ensured, unread=(hostile,), refusal=hostile)
    text = render_repair(repaired, Format.TEXT, Redactor(()))
    assert "\x1b" not in text
    assert "##[" not in text
    page = render_repair(repaired, Format.MARKDOWN, Redactor(()))
    assert "<b>" not in page
    assert "@mona" not in page
    [row] = [line for line in page.splitlines() if line.startswith("| `acme/web`")]
    assert row.replace("\\|", "").count("|") == 4
