"""What Compose refuses of a value whose type is right: numbers, ports, and keys that don't go together.

Sources: https://github.com/compose-spec/compose-go/blob/v2.9.1/types/types.go (unsigned numbers),
schema/compose-spec.json, loader/validate.go and validation/validation.go there;
https://github.com/docker/go-connections/blob/v0.6.0/nat/nat.go
"""

import ipaddress
import re
from collections.abc import Mapping

from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.discovery.documents.tree import Scalar

_LIMITS: Mapping[str, tuple[int, int | None]] = {
    "oom_score_adj": (-1000, 1000),
    "cpu_percent": (0, 100),
    **dict.fromkeys(
        (
            *("cpu_count", "scale", "deploy.replicas", "healthcheck.retries", "ports.target"),
            *("volumes.tmpfs.size", "blkio_config.weight", "blkio_config.weight_device.weight"),
            *("deploy.update_config.parallelism", "deploy.rollback_config.parallelism"),
            *("deploy.restart_policy.max_attempts", "deploy.placement.max_replicas_per_node"),
        ),
        (0, None),
    ),
}
"""The least and the greatest number of a service's keys."""
UNIQUE = frozenset(
    (
        *("depends_on", "networks", "extra_hosts", "security_opt", "group_add", "volumes_from", "models"),
        *(
            "external_links",
            "device_cgroup_rules",
            "build.ssh",
            "build.extra_hosts",
            "gpus.capabilities",
            "gpus.device_ids",
        ),
        *(f"deploy.resources.reservations.devices.{key}" for key in ("capabilities", "device_ids")),
    )
)
"""The lists of a service that may not repeat an entry: Compose refuses it. In other lists, Compose keeps one.

Source: https://github.com/compose-spec/compose-go/blob/v2.9.1/override/uncity.go
"""
_DEVICES = frozenset({"deploy.resources.reservations.devices", "gpus"})
_INDEX = re.compile(r"\[[0-9]+\]")
_PORT = re.compile(
    r"(?:(?P<address>[0-9]+(?:\.[0-9]+){3}):)?(?:(?P<host>[0-9-]*):)?(?P<target>[0-9-]+)(?:/.*)?"
)
_LAST_PORT = 65535
_MOST_COLONS = 2
"""In a device: SOURCE:TARGET:PERMISSIONS."""


def dotted(path: tuple[str, ...]) -> str:
    """Return the name of a key without the numbers of list entries: `ports.target`."""
    return _INDEX.sub("", ".".join(path))


def fault_of_value(path: tuple[str, ...], node: Scalar) -> str:
    """Return what a service's value must be instead, in words; empty if nothing is wrong, or if that is not known."""
    value = node.value
    if path[:2] == ("build", "additional_contexts") and not isinstance(value, str):
        return "must be a string"
    if isinstance(value, bool) or value is None or "$" in str(value):
        return ""
    is_number = not isinstance(value, str) or re.fullmatch(r"-?[0-9]{1,9}", value)
    fault = _fault_of_text(path, str(value), is_string=isinstance(value, str))
    return fault or (_fault_of_number(dotted(path), float(value)) if is_number else "")


def _fault_of_text(path: tuple[str, ...], text: str, *, is_string: bool) -> str:
    name, is_entry = dotted(path), dotted(path) != ".".join(path)
    if name == "ports" and is_entry:
        return _fault_of_port(text)
    if name == "ports.host_ip" and not _is_address(text):
        return f"must be an IP address, not {text!r}"
    if name == "build.ssh" and is_entry and text != "default" and "=" not in text:
        return f"must be default or NAME=PATH, not {text!r}"
    if name == "devices" and is_entry and text.count(":") > _MOST_COLONS:
        return f"has too many colons: {text}"
    return "must be a number, without quotes" if name == "volumes.tmpfs.mode" and is_string else ""


def _fault_of_number(name: str, number: float) -> str:
    low, high = _LIMITS.get(name, (None, None))
    if low is not None and number < low:
        return f"must be at least {low}"
    return f"must be at most {high}" if high is not None and number > high else ""


def fault_of_keys(path: tuple[str, ...], node: MappingNode) -> str:
    """Return what is wrong with the keys of an object in a list, in words; empty if nothing is."""
    name, given = dotted(path), node.entries.keys()
    if name in _DEVICES and {"count", "device_ids"} <= given:
        return "has count and device_ids: keep one"
    if name == "volumes" and _is(node, "type", "bind") and "source" not in given:
        return "needs source"
    if name == "develop.watch" and "target" not in given:
        syncs = any(_is(node, "action", action) for action in ("sync", "sync+restart", "sync+exec"))
        return "needs target" if syncs else ""
    return ""


def _is(node: MappingNode, key: str, value: str) -> bool:
    found = node.get(key)
    return isinstance(found, Scalar) and found.value == value


def _fault_of_port(text: str) -> str:
    parts = _PORT.fullmatch(text)
    if parts is None:
        # Another form is refused elsewhere, or has an IPv6 address.
        return "" if ":" in text else f"must be a port from 1 to {_LAST_PORT}, not {text}"
    if parts["address"] and not _is_address(parts["address"]):
        return f"has {parts['address']}, which is not an IP address"
    target, host = _range(parts["target"]), _range(parts["host"] or "0")
    if target is None or host is None or target[0] == 0:
        return f"must have ports from 1 to {_LAST_PORT}, the lower of a range first, not {text}"
    lengths = [last - first for first, last in (target, host)]
    if parts["host"] and lengths[0] and lengths[0] != lengths[1]:
        return f"has ranges of different lengths: {text}"
    return ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _range(text: str) -> tuple[int, int] | None:
    """Return the first and the last port; None if they are no ports, or in the wrong order."""
    first, dash, last = text.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        return None
    found = int(first), int(last or first)
    return found if found[0] <= found[1] <= _LAST_PORT else None
