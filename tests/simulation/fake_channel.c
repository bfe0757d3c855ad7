/* The channel and the loop of a worker in a simulation, in place of src/temporal/channel.c: calls travel to the model
   of Temporal and meet the faults of a network. */
#include "tests/simulation/fake_channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "tests/simulation/guard.h"

#define LATENCY_MAX_US (3 * MS)

/* Freed when done has run, so that a sanitizer sees who uses it later; likewise timers. */
struct channel_call {
    struct channel *channel;
    struct rpc *rpc;
    struct arena *arena;
    rpc_done *done;
    void *userdata;
    bool wait_for_ready, ending;
    int64_t deadline_us;
    struct sim_event *timeout, *end;
    int code;
    struct text bytes;
    const char *message;
    LIST_ENTRY(channel_call) link;
};

struct channel_timer {
    struct channel *channel;
    struct sim_event *event;
    void (*function)(void *);
    void *userdata;
    LIST_ENTRY(channel_timer) link;
};

struct post {
    struct channel *channel;
    struct sim_event *event;
    void (*function)(void *);
    void *userdata;
    TAILQ_ENTRY(post) link;
};

struct channel {
    struct process *process;
    LIST_HEAD(, channel_call) calls;
    LIST_HEAD(, channel_timer) timers;
    TAILQ_HEAD(, post) posts;
    int64_t last_post_us;
    bool closing, at_once;
    void (*each_turn)(void *);
    void *turn_userdata;
};

static void *take(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL)
        abort();
    return memory;
}

struct channel *channel_new(const struct channel_options *options)
{
    (void)options;
    struct channel *channel = take(sizeof *channel);
    assert(sim.current != NULL);
    channel->process = sim.current;
    sim.current->channel = channel;
    LIST_INIT(&channel->calls);
    LIST_INIT(&channel->timers);
    TAILQ_INIT(&channel->posts);
    return channel;
}

size_t channel_calls(const struct channel *channel)
{
    size_t count = 0;
    const struct channel_call *call;
    LIST_FOREACH(call, &channel->calls, link) count++;
    return count;
}

/* One callback has run. */
static void end_turn(const struct channel *channel)
{
    if (channel->each_turn != NULL && !channel->closing)
        channel->each_turn(channel->turn_userdata);
}

void channel_each_turn(struct channel *channel, void (*function)(void *), void *userdata)
{
    channel->each_turn = function;
    channel->turn_userdata = userdata;
}

/* ---- the end of a call ---- */

static char *copied(struct text text)
{
    char *copy = take(text.size + 1);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    return copy;
}

static void wipe(char *memory, size_t size)
{
    memset(memory, 0xDD, size);
    free(memory);
}

static void end(void *userdata)
{
    struct channel_call *call = userdata;
    sim_cancel(call->timeout);
    sim_cancel(call->end);
    if (call->rpc->call == call)
        call->rpc->call = NULL;
    LIST_REMOVE(call, link);
    struct text message = text_from(call->message != NULL ? call->message : "");
    char *bytes = copied(call->bytes), *words = copied(message);
    /* One that comes in pieces is joined in the arena. */
    struct text joined = sim_chance(30) ? arena_copy(call->arena, call->bytes) : TEXT_NONE;
    struct rpc_answer answer = {.code = call->code,
                                .bytes = {.data = joined.size > 0 ? joined.data : bytes, .size = call->bytes.size},
                                .message = {.data = words, .size = message.size}};
    sim_note("%s ends: %s", call->rpc->method, rpc_code_name(call->code));
    guard_ended(call->channel->process, call->rpc->method, call->rpc->request, call->code);
    struct channel *channel = call->channel;
    call->done(call->userdata, &answer);
    wipe(bytes, call->bytes.size);
    wipe(words, message.size);
    free(call);
    end_turn(channel);
}

static void end_after(struct channel_call *call, int64_t delay_us, int code, struct text bytes, const char *message)
{
    if (call->ending)
        return;
    call->ending = true;
    call->code = code;
    call->bytes = bytes;
    call->message = message;
    call->end = sim_after(call->channel->process, delay_us, end, call);
}

static void drop(void *userdata)
{
    server_drop(userdata);
}

/* The client no longer waits; the server sees it a moment later. */
static void leave(struct rpc *rpc)
{
    rpc->call = NULL;
    sim_after(NULL, sim_between(0, LATENCY_MAX_US), drop, rpc);
}

