"""The certificate authorities that TLS trusts."""

import functools
import ssl
import threading

_lock = threading.Lock()


def tls_context() -> ssl.SSLContext:
    """Return the TLS context, created on first use. It trusts the system's authorities, SSL_CERT_FILE, SSL_CERT_DIR.

    Loading these authorities takes longer than a login at a registry near by.

    Not `ssl.create_default_context`, whose strict mode rejects certificates that docker accepts.
    """
    with _lock:
        return _new_tls_context()


@functools.cache
def _new_tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Go, and therefore docker, reads only subject alternative names: https://go.dev/doc/go1.15#commonname
    context.hostname_checks_common_name = False
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context
