/* Pings Temporal and the services, and reports when the worker becomes ready or no longer is. */
#include "worker/readiness.h"

#include <assert.h>
#include <stdlib.h>

#include "base/backoff.h"
#include "base/log.h"

#define PING_EVERY_MS    5000
#define DESCRIBE_EVERY   12 /* pings. A server with other capabilities may replace this one, even between two pings. */
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS   10000

static void ping(void *userdata);
static void ping_services(void *userdata);

/* ---- the state ---- */

static const char *const names[READINESS_STATES] = {"starting", "ready", "lost", "stopped"};
static const bool may_move[READINESS_STATES][READINESS_STATES] = {
    [READINESS_STARTING] = {[READINESS_READY] = true, [READINESS_STOPPED] = true},
    [READINESS_READY] = {[READINESS_LOST] = true, [READINESS_STOPPED] = true},
    [READINESS_LOST] = {[READINESS_READY] = true, [READINESS_STOPPED] = true},
};
const struct state_machine readiness_states = {"readiness", names, READINESS_STATES, &may_move[0][0]};

static void move(struct readiness *readiness, enum readiness_state state)
{
    bool was_ready = readiness->state == READINESS_READY, ready = state == READINESS_READY;
    state_move(&readiness_states, readiness->state, state);
    readiness->state = state;
    assert(!ready || (readiness->server_answered && readiness->describe_in > 0 && readiness->services_answered));
    if (ready != was_ready)
        readiness->changed(readiness->userdata, ready);
}

static void lose(struct readiness *readiness)
{
    if (readiness->state == READINESS_READY)
        move(readiness, READINESS_LOST);
}

static void check(struct readiness *readiness)
{
    bool complete = readiness->server_answered && readiness->describe_in > 0 && readiness->services_answered;
    if (complete && readiness->state != READINESS_READY)
        move(readiness, READINESS_READY);
}

static int64_t delay_ms(unsigned failures)
{
    return backoff_delay(BACKOFF_FIRST_MS, BACKOFF_MAX_MS, 200, failures);
}

/* ---- Temporal ---- */

static void ping_after(struct readiness *readiness, int64_t delay)
{
    assert(readiness->ping_timer == NULL);
    readiness->ping_timer = channel_after(readiness->resources->channel, delay, ping, readiness);
}

static void server_unavailable(struct readiness *readiness, const char *what, const struct client_result *result)
{
    const struct worker_options *options = &readiness->resources->options;
    if (readiness->ping_failures == 0 || readiness->state == READINESS_STARTING)
        log_line(LOG_WARN, what, LOG_TEXT("address", options->target), LOG_TEXT("namespace", options->namespace_),
                 LOG_STRING("code", rpc_code_name(result->code)), LOG_TEXT("error", result->message));
    readiness->ping_failures++;
    readiness->describe_in = 0;
    lose(readiness);
    ping_after(readiness, delay_ms(readiness->ping_failures));
}

static void server_available(struct readiness *readiness)
{
    const struct worker_options *options = &readiness->resources->options;
    int code = readiness->state != READINESS_STARTING ? pollers_failing(readiness->pollers) : RPC_OK;
    if (code != RPC_OK) {
        const struct client_result why = {
            .code = code, .fault = CLIENT_FAULT_RPC, .message = TEXT("Temporal answers, but not to polls")};
        server_unavailable(readiness, "Polls are failing, retrying", &why);
        return;
    }
    if (readiness->ping_failures > 0 || !readiness->server_answered)
        log_line(LOG_INFO, "Connected to Temporal", LOG_TEXT("address", options->target),
                 LOG_TEXT("namespace", options->namespace_));
    readiness->ping_failures = 0;
    readiness->server_answered = true;
    ping_after(readiness, PING_EVERY_MS);
    check(readiness);
}

static void namespace_checked(void *userdata, const struct client_result *result)
{
    struct worker_call *call = userdata;
    struct readiness *readiness = call->userdata;
    if (readiness->state != READINESS_STOPPED) {
        readiness->describe_in = DESCRIBE_EVERY;
        if (result->code == RPC_OK)
            server_available(readiness);
        else
            server_unavailable(readiness, "Namespace unavailable, retrying", result);
    }
    (void)worker_call_end(call);
}

