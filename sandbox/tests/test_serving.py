"""The sandbox's servers close every connection, whatever the client does."""

import gc
import socket
import struct
from pathlib import Path

import pytest
from sandbox.authority import Authority
from sandbox.serving import Handler, Server

RESET = struct.pack("ii", 1, 0)


def test_a_client_that_resets_before_tls_leaves_no_socket_open(tmp_path: Path) -> None:
    context = Authority(tmp_path).leaf("127.0.0.1").server_context()
    with socket.create_server(("127.0.0.1", 0)) as listener, Server(Handler, tls=context) as server:
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.close()

        with pytest.raises(OSError, match="reset"):
            server.secure(accepted, context)

        # A socket that was left open warns as it is collected, and pytest makes that an error.
        gc.collect()
        assert accepted.fileno() == -1
