"""The protocol of the control interface: a verb and its arguments, answered by a result."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

PATIENCE = 30
"""Seconds to wait for the server to answer or to end."""


class ControlError(Exception):
    """The server refused a test's request."""


@dataclass(frozen=True)
class Channel:
    """The connection to one server."""

    url: str

    def do(self, verb: str, **body: Any) -> Any:
        """Execute a verb on the server; raises ControlError."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        try:
            connection.request("POST", f"/_sandbox/{verb}", json.dumps(body))
            response = connection.getresponse()
            document = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ControlError(document["error"])
        return document["result"]
