/* Is the server there, with our namespace, and what the handlers need? Asks until it is so. The server is asked on, as
   polls that fail are sent again below us. */
#include <stdlib.h>

#include "base/log.h"
#include "worker/parts.h"

#define PING_EVERY_MS 5000

static void ping(void *context);

int64_t backoff_ms(unsigned failures, int64_t first_ms, int64_t most_ms)
{
    int64_t delay = first_ms;
    for (unsigned i = 1; i < failures && delay < most_ms; i++)
        delay *= 2;
    return delay < most_ms ? delay : most_ms;
}

static void check_reached(struct worker *worker)
{
    if (worker->server_reached && worker->services_reached)
        worker_reached(worker);
}

/* ---- the server ---- */

static void ping_after(struct worker *worker, int64_t delay_ms)
{
    worker->ping_timer = channel_after(worker->channel, delay_ms, ping, worker);
}

static void server_is_away(struct worker *worker, const char *what, const struct client_result *result)
{
    if (worker->ping_failures == 0 || worker->phase == WORKER_STARTING)
        log_line(LOG_WARN, what, LOG_TEXT("address", worker->options.target),
                 LOG_TEXT("namespace", worker->options.namespace_), LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    worker->ping_failures++;
    worker_set_ready(worker, false);
    ping_after(worker, backoff_ms(worker->ping_failures, 500, 10000));
}

/* False: the worker stops, nothing more is asked. */
static bool call_ended(struct worker *worker)
{
    worker->calls--;
    if (worker->phase <= WORKER_WORKING)
        return true;
    worker_ended_something(worker);
    return false;
}

struct ping {
    struct worker *worker;
    struct arena *arena;
};

static struct ping *new_ping(struct worker *worker)
{
    struct arena *arena = arena_take(&worker->small_arenas);
    struct ping *ping = ARENA_NEW(arena, struct ping);
    if (ping == NULL)
        abort();
    *ping = (struct ping){worker, arena};
    worker->calls++;
    return ping;
}

/* Then it is of no use that the server answers. */
static bool polls_fail(struct worker *worker)
{
    int code = worker->phase == WORKER_WORKING ? pollers_failing(worker) : RPC_OK;
    if (code == RPC_OK)
        return false;
    const struct client_result why = {
        .code = code, .fault = CLIENT_FAULT_RPC, .message = TEXT("Temporal answers, but not to polls")};
    server_is_away(worker, "Polls fail, asking again", &why);
    return true;
}

static void server_is_there(struct worker *worker)
{
    if (polls_fail(worker))
        return;
    if (worker->ping_failures > 0 || !worker->server_reached)
        log_line(LOG_INFO, "Temporal is reached", LOG_TEXT("address", worker->options.target),
                 LOG_TEXT("namespace", worker->options.namespace_));
    worker->ping_failures = 0;
    worker->server_reached = true;
    ping_after(worker, PING_EVERY_MS);
    check_reached(worker);
}

static void namespace_checked(void *context, const struct client_result *result)
{
    struct ping *call = context;
    struct worker *worker = call->worker;
    if (call_ended(worker)) {
        worker->namespace_found = result->code == RPC_OK;
        if (worker->namespace_found)
            server_is_there(worker);
        else
            server_is_away(worker, "Temporal does not tell of the namespace, asking again", result);
    }
    arena_give(&worker->small_arenas, call->arena);
}

static void pinged(void *context, const struct client_result *result)
{
    struct ping *call = context;
    struct worker *worker = call->worker;
    if (call_ended(worker)) {
        if (result->code != RPC_OK) {
            server_is_away(worker, "Temporal is away, asking again", result);
        } else if (worker->namespace_found) {
            server_is_there(worker);
        } else {
            struct ping *next = new_ping(worker);
            client_check_namespace(worker->client, next->arena, namespace_checked, next);
        }
    }
    arena_give(&worker->small_arenas, call->arena);
}

static void ping(void *context)
{
    struct worker *worker = context;
    worker->ping_timer = NULL;
    struct ping *call = new_ping(worker);
    client_ping(worker->client, call->arena, pinged, call);
}

void readiness_lost(struct worker *worker, const struct client_result *why)
{
    log_line(LOG_WARN, "A poll failed", LOG_STRING("code", rpc_code_name(why->code)), LOG_TEXT("error", why->message));
    worker_set_ready(worker, false);
    if (worker->ping_timer == NULL)
        return; /* a ping is under way and will tell */
    channel_timer_cancel(worker->ping_timer);
    ping_after(worker, 0);
}

/* ---- what the handlers need ---- */

static void ask_services(void *context);

static void services_work(struct pool_job *job)
{
    struct services_question *question = (struct services_question *)job;
    const struct worker_options *options = &question->worker->options;
    question->error = ERROR_IN(question->arena);
    question->status = options->services_ping(options->hook, &question->error);
}

static void services_answered(struct pool_job *job)
{
    struct services_question *question = (struct services_question *)job;
    struct worker *worker = question->worker;
    question->asked = false;
    if (worker->phase != WORKER_STARTING) {
        worker_ended_something(worker);
        return;
    }
    if (question->status == STATUS_OK) {
        log_line(LOG_INFO, "What the actions need is reached");
        worker->services_reached = true;
        check_reached(worker);
        return;
    }
    log_line(LOG_WARN, "What the actions need is away, asking again", LOG_TEXT("error", question->error.message));
    question->failures++;
    worker->services_timer =
        channel_after(worker->channel, backoff_ms(question->failures, 500, 10000), ask_services, worker);
}

static void ask_services(void *context)
{
    struct worker *worker = context;
    worker->services_timer = NULL;
    struct services_question *question = &worker->services;
    arena_reset(question->arena);
    question->worker = worker;
    question->asked = true;
    question->job = (struct pool_job){.work = services_work, .done = services_answered};
    pool_submit(worker->pool, &question->job, true);
}

void readiness_start(struct worker *worker)
{
    ping(worker);
    if (worker->options.services_ping == NULL)
        worker->services_reached = true;
    else
        ask_services(worker);
}

void readiness_stop(struct worker *worker)
{
    if (worker->ping_timer != NULL)
        channel_timer_cancel(worker->ping_timer);
    if (worker->services_timer != NULL)
        channel_timer_cancel(worker->services_timer);
    worker->ping_timer = NULL;
    worker->services_timer = NULL;
}

bool readiness_is_idle(const struct worker *worker)
{
    return !worker->services.asked;
}
