"""An authority that the client under test trusts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.registry.transport.certificates import Authority

from crreg.registry.transport import tls


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def trusted(authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Authority]:
    file = tmp_path / "authority.pem"
    file.write_bytes(authority.certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    tls._new_tls_context.cache_clear()
    yield authority
    tls._new_tls_context.cache_clear()
