#include "tests/unit/worker/server.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/limits.h"
#include "base/log.h"

/* An RPC of the worker, from its request to its response. */
struct exchange {
    struct call call;
    struct arena *arena; /* the worker's */
    void *context;
    client_done *plain;
    workflow_answer_done *answered;
    workflow_task_done *fetched;
    heartbeat_done *heartbeat;
    struct reply reply;
};

struct client_poll {
    enum { POLL_WORKFLOW, POLL_STICKY, POLL_ACTIVITY } kind;
    workflow_task_done *workflow_done;
    activity_task_done *activity_done;
    void *context;
    struct client_result result;
    const struct workflow_task *task;
    const struct activity_task *activity;
    bool ending;
    LIST_ENTRY(client_poll) link;
};

/* A task that no poll has fetched yet. */
struct offer {
    const struct workflow_task *task;
    const struct activity_task *activity;
    bool sticky;
    STAILQ_ENTRY(offer) link;
};

struct client {
    struct channel *channel;
};

struct server server;
static LIST_HEAD(, client_poll) polls = LIST_HEAD_INITIALIZER(polls);
static STAILQ_HEAD(, offer) offers = STAILQ_HEAD_INITIALIZER(offers);
static struct exchange *held;
static struct client *the_client;

static void *take(size_t size)
{
    void *memory = arena_alloc(server.arena, size, 16);
    cr_assert_not_null(memory);
    return memory;
}

static struct text copy(struct text text)
{
    return arena_copy(server.arena, text);
}

/* ---- the client, as the worker sees it ---- */

struct client *client_new(const struct client_options *options)
{
    static struct client client;
    client.channel =
        channel_new(&(struct channel_options){.target = options->target, .client_name = "test", .client_version = "0"});
    the_client = &client;
    return &client;
}

void client_free(struct client *client)
{
    channel_free(client->channel);
}

struct channel *client_channel(struct client *client)
{
    return client->channel;
}

struct channel *server_channel(void)
{
    return the_client->channel;
}

/* ---- polls ---- */

static unsigned *polls_of(const struct client_poll *poll)
{
    switch (poll->kind) {
    case POLL_WORKFLOW: return &server.workflow_polls;
    case POLL_STICKY: return &server.sticky_polls;
    default: return &server.activity_polls;
    }
}

static void end_poll(void *context)
{
    struct client_poll *poll = context;
    LIST_REMOVE(poll, link);
    --*polls_of(poll);
    if (poll->kind == POLL_ACTIVITY)
        poll->activity_done(poll->context, poll->activity, &poll->result);
    else
        poll->workflow_done(poll->context, poll->task, &poll->result);
}

static void end_poll_soon(struct client_poll *poll, int code)
{
    poll->ending = true;
    poll->result = (struct client_result){.code = code,
                                          .fault = code == RPC_OK ? CLIENT_FAULT_NONE : CLIENT_FAULT_RPC,
                                          .message = code == RPC_OK ? TEXT_NONE : TEXT("as scripted")};
    channel_post(the_client->channel, end_poll, poll);
}

static bool fits(const struct client_poll *poll, const struct offer *offer)
{
    if (poll->ending)
        return false;
    return offer->activity != NULL ? poll->kind == POLL_ACTIVITY
                                   : poll->kind == (offer->sticky ? POLL_STICKY : POLL_WORKFLOW);
}

/* Gives the first offer that fits a poll under way to that poll. */
static void match(void)
{
    struct offer *offer;
    STAILQ_FOREACH(offer, &offers, link)
    {
        struct client_poll *poll;
        LIST_FOREACH(poll, &polls, link)
        {
            if (!fits(poll, offer))
                continue;
            STAILQ_REMOVE(&offers, offer, offer, link);
            poll->task = offer->task;
            poll->activity = offer->activity;
            end_poll_soon(poll, RPC_OK);
            return;
        }
    }
}

