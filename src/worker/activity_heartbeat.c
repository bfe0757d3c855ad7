/* Sends the heartbeats of one activity. */
#include "worker/activity_heartbeat.h"

#include <assert.h>

#define EVERY_MAX_MS 60000

static void send(void *userdata);

int64_t activity_heartbeat_every_ms(int64_t timeout_ms)
{
    int64_t every = timeout_ms / 10 * 8 + timeout_ms % 10 * 8 / 10;
    if (every > EVERY_MAX_MS)
        return EVERY_MAX_MS;
    return every > 0 ? every : 1;
}

static void send_later(struct activity_heartbeat *heartbeat)
{
    assert(heartbeat->timer == NULL && heartbeat->arena == NULL);
    heartbeat->timer = channel_after(heartbeat->resources->channel, heartbeat->every_ms, send, heartbeat);
}

static enum heartbeat_result result_of(enum activity_demand demand, const struct client_result *result)
{
    static const enum heartbeat_result results[] = {
        [ACTIVITY_CONTINUE] = HEARTBEAT_RECORDED,
        [ACTIVITY_CANCEL] = HEARTBEAT_CANCEL,
        [ACTIVITY_PAUSE] = HEARTBEAT_PAUSE,
        [ACTIVITY_RESET] = HEARTBEAT_RESET,
    };
    switch (result->code) {
    case RPC_OK: return results[demand];
    case RPC_NOT_FOUND: return HEARTBEAT_GONE;
    default: return HEARTBEAT_FAILED;
    }
}

static void answered(void *userdata, enum activity_demand demand, const struct client_result *result)
{
    struct activity_heartbeat *heartbeat = userdata;
    enum heartbeat_result end = result_of(demand, result);
    if (end == HEARTBEAT_FAILED) {
        LOG_SCOPE(&heartbeat->log);
        log_line(LOG_DEBUG, "Heartbeat failed", LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    }
    arena_give(&heartbeat->resources->small_arenas, heartbeat->arena);
    heartbeat->arena = NULL;
    if (heartbeat->every_ms > 0 && end != HEARTBEAT_GONE)
        send_later(heartbeat);
    heartbeat->done(heartbeat->userdata, end);
}

static void send(void *userdata)
{
    struct activity_heartbeat *heartbeat = userdata;
    heartbeat->timer = NULL;
    heartbeat->arena = arena_take(&heartbeat->resources->small_arenas);
    metric_add(heartbeat->count, 1);
    LOG_SCOPE(&heartbeat->log);
    client_heartbeat(heartbeat->resources->client, heartbeat->task, heartbeat->arena, answered, heartbeat);
}

void activity_heartbeat_start(struct activity_heartbeat *heartbeat, struct resources *resources,
                              const struct activity_task *task, struct metric *count,
                              void (*done)(void *userdata, enum heartbeat_result result), void *userdata)
{
    *heartbeat = (struct activity_heartbeat){
        .resources = resources,
        .task = task,
        .log = {.workflow_id = task->workflow_id, .run_id = task->run_id},
        .count = count,
        .done = done,
        .userdata = userdata,
    };
    if (task->heartbeat_ms <= 0)
        return;
    heartbeat->every_ms = activity_heartbeat_every_ms(task->heartbeat_ms);
    send_later(heartbeat);
}

void activity_heartbeat_stop(struct activity_heartbeat *heartbeat)
{
    heartbeat->every_ms = 0;
    if (heartbeat->timer != NULL)
        channel_timer_cancel(heartbeat->timer);
    heartbeat->timer = NULL;
}

bool activity_heartbeat_is_idle(const struct activity_heartbeat *heartbeat)
{
    return heartbeat->every_ms == 0 && heartbeat->arena == NULL;
}
