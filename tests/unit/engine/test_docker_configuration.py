import base64
import json
import os
import stat
from pathlib import Path

import pytest

from crreg.engine.docker_configuration import configuration, forget
from crreg.engine.image import RegistryLogin


def _auth(user: str, password: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture
def usual(tmp_path: Path) -> Path:
    """The person's own configuration."""
    folder = tmp_path / "usual"
    (folder / "contexts").mkdir(parents=True)
    (folder / "config.json").write_text(
        json.dumps(
            {
                "auths": {"quay.io": _auth("own", "kept"), "ghcr.io": _auth("own", "replaced")},
                "credsStore": "desktop",
                "credHelpers": {"public.ecr.aws": "ecr-login", "ghcr.io": "gh"},
                "currentContext": "remote",
            }
        )
    )
    return folder


def test_logins_come_on_top_of_what_the_person_has(usual: Path) -> None:
    logins = [
        RegistryLogin("docker.io", "a", "1"),
        RegistryLogin("ghcr.io", "b", "2"),
    ]

    with configuration({"DOCKER_CONFIG": str(usual), "OTHER": "kept"}, logins) as variables:
        folder = Path(variables["DOCKER_CONFIG"])
        settings = json.loads((folder / "config.json").read_text())
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "config.json")]
        contexts = (folder / "contexts").readlink()

    assert settings == {
        "auths": {
            "quay.io": _auth("own", "kept"),
            "ghcr.io": _auth("b", "2"),
            "https://index.docker.io/v1/": _auth("a", "1"),
        },
        "credsStore": "desktop",
        # Without a helper of their own, docker would ask the store for them.
        "credHelpers": {"public.ecr.aws": "ecr-login", "ghcr.io": "", "https://index.docker.io/v1/": ""},
        "currentContext": "remote",
    }
    assert variables == {
        "DOCKER_CONFIG": str(folder),
        "OTHER": "kept",
        "BUILDX_CONFIG": str(usual / "buildx"),
    }
    assert (modes, contexts) == ([0o700, 0o600], usual / "contexts")


def _in_memory() -> bool:
    return hasattr(os, "memfd_create")


@pytest.mark.skipif(not _in_memory(), reason="only Linux has files in memory")
def test_on_linux_no_login_is_on_the_disk(usual: Path) -> None:
    with configuration({"DOCKER_CONFIG": str(usual)}, [RegistryLogin("quay.io", "a", "1")]) as variables:
        folder = Path(variables["DOCKER_CONFIG"])
        leads_to = (folder / "config.json").readlink()

    assert leads_to.is_relative_to(f"/proc/{os.getpid()}/fd")
    with pytest.raises(OSError, match=r".*"):
        leads_to.read_bytes()


def test_elsewhere_it_is_a_private_file_until_it_is_forgotten(
    usual: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create", raising=False)

    with configuration({"DOCKER_CONFIG": str(usual)}, [RegistryLogin("quay.io", "a", "1")]) as variables:
        file = Path(variables["DOCKER_CONFIG"]) / "config.json"
        status = file.lstat()
        settings = json.loads(file.read_text())
        forget(variables)
        forget(variables)
        gone = not file.exists()

    assert (stat.S_ISREG(status.st_mode), stat.S_IMODE(status.st_mode)) == (True, 0o600)
    assert settings["auths"]["quay.io"] == _auth("a", "1")
    assert gone


def test_logins_that_the_environment_holds_go_before_those_of_the_file(usual: Path) -> None:
    given = json.dumps({"auths": {"quay.io": _auth("given", "3"), "ghcr.io": _auth("given", "4")}})
    environment = {"DOCKER_CONFIG": str(usual), "DOCKER_AUTH_CONFIG": given}

    with configuration(environment, [RegistryLogin("ghcr.io", "b", "2")]) as variables:
        settings = json.loads(Path(variables["DOCKER_CONFIG"], "config.json").read_text())

    assert settings["auths"] == {"quay.io": _auth("given", "3"), "ghcr.io": _auth("b", "2")}
    assert settings["credHelpers"] == {"public.ecr.aws": "ecr-login", "ghcr.io": "", "quay.io": ""}


def test_it_is_gone_however_the_build_ends(usual: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        configuration({"DOCKER_CONFIG": str(usual)}, []) as variables,
    ):
        raise KeyboardInterrupt

    assert not Path(variables["DOCKER_CONFIG"]).exists()
    assert {path.name for path in usual.iterdir()} == {"config.json", "contexts"}


def test_the_persons_builders_are_found_where_they_say(tmp_path: Path) -> None:
    with configuration({"HOME": str(tmp_path), "BUILDX_CONFIG": "/builders"}, []) as named:
        pass
    with configuration({"HOME": str(tmp_path)}, []) as usual:
        pass

    assert (named["BUILDX_CONFIG"], usual["BUILDX_CONFIG"]) == ("/builders", f"{tmp_path}/.docker/buildx")


@pytest.mark.parametrize("content", ["", "[]", '{"auths": []}', '{"credHelpers": 1}', "[" * 100_000, "\xff"])
def test_what_is_no_configuration_stops_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content, "latin-1")

    with configuration({"DOCKER_CONFIG": str(tmp_path)}, [RegistryLogin("quay.io", "a", "1")]) as variables:
        settings = json.loads((Path(variables["DOCKER_CONFIG"]) / "config.json").read_text())

    assert settings == {"auths": {"quay.io": _auth("a", "1")}, "credHelpers": {"quay.io": ""}}
