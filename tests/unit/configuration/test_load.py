"""Which file the configuration is read from."""

from pathlib import Path

import pytest

from crreg.configuration.load import read_settings
from crreg.configuration.nodes import ConfigurationError


@pytest.mark.parametrize("name", ["crreg.yml", "crreg.yaml"])
def test_either_name_of_the_configuration_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github" / name).write_text("ignore: [nonsense]\n")
    with pytest.raises(ConfigurationError) as caught:
        read_settings(tmp_path, None, "", {}, ("unused-triple",))
    assert caught.value.location.path == f".github/{name}"
