"""`crreg ensure --org` on generated organizations: what codespaces then get is what the oracle says, and no more."""

from dataclasses import replace
from typing import Any

import pytest
from sandbox.codespace import environment
from sandbox.world import PUBLIC_REPOSITORY
from tests.integration.organization.scene import Organization, dev_container
from tests.unit.organization.organization_oracle import REGISTRIES, Company, Member, generated
from tests.unit.rules.level_oracle import PARTS

IMAGES = {
    "private": f"{REGISTRIES['ACR']}/dev/base:1",
    "public": f"{REGISTRIES['ACR']}/{PUBLIC_REPOSITORY}:latest",
    "other": f"{REGISTRIES['GAR']}/dev/base:1",
    "elsewhere": f"{REGISTRIES['GAR']}/{PUBLIC_REPOSITORY}:latest",
}
STALE = "a value of before"
SEED = 42
"""Chosen so that each organization has repositories of every end: given access, refused it, and undecided."""


def name_of(triple: str, part: str) -> str:
    return f"{triple}_CONTAINER_REGISTRY_{part}"


@pytest.fixture
def acme(acme: Organization) -> Organization:
    acme.github.add_user("hubot")
    acme.github.add_organization(
        "acme", members={"mona": "admin", "hubot": "member"}, base_role="write", plan="enterprise"
    )
    for triple, registry in REGISTRIES.items():
        place = acme.world.places[registry]
        place.push("dev/base", "1")
        place.push(PUBLIC_REPOSITORY)
        acme.values |= place.triple(triple)
    return acme


def built(acme: Organization, company: Company) -> None:
    """Make the organization of the oracle in the sandbox."""
    for member in company.members:
        acme.add(member.name, dev_container(IMAGES[member.image]), member.visibility, fork=member.is_fork)
        for part in member.own:
            acme.github.add_secret("repository", f"acme/{member.name}", name_of("ACR", part), STALE)
        if not member.is_listed:
            path = f"/repos/acme/{member.name}/codespaces/secrets"
            acme.github.limits.fail(403, requests=1_000, path=path)
    for triple in REGISTRIES:
        for part in PARTS:
            users = [f"acme/{member.name}" for member in company.members if part in member.user]
            if users:
                acme.github.add_secret("user", "mona", name_of(triple, part), STALE, repositories=users)
            readers = [f"acme/{member.name}" for member in company.members if part in member.selected]
            access: Any = company.visibility(part)
            if access:
                chosen = readers if access == "selected" else []
                acme.github.add_secret(
                    "organization",
                    "acme",
                    name_of(triple, part),
                    STALE,
                    visibility=access,
                    repositories=chosen,
                )
            if not company.shows_readers:
                path = f"/orgs/acme/codespaces/secrets/{name_of(triple, part)}/repositories"
                acme.github.limits.fail(403, requests=1_000, path=path)
    names = [f"'{member.name}'" for member in company.members if member.allowed == "name"]
    acme.configure(f"registries: {{ACR: {{allow: ['web-*', {', '.join(names)}]}}, GAR: {{allow: ['*']}}}}")


def expected(acme: Organization, company: Company, member: Member) -> dict[str, str]:
    """What a codespace of somebody without secrets of their own gets after the run."""
    found = {}
    for triple in REGISTRIES:
        receivers = company.receivers(triple) if not company.is_refused() else frozenset[Member]()
        written = bool(company.missing and receivers)
        parts = frozenset(PARTS) if member in receivers else company.reads(member) - set(company.missing)
        for part in parts:
            name = name_of(triple, part)
            is_new = written and (part in company.missing or part in PARTS[1:])
            found[name] = acme.values[name] if is_new else STALE
    return found | {name_of("ACR", part): STALE for part in member.own}


@pytest.mark.parametrize(
    "stored",
    [
        ("", "", ""),
        ("selected", "selected", "selected"),
        ("selected", "all", ""),
        ("private", "", "selected"),
        ("all", "private", "selected"),
    ],
    ids="-".join,
)
def test_codespaces_get_what_the_oracle_says_and_a_second_run_writes_nothing(
    acme: Organization, stored: tuple[str, str, str]
) -> None:
    company = generated(stored, SEED)
    built(acme, company)
    acme.github.forget()
    first = acme.ensure("--yes")
    assert {each["outcome"] for each in first.document["changes"]} <= {"done", "unchanged"}, first.errors
    for member in company.members:
        name = f"acme/{member.name}"
        assert (member, environment(acme.github, name, "hubot")) == (member, expected(acme, company, member))
    undecided = {member.name for triple in REGISTRIES for member in company.undecided(triple)}
    assert {clause.partition(": ")[0] for clause in first.document["unread"]} == {
        f"acme/{name}" for name in undecided
    }
    assert first.document["status"] == ("unknown" if undecided else "healthy")
    assert first.code == (3 if undecided else 0)

    acme.github.forget()
    again = acme.ensure("--yes")
    assert {each["action"] for each in again.document["changes"]} == {"unchanged"}
    assert {each.method for each in acme.github.requests()} <= {"GET", "POST"}


def test_nothing_is_written_where_github_does_not_show_who_reads_a_secret(acme: Organization) -> None:
    company = replace(generated(("selected", "all", ""), SEED), shows_readers=False)
    built(acme, company)
    acme.github.forget()
    ended = acme.ensure("--yes")
    assert (ended.code, set(ended.rules)) == (3, {"unreadable-secrets"})
    assert {each.method for each in acme.github.requests()} <= {"GET", "POST"}
    for member in company.members:
        found = environment(acme.github, f"acme/{member.name}", "hubot")
        assert (member, found) == (member, expected(acme, company, member))
