/* Removes the heartbeat timeout of an activity. */
#include "worker/activity_release.h"

#include <stdlib.h>

#include "base/log.h"

/* Lives in the arena of its call. */
struct release {
    struct resources *resources;
    struct worker_call *call;
    struct activity_task attempt; /* what a heartbeat needs of the task */
    struct client_activity activity;
    int64_t timeout_ms; /* the heartbeat timeout that it had */
    struct log_context log;
};

static void end(struct release *release)
{
    (void)worker_call_end(release->call);
}

static void restored(void *userdata, const struct client_result *result)
{
    struct release *release = userdata;
    if (result->code != RPC_OK && result->code != RPC_NOT_FOUND) {
        LOG_SCOPE(&release->log);
        log_line(LOG_WARN, "Failed to restore the heartbeat timeout of an activity",
                 LOG_STRING("code", rpc_code_name(result->code)), LOG_TEXT("error", result->message));
    }
    end(release);
}

/* The timeout belongs to the activity, not to the attempt. If the server gave up this attempt before the timeout was
   removed, the timeout is missing from the next attempt, whose worker may be lost before it has asked anybody. */
static void checked(void *userdata, enum activity_demand demand, const struct client_result *result)
{
    struct release *release = userdata;
    (void)demand;
    if (result->code == RPC_NOT_FOUND)
        client_set_heartbeat_timeout(release->resources->client, &release->activity, release->timeout_ms,
                                     release->call->arena, restored, release);
    else
        end(release);
}

static void released(void *userdata, const struct client_result *result)
{
    struct release *release = userdata;
    if (result->code == RPC_OK) {
        LOG_SCOPE(&release->log);
        client_heartbeat(release->resources->client, &release->attempt, release->call->arena, checked, release);
        return;
    }
    if (result->code != RPC_NOT_FOUND) { /* not found: the activity has been answered already */
        LOG_SCOPE(&release->log);
        log_line(LOG_WARN, "Failed to remove the heartbeat timeout of an activity",
                 LOG_STRING("code", rpc_code_name(result->code)), LOG_TEXT("error", result->message));
    }
    end(release);
}

static struct text copy(struct arena *arena, struct text text)
{
    struct text copied = arena_copy(arena, text);
    if (copied.data == NULL)
        abort(); /* the server's own limit on a message is far below an arena's cap */
    return copied;
}

void activity_release(struct resources *resources, const struct activity_task *task)
{
    if (task->heartbeat_ms <= 0 || !client_sets_heartbeat_timeouts(resources->client))
        return;
    struct worker_call *call = worker_call_begin(&resources->calls, NULL);
    struct release *release = ARENA_MUST_NEW(call->arena, struct release);
    *release = (struct release){
        .resources = resources,
        .call = call,
        .attempt = {.token = copy(call->arena, task->token),
                    .failures = task->failures,
                    .counts_failures = task->counts_failures},
        .activity = {.workflow_id = copy(call->arena, task->workflow_id),
                     .run_id = copy(call->arena, task->run_id),
                     .activity_id = copy(call->arena, task->activity_id)},
        .timeout_ms = task->heartbeat_ms,
    };
    release->log =
        (struct log_context){.workflow_id = release->activity.workflow_id, .run_id = release->activity.run_id};
    LOG_SCOPE(&release->log);
    client_set_heartbeat_timeout(resources->client, &release->activity, 0, call->arena, released, release);
}
