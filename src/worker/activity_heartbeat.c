#include "worker/activity_heartbeat.h"

#include "worker/parts.h"

#define MOST_MS 60000

int64_t activity_heartbeat_every_ms(int64_t timeout_ms)
{
    int64_t every = timeout_ms / 10 * 8 + timeout_ms % 10 * 8 / 10;
    if (every > MOST_MS)
        return MOST_MS;
    return every > 0 ? every : 1;
}

static void beat(void *context);

static void wait_for_turn(struct activity_heartbeat *heartbeat)
{
    heartbeat->timer = channel_after(heartbeat->worker->channel, heartbeat->every_ms, beat, heartbeat);
}

static enum activity_heartbeat_answer meaning(bool cancel_requested, const struct client_result *result)
{
    switch (result->code) {
    case RPC_OK: return cancel_requested ? HEARTBEAT_CANCEL : HEARTBEAT_FINE;
    case RPC_NOT_FOUND: return HEARTBEAT_GONE;
    default: return HEARTBEAT_FAILED;
    }
}

static void beaten(void *context, bool cancel_requested, const struct client_result *result)
{
    struct activity_heartbeat *heartbeat = context;
    enum activity_heartbeat_answer answer = meaning(cancel_requested, result);
    const struct log_context *before = log_set_context(&heartbeat->about);
    if (answer == HEARTBEAT_FAILED)
        log_line(LOG_DEBUG, "Heartbeat failed", LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    (void)log_set_context(before);
    arena_give(&heartbeat->worker->small_arenas, heartbeat->arena);
    heartbeat->arena = NULL;
    if (heartbeat->every_ms > 0 && answer != HEARTBEAT_GONE)
        wait_for_turn(heartbeat);
    heartbeat->answered(heartbeat->hook, answer);
}

static void beat(void *context)
{
    struct activity_heartbeat *heartbeat = context;
    heartbeat->timer = NULL;
    heartbeat->arena = arena_take(&heartbeat->worker->small_arenas);
    metric_add(heartbeat->count, 1);
    const struct log_context *before = log_set_context(&heartbeat->about);
    client_heartbeat(heartbeat->worker->client, heartbeat->token, heartbeat->arena, beaten, heartbeat);
    (void)log_set_context(before);
}

void activity_heartbeat_start(struct activity_heartbeat *heartbeat, struct worker *worker,
                              const struct activity_task *task, struct metric *count,
                              activity_heartbeat_answered *answered, void *hook)
{
    *heartbeat = (struct activity_heartbeat){.worker = worker,
                                             .token = task->token,
                                             .about = {.workflow_id = task->workflow_id, .run_id = task->run_id},
                                             .count = count,
                                             .answered = answered,
                                             .hook = hook};
    if (task->heartbeat_ms <= 0)
        return;
    heartbeat->every_ms = activity_heartbeat_every_ms(task->heartbeat_ms);
    wait_for_turn(heartbeat);
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
