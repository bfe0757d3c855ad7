/* The life of a request: packed, sent, retried, finished. */
#include "temporal/operation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "temporal/client_internal.h"
#include "temporal/codec.h"
#include "temporal/refusal.h"

const struct client_result operation_budget = {
    .code = RPC_RESOURCE_EXHAUSTED,
    .fault = CLIENT_FAULT_BUDGET,
    .message = {.data = "out of the memory budget of this task", .size = 37}};

/* ---- states ---- */

static const bool may_move[OPERATION_FINISHING + 1][OPERATION_FINISHING + 1] = {
    [OPERATION_NEW] = {[OPERATION_SENT] = true, [OPERATION_REFUSED] = true},
    [OPERATION_SENT] = {[OPERATION_BACKOFF] = true, [OPERATION_FINISHING] = true},
    [OPERATION_BACKOFF] = {[OPERATION_SENT] = true, [OPERATION_REFUSED] = true},
    [OPERATION_REFUSED] = {[OPERATION_FINISHING] = true},
    [OPERATION_FINISHING] = {[OPERATION_SENT] = true, [OPERATION_REFUSED] = true},
};

static void move(struct operation *operation, enum operation_state state)
{
    assert(may_move[operation->state][state]);
    assert((operation->call != NULL) == (state == OPERATION_SENT));
    assert((operation->timer != NULL) == (state == OPERATION_BACKOFF));
    operation->state = state;
}

struct operation *operation_begin(struct client *client, struct arena *arena, void *userdata)
{
    struct operation *operation = calloc(1, sizeof *operation);
    if (operation == NULL)
        abort();
    operation->client = client;
    operation->arena = arena;
    operation->userdata = userdata;
    operation->log = log_get_context();
    LIST_INSERT_HEAD(&client->operations, operation, link);
    return operation;
}

static void end(struct operation *operation, const struct client_result *result, const void *response)
{
    assert((result->fault == CLIENT_FAULT_NONE) == (result->code == RPC_OK));
    move(operation, OPERATION_FINISHING);
    operation->finish(operation, result, response);
    if (operation->state != OPERATION_FINISHING)
        return;
    LIST_REMOVE(operation, link);
    free(operation);
}

void operation_finish_plain(struct operation *operation, const struct client_result *result, const void *response)
{
    (void)response;
    operation->done.plain(operation->userdata, result);
}

/* ---- tries ---- */

static void answered(void *userdata, const struct rpc_answer *answer);

static void send_try(struct operation *operation)
{
    operation_count_sent(operation->kind);
    operation->sent_us = clock_monotonic_us();
    operation->call =
        channel_call(operation->client->channel, operation->kind->method, operation->request, operation->arena,
                     operation->kind->deadline_ms, operation->kind->wait_for_ready, answered, operation);
    move(operation, OPERATION_SENT);
}

static void send_again(void *userdata)
{
    struct operation *operation = userdata;
    operation->timer = NULL;
    send_try(operation);
}

static void log_retry(const struct operation *operation, const struct rpc_answer *answer, int64_t delay_ms)
{
    /* The first failure is news; the others repeat it. */
    enum log_level level = operation->retry.tries == 1 ? LOG_WARN : LOG_DEBUG;
    LOG_SCOPE(operation->log);
    log_line(level, "Temporal call failed, retrying",
             LOG_STRING("method", operation->kind->method + sizeof SERVICE - 1),
             LOG_STRING("code", rpc_code_name(answer->code)), LOG_TEXT("error", answer->message),
             LOG_INTEGER("try", operation->retry.tries), LOG_INTEGER("delay_ms", delay_ms));
}

static bool retry(struct operation *operation, const struct rpc_answer *answer)
{
    if (operation->canceled || operation->client->closing)
        return false;
    int64_t delay_ms = retry_delay_ms(&operation->retry, answer->code, answer->message, clock_monotonic_us());
    if (delay_ms < 0)
        return false;
    log_retry(operation, answer, delay_ms);
    operation->failed_code = answer->code;
    operation->timer = channel_after(operation->client->channel, delay_ms, send_again, operation);
    move(operation, OPERATION_BACKOFF);
    return true;
}

/* The result for a request that this process could not pack, or a response that it could not read. */
static struct client_result own_fault(enum status status, const struct error *error)
{
    return status == STATUS_BUDGET ? (struct client_result){RPC_RESOURCE_EXHAUSTED, CLIENT_FAULT_BUDGET, error->message}
                                   : (struct client_result){RPC_INTERNAL, CLIENT_FAULT_UNREADABLE, error->message};
}

