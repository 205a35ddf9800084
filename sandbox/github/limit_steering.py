"""Enforces limits, injects failures, holds requests back, and reads what was counted."""

from dataclasses import asdict
from typing import Any

from sandbox.github.limits import Rules
from sandbox.github.service import Service
from sandbox.github.steering import unlocked, verb
from sandbox.github.weather import Fault


@verb
def fault(service: Service, body: dict[str, Any]) -> None:
    service.weather.faults.append(Fault(**body))


@verb
def enforce(service: Service, body: dict[str, Any]) -> None:
    service.weather.enforce(Rules(**body))


@verb
def strain(service: Service, body: dict[str, Any]) -> None:
    """Limit the work of one GraphQL query."""
    service.weather.heaviest = body["heaviest"]
    service.weather.most_repositories = body["most_repositories"]


@verb
def counts(service: Service, _: dict[str, Any]) -> dict[str, Any]:
    return asdict(service.journal.counts)


@verb
def queries(service: Service, _: dict[str, Any]) -> list[dict[str, Any]]:
    return [asdict(each) for each in service.journal.queries]


@unlocked
def hold(service: Service, body: dict[str, Any]) -> None:
    service.gate.close(body["path"], body["passing"])


@unlocked
def held(service: Service, body: dict[str, Any]) -> int:
    """Wait until that many requests are held; returns how many are."""
    return service.gate.wait_for(body["number"], body["patience"])


@unlocked
def release(service: Service, _: dict[str, Any]) -> None:
    service.gate.open()
