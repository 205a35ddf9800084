"""Adds network latency to connections, as over a long distance."""

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_CHUNK = 1 << 16
_MOST_UNDER_WAY = 256
"""The most chunks in flight in one direction; the sender then waits, as with a full window."""


class Distance:
    """Fronts for servers on loopback, each `round_trip` seconds away.

    Each direction takes half a round trip, whatever the size and however many chunks are in flight; opening a
    connection takes a whole one, as TCP's handshake does. TLS passes through, so its handshake takes its own.
    """

    def __init__(self, round_trip: float) -> None:
        self._round_trip = round_trip
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def front(self, address: str) -> str:
        """The address (host and port) with latency for the server at `address`."""
        host, _, port = address.rpartition(":")
        return asyncio.run_coroutine_threadsafe(self._listen(host, int(port)), self._loop).result()

    async def _listen(self, host: str, port: int) -> str:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            try:
                # Canceled at the end; Python 3.11 would print the cancellation as an error if it were raised.
                with contextlib.suppress(asyncio.CancelledError):
                    await self._carry(reader, writer, host, port)
            finally:
                self._tasks.discard(task)

        server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=_CHUNK)
        self._servers.append(server)
        return f"127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int
    ) -> None:
        # The client's own handshake on loopback took no time. Had it taken a round trip, its first bytes would
        # have left that much later.
        connected = self._loop.time() + self._round_trip
        far_writer: asyncio.StreamWriter | None = None
        try:
            with contextlib.suppress(OSError):
                far_reader, far_writer = await asyncio.open_connection(host, port, limit=_CHUNK)
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pump(reader, far_writer, connected))
                    both.create_task(self._pump(far_reader, writer, 0))
        finally:
            for end in (writer, far_writer):
                if end is not None:
                    end.close()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, not_before: float
    ) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(_MOST_UNDER_WAY)

        async def send() -> None:
            chunk = b"begin"
            while chunk:
                # A broken connection ends like a closed one.
                chunk = b""
                with contextlib.suppress(OSError):
                    chunk = await reader.read(_CHUNK)
                await under_way.put((max(self._loop.time(), not_before) + self._round_trip / 2, chunk))

        async def deliver() -> None:
            broken = False
            while True:
                due, chunk = await under_way.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                if not chunk:
                    break
                # Data that arrives after the far end has closed is dropped, so that the sender ends too.
                if not broken:
                    try:
                        writer.write(chunk)
                        await writer.drain()
                    except OSError:
                        broken = True
            with contextlib.suppress(OSError):
                if writer.can_write_eof():
                    writer.write_eof()

        async with asyncio.TaskGroup() as both:
            both.create_task(send())
            both.create_task(deliver())

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # The transports that the tasks closed release their sockets in the loop's next iteration.
        await asyncio.sleep(0)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextlib.contextmanager
def fronts_far_away(round_trip: float, addresses: Sequence[str]) -> Iterator[list[str]]:
    """The fronts of several servers in a separate process, so that they do not slow this one down."""
    command = [sys.executable, "-m", "sandbox.latency", str(round_trip), *addresses]
    with subprocess.Popen(
        command,
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()
        finally:
            # The process runs until its standard input ends, so it never outlives this one.
            process.stdin.close()
            process.wait()


def _main() -> None:
    with Distance(float(sys.argv[1])) as distance:
        print(*(distance.front(address) for address in sys.argv[2:]), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    _main()
