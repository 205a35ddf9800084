"""`crreg ensure` at each level, on servers that are real but for GitHub and AWS."""

import pytest
from tests.integration.ensure.scene import OWNERS, PARTS, REPOSITORY, Scene, changes, hours_ago, names
from tests.sandbox.github.control import Level

every_level = pytest.mark.parametrize("level", list(OWNERS))


@every_level
def test_a_triple_that_is_not_there_is_created_and_a_second_run_plans_nothing(
    scene: Scene, level: Level
) -> None:
    scene.values = scene.azure()
    first = scene.ensure("--level", level)
    assert (first.code, first.errors) == (0, "")
    assert changes(first) == [("create", name, "done") for name in names("ACR")]
    assert scene.stored(level) == scene.azure()
    scene.github.forget()
    second = scene.ensure("--level", level)
    assert second.code == 0
    assert changes(second) == [("unchanged", name, "unchanged") for name in names("ACR")]
    assert scene.writes() == []
