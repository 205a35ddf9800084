"""Read the values of a triple as `docker login` does."""

from crreg.registry.credentials import Credentials
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import Fault, LoginOutcome
from crreg.registry.server import InvalidServer, Server, parse_server
from crreg.triple import Triple


def read_triple(triple: Triple) -> tuple[Server, Credentials]:
    """Return the registry and the credentials of a triple.

    `docker login` drops white space around the user, and one line break at the end of the password.

    Raises:
        RegistryError: a part has no value (`skipped`), or one that can't be used (`invalid`).
    """
    if triple.server is None or triple.user is None or triple.password is None:
        names = ", ".join(triple.missing)
        raise RegistryError(
            LoginOutcome.SKIPPED, f"No login was tried, because no value was given for {names}."
        )
    user = triple.user.strip()
    password = triple.password.removesuffix("\n").removesuffix("\r")
    try:
        server = parse_server(triple.server)
    except InvalidServer as error:
        raise _invalid(f"SERVER {error}.", Fault.SERVER) from None
    if server.trimmed:
        breaks = triple.server.splitlines() != [triple.server]
        what = "a line break" if breaks else "white space"
        raise _invalid(
            f"SERVER has {what} before or after the host, which docker login rejects. Store only the host.",
            Fault.SERVER,
        )
    if not user:
        raise _invalid("USER is empty.", Fault.USER)
    if not password.strip():
        raise _invalid("PASSWORD is empty.", Fault.PASSWORD)
    if ":" in user:
        raise _invalid(
            "USER contains a colon, but a colon also separates the user from the password.", Fault.USER
        )
    if not all(character.isprintable() for character in user):
        raise _invalid("USER contains a line break or another control character.", Fault.USER)
    if not _is_text(password):
        raise _invalid(
            "PASSWORD contains an unpaired surrogate, which can't be encoded as UTF-8.", Fault.PASSWORD
        )
    return server, Credentials(user, password)


def _is_text(value: str) -> bool:
    """Return whether the value can be encoded: environment values always can, JSON escapes may not."""
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def _invalid(detail: str, fault: Fault) -> RegistryError:
    return RegistryError(LoginOutcome.INVALID, detail, fault=fault)