/* A copy on the heap. */
static struct text copy_text(struct text text)
{
    char *copy = malloc(text.size + 1);
    if (copy == NULL)
        abort();
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    return (struct text){.data = copy, .size = text.size};
}

/* Reads only the fields that name the task. The arena may be full by now and is reset. */
static void finish_unreadable(struct operation *operation, struct text bytes, const struct client_result *why)
{
    struct text names = proto_names(operation->kind->response, bytes);
    struct text message = copy_text(text_cut_utf8(why->message, LIMIT_FAULT_TEXT));
    const void *response = NULL;
    arena_reset(operation->arena);
    struct client_result result = *why;
    result.message = arena_copy(operation->arena, message);
    if (names.size == 0 ||
        proto_unpack(operation->kind->response, names, operation->arena, &response, NULL) != STATUS_OK)
        response = NULL;
    free((char *)(uintptr_t)names.data);
    free((char *)(uintptr_t)message.data);
    end(operation, &result, response);
}

static void finish_ok(struct operation *operation, struct text bytes)
{
    const void *response;
    struct error error = ERROR_IN(operation->arena);
    enum status status = proto_unpack(operation->kind->response, bytes, operation->arena, &response, &error);
    if (status == STATUS_OK && operation->client->keys != NULL)
        status =
            codec_decrypt(operation->client->keys, (ProtobufCMessage *)(uintptr_t)response, operation->arena, &error);
    if (status == STATUS_OK) {
        end(operation, &(struct client_result){.code = RPC_OK}, response);
        return;
    }
    struct client_result result = own_fault(status, &error);
    if (operation->kind->brings_task)
        finish_unreadable(operation, bytes, &result);
    else
        end(operation, &result, NULL);
}

static void answered(void *userdata, const struct rpc_answer *answer)
{
    struct operation *operation = userdata;
    operation->call = NULL;
    operation_count_answered(operation->kind, clock_monotonic_us() - operation->sent_us);
    if (answer->code == RPC_OK) {
        finish_ok(operation, answer->bytes);
        return;
    }
    if (answer->code == RPC_DEADLINE_EXCEEDED && operation->kind->long_poll) {
        end(operation, &(struct client_result){.code = RPC_OK}, NULL);
        return;
    }
    if (!operation->canceled)
        operation_count_failed(operation->kind, answer->code);
    if (answer->bytes.size > 0 && operation->kind->brings_task) {
        finish_unreadable(operation, answer->bytes,
                          &(struct client_result){answer->code, CLIENT_FAULT_BUDGET, answer->message});
        return;
    }
    if (retry(operation, answer))
        return;
    int code = operation->canceled ? RPC_CANCELED : answer->code;
    struct client_result result = {
        .code = code,
        .fault = refusal_fault(code, answer->message),
        .message = arena_copy(operation->arena, answer->message),
    };
    end(operation, &result, NULL);
}

/* ---- the request ---- */

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
    operation->kind = kind;
    operation->finish = finish;
    operation->retry = (struct retry){.policy = kind->retry, .started_us = clock_monotonic_us()};
    struct error error = ERROR_IN(operation->arena);
    enum status status = pack(operation, request, &error);
    if (status != STATUS_OK) {
        struct client_result result = own_fault(status, &error);
        operation_refuse(operation, &result, finish);
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

/* ---- without a request ---- */

static void finish_refused(void *userdata)
{
    struct operation *operation = userdata;
    end(operation, &operation->refusal, NULL);
}

void operation_refuse(struct operation *operation, const struct client_result *result, operation_finish *finish)
{
    operation->finish = finish;
    operation->refusal = *result;
    move(operation, OPERATION_REFUSED);
    channel_post(operation->client->channel, finish_refused, operation);
}

void operation_refuse_size(struct operation *operation, enum client_fault fault, struct text message,
                           operation_finish *finish)
{
    operation_refuse(
        operation, &(struct client_result){.code = RPC_RESOURCE_EXHAUSTED, .fault = fault, .message = message}, finish);
}

void operation_cancel(struct operation *operation)
{
    static const struct client_result canceled = {
        .code = RPC_CANCELED, .fault = CLIENT_FAULT_RPC, .message = {.data = "canceled", .size = 8}};
    operation->canceled = true;
    if (operation->state == OPERATION_SENT) {
        channel_cancel(operation->call);
    } else if (operation->state == OPERATION_BACKOFF) {
        channel_timer_cancel(operation->timer);
        operation->timer = NULL;
        operation_refuse(operation, &canceled, operation->finish);
    }
}
