/* The phases of a worker: empties the sticky queues, ends the polls and waits for open tasks. */
#include "worker/drain.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"

/* After the stop timeout handlers are asked to give up; those that have not done so within this time are abandoned. */
#define GIVE_UP_MS 1000
/* ShutdownWorker ends the polls; those that it has not ended within this time are canceled. */
#define END_POLLS_MS 2000
/* A task on a sticky queue whose worker is gone would wait there until its timeout. The queues are therefore polled
   until no task has come for a while, but no longer than EMPTY_MAX_MS. */
#define QUIET_MS     300
#define EMPTY_MAX_MS 2000

/* ---- phases ---- */

static const char *const names[WORKER_PHASES] = {"starting", "working", "draining", "ended"};
static const bool may_move[WORKER_PHASES][WORKER_PHASES] = {
    [WORKER_STARTING] = {[WORKER_WORKING] = true, [WORKER_DRAINING] = true},
    [WORKER_WORKING] = {[WORKER_DRAINING] = true},
    [WORKER_DRAINING] = {[WORKER_ENDED] = true},
};
const struct state_machine worker_phases = {"worker", names, WORKER_PHASES, &may_move[0][0]};

const char *worker_phase_name(enum worker_phase phase)
{
    return names[phase];
}

static void move(struct drain *drain, enum worker_phase phase)
{
    state_move(&worker_phases, drain->phase, phase);
    drain->phase = phase;
    assert(phase != WORKER_ENDED || drain->stop_timer == NULL);
}

void drain_work(struct drain *drain)
{
    move(drain, WORKER_WORKING);
    drain->pollers->polling = POLLING_EVERYTHING;
    worker_heartbeat_start(drain->heartbeat);
    approval_sweep_start(drain->sweep);
    effect_pruning_start(drain->pruning);
}

static unsigned activity_count(const struct drain *drain)
{
    const struct slots *slots = &drain->resources->slots;
    return slots_count(&slots->activities, SLOT_TAKEN) + slots_count(&slots->async, SLOT_TAKEN);
}

static unsigned task_count(const struct drain *drain)
{
    return slots_count(&drain->resources->slots.workflow_tasks, SLOT_TAKEN);
}

/* ---- the sticky queues are emptied, then polls end ---- */

static void cancel_polls(void *userdata)
{
    pollers_cancel(userdata);
}

static void shutdown_answered(void *userdata, const struct client_result *result)
{
    struct drain *drain = worker_call_end(userdata);
    if (result->code != RPC_OK)
        log_line(LOG_DEBUG, "ShutdownWorker failed", LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    channel_after(drain->resources->channel, result->code == RPC_OK ? END_POLLS_MS : 0, cancel_polls, drain->pollers);
}

static void end_polls(void *userdata)
{
    struct drain *drain = userdata;
    struct resources *resources = drain->resources;
    drain->quiet_timer = NULL;
    drain->pollers->polling = POLLING_NOTHING;
    for (size_t i = 0; i < resources->options.queue_count; i++) {
        const struct queue *queue = &drain->queues[i];
        if (queue->sticky_name.size == 0 && !client_ends_polls(resources->client))
            continue;
        struct worker_call *call = worker_call_begin(&resources->calls, drain);
        client_shutdown_worker(resources->client, queue->name, queue->sticky_name, TEXT("graceful shutdown"),
                               call->arena, shutdown_answered, call);
    }
}

static void wait_for_quiet(struct drain *drain, int64_t quiet_ms)
{
    assert(drain->phase == WORKER_DRAINING);
    if (drain->quiet_timer != NULL)
        channel_timer_cancel(drain->quiet_timer);
    drain->quiet_timer = channel_after(drain->resources->channel, quiet_ms, end_polls, drain);
}

void drain_sticky_task(struct drain *drain)
{
    if (drain->quiet_timer != NULL && clock_monotonic_us() < drain->empty_until_us)
        wait_for_quiet(drain, QUIET_MS);
}

void drain_sticky_failed(struct drain *drain)
{
    if (drain->quiet_timer != NULL)
        wait_for_quiet(drain, 0);
}

/* ---- the stop timeout ---- */

static void abandon(void *userdata)
{
    struct drain *drain = userdata;
    drain->stop_timer = NULL;
    drain->abandoned = true;
    move(drain, WORKER_ENDED);
    log_line(LOG_WARN, "Stop timeout: handlers that do not end are abandoned, Temporal retries their tasks",
             LOG_INTEGER("activities", activity_count(drain)), LOG_INTEGER("workflow_tasks", task_count(drain)));
    channel_stop(drain->resources->channel);
}

static void stop_timed_out(void *userdata)
{
    struct drain *drain = userdata;
    log_line(LOG_WARN, "Stop timeout: asking handlers to give up", LOG_INTEGER("activities", activity_count(drain)));
    drain->stop_timer = channel_after(drain->resources->channel, GIVE_UP_MS, abandon, drain);
    if (drain->quiet_timer != NULL)
        wait_for_quiet(drain, 0);
    pollers_cancel(drain->pollers);
    activities_give_up(drain->activities);
}

/* ---- begin and end ---- */

void drain_begin(struct drain *drain)
{
    if (drain->phase >= WORKER_DRAINING)
        return;
    bool polls = drain->phase == WORKER_WORKING;
    move(drain, WORKER_DRAINING);
    drain->tasks->stopping = true;
    readiness_stop(drain->readiness);
    approval_sweep_stop(drain->sweep);
    effect_pruning_stop(drain->pruning);
    log_line(LOG_INFO, "shutting down worker", LOG_INTEGER("activities", activity_count(drain)),
             LOG_INTEGER("workflow_tasks", task_count(drain)),
             LOG_INTEGER("timeout_ms", drain->resources->options.stop_timeout_ms));
    drain->stop_timer =
        channel_after(drain->resources->channel, drain->resources->options.stop_timeout_ms, stop_timed_out, drain);
    if (!polls)
        return;
    pollers_stop(drain->pollers);
    worker_heartbeat_stop(drain->heartbeat);
    drain->empty_until_us = clock_monotonic_us() + EMPTY_MAX_MS * INT64_C(1000);
    wait_for_quiet(drain, pollers_count(drain->pollers, POLLER_STICKY, NULL) > 0 ? QUIET_MS : 0);
}

static bool is_empty(const struct drain *drain)
{
    const struct slots *slots = &drain->resources->slots;
    return slots_all_free(&slots->workflow_tasks) && slots_all_free(&slots->activities) &&
           slots_all_free(&slots->async) && worker_calls_are_idle(&drain->resources->calls) &&
           drain->quiet_timer == NULL && readiness_is_idle(drain->readiness) && approval_sweep_is_idle(drain->sweep) &&
           effect_pruning_is_idle(drain->pruning);
}

void drain_end_if_empty(struct drain *drain)
{
    if (drain->phase != WORKER_DRAINING || !is_empty(drain))
        return;
    if (drain->stop_timer != NULL)
        channel_timer_cancel(drain->stop_timer);
    drain->stop_timer = NULL;
    move(drain, WORKER_ENDED);
    log_line(LOG_INFO, "worker stopped");
    channel_stop(drain->resources->channel);
}
