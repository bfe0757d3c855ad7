#include "temporal/client.h"

#include <assert.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/uuid.h"
#include "temporal/codec.h"
#include "temporal/operation.h"
#include "temporal_api_enums.h"

struct client {
    struct channel *channel;
    struct arena *arena; /* of the texts below */
    struct text namespace_, identity;
    const struct payload_keys *keys; /* NULL: nothing is encrypted */
    Api__WorkerDeploymentOptions deployment;
    int32_t versioning_behavior; /* UNSPECIFIED: no deployment */
    struct operation *operations;
    char instance[UUID_TEXT_SIZE + 1];
    bool closing, wants_reports, ends_polls;
};

const struct client_result operation_budget = {
    .code = RPC_RESOURCE_EXHAUSTED,
    .fault = CLIENT_FAULT_BUDGET,
    .message = {.data = "out of the memory budget of this task", .size = 37}};

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
    uuid_format(uuid_random(), client->instance);
    client->arena = arena_new(KIB(64), 0);
    if (client->arena != NULL) {
        client->namespace_ = arena_copy(client->arena, options->namespace_);
        client->identity = arena_copy(client->arena, options->identity);
        set_deployment(client, &options->deployment);
        client->channel = channel_new(&(struct channel_options){
            .target = options->target,
            .client_name = "workflow-worker",
            .client_version = WORKER_VERSION,
            .security = options->security,
            .namespace_ = options->namespace_,
        });
    }
    if (client->channel == NULL || client->namespace_.data == NULL || client->identity.data == NULL) {
        client_free(client);
        return NULL;
    }
    return client;
}

struct channel *client_channel(struct client *client)
{
    return client->channel;
}

struct text client_namespace(const struct client *client)
{
    return client->namespace_;
}

struct text client_identity(const struct client *client)
{
    return client->identity;
}

Api__WorkerDeploymentOptions *client_deployment_options(struct client *client)
{
    return client_versioning_behavior(client) != API_VERSIONING_BEHAVIOR_UNSPECIFIED ? &client->deployment : NULL;
}

struct text client_instance(const struct client *client)
{
    return text_from(client->instance);
}

void client_set_capabilities(struct client *client, bool wants_reports, bool ends_polls)
{
    client->wants_reports = wants_reports;
    client->ends_polls = ends_polls;
}

bool client_ends_polls(const struct client *client)
{
    return client->ends_polls;
}

bool client_wants_reports(const struct client *client)
{
    return client->wants_reports;
}

int32_t client_versioning_behavior(const struct client *client)
{
    return client->versioning_behavior;
}

/* ---- operations ---- */

struct operation *operation_begin(struct client *client, struct arena *arena, void *context)
{
    struct operation *operation = calloc(1, sizeof *operation);
    if (operation == NULL)
        abort(); /* as gRPC does; see channel.c */
    operation->client = client;
    operation->arena = arena;
    operation->context = context;
    operation->about = log_get_context();
    operation->next = client->operations;
    operation->link = &client->operations;
    if (operation->next != NULL)
        operation->next->link = &operation->next;
    client->operations = operation;
    return operation;
}

static void operation_free(struct operation *operation)
{
    *operation->link = operation->next;
    if (operation->next != NULL)
        operation->next->link = operation->link;
    free(operation);
}

static void end(struct operation *operation, const struct client_result *result, const void *response)
{
    operation->goes_on = false;
    operation->finish(operation, result, response);
    if (!operation->goes_on)
        operation_free(operation);
}

static void end_refused(void *context)
{
    struct operation *operation = context;
    end(operation, &operation->refusal, NULL);
}

static void answered(void *context, const struct rpc_answer *answer);

static void send_try(void *context)
{
    struct operation *operation = context;
    operation->timer = NULL;
    operation_count_sent(operation->kind);
    operation->sent_us = clock_monotonic_us();
    operation->call =
        channel_call(operation->client->channel, operation->kind->method, operation->request, operation->arena,
                     operation->kind->deadline_ms, operation->kind->wait_for_ready, answered, operation);
}

static void say_retry(const struct operation *operation, const struct rpc_answer *answer, int64_t delay_ms)
{
    /* The first failure is news; what follows repeats it. */
    enum log_level level = operation->retry.tries == 1 ? LOG_WARN : LOG_DEBUG;
    const struct log_context *before = log_set_context(operation->about);
    log_line(level, "Temporal call failed, trying again",
             LOG_STRING("method", operation->kind->method + sizeof SERVICE - 1),
             LOG_STRING("code", rpc_code_name(answer->code)), LOG_TEXT("error", answer->message),
             LOG_INTEGER("try", operation->retry.tries), LOG_INTEGER("delay_ms", delay_ms));
    (void)log_set_context(before);
}

static bool try_again(struct operation *operation, const struct rpc_answer *answer)
{
    if (operation->canceled || operation->client->closing)
        return false;
    int64_t delay_ms = retry_delay_ms(&operation->retry, answer->code, answer->message, clock_monotonic_us());
    if (delay_ms < 0)
        return false;
    say_retry(operation, answer, delay_ms);
    operation->failed_code = answer->code;
    operation->timer = channel_after(operation->client->channel, delay_ms, send_try, operation);
    return true;
}