static struct client_poll *begin_poll(struct client_poll poll)
{
    struct client_poll *begun = take(sizeof(*begun));
    *begun = poll;
    LIST_INSERT_HEAD(&polls, begun, link);
    unsigned under_way = ++*polls_of(begun);
    if (under_way > server.polls_most)
        server.polls_most = under_way;
    if (server.poll_failure != RPC_OK) {
        end_poll_soon(begun, server.poll_failure);
        server.poll_failure = RPC_OK;
    }
    match();
    return begun;
}

struct client_poll *client_poll_workflow_task(struct client *client, struct text queue, struct text sticky_of,
                                              struct arena *arena, workflow_task_done *done, void *context)
{
    (void)client;
    cr_assert_gt(queue.size, 0);
    cr_assert_not_null(arena);
    bool sticky = sticky_of.size > 0;
    ++*(sticky ? &server.sticky_polled : &server.workflow_polled);
    return begin_poll(
        (struct client_poll){.kind = sticky ? POLL_STICKY : POLL_WORKFLOW, .workflow_done = done, .context = context});
}

struct client_poll *client_poll_activity_task(struct client *client, struct text queue, struct arena *arena,
                                              activity_task_done *done, void *context)
{
    (void)client;
    cr_assert_gt(queue.size, 0);
    cr_assert_not_null(arena);
    server.activity_polled++;
    return begin_poll((struct client_poll){.kind = POLL_ACTIVITY, .activity_done = done, .context = context});
}

void client_cancel_poll(struct client_poll *poll)
{
    if (!poll->ending)
        end_poll_soon(poll, RPC_CANCELED);
}

int client_poll_failing(const struct client_poll *poll)
{
    cr_assert_not(poll->ending);
    return server.polls_failing;
}

bool client_poll_scaling(const struct client_poll *poll, int *delta)
{
    cr_assert(poll->ending);
    if (server.scale_delta != NULL)
        *delta = *server.scale_delta;
    return server.scale_delta != NULL;
}

void server_end_polls(unsigned most, int code)
{
    struct client_poll *poll;
    LIST_FOREACH(poll, &polls, link)
    {
        if (poll->ending)
            continue;
        if (most-- == 0)
            return;
        end_poll_soon(poll, code);
    }
}

static void end_sticky_polls(void)
{
    struct client_poll *poll;
    LIST_FOREACH(poll, &polls, link)
    {
        if (poll->kind == POLL_STICKY && !poll->ending)
            end_poll_soon(poll, RPC_OK);
    }
}

void server_give_task(const struct workflow_task *task, bool sticky)
{
    struct offer *offer = take(sizeof(*offer));
    *offer = (struct offer){.task = task, .sticky = sticky};
    STAILQ_INSERT_TAIL(&offers, offer, link);
    match();
}

void server_give_activity(const struct activity_task *task)
{
    struct offer *offer = take(sizeof(*offer));
    *offer = (struct offer){.activity = task};
    STAILQ_INSERT_TAIL(&offers, offer, link);
    match();
}

/* ---- calls ---- */

static void deliver(void *context)
{
    struct exchange *exchange = context;
    const struct reply *reply = &exchange->reply;
    struct client_result result = {.code = reply->code, .fault = reply->fault, .message = text_from(reply->message)};
    if (reply->fault == CLIENT_FAULT_NONE && reply->code != RPC_OK)
        result.fault = CLIENT_FAULT_RPC;
    if (exchange->answered != NULL)
        exchange->answered(exchange->context, &result, reply->task, reply->activities, reply->activity_count);
    else if (exchange->fetched != NULL)
        exchange->fetched(exchange->context, reply->task, &result);
    else if (exchange->heartbeat != NULL)
        exchange->heartbeat(exchange->context, reply->demand, &result);
    else
        exchange->plain(exchange->context, &result);
}

static void arrive(void *context)
{
    struct exchange *exchange = context;
    server.reply = (struct reply){0};
    if (server.on_call != NULL)
        server.on_call(&exchange->call);
    exchange->reply = server.reply;
    if (exchange->call.kind == CALL_SHUTDOWN && exchange->reply.code == RPC_OK)
        end_sticky_polls();
    if (exchange->reply.held)
        held = exchange;
    else
        deliver(exchange);
}

void server_release(void)
{
    cr_assert_not_null(held);
    channel_post(the_client->channel, deliver, held);
    held = NULL;
}

