"""Amazon's registries: which hosts they are."""

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
"""The user that goes with a token; any other user is an access key id."""
_PUBLIC_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class EcrRegistry:
    """A registry of Amazon's."""

    account: str
    """Twelve digits; empty for the public registry."""
    region: str
    """The region whose services give out its tokens: us-east-1 for the public registry."""
    public: bool = False
    """Whether it is public.ecr.aws (ecr-public.aws.com by IPv6)."""


def parse_host(host: str) -> EcrRegistry | None:
    """Take an ECR host apart; None if it is none. Case does not count, a port or a path is not allowed."""
    name = host.lower()
    if name in _PUBLIC:
        return EcrRegistry("", _PUBLIC_REGION, public=True)
    match = _PRIVATE.fullmatch(name)
    return EcrRegistry(match["account"], match["region"] or match["dual_stack"]) if match else None
