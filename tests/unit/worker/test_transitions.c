/* Every move that the tables of states allow is taken by one of these scenarios, and by no test a move that they
   forbid: that is asserted at each move. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "tests/unit/worker/server.h"
#include "worker/worker_internal.h"

enum { STATES_MAX = 8 };

static const struct state_machine *const machines[] = {&workflow_task_states, &activity_states, &worker_phases,
                                                       &readiness_states};
enum { MACHINES = sizeof(machines) / sizeof(machines[0]) };
static unsigned taken[MACHINES][STATES_MAX][STATES_MAX];

static void observe(const struct state_machine *machine, unsigned from, unsigned to)
{
    size_t i = 0;
    while (i < MACHINES && machines[i] != machine)
        i++;
    cr_assert_lt(i, MACHINES, "%s is a machine that this test does not know", machine->name);
    cr_assert(from < STATES_MAX && to < STATES_MAX);
    taken[i][from][to]++;
}

/* ---- what the server does ---- */

static void stop(const struct call *call)
{
    (void)call;
    worker_stop(server.worker);
}

static void stop_at_answer(const struct call *call)
{
    if (call->kind == CALL_ANSWER || call->kind == CALL_FAIL_TASK)
        stop(call);
}

static const struct workflow_task *history;

static void send_history(const struct call *call)
{
    if (call->kind == CALL_FETCH_HISTORY)
        server.reply.task = history;
    stop_at_answer(call);
}

static void refuse_history(const struct call *call)
{
    if (call->kind == CALL_FETCH_HISTORY)
        server.reply.code = RPC_NOT_FOUND;
    stop_at_answer(call);
}

static void refuse_answer(const struct call *call)
{
    if (call->kind == CALL_ANSWER) /* also the one that fails the run */
        server.reply = (struct reply){.code = RPC_RESOURCE_EXHAUSTED, .fault = CLIENT_FAULT_MESSAGE_TOO_LARGE};
    if (call->kind == CALL_FAIL_TASK)
        stop(call);
}

static enum status record_nothing(void *userdata, const struct execution_change *change, struct arena *arena,
                                  struct error *error)
{
    (void)userdata, (void)change, (void)arena;
    return error_set(error, STATUS_UNAVAILABLE, TEXT_NONE, "no database");
}

/* ---- scenarios of workflow tasks ---- */

static void local_actions(void)
{
    server.on_call = stop_at_answer;
    server_give_task(first_task("run", rule("write pure", ">0 0>1")), false);
}

/* A task of a run that no worker has kept. */
static void continue_unknown_run(void (*on_call)(const struct call *))
{
    const struct workflow_task *first = first_task("run", rule("pure", ">0"));
    struct workflow_task *later = later_task(first, 4, (const struct event[]){{.kind = EVENT_OTHER}}, 1);
    history = first;
    server.on_call = on_call;
    server_give_task(later, true);
}

static void history_is_fetched(void)
{
    continue_unknown_run(send_history);
}

static void history_is_refused(void)
{
    continue_unknown_run(refuse_history);
}

static void unknown_type(void)
{
    struct workflow_task *task = first_task("run", rule("pure", ">0"));
    task->workflow_type = TEXT("Other");
    server.on_call = stop_at_answer;
    server_give_task(task, false);
}

static void impossible_history(void)
{
    static const struct event event = {.kind = EVENT_RESULT_RECORDED, .id = 1};
    struct workflow_task *task = first_task("run", rule("pure", ">0"));
    task->events = &event;
    task->event_count = 1;
    server.on_call = stop_at_answer;
    server_give_task(task, false);
}

static void end_is_not_recorded(void)
{
    server.options.execution_changed = record_nothing;
    server.on_call = stop_at_answer;
    server_give_task(first_task("run", rule("pure", ">0")), false);
}

static void answer_is_too_large(void)
{
    server.on_call = refuse_answer;
    server_give_task(first_task("run", rule("pure", ">0")), false);
}

/* ---- scenarios of activities ---- */

static struct activity_task *async(const char *id, const char *action_type)
{
    struct activity_task *task = activity(id, action_type);
    task->activity_type = TEXT("ExecuteAsyncActionActivity");
    return task;
}

static void stop_at_outcome(const struct call *call)
{
    if (call->kind == CALL_COMPLETE)
        stop(call);
}

