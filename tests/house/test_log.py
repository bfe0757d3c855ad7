"""Which errors go into the log unchanged, and which may contain values that the log hides."""

from __future__ import annotations

import re

from zarf.dev.process import ROOT

# Errors of connections: texts of the worker, of libraries and of servers about addresses, accounts and certificates.
OF_CONNECTIONS = {
    "src/temporal/operation.c",
    "src/worker/activity.c",
    "src/worker/activity_heartbeat.c",
    "src/worker/activity_release.c",
    "src/worker/approval_sweep.c",
    "src/worker/poller.c",
    "src/worker/query.c",
    "src/worker/readiness.c",
    "src/worker/worker_heartbeat.c",
    "src/worker/drain.c",
    "src/worker/workflow_task.c",
}
SOURCES = [*(ROOT / "src").rglob("*.c"), *(ROOT / "handlers").glob("*.c")]


def test_only_errors_of_connections_are_logged_whole() -> None:
    whole = {str(path.relative_to(ROOT)) for path in SOURCES if 'LOG_TEXT("error"' in path.read_text()}
    assert whole == OF_CONNECTIONS


def test_in_the_worker_they_are_results_of_calls() -> None:
    for name in OF_CONNECTIONS:
        if name.startswith("src/worker/"):
            said = re.findall(r'LOG_TEXT\("error", ([^()]*)\)', (ROOT / name).read_text())
            assert set(said) <= {"result->message", "why->message", "services->error.message"}, name
