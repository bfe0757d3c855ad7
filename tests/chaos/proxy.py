"""A TCP proxy that disturbs connections: it cuts, resets, delays, swallows and slows down, and loses the answer to a
commit."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from tests.chaos.commits import Commits
from zarf.dev.process import free_port

T = TypeVar("T")
CHUNK = 16384
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends RST


class Mode(Enum):
    """What happens to connections, old and new."""

    OPEN = "open"
    CUT = "cut"  # closed with FIN
    RESET = "reset"  # closed with RST
    DELAY = "delay"  # each chunk waits `amount` seconds, one after another
    FAR = "far"  # each answer arrives `amount` seconds later, as from a distant server
    SLOW = "slow"  # `amount` bytes a second
    HALF_OPEN = "half-open"  # connections stay open, and nothing passes
    DEAF = "deaf"  # requests pass, answers are swallowed
    TORN = "torn"  # the next answer is reset in the middle, on each connection
    LOST_COMMIT = "lost commit"  # the answer to a commit is lost and the connection reset, `amount` times if not 0


SWALLOWING = (Mode.HALF_OPEN, Mode.DEAF)


@dataclass
class Fault:
    mode: Mode
    amount: float = 0


class Loop:
    """The thread on which all proxies of a process run."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="proxies", daemon=True)
        self.proxies: list[Proxy] = []
        self.thread.start()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def close(self) -> None:
        """Closes the proxies and ends the thread."""
        for proxy in self.proxies:
            proxy.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Connection:
    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.proxy = proxy
        self.client = (reader, writer)
        self.server: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.commits = Commits()
        self.swallowed = False  # data of the connection is lost, so it cannot continue
        self.torn = False

    async def run(self) -> None:
        with contextlib.suppress(OSError):
            self.server = await asyncio.open_connection("127.0.0.1", self.proxy.target)
        if not self.server:
            self.close(reset=False)
            return
        pumps = [
            asyncio.create_task(self.pump(self.client[0], self.server[1], self.request)),
            asyncio.create_task(self.pump(self.server[0], self.client[1], self.answer)),
        ]
        _, pending = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pending:
            pump.cancel()
        self.close(reset=False)

    async def pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, see: Callable[[bytes], bytes | None]
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                await self.proxy.hold_back(len(data))
                passed = see(data)
                if passed is None:
                    return
                if passed and self.proxy.fault.mode is Mode.FAR and see == self.answer:
                    self.proxy.arrive_later(writer, passed)
                elif passed:
                    writer.write(passed)
                    await writer.drain()
                if self.torn:
                    self.close(reset=True)
                    return

    def request(self, data: bytes) -> bytes | None:
        if self.proxy.fault.mode is Mode.HALF_OPEN or (self.swallowed and self.proxy.fault.mode is not Mode.DEAF):
            self.swallowed = True
            return b""
        if self.proxy.postgres:
            self.commits.sent(data)
        return data

    def answer(self, data: bytes) -> bytes | None:
        if self.proxy.fault.mode in SWALLOWING or self.swallowed:
            self.swallowed = True
            return b""
        if self.proxy.fault.mode is Mode.TORN and len(data) > 1:
            self.torn = True
            return data[: len(data) // 2]
        if not self.proxy.postgres:
            return data
        passed, lost = self.commits.answered(data, self.proxy.fault.mode is Mode.LOST_COMMIT)
        if lost:
            self.proxy.lose_commit()
            self.close(reset=True)
            return None
        return passed

    def close(self, reset: bool) -> None:
        for _, writer in filter(None, (self.client, self.server)):
            if reset:
                with contextlib.suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                writer.transport.abort()
            else:
                writer.close()


class Proxy:
    """Forwards its address to a port of this machine. Any thread may call the methods."""

    def __init__(self, loop: Loop, target: int, postgres: bool) -> None:
        self.loop = loop
        self.target = target
        self.postgres = postgres
        self.port = free_port()
        self.fault = Fault(Mode.OPEN)
        self.commits_lost = 0
        self.arrives = 0.0  # when the last answer is due, on the loop's clock
        self.connections: set[Connection] = set()
        loop.proxies.append(self)
        self.listener = loop.call(asyncio.start_server(self.accept, "127.0.0.1", self.port))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self, reader, writer)
        if self.fault.mode in (Mode.CUT, Mode.RESET):
            connection.close(reset=self.fault.mode is Mode.RESET)
            return
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.discard(connection)

    def lose_commit(self) -> None:
        self.commits_lost += 1
        if self.fault.amount == 1:
            self.fault = Fault(Mode.OPEN)
        elif self.fault.amount:
            self.fault.amount -= 1

    def arrive_later(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        """Delivers chunks in order: a later chunk is never due before an earlier one."""
        clock = asyncio.get_running_loop()
        self.arrives = max(clock.time() + self.fault.amount, self.arrives + 1e-6)
        clock.call_at(self.arrives, writer.write, data)

    async def hold_back(self, size: int) -> None:
        if self.fault.mode is Mode.DELAY:
            await asyncio.sleep(self.fault.amount)
        elif self.fault.mode is Mode.SLOW:
            await asyncio.sleep(size / self.fault.amount)

    def set(self, mode: Mode, amount: float = 0) -> None:
        self.loop.call(self._set(Fault(mode, amount)))

    def heal(self) -> None:
        """Ends the fault. Connections that lost data are reset."""
        self.set(Mode.OPEN)

    async def _set(self, fault: Fault) -> None:
        self.fault = fault
        for connection in list(self.connections):
            if fault.mode in (Mode.CUT, Mode.RESET):
                connection.close(reset=fault.mode is Mode.RESET)
            elif connection.swallowed and fault.mode not in SWALLOWING:
                connection.close(reset=True)

    def close(self) -> None:
        self.loop.call(self._close())

    async def _close(self) -> None:
        self.listener.close()
        for connection in list(self.connections):
            connection.close(reset=True)
