"""The simulation finds the faults for which it exists: each of these faults, built into the worker, fails within 10,000
seeds.

A mutant is the source with one text replaced, compiled by the build's own command and linked in front of the
libraries."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.dependencies import build_folder
from zarf.dev.process import ROOT

PROGRAM = "tests/simulation/simulation"
SEEDS = 10000


@dataclass(frozen=True)
class Fault:
    """A fault in `source`, which contains `old` exactly once."""

    name: str
    source: str
    old: str
    new: str


FAULTS = [
    Fault(
        "a slot is not given back",
        "src/worker/activity.c",
        "    slot_give(&activity->slot);\n    move(activity, ACTIVITY_STATE_CLOSED);",
        "    move(activity, ACTIVITY_STATE_CLOSED);",
    ),
    Fault(
        "an activity is answered twice",
        "src/worker/activity.c",
        "activity->answer_sent = send(activity);",
        "activity->answer_sent = send(activity) && send(activity);",
    ),
    Fault(
        "polls do not come back after a failure",
        "src/worker/poller.c",
        "    group->backoff = NULL;\n}\n\nstatic void back_off",
        "    (void)group;\n}\n\nstatic void back_off",
    ),
    Fault(
        "polls stay when demand has gone",
        "src/worker/poller.c",
        "        delta = !has_task || took_us > LATE_US ? -1 : took_us <= SOON_US;",
        "        delta = has_task && took_us <= SOON_US;",
    ),
    Fault(
        "the polls of a busy queue hold every slot",
        "src/worker/poller.c",
        "        while (group->open < least_polls(group) && may_poll(group))",
        "        while (group->open < least_polls(group) && may_poll_more(group))",
    ),
    Fault(
        "a free slot is polled for by chance only",
        "src/worker/janitor.c",
        "    pollers_fill(janitor->pollers);",
        "    static unsigned turns;\n    if (turns++ < 40)\n        pollers_fill(janitor->pollers);",
    ),
    Fault(
        "a task is answered while a job of it runs",
        "src/worker/workflow_task.c",
        "    if (task_jobs_run(&task->jobs))\n        task_move(task, STATE(PERFORMING));",
        "    if (task->jobs.running_count > 1)\n        task_move(task, STATE(PERFORMING));",
    ),
    Fault(
        "the sticky queue is not shut down",
        "src/worker/drain.c",
        "if (queue->sticky_name.size == 0 && !client_ends_polls(resources->client))",
        "if (queue->sticky_name.size > 0 || !client_ends_polls(resources->client))",
    ),
    Fault(
        "a run in the cache is freed with its task",
        "src/worker/workflow_task.c",
        "    else\n        return;\n    task->entry = NULL;",
        "    else\n        return;",
    ),
    Fault(
        "heartbeats go on behind the answer",
        "src/worker/activity.c",
        "    activity_heartbeat_stop(&activity->heartbeat);\n    move",
        "    move",
    ),
    Fault(
        "a local action begins when the task's time is up",
        "src/worker/local_action.c",
        "if (started_us >= local->until_us)",
        "if (started_us < 0)",
    ),
    Fault(
        "an activity is answered that the server has given up",
        "src/worker/activity.c",
        "if (activity->unwanted)\n        return drop",
        "if (false)\n        return drop",
    ),
    Fault(
        "slots reserved for eager activities leak",
        "src/worker/workflow_task.c",
        "        slot_give(&task->eager[--task->eager_count]);",
        "        --task->eager_count;",
    ),
    Fault(
        "a cached run is used although events are missing",
        "src/worker/workflow_task.c",
        "task->entry != NULL && task->entry->last_event_id + 1 == task->task.first_event_id",
        "task->entry != NULL",
    ),
    Fault(
        "a canceled activity is not answered",
        "src/worker/activity.c",
        "    else if (activity->canceled)\n        send_canceled(activity);",
        "    else if (activity->canceled)\n        return (void)send_canceled, false;",
    ),
    Fault(
        "a task that waits for another one never starts",
        "src/worker/workflow_task.c",
        "    if (next != NULL)\n        task_start(next);",
        "    (void)next;",
    ),
    Fault(
        "a drain does not wait for activities",
        "src/worker/drain.c",
        "slots_all_free(&slots->activities)",
        "true",
    ),
    Fault(
        "the end of an execution is not recorded",
        "src/worker/task_record.c",
        "    if (!find_changes(decided, arena, until_us, &found))",
        "    if (!find_changes(decided, arena, until_us, &found) || found.change.status != EXECUTION_RUNNING)",
    ),
    Fault(
        "a run is taken for another one",
        "src/worker/run_cache.c",
        "return text_compare(left->run_id, right->run_id);",
        "return left->run_id.size != right->run_id.size;",
    ),
    Fault(
        "an answer that the server refuses is sent again",
        "src/temporal/refusal.c",
        "RPC_NOT_FOUND, ANY_TEXT, REFUSAL_MOOT}",
        "RPC_NOT_FOUND, ANY_TEXT, REFUSAL_PASSES}",
    ),
    Fault(
        "only the first page of a history is read",
        "src/temporal/client_history.c",
        "known) && next_token.len > 0) {",
        "known) && next_token.len > SIZE_MAX / 2) {",
    ),
    Fault(
        "effects are not recorded in the ledger",
        "src/erp/effect_ledger.c",
        "return effect->has_ledger ? insert(effect, session, fault) : DATABASE_OK;",
        "return (void)insert, DATABASE_OK;",
    ),
    Fault(
        "the key is inserted in a transaction of its own",
        "src/erp/effect_ledger.c",
        "    return database_queue(session, TEXT(insert_effect), parameters, count, fault);",
        "    const struct database_wait wait = action_database_wait(call);\n"
        "    return database_run(database_of(session), call->arena, &wait, TEXT(insert_effect), parameters, count,"
        " NULL, fault);",
    ),
    Fault(
        "the ledger is not consulted after a lost commit",
        "src/erp/effect_ledger.c",
        "enum database_outcome found = find_alone(effect, database, &not_found);",
        "enum database_outcome found = ((void)find_alone, (void)database, DATABASE_OK);",
    ),
    Fault(
        "the stored result is ignored",
        "src/erp/effect_ledger.c",
        "    effect->call->stored_result = true;\n    effect->outcome = ACTION_OUTCOME_DONE;",
        "    *effect->result = json_object(NULL, 0);\n"
        "    effect->call->stored_result = true;\n    effect->outcome = ACTION_OUTCOME_DONE;",
    ),
    Fault(
        "a sweep ends requests whose activity waits",
        "src/worker/approval_sweep.c",
        "    return result->code == RPC_NOT_FOUND &&",
        "    return result->code != RPC_UNAVAILABLE &&",
    ),
    Fault(
        "an approval has no heartbeat timeout before somebody is asked",
        "src/temporal/commands.c",
        "    parts->attributes.heartbeat_timeout = &parts->heartbeat;",
        "    if (!human)\n        parts->attributes.heartbeat_timeout = &parts->heartbeat;",
    ),
    Fault(
        "an action that fails is committed",
        "src/postgres/database_run.c",
        "    if (outcome == DATABASE_OK)\n        return database_commit(session, fault);",
        "    if (outcome == DATABASE_OK || outcome == DATABASE_REFUSED)\n"
        "        return (void)database_commit(session, fault), outcome;",
    ),
    Fault(
        "a commit whose answer is lost is taken for done",
        "src/postgres/database_run.c",
        "    if (outcome == DATABASE_OK)\n        return database_commit(session, fault);",
        "    if (outcome == DATABASE_OK) {\n        outcome = database_commit(session, fault);\n"
        "        return outcome == DATABASE_UNKNOWN ? DATABASE_OK : outcome;\n    }",
    ),
]


@pytest.fixture(scope="module")
def build() -> Path:
    folder = build_folder()
    subprocess.run(["ninja", "-C", str(folder), PROGRAM], check=True, capture_output=True)
    return folder


def compile_command(build: Path, source: str) -> list[str]:
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if (build / entry["file"]).resolve() == ROOT / source and entry["output"].startswith("src/"):
            return shlex.split(entry["command"])
    raise AssertionError(f"{source} is not compiled")


def link_command(build: Path) -> list[str]:
    listed = subprocess.run(
        ["ninja", "-C", str(build), "-t", "commands", PROGRAM], check=True, capture_output=True, text=True
    )
    return shlex.split(listed.stdout.splitlines()[-1])


def mutate(build: Path, fault: Fault, folder: Path) -> Path:
    """The simulation with that fault built in."""
    text = (ROOT / fault.source).read_text()
    assert text.count(fault.old) == 1, f"{fault.source} has this {text.count(fault.old)} times: {fault.old}"
    source, output, program = folder / Path(fault.source).name, folder / "mutant.o", folder / "simulation"
    source.write_text(text.replace(fault.old, fault.new))
    command = compile_command(build, fault.source)
    command[command.index("-o") + 1] = str(output)
    command[command.index("-c") + 1] = str(source)
    for flag in ("-MF", "-MQ"):
        command[command.index(flag) + 1] = str(output) + ".d"
    subprocess.run(command, cwd=build, check=True)
    command = link_command(build)
    command[command.index("-o") + 1] = str(program)
    command.insert(command.index("-o") + 2, str(output))
    subprocess.run(command, cwd=build, check=True)
    return program


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_is_found(build: Path, fault: Fault, tmp_path: Path) -> None:
    program = mutate(build, fault, tmp_path)
    ran = subprocess.run([str(program), "--count", str(SEEDS), "--failures", "1"], capture_output=True, text=True)
    assert ran.returncode == 1, f"not found within {SEEDS} seeds"
    assert "repeat with: make simulate SEED=" in ran.stderr


def test_without_a_fault_nothing_fails(build: Path, tmp_path: Path) -> None:
    """Without a fault the simulation passes, so the faults and not the build cause the failures."""
    fault = Fault("none", "src/worker/slots.c", "void slot_give(", "void  slot_give(")
    ran = subprocess.run([str(mutate(build, fault, tmp_path)), "--count", "500"], capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