static void pinged(void *userdata, const struct client_result *result)
{
    struct worker_call *call = userdata;
    struct readiness *readiness = call->userdata;
    struct resources *resources = readiness->resources;
    if (readiness->state == READINESS_STOPPED) {
        (void)worker_call_end(call);
        return;
    }
    if (result->code != RPC_OK) {
        server_unavailable(readiness, "Temporal unavailable, retrying", result);
    } else if (readiness->describe_in > 1) {
        readiness->describe_in--;
        server_available(readiness);
    } else {
        struct worker_call *next = worker_call_begin(&resources->calls, readiness);
        client_check_namespace(resources->client, next->arena, namespace_checked, next);
    }
    (void)worker_call_end(call);
}

static void ping(void *userdata)
{
    struct readiness *readiness = userdata;
    readiness->ping_timer = NULL;
    struct worker_call *call = worker_call_begin(&readiness->resources->calls, readiness);
    client_ping(readiness->resources->client, call->arena, pinged, call);
}

void readiness_poll_failed(struct readiness *readiness, const struct client_result *result)
{
    log_line(LOG_WARN, "A poll failed", LOG_STRING("code", rpc_code_name(result->code)),
             LOG_TEXT("error", result->message));
    readiness->describe_in = 0;
    lose(readiness);
    if (readiness->ping_timer == NULL)
        return; /* a ping is under way: its answer decides */
    channel_timer_cancel(readiness->ping_timer);
    readiness->ping_timer = NULL;
    ping_after(readiness, 0);
}

/* ---- what the handlers need ---- */

/* Lives in its arena. */
struct services_ping {
    struct pool_job job;
    struct readiness *readiness;
    struct arena *arena;
    enum status status;
    struct error error;
};

static void services_work(struct pool_job *job)
{
    struct services_ping *services = (struct services_ping *)job;
    const struct worker_options *options = &services->readiness->resources->options;
    services->error = ERROR_IN(services->arena);
    services->status = options->services_ping(options->userdata, &services->error);
}

static void services_answered(struct pool_job *job)
{
    struct services_ping *services = (struct services_ping *)job;
    struct readiness *readiness = services->readiness;
    readiness->services_ping = NULL;
    if (readiness->state != READINESS_STOPPED && services->status == STATUS_OK) {
        log_line(LOG_INFO, "Services available");
        readiness->services_answered = true;
        check(readiness);
    } else if (readiness->state != READINESS_STOPPED) {
        log_line(LOG_WARN, "Services unavailable, retrying", LOG_TEXT("error", services->error.message));
        readiness->services_failures++;
        readiness->services_timer = channel_after(readiness->resources->channel, delay_ms(readiness->services_failures),
                                                  ping_services, readiness);
    }
    arena_give(&readiness->resources->small_arenas, services->arena);
}

static void ping_services(void *userdata)
{
    struct readiness *readiness = userdata;
    assert(readiness->services_ping == NULL);
    readiness->services_timer = NULL;
    struct arena *arena = arena_take(&readiness->resources->small_arenas);
    struct services_ping *services = ARENA_MUST_NEW(arena, struct services_ping);
    services->job = (struct pool_job){.work = services_work, .done = services_answered};
    services->readiness = readiness;
    services->arena = arena;
    readiness->services_ping = services;
    pool_submit(readiness->resources->pool, &services->job, true);
}

/* ---- start and stop ---- */

void readiness_start(struct readiness *readiness)
{
    ping(readiness);
    if (readiness->resources->options.services_ping == NULL)
        readiness->services_answered = true;
    else
        ping_services(readiness);
}

void readiness_stop(struct readiness *readiness)
{
    move(readiness, READINESS_STOPPED);
    if (readiness->ping_timer != NULL)
        channel_timer_cancel(readiness->ping_timer);
    if (readiness->services_timer != NULL)
        channel_timer_cancel(readiness->services_timer);
    readiness->ping_timer = NULL;
    readiness->services_timer = NULL;
}

bool readiness_is_idle(const struct readiness *readiness)
{
    return readiness->state == READINESS_STOPPED && readiness->services_ping == NULL;
}