static void plain_activity(void)
{
    server.on_call = stop_at_outcome;
    server_give_activity(activity("one", "far"));
}

static void async_activity(void)
{
    server.on_call = stop_at_outcome;
    server_give_activity(async("one", "later"));
}

static bool cancels; /* the one that waits; else it starts when there is room */

static void watch_the_one_that_waits(const struct call *call)
{
    bool waits = !TAILQ_EMPTY(&server.worker->activities.waiting);
    if (call->kind == CALL_HEARTBEAT && waits && cancels)
        server.reply.demand = ACTIVITY_CANCEL;
    if (call->kind == CALL_CANCELED || (call->kind == CALL_HEARTBEAT && waits && !cancels))
        gate_open();
    if (text_is(call->token, "last") && call->kind != CALL_HEARTBEAT)
        stop(call);
}

/* With one slot they come one after another, and the last one finds the queue of asynchronous actions full. */
static void fill_async_queue(void)
{
    gate_close();
    server.options.activities = 1;
    server.options.async_threads = 1;
    server.on_call = watch_the_one_that_waits;
    server_give_activity(async("hold", "hold"));
    for (int i = 0; i < LIMIT_ASYNC_QUEUE; i++)
        server_give_activity(async("queued", "later"));
    struct activity_task *last = async("last", "later");
    last->heartbeat_ms = 5;
    server_give_activity(last);
}

static void waiting_one_starts(void)
{
    cancels = false;
    fill_async_queue();
}

static void waiting_one_is_canceled(void)
{
    cancels = true;
    fill_async_queue();
}

/* ---- scenarios of the worker ---- */

static void stop_when_ready(bool ready)
{
    if (ready)
        worker_stop(server.worker);
}

static void start_and_stop(void)
{
    server.on_ready = stop_when_ready;
}

static void stop_before_ready(void)
{
    server.on_call = stop;
}

static unsigned times_ready;

static void stop_when_ready_again(bool ready)
{
    times_ready += ready;
    if (ready && times_ready == 2)
        worker_stop(server.worker);
}

static void lose_and_regain(void)
{
    server.poll_failure = RPC_UNAVAILABLE;
    server.on_ready = stop_when_ready_again;
}

static void stop_when_lost(bool ready)
{
    if (!ready)
        worker_stop(server.worker);
}

static void lose_and_stop(void)
{
    server.poll_failure = RPC_UNAVAILABLE;
    server.on_ready = stop_when_lost;
}

/* ---- the test ---- */

static void (*const scenarios[])(void) = {
    local_actions,           history_is_fetched,  history_is_refused, unknown_type,    impossible_history,
    end_is_not_recorded,     answer_is_too_large, plain_activity,     async_activity,  waiting_one_starts,
    waiting_one_is_canceled, start_and_stop,      stop_before_ready,  lose_and_regain, lose_and_stop,
};

Test(transitions, each_is_taken, .timeout = 120)
{
    state_observer = observe;
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        server_set_up();
        scenarios[i]();
        cr_assert_eq(server_run(), WORKER_DRAINED, "scenario %zu", i);
        server_tear_down();
    }
    for (size_t m = 0; m < MACHINES; m++) {
        const struct state_machine *machine = machines[m];
        for (unsigned from = 0; from < machine->count; from++) {
            for (unsigned to = 0; to < machine->count; to++)
                cr_expect(!machine->may_move[from * machine->count + to] || taken[m][from][to] > 0,
                          "%s: nothing moves from %s to %s", machine->name, machine->states[from], machine->states[to]);
        }
    }
}

/* The tables themselves: each state can be reached, but for the first, and the last one is left by nobody. */
Test(transitions, each_state_can_be_reached)
{
    for (size_t m = 0; m < MACHINES; m++) {
        const struct state_machine *machine = machines[m];
        for (unsigned state = 0; state < machine->count; state++) {
            unsigned in = 0, out = 0;
            for (unsigned other = 0; other < machine->count; other++) {
                in += machine->may_move[other * machine->count + state];
                out += machine->may_move[state * machine->count + other];
            }
            cr_expect_eq(in > 0, state > 0, "%s: %s", machine->name, machine->states[state]);
            cr_expect_eq(out > 0, state + 1 < machine->count, "%s: %s", machine->name, machine->states[state]);
        }
    }
}