static void time_out(void *userdata)
{
    struct channel_call *call = userdata;
    if (!call->ending)
        leave(call->rpc);
    sim_cancel(call->end);
    call->code = RPC_DEADLINE_EXCEEDED;
    call->bytes = TEXT_NONE;
    call->message = "Deadline Exceeded";
    end(call);
}

/* ---- to the server and back ---- */

void rpc_reply(struct rpc *rpc, int code, struct text bytes, const char *message)
{
    assert(!rpc->answered);
    rpc->answered = true;
    rpc->poll = NULL;
    if (rpc->call == NULL || !rpc->process->alive)
        return;
    /* Now and then so late that what it brings has been given up. */
    bool late = sim.profile == PROFILE_ROUGH && sim.faults_left > 0 && sim_below(1000) < 5;
    rpc->process->late = rpc->process->late || late;
    if (rpc->loss == LOSS_NONE)
        end_after(rpc->call, late ? sim_between(S, 30 * S) : sim_between(50, LATENCY_MAX_US), code, bytes, message);
    else if (rpc->loss == LOSS_SOON)
        end_after(rpc->call, sim_between(50, LATENCY_MAX_US), RPC_UNAVAILABLE, TEXT_NONE, "Socket closed");
    if (rpc->loss != LOSS_NONE)
        sim_note("the answer to %s is lost", rpc->method);
}

static void arrive(void *userdata)
{
    server_take(userdata);
}

static void send(void *userdata)
{
    struct channel_call *call = userdata;
    int64_t wait_us = call->channel->process->network_from_us - sim.now_us;
    if (call->ending)
        return;
    if (wait_us > 0) {
        if (call->wait_for_ready)
            call->end = sim_after(call->channel->process, wait_us, send, call);
        else
            end_after(call, sim_between(50, LATENCY_MAX_US), RPC_UNAVAILABLE, TEXT_NONE, "Connection refused");
        return;
    }
    static const int refusals[] = {RPC_UNAVAILABLE, RPC_RESOURCE_EXHAUSTED, RPC_INTERNAL, RPC_UNKNOWN,
                                   RPC_ABORTED,     RPC_DEADLINE_EXCEEDED};
    if (!sim_fault()) {
        sim_after(NULL, sim_between(50, LATENCY_MAX_US), arrive, call->rpc);
        return;
    }
    switch (sim_below(5)) {
    case 0: /* the request is lost, and it shows */
        sim_note("%s is lost", call->rpc->method);
        end_after(call, sim_between(50, LATENCY_MAX_US), RPC_UNAVAILABLE, TEXT_NONE, "Socket closed");
        break;
    case 1: /* the request is lost, and nobody knows */
        sim_note("%s is lost and does not end", call->rpc->method);
        break;
    case 2:
        call->rpc->loss = sim_chance(70) ? LOSS_SOON : LOSS_LATE;
        sim_after(NULL, sim_between(50, LATENCY_MAX_US), arrive, call->rpc);
        break;
    default: {
        int code = refusals[sim_below(sizeof refusals / sizeof *refusals)];
        if (strncmp(call->rpc->method, "Poll", 4) == 0 && sim_chance(30))
            code = RPC_CANCELED; /* by the server, when it stops */
        sim_note("%s is refused: %s", call->rpc->method, rpc_code_name(code));
        end_after(call, sim_between(50, 20 * MS), code, TEXT_NONE, "as the seed has it");
        break;
    }
    }
}

struct channel_call *channel_call(struct channel *channel, const char *method, struct text request, struct arena *arena,
                                  int64_t deadline_ms, bool wait_for_ready, rpc_done *done, void *userdata)
{
    struct channel_call *call = take(sizeof *call);
    struct rpc *rpc = SIM_NEW(struct rpc);
    assert(sim.current == channel->process);
    *rpc = (struct rpc){
        .process = channel->process, .call = call, .method = strrchr(method, '/') + 1, .request = sim_copy(request)};
    *call = (struct channel_call){.channel = channel,
                                  .rpc = rpc,
                                  .arena = arena,
                                  .done = done,
                                  .userdata = userdata,
                                  .wait_for_ready = wait_for_ready,
                                  .deadline_us = sim.now_us + deadline_ms * MS};
    LIST_INSERT_HEAD(&channel->calls, call, link);
    call->timeout = sim_after(channel->process, deadline_ms * MS, time_out, call);
    guard_sent(channel->process, rpc->method, rpc->request);
    if (channel->closing)
        channel_cancel(call);
    else
        send(call);
    return call;
}

