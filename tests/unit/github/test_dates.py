"""Dates without a time zone, as no GitHub gives them but a server that plays it may."""

from datetime import UTC, datetime

import pytest
from tests.unit.registry.servers import Answer, Request, serving

from crreg.github.client import GitHub
from crreg.github.inventory import LevelStatus
from crreg.github.levels import Level
from crreg.github.secrets import read_inventory
from crreg.net.deadline import Deadline

REPOSITORY = {
    "full_name": "octo/app",
    "id": 1,
    "private": True,
    "owner": {"login": "octo", "type": "User"},
}
SECRET = {
    "name": "A_CONTAINER_REGISTRY_USER",
    "updated_at": "2026-01-02T03:04:05",
}


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "1e9", "", None, 5, []]
)
def test_a_date_that_no_secret_has_leaves_the_levels_unlisted(moment: object) -> None:
    def answer(request: Request) -> Answer:
        listed = {"total_count": 1, "secrets": [{**SECRET, "updated_at": moment}]}
        return Answer(body=REPOSITORY if request.path == "/repos/octo/app" else listed)

    with serving(answer) as server:
        github = GitHub.with_token(
            "ghs_x", api_url=server.url, deadline=Deadline.after(20), say=lambda _: None
        )
        found = read_inventory(github, "octo/app", relevant=lambda _: True)
        github.close()
    assert [level.status for level in found.levels if level.level is Level.REPOSITORY] == [
        LevelStatus.UNREACHABLE
    ]


def test_a_date_without_a_time_zone_is_in_utc() -> None:
    def answer(request: Request) -> Answer:
        listed = {"total_count": 1, "secrets": [SECRET]}
        return Answer(body=REPOSITORY if request.path == "/repos/octo/app" else listed)

    with serving(answer) as server:
        github = GitHub.with_token(
            "ghs_x", api_url=server.url, deadline=Deadline.after(20), say=lambda _: None
        )
        found = read_inventory(github, "octo/app", relevant=lambda _: True)
        github.close()
    [secret] = (secret for level in found.levels for secret in level.secrets)
    assert secret.updated_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
