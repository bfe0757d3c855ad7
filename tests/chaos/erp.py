"""The rest of the ERP: starts the runs and answers requests for approval, regardless of what fails meanwhile."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
import urllib.error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from temporalio.api.common.v1 import Payload, Payloads
from temporalio.api.workflowservice.v1 import RespondActivityTaskCompletedRequest
from temporalio.client import Client
from temporalio.service import RPCError

from tests.chaos.people_shapes import REQUEST
from tests.chaos.planned_run import APPROVERS, Correction, Run
from tests.e2e.rig import Rig
from tests.e2e.rules import NOBODY
from zarf.dev.process import StackError

Json = dict[str, Any]
FAULTS = (StackError, OSError)  # the errors of a server that is restarting
PENDING = """
SELECT execution_id, action_name, approval_request_id FROM workflow.approval_requests WHERE status = 'pending'
"""
TOKEN = "SELECT task_token FROM workflow.approval_requests WHERE approval_request_id = '{}' AND task_token <> ''"
RESOLVE = f"""
UPDATE workflow.approval_requests
SET status = '{{}}', resolved_by = '{APPROVERS[0]}', resolution_reason = 'chaos', resolved_date = now()
WHERE approval_request_id = '{{}}' AND status = 'pending'
"""
FORGET = "UPDATE workflow.approval_requests SET task_token = '' WHERE approval_request_id = '{}'"


@dataclass(frozen=True)
class Request:
    """A request for approval by an action of a run."""

    id: str
    run: Run
    name: str

    @property
    def answer(self) -> str:
        return self.run.asks[self.name]

    @property
    def is_answered_by_hand(self) -> bool:
        return (self.run.number + list(self.run.asks).index(self.name)) % 2 == 1

    def __str__(self) -> str:
        return f"{self.run.name}.{self.name}"


class Erp:
    def __init__(
        self, rig: Rig, runs: Sequence[Run], seed: int, ended: threading.Event, note: Callable[[str], None]
    ) -> None:
        self.rig = rig
        self.runs = runs
        self.random = Random(f"answers {seed}")
        self.ended = ended
        self.note = note
        self.started = 0
        self.answered = 0
        self.corrected = 0
        self.open_corrections: list[tuple[Run, Correction]] = []  # corrections for runs that are started
        self.answering: set[str] = set()  # names of the runs that were started to answer others
        self.resolved: dict[str, Request] = {}  # requests whose row is written and whose run waits for the answer

    def start_runs(self, began: float, times: Sequence[float]) -> None:
        for run, at in zip(self.runs, times, strict=True):
            if run.answers:  # started when there is a request
                continue
            if self.ended.wait(max(0, began + at - time.monotonic())):
                return
            if not self.insist(f"starting {run.name}", partial(self.start_run, run)):
                return
            self.started += 1
            self.open_corrections += [(run, correction) for correction in run.corrections]

    def insist(self, what: str, work: Callable[[], object]) -> bool:
        """Repeats an operation until it succeeds. False: the chaos has ended."""
        while not self.ended.is_set():
            if self.attempt(what, work):
                return True
            self.ended.wait(0.2)
        return False

    def start_run(self, run: Run) -> None:
        try:
            self.rig.start_quickly(run.rule)
        except urllib.error.HTTPError as fault:
            if fault.code != 409:  # started by the previous attempt, whose answer was lost
                raise

    def correct_runs(self) -> None:
        """Sends each correction some seconds after the start of its run, until it is accepted."""
        due: dict[tuple[str, str], float] = {}
        while not self.ended.wait(0.5):
            for run, correction in list(self.open_corrections):
                key = (run.name, correction.id)
                if time.monotonic() < due.setdefault(key, time.monotonic() + self.random.uniform(0, 5)):
                    continue
                due[key] = time.monotonic() + 1
                if self.attempt(f"{correction.id} of {run.name}", partial(self.send_correction, run, correction)):
                    self.open_corrections.remove((run, correction))
                    self.corrected += 1

    def send_correction(self, run: Run, correction: Correction) -> None:
        self.rig.temporal.cli(
            "workflow", "update", "execute", "--workflow-id", run.rule.workflow_id, "--name", correction.update,
            "--update-id", correction.id, "--input", json.dumps(correction.input), "--command-timeout", "10s",
        )  # fmt: skip

    def answer_requests(self) -> None:
        """Answers requests some seconds after they were made: through the run that answers in place of people, if any,
        else with `workflow-worker complete` or as the ERP does."""
        by_execution = {run.rule.execution_id: run for run in self.runs}
        due: dict[str, float] = {}
        while not self.ended.wait(0.5):
            self.attempt("reading the requests", partial(self.answer_some, by_execution, due))

    def attempt(self, what: str, work: Callable[[], object]) -> bool:
        try:
            work()
        except FAULTS as fault:
            detail = fault.read().decode(errors="replace") if isinstance(fault, urllib.error.HTTPError) else ""
            self.note(f"{what}: {fault} {detail}".partition("\n")[0])
            return False
        return True

    def answer_some(self, by_execution: dict[str, Run], due: dict[str, float]) -> None:
        for execution_id, name, request_id in self.rig.query(PENDING):
            request = Request(request_id, by_execution[execution_id], name)
            if time.monotonic() < due.setdefault(request_id, time.monotonic() + self.random.uniform(0, 5)):
                continue
            if request.run.answered_by:
                self.attempt(f"starting the run that answers {request}", partial(self.answer_by_rule, request))
            elif request.is_answered_by_hand:
                self.attempt(f"answering {request} by hand", partial(self.answer_by_hand, request))
            else:
                resolve = RESOLVE.format(request.answer, request_id)
                if self.attempt(f"resolving {request}", partial(self.rig.query, resolve)):
                    self.resolved[request_id] = request
        for request in list(self.resolved.values()):
            self.attempt(f"answering {request} by its token", partial(self.answer_by_token, request))

    def answer_by_rule(self, request: Request) -> None:
        run = request.run.answered_by
        assert run
        run.rule.trigger[REQUEST] = request.id
        if run.name in self.answering:
            return
        self.start_run(run)
        self.answering.add(run.name)
        self.started += 1
        self.answered += 1

    def answer_by_hand(self, request: Request) -> None:
        workflow_id = request.run.rule.workflow_id
        done = self.rig.command("complete", workflow_id, request.name, "--output", request.answer, "--by", APPROVERS[0])
        self.note(f"answered {request} by hand: {done.returncode} {done.stderr.strip()}")
        if done.returncode == 0:
            self.answered += 1

    def answer_by_token(self, request: Request) -> None:
        """Answers with the token that the row has now: an attempt after a lost one writes another token."""
        found = self.rig.query(TOKEN.format(request.id))
        if not found:  # cleared by the previous attempt, whose answer was lost
            self.resolved.pop(request.id)
            return
        token = found[0][0]
        result = {"output": request.answer, "approval_id": request.id, "resolved_by": APPROVERS[0], "reason": "chaos"}
        answer = {"action_id": NOBODY, "action_name": request.name, "result": result, "success": True}
        asyncio.run(self.complete_by_token(base64.b64decode(token), answer))
        self.answered += 1
        self.note(f"answered {request} by its token")
        self.rig.query(FORGET.format(request.id))
        self.resolved.pop(request.id)

    async def complete_by_token(self, token: bytes, answer: Json) -> None:
        try:
            client = await Client.connect(self.rig.temporal.address)
            payload = Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(answer).encode())
            request = RespondActivityTaskCompletedRequest(
                namespace="default", task_token=token, result=Payloads(payloads=[payload]), identity="erp"
            )
            await client.workflow_service.respond_activity_task_completed(request)
        except (RPCError, RuntimeError) as fault:  # includes that the server cannot be reached
            raise StackError(str(fault)) from None
