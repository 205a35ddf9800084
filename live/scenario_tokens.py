"""What a run asks with each kind of token; nothing is created, since GitHub refuses what is written."""

from dataclasses import dataclass

from live.profiles import PROFILES
from live.scenario_packages import MANIFEST, package_name, registry_token, token_address
from live.stage import PartEndedError, Stage
from live.steps import token_step
from live.web import Asked

_REFUSED = {"encrypted_value": "Y3JyZWctbGl2ZQ==", "key_id": "1"}
"""A value that is not sealed, for a key that no store has: a token that may write gets 422, another 403 or 404."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked about."""

    repository: str
    """`owner/name`."""
    secret: str
    """The name of the secret that no store takes."""

    def ask_all(self, stage: Stage, profile: str, mine: Stage) -> None:
        """Ask every question with a token of that kind, which `mine` has."""
        owner = stage.owner
        stores = {
            "repository": f"/repos/{self.repository}/codespaces/secrets",
            "user": "/user/codespaces/secrets",
        }
        if owner.is_organization:
            stores["organization"] = f"/orgs/{owner.login}/codespaces/secrets"
        if PROFILES[profile].writer:
            # What GitHub stored in another person's account would not be the run's to delete.
            stores = {"repository": stores["repository"]}
        for level, base in stores.items():
            mine.api(token_step(profile, f"list-{level}"), "GET", base)
            self._write(mine, profile, level, base)
        if not PROFILES[profile].writer:
            self._pull(stage, profile, mine)

    def _pull(self, stage: Stage, profile: str, mine: Stage) -> None:
        owner = stage.owner
        mine.api(token_step(profile, "package"), "GET", f"{owner.packages}/{package_name(stage.run)}")
        ghcr, image = stage.services.ghcr, f"{owner.login.lower()}/{package_name(stage.run)}"
        address = token_address(ghcr, image, "pull")
        answered = mine.ask(
            token_step(profile, "ghcr-token"), Asked("GET", address, {"Authorization": mine.basic})
        )
        try:
            bearer = {"Authorization": f"Bearer {registry_token(answered)}", "Accept": MANIFEST}
        except PartEndedError:
            # A refused login is an answer; the pull is then asked for without one.
            bearer = {"Accept": MANIFEST}
        mine.ask(token_step(profile, "ghcr-pull"), Asked("GET", f"{ghcr}/v2/{image}/manifests/1", bearer))

    def _write(self, mine: Stage, profile: str, level: str, base: str) -> None:
        body = {**_REFUSED, **({"visibility": "all"} if level == "organization" else {})}
        if level != "repository":
            # If GitHub stored it after all, the run would have to delete it.
            mine.journal.intend(mine.thing(f"{level}-secret", self.secret))
        mine.api(token_step(profile, f"write-{level}"), "PUT", f"{base}/{self.secret}", body)