/* Log lines about a request of a run must be able to name the run. */
static void assert_named(enum call_kind kind)
{
    const struct log_context *about = log_get_context();
    bool of_worker = kind == CALL_PING || kind == CALL_NAMESPACE || kind == CALL_SHUTDOWN;
    bool named = about != NULL && about->workflow_id.size > 0 && about->run_id.size > 0;
    cr_assert_eq(named, !of_worker, "call of kind %d", kind);
}

static void begin(struct exchange exchange)
{
    assert_named(exchange.call.kind);
    struct exchange *begun = take(sizeof(*begun));
    *begun = exchange;
    cr_assert_not_null(begun->arena);
    server.calls[begun->call.kind]++;
    channel_post(the_client->channel, arrive, begun);
}

static void begin_plain(enum call_kind kind, struct text token, struct text text, struct arena *arena,
                        client_done *done, void *context)
{
    begin((struct exchange){.call = {.kind = kind, .token = copy(token), .text = copy(text)},
                            .arena = arena,
                            .plain = done,
                            .context = context});
}

void client_ping(struct client *client, struct arena *arena, client_done *done, void *context)
{
    (void)client;
    begin_plain(CALL_PING, TEXT_NONE, TEXT_NONE, arena, done, context);
}

void client_check_namespace(struct client *client, struct arena *arena, client_done *done, void *context)
{
    (void)client;
    begin_plain(CALL_NAMESPACE, TEXT_NONE, TEXT_NONE, arena, done, context);
}

void client_forget_attributes(struct client *client)
{
    (void)client;
}

bool client_wants_worker_heartbeats(const struct client *client)
{
    (void)client;
    return false;
}

void client_record_worker_heartbeat(struct client *client, const struct client_worker_heartbeat *report,
                                    struct arena *arena, client_done *done, void *context)
{
    (void)client;
    (void)report;
    (void)arena;
    (void)done;
    (void)context;
    cr_assert_fail("this server does not want worker heartbeats");
}

bool client_ends_polls(const struct client *client)
{
    (void)client;
    return false;
}

void client_shutdown_worker(struct client *client, struct text queue, struct text sticky_queue, struct text reason,
                            struct arena *arena, client_done *done, void *context)
{
    (void)client;
    (void)queue;
    cr_assert_gt(reason.size, 0);
    begin_plain(CALL_SHUTDOWN, TEXT_NONE, sticky_queue, arena, done, context);
}

void client_fetch_history(struct client *client, const struct workflow_task *task, struct arena *arena,
                          workflow_task_done *done, void *context)
{
    (void)client;
    begin((struct exchange){.call = {.kind = CALL_FETCH_HISTORY, .token = copy(task->token)},
                            .arena = arena,
                            .fetched = done,
                            .context = context});
}

static struct command *copy_commands(const struct command *commands, size_t count)
{
    struct command *copies = take((count + 1) * sizeof(*copies));
    for (size_t i = 0; i < count; i++) {
        copies[i] = commands[i];
        copies[i].action_id = copy(commands[i].action_id);
        copies[i].action_name = copy(commands[i].action_name);
        copies[i].activity_type = copy(commands[i].activity_type);
        copies[i].payload = copy(commands[i].payload);
        copies[i].input = copy(commands[i].input);
        copies[i].failure = copy(commands[i].failure);
    }
    return copies;
}

static struct query_answer copy_query(const struct query_answer *answer)
{
    return (struct query_answer){copy(answer->id), copy(answer->result), copy(answer->failure)};
}

void client_answer_workflow_task(struct client *client, const struct workflow_answer *answer, struct arena *arena,
                                 workflow_answer_done *done, void *context)
{
    (void)client;
    struct call call = {
        .kind = CALL_ANSWER,
        .token = copy(answer->token),
        .commands = copy_commands(answer->commands, answer->command_count),
        .command_count = answer->command_count,
        .task_queue = copy(answer->task_queue),
        .sticky_queue = copy(answer->sticky_queue),
        .force_new_task = answer->force_new_task,
        .eager_activities = answer->eager_activities,
        .queries = take((answer->query_answer_count + 1) * sizeof(*call.queries)),
        .query_count = answer->query_answer_count,
    };
    for (size_t i = 0; i < call.query_count; i++)
        call.queries[i] = copy_query(&answer->query_answers[i]);
    begin((struct exchange){.call = call, .arena = arena, .answered = done, .context = context});
}