/* A request or response that this process could not pack or read. */
static enum client_fault fault_of(enum status status)
{
    return status == STATUS_BUDGET ? CLIENT_FAULT_BUDGET : CLIENT_FAULT_RPC;
}

static int code_of(enum status status)
{
    return status == STATUS_BUDGET ? RPC_RESOURCE_EXHAUSTED : RPC_INTERNAL;
}

static void end_answered(struct operation *operation, const struct rpc_answer *answer)
{
    const void *response;
    struct error error = ERROR_IN(operation->arena);
    enum status status = proto_unpack(operation->kind->response, answer->bytes, operation->arena, &response, &error);
    if (status == STATUS_OK && operation->client->keys != NULL)
        status =
            codec_decrypt(operation->client->keys, (ProtobufCMessage *)(uintptr_t)response, operation->arena, &error);
    if (status == STATUS_OK) {
        end(operation, &(struct client_result){.code = RPC_OK}, response);
        return;
    }
    end(operation,
        &(struct client_result){.code = code_of(status), .fault = fault_of(status), .message = error.message}, NULL);
}

static void answered(void *context, const struct rpc_answer *answer)
{
    struct operation *operation = context;
    operation->call = NULL;
    operation_count_answered(operation->kind, clock_monotonic_us() - operation->sent_us);
    if (answer->code == RPC_OK) {
        end_answered(operation, answer);
        return;
    }
    if (answer->code == RPC_DEADLINE_EXCEEDED && operation->kind->long_poll) {
        end(operation, &(struct client_result){.code = RPC_OK}, NULL);
        return;
    }
    if (!operation->canceled)
        operation_count_failed(operation->kind, answer->code);
    if (!try_again(operation, answer))
        end(operation,
            &(struct client_result){.code = operation->canceled ? RPC_CANCELED : answer->code,
                                    .fault = operation->canceled ? CLIENT_FAULT_RPC
                                                                 : retry_fault(answer->code, answer->message),
                                    .message = arena_copy(operation->arena, answer->message)},
            NULL);
}

/* Its payloads encrypted, then packed. */
static enum status pack(struct operation *operation, ProtobufCMessage *request, struct error *error)
{
    const struct payload_keys *keys = operation->client->keys;
    enum status status = keys != NULL ? codec_encrypt(keys, request, operation->arena, error) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    operation->request = proto_pack(request, operation->arena);
    return operation->request.data != NULL ? STATUS_OK : error_budget(error);
}

void operation_send(struct operation *operation, const struct operation_kind *kind, ProtobufCMessage *request,
                    operation_finish *finish)
{
    int64_t now_us = clock_monotonic_us();
    operation->kind = kind;
    operation->finish = finish;
    operation->goes_on = true;
    operation->retry = retry_begin(kind->retry, now_us, (uint64_t)now_us ^ (uintptr_t)operation);
    struct error error = ERROR_IN(operation->arena);
    enum status status = pack(operation, request, &error);
    if (status != STATUS_OK) {
        operation_refuse(
            operation,
            &(struct client_result){.code = code_of(status), .fault = fault_of(status), .message = error.message},
            finish);
        return;
    }
    if (operation->request.size > LIMIT_ANSWER_BYTES) {
        operation_refuse_size(operation, CLIENT_FAULT_MESSAGE_TOO_LARGE,
                              arena_print(operation->arena, "request of %zu bytes, at most %zu are accepted",
                                          operation->request.size, LIMIT_ANSWER_BYTES),
                              finish);
        return;
    }
    send_try(operation);
    if (operation->canceled)
        channel_cancel(operation->call);
}

void operation_refuse(struct operation *operation, const struct client_result *result, operation_finish *finish)
{
    assert(result->fault != CLIENT_FAULT_NONE && result->code != RPC_OK);
    operation->finish = finish;
    operation->goes_on = true;
    operation->refusal = *result;
    channel_post(operation->client->channel, end_refused, operation);
}

void operation_refuse_size(struct operation *operation, enum client_fault fault, struct text message,
                           operation_finish *finish)
{
    operation_refuse(
        operation, &(struct client_result){.code = RPC_RESOURCE_EXHAUSTED, .fault = fault, .message = message}, finish);
}

void operation_cancel(struct operation *operation)
{
    operation->canceled = true;
    if (operation->call != NULL) {
        channel_cancel(operation->call);
    } else if (operation->timer != NULL) {
        channel_timer_cancel(operation->timer);
        operation->timer = NULL;
        operation_refuse(
            operation,
            &(struct client_result){.code = RPC_CANCELED, .fault = CLIENT_FAULT_RPC, .message = TEXT("canceled")},
            operation->finish);
    }
}

void operation_finish_plain(struct operation *operation, const struct client_result *result, const void *response)
{
    (void)response;
    operation->done.plain(operation->context, result);
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    client->closing = true;
    for (struct operation *operation = client->operations; operation != NULL; operation = operation->next)
        operation_cancel(operation);
    channel_free(client->channel);
    arena_free(client->arena);
    free(client);
}
