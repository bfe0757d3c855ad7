/* A connection to Temporal's workflow service and what is known of that service. */
#include "temporal/client.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "temporal/client_internal.h"
#include "temporal/operation.h"
#include "temporal_api_enums.h"

static void set_deployment(struct client *client, const struct client_deployment *deployment)
{
    client->deployment = (Api__WorkerDeploymentOptions)API__WORKER_DEPLOYMENT_OPTIONS__INIT;
    if (deployment->name.size == 0)
        return;
    client->deployment.deployment_name = proto_bytes(arena_copy(client->arena, deployment->name));
    client->deployment.build_id = proto_bytes(arena_copy(client->arena, deployment->build_id));
    client->deployment.worker_versioning_mode = API_WORKER_VERSIONING_MODE_VERSIONED;
    client->versioning_behavior =
        deployment->auto_upgrade ? API_VERSIONING_BEHAVIOR_AUTO_UPGRADE : API_VERSIONING_BEHAVIOR_PINNED;
}

struct client *client_new(const struct client_options *options)
{
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return NULL;
    client->keys = options->keys;
    client->may_list_attributes = true;
    client->arena = arena_new(KIB(64), 0);
    if (client->arena != NULL) {
        client->namespace_ = arena_copy(client->arena, options->namespace_);
        client->identity = arena_copy(client->arena, options->identity);
        client->instance = uuid_text(client->arena, uuid_random());
        set_deployment(client, &options->deployment);
        client->channel = channel_new(&(struct channel_options){
            .target = options->target,
            .client_name = "workflow-worker",
            .client_version = WORKER_VERSION,
            .security = options->security,
            .namespace_ = options->namespace_,
            .receive_bytes = options->receive_bytes,
        });
    }
    if (client->channel == NULL || client->namespace_.data == NULL || client->identity.data == NULL) {
        client_free(client);
        return NULL;
    }
    return client;
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    client->closing = true;
    struct operation *operation;
    LIST_FOREACH(operation, &client->operations, link)
    operation_cancel(operation);
    channel_free(client->channel);
    assert(LIST_EMPTY(&client->operations));
    arena_free(client->arena);
    free(client);
}

struct channel *client_channel(struct client *client)
{
    return client->channel;
}

Api__WorkerDeploymentOptions *client_deployment_options(struct client *client)
{
    return client->versioning_behavior != API_VERSIONING_BEHAVIOR_UNSPECIFIED ? &client->deployment : NULL;
}

bool client_ends_polls(const struct client *client)
{
    return client->ends_polls;
}

bool client_sets_heartbeat_timeouts(const struct client *client)
{
    return client->sets_heartbeat_timeouts;
}

bool client_wants_worker_heartbeats(const struct client *client)
{
    return client->wants_worker_heartbeats;
}

/* ---- polls ---- */

/* The backoff between this many tries takes more than a second. A server that refuses a poll does so at once. */
#define POLL_FAILING_TRIES 5
#define POLL_TAKEN_US      2000000

void client_cancel_poll(struct client_poll *poll)
{
    operation_cancel((struct operation *)poll);
}

void poll_scaling_read(struct operation *operation, const Api__PollerScalingDecision *decision)
{
    int delta = decision != NULL ? decision->poll_request_delta_suggestion : 0;
    operation->is_scaled = decision != NULL;
    operation->scale_delta = delta > LIMIT_POLLS ? LIMIT_POLLS : delta < -LIMIT_POLLS ? -LIMIT_POLLS : delta;
}

bool client_poll_scaling(const struct client_poll *poll, int *delta)
{
    const struct operation *operation = (const struct operation *)poll;
    assert(operation->state == OPERATION_FINISHING);
    *delta = operation->scale_delta;
    return operation->is_scaled;
}

int client_poll_failing(const struct client_poll *poll)
{
    const struct operation *operation = (const struct operation *)poll;
    bool taken = operation->state == OPERATION_SENT && clock_monotonic_us() - operation->sent_us > POLL_TAKEN_US;
    return operation->retry.tries >= POLL_FAILING_TRIES && !taken ? operation->failed_code : RPC_OK;
}
