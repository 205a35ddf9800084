"""The sandbox's own certificate authority, which issues certificates on demand."""

# Assumes NET-TLS.

import ipaddress
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DEBIAN_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Leaf:
    """A server's certificate and key as PEM files."""

    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """The TLS settings of a server that presents this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    """Issues certificates for any host name or address; its files live in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._issued: dict[tuple[str, bool, bool], Leaf] = {}
        self._key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "crreg sandbox authority")])
        now = datetime.now(UTC)
        self._root = (
            _builder(name, name, self._key, now - timedelta(days=2), now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self.certificate = self._folder / "authority.pem"
        """The authority's own certificate, PEM."""
        self.bundle = self._folder / "bundle.pem"
        """The system's authorities and this one, PEM: the value for SSL_CERT_FILE and similar variables."""
        own = self._root.public_bytes(serialization.Encoding.PEM)
        self.certificate.write_bytes(own)
        self.bundle.write_bytes(_system_bundle() + b"\n" + own)

    def leaf(self, name: str, *, expired: bool = False, signing: bool = False) -> Leaf:
        """The certificate of the host name or address `name`, the same at every call.

        `expired` makes one that expired yesterday, `signing` one with an RSA key that signs tokens with RS256.
        """
        with self._lock:
            wanted = (name, expired, signing)
            if wanted not in self._issued:
                self._issued[wanted] = self._issue(name, expired=expired, signing=signing)
            return self._issued[wanted]

    def environment(self) -> dict[str, str]:
        """Variables that make Python, Go, curl, gh and boto3 trust this authority besides the system's."""
        names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE")
        return dict.fromkeys(names, str(self.bundle))

    def _issue(self, name: str, *, expired: bool, signing: bool) -> Leaf:
        key: _PrivateKey = (
            rsa.generate_private_key(65537, 2048) if signing else ec.generate_private_key(ec.SECP256R1())
        )
        now = datetime.now(UTC)
        ends = now + timedelta(days=-1 if expired else 30)
        certificate = (
            # X.520 limits the length of a common name; clients read only the alternative name.
            _builder(
                x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])]),
                self._root.subject,
                key,
                now - timedelta(days=2),
                ends,
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([_general_name(name)]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )
        stem = f"leaf-{len(self._issued)}"
        leaf = Leaf(self._folder / f"{stem}.pem", self._folder / f"{stem}.key")
        leaf.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        leaf.key.touch(mode=0o600)
        leaf.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return leaf


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: _PrivateKey,
    begins: datetime,
    ends: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _system_bundle() -> bytes:
    found = ssl.get_default_verify_paths().cafile
    candidates = [Path(found)] if found else []
    for candidate in (*candidates, _DEBIAN_BUNDLE):
        if candidate.is_file():
            return candidate.read_bytes()
    return b""
