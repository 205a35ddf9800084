"""openssl accepts the authority's certificates in its strictest mode."""

import subprocess
from pathlib import Path

from sandbox.authority import Authority, Leaf


def _verify(authority: Authority, leaf: Leaf, *expected: str) -> bool:
    command = [
        "openssl",
        "verify",
        "-x509_strict",
        "-purpose",
        "sslserver",
        "-CAfile",
        str(authority.certificate),
    ]
    done = subprocess.run([*command, *expected, str(leaf.certificate)], capture_output=True, check=False)
    return done.returncode == 0


def test_a_certificate_is_good_for_its_own_name_alone(authority: Authority) -> None:
    leaf = authority.leaf("acme.azurecr.io")
    names = ("acme.azurecr.io", "ghcr.io")
    assert [_verify(authority, leaf, "-verify_hostname", name) for name in names] == [True, False]


def test_a_certificate_can_be_for_an_address(authority: Authority) -> None:
    leaf = authority.leaf("127.0.0.1")
    addresses = ("127.0.0.1", "127.0.0.2")
    assert [_verify(authority, leaf, "-verify_ip", address) for address in addresses] == [True, False]


def test_an_expired_certificate_is_expired(authority: Authority) -> None:
    assert _verify(authority, authority.leaf("acme.azurecr.io", expired=True)) is False


def test_another_authority_vouches_for_nothing(authority: Authority, tmp_path: Path) -> None:
    assert _verify(authority, Authority(tmp_path).leaf("acme.azurecr.io")) is False


def test_the_bundle_holds_the_systems_authorities_too(authority: Authority) -> None:
    own, bundle = authority.certificate.read_text(), authority.bundle.read_text()
    assert bundle.endswith(own)
    assert bundle.count("BEGIN CERTIFICATE") > 100


def test_the_same_name_gets_the_same_certificate(authority: Authority) -> None:
    assert authority.leaf("ghcr.io") is authority.leaf("ghcr.io")
    assert authority.leaf("ghcr.io") != authority.leaf("ghcr.io", expired=True)
