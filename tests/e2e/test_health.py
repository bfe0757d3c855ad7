"""Health checks answer, regardless of the other requests to the port and of who sends them."""

from __future__ import annotations

import json
import signal
import socket
import threading
from contextlib import ExitStack

from tests.e2e.rig import Rig
from zarf.dev.process import wait_until
from zarf.dev.worker import Worker

PARTS = (b"", b"GET /metrics HTTP/1.1\r\nHost: x\r\n", b"GET /debug HTTP/1.1\r\nHost: x\r\n\r\n")


def hold(worker: Worker, stack: ExitStack, count: int, part: bytes) -> list[socket.socket]:
    held = []
    for _ in range(count):
        held.append(stack.enter_context(socket.create_connection(("127.0.0.1", worker.port), timeout=10)))
        held[-1].sendall(part)
    return held


def test_one_peer_cannot_keep_others_out(rig: Rig) -> None:
    worker = rig.worker().wait_ready()
    with ExitStack() as stack:
        for part in PARTS:
            hold(worker, stack, 200, part)
            assert worker.get("/healthz/live") == (200, "ok")
            assert worker.get("/healthz/ready") == (200, "ok")
    assert worker.get("/healthz/live") == (200, "ok")


def test_debug_of_a_stopped_process_delays_nothing(rig: Rig) -> None:
    """After SIGCONT each pending request is answered, and the loop is on time again."""
    worker = rig.worker().wait_ready()
    assert json.loads(worker.get("/debug")[1])["loop_late_ms"] >= 0
    worker.process.send(signal.SIGSTOP)
    asking = [threading.Thread(target=worker.get, args=("/debug",)) for _ in range(4)]
    for thread in asking:
        thread.start()
    worker.process.send(signal.SIGCONT)
    for thread in asking:
        thread.join()
    wait_until(lambda: worker.get("/healthz/ready") == (200, "ok"), "readiness")
    assert worker.metrics().value("workflow_worker_loop_late_seconds") == 0
