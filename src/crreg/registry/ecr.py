"""The hosts of Amazon's registries."""

import re
from dataclasses import dataclass

_PRIVATE = re.compile(
    r"(?P<account>[0-9]{12})"
    r"(?:\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2})"
    r"\.(?:amazonaws\.com(?:\.cn)?|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
    r"|\.dkr-ecr(?:-fips)?\.(?P<dual_stack>[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2})"
    r"\.on\.(?:aws|amazonwebservices\.com\.cn|amazonwebservices\.eu))",
)
_PUBLIC = frozenset({"public.ecr.aws", "ecr-public.aws.com"})
TOKEN_USER = "AWS"  # noqa: S105 - a user, no password
"""The user name for a registry token; any other user name is an access key ID."""
_PUBLIC_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class EcrRegistry:
    """One of Amazon's registries."""

    account: str
    """Twelve digits; empty for the public registry."""
    region: str
    """The region whose services issue its tokens: us-east-1 for the public registry."""
    public: bool = False
    """Whether it is public.ecr.aws (ecr-public.aws.com over IPv6)."""


def parse_host(host: str) -> EcrRegistry | None:
    """Parse an ECR host, ignoring case; None if it is something else, or has a port or a path."""
    name = host.lower()
    if name in _PUBLIC:
        return EcrRegistry("", _PUBLIC_REGION, public=True)
    match = _PRIVATE.fullmatch(name)
    return EcrRegistry(match["account"], match["region"] or match["dual_stack"]) if match else None