void channel_cancel(struct channel_call *call)
{
    if (call->ending && sim_chance(50))
        return; /* the answer was there first */
    if (!call->ending)
        leave(call->rpc);
    sim_cancel(call->end);
    call->ending = false;
    end_after(call, sim_between(0, MS), RPC_CANCELED, TEXT_NONE, "CANCELLED");
}

void channel_cut(struct channel *channel, bool gone)
{
    struct channel_call *call;
    LIST_FOREACH(call, &channel->calls, link)
    {
        if (call->ending)
            continue;
        sim_cancel(call->end); /* one that waits for the network */
        leave(call->rpc);
        if (!gone)
            end_after(call, sim_between(50, LATENCY_MAX_US), RPC_UNAVAILABLE, TEXT_NONE, "Connection reset by peer");
    }
}

/* ---- timers ---- */

static void timer_due(void *userdata)
{
    struct channel_timer *timer = userdata;
    void (*function)(void *) = timer->function;
    void *argument = timer->userdata;
    struct channel *channel = timer->channel;
    LIST_REMOVE(timer, link);
    free(timer);
    function(argument);
    end_turn(channel);
}

struct channel_timer *channel_after(struct channel *channel, int64_t delay_ms, void (*function)(void *), void *userdata)
{
    struct channel_timer *timer = take(sizeof *timer);
    assert(sim.current == channel->process && delay_ms >= 0);
    *timer = (struct channel_timer){.channel = channel, .function = function, .userdata = userdata};
    timer->event = sim_after(channel->process, delay_ms * MS + sim_below(200), timer_due, timer);
    LIST_INSERT_HEAD(&channel->timers, timer, link);
    return timer;
}

void channel_timer_cancel(struct channel_timer *timer)
{
    assert(sim.current == timer->channel->process);
    sim_cancel(timer->event);
    LIST_REMOVE(timer, link);
    free(timer);
}

/* ---- posts ---- */

static void post_run(void *userdata)
{
    struct post *post = userdata;
    void (*function)(void *) = post->function;
    void *argument = post->userdata;
    TAILQ_REMOVE(&post->channel->posts, post, link);
    struct channel *channel = post->channel;
    sim_cancel(post->event);
    free(post);
    function(argument);
    end_turn(channel);
}

void channel_post_at_once(struct channel *channel, bool at_once)
{
    channel->at_once = at_once;
}

void channel_post(struct channel *channel, void (*function)(void *), void *userdata)
{
    if (channel->at_once) {
        function(userdata);
        return;
    }
    struct post *post = take(sizeof *post);
    *post = (struct post){.channel = channel, .function = function, .userdata = userdata};
    int64_t due_us = sim.now_us + sim_between(0, 100);
    if (due_us < channel->last_post_us)
        due_us = channel->last_post_us; /* in the order posted */
    channel->last_post_us = due_us;
    TAILQ_INSERT_TAIL(&channel->posts, post, link);
    post->event = sim_after(channel->process, due_us - sim.now_us, post_run, post);
}

/* ---- the loop ---- */

_Noreturn void channel_run(struct channel *channel, bool until_idle)
{
    (void)channel;
    (void)until_idle;
    sim_fail("the simulation is the loop of its workers");
}

void channel_stop(struct channel *channel)
{
    channel->process->ended = true;
}

static void cancel_all(struct channel *channel)
{
    while (!TAILQ_EMPTY(&channel->posts) || !LIST_EMPTY(&channel->calls) || !LIST_EMPTY(&channel->timers)) {
        while (!LIST_EMPTY(&channel->timers))
            channel_timer_cancel(LIST_FIRST(&channel->timers));
        if (!TAILQ_EMPTY(&channel->posts)) {
            post_run(TAILQ_FIRST(&channel->posts));
            continue;
        }
        struct channel_call *call = LIST_FIRST(&channel->calls);
        if (call != NULL) {
            call->code = RPC_CANCELED;
            call->bytes = TEXT_NONE;
            call->message = "CANCELLED";
            leave(call->rpc);
            end(call);
        }
    }
}

void channel_free(struct channel *channel)
{
    if (channel == NULL)
        return;
    channel->closing = true;
    cancel_all(channel);
    channel->process->channel = NULL;
    free(channel);
}