void client_fail_workflow_task(struct client *client, struct text token, enum task_failure_cause cause,
                               struct text message, struct arena *arena, client_done *done, void *context)
{
    (void)client;
    begin(
        (struct exchange){.call = {.kind = CALL_FAIL_TASK, .token = copy(token), .text = copy(message), .cause = cause},
                          .arena = arena,
                          .plain = done,
                          .context = context});
}

void client_answer_legacy_query(struct client *client, struct text token, const struct query_answer *answer,
                                struct arena *arena, client_done *done, void *context)
{
    (void)client;
    struct call call = {.kind = CALL_QUERY, .token = copy(token), .query_count = 1};
    call.queries = take(sizeof(*call.queries));
    call.queries[0] = copy_query(answer);
    begin((struct exchange){.call = call, .arena = arena, .plain = done, .context = context});
}

void client_complete_activity(struct client *client, struct text token, struct text output, struct arena *arena,
                              client_done *done, void *context)
{
    (void)client;
    begin_plain(CALL_COMPLETE, token, output, arena, done, context);
}

void client_fail_activity(struct client *client, const struct activity_task *task,
                          const struct activity_failure *failure, struct arena *arena, client_done *done, void *context)
{
    (void)client;
    begin((struct exchange){.call = {.kind = CALL_FAIL,
                                     .token = copy(task->token),
                                     .text = copy(failure->message),
                                     .type = copy(text_from(failure->type)),
                                     .retryable = failure->retryable,
                                     .retry_delay_ms = failure->retry_delay_ms,
                                     .excused = failure->excused},
                            .arena = arena,
                            .plain = done,
                            .context = context});
}

void client_cancel_activity(struct client *client, struct text token, struct arena *arena, client_done *done,
                            void *context)
{
    (void)client;
    begin_plain(CALL_CANCELED, token, TEXT_NONE, arena, done, context);
}

void client_heartbeat(struct client *client, const struct activity_task *task, struct arena *arena,
                      heartbeat_done *done, void *context)
{
    (void)client;
    begin((struct exchange){.call = {.kind = CALL_HEARTBEAT, .token = copy(task->token)},
                            .arena = arena,
                            .heartbeat = done,
                            .context = context});
}

bool client_sets_heartbeat_timeouts(const struct client *client)
{
    (void)client;
    return server.sets_timeouts;
}

void client_set_heartbeat_timeout(struct client *client, const struct client_activity *activity, int64_t timeout_ms,
                                  struct arena *arena, client_done *done, void *context)
{
    (void)client;
    begin(
        (struct exchange){.call = {.kind = CALL_TIMEOUT, .text = copy(activity->activity_id), .timeout_ms = timeout_ms},
                          .arena = arena,
                          .plain = done,
                          .context = context});
}

/* ---- a test's beginning and end ---- */

static void ready_changed(void *userdata, bool ready)
{
    (void)userdata;
    if (server.on_ready != NULL)
        server.on_ready(ready);
}

void server_set_up(void)
{
    static const struct text queue = {"rules", 5};
    server = (struct server){.arena = arena_new(MIB(256), 0), .notes = arena_new(MIB(16), 0)};
    cr_assert(server.arena != NULL && server.notes != NULL);
    server.options = (struct worker_options){
        .target = TEXT("127.0.0.1:1"),
        .namespace_ = TEXT("default"),
        .queues = &queue,
        .queue_count = 1,
        .catalog = &stand_ins,
        .local = true,
        .cache_bytes = MIB(16),
        .activities = 10,
        .local_threads = 4,
        .async_threads = 2,
        .polls_max = 8,
        .activity_polls_max = 8,
        .stop_timeout_ms = 20000,
        .ready_changed = ready_changed,
    };
}

void server_tear_down(void)
{
    arena_free(server.arena);
    arena_free(server.notes);
}
