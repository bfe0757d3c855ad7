/* The calls, timers and posts of a channel on one completion queue. */
#include "temporal/channel.h"

#include <assert.h>
#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>
#include <grpc/slice.h>
#include <grpc/slice_buffer.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "temporal/channel_connect.h"

struct channel_call {
    struct channel *channel;
    LIST_ENTRY(channel_call) link; /* of calls or spare_calls */
    grpc_call *call;               /* NULL when spare */
    struct arena *arena;
    rpc_done *done;
    void *userdata;
    grpc_metadata_array leading, trailing;
    grpc_byte_buffer *received;
    grpc_status_code status;
    grpc_slice message;
};

struct channel_timer {
    struct channel *channel;
    TAILQ_ENTRY(channel_timer) link;
    int64_t due_us;
    void (*function)(void *);
    void *userdata;
};

struct post {
    STAILQ_ENTRY(post) link;
    void (*function)(void *);
    void *userdata;
};

/* What other threads posted. gRPC core has no call that wakes a completion queue. The nearest equivalent is to watch a
   channel's state until a time that has passed, which completes at once; `wakeup` is a channel that never connects. */
struct mailbox {
    pthread_mutex_t lock; /* of posts and pending */
    STAILQ_HEAD(, post) posts;
    grpc_channel *wakeup;
    bool pending; /* a wakeup is under way and has not reached the loop: one serves any number of posts */
};

#define HEADERS_MAX 4

struct channel {
    grpc_channel *connection;
    grpc_completion_queue *queue;
    grpc_metadata headers[HEADERS_MAX];
    size_t header_count;
    LIST_HEAD(, channel_call) calls, spare_calls;
    TAILQ_HEAD(timers, channel_timer) timers; /* by due time */
    struct mailbox mailbox;
    void (*each_turn)(void *); /* NULL: nothing to run */
    void *each_turn_userdata;
    bool stopped, closing;
};

/* gRPC aborts when out of memory. So do these small allocations for each call: without them no failure could be
   delivered. */
static void *must_allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL)
        abort();
    return memory;
}

static void log_grpc(gpr_log_func_args *line)
{
    enum log_level level = line->severity == GPR_LOG_SEVERITY_ERROR ? LOG_WARN : LOG_DEBUG;
    log_write(level, line->file, line->line, "gRPC",
              (const struct log_field[]){LOG_STRING("text", line->message), {0}});
}

static grpc_metadata static_header(const char *key, const char *value)
{
    return (grpc_metadata){.key = grpc_slice_from_static_string(key), .value = grpc_slice_from_static_string(value)};
}

static void add_header(struct channel *channel, grpc_metadata header)
{
    assert(channel->header_count < HEADERS_MAX);
    channel->headers[channel->header_count++] = header;
}

/* A header whose value is prefix and value joined, in a new slice. */
static grpc_metadata new_header(const char *key, const char *prefix, struct text value)
{
    size_t size = strlen(prefix);
    grpc_slice slice = grpc_slice_malloc(size + value.size);
    memcpy(GRPC_SLICE_START_PTR(slice), prefix, size);
    if (value.size > 0)
        memcpy(GRPC_SLICE_START_PTR(slice) + size, value.data, value.size);
    return (grpc_metadata){.key = grpc_slice_from_static_string(key), .value = slice};
}

static void add_headers(struct channel *channel, const struct channel_options *options)
{
    add_header(channel, static_header("client-name", options->client_name));
    add_header(channel, static_header("client-version", options->client_version));
    if (options->security.api_key.size == 0)
        return;
    add_header(channel, new_header("authorization", "Bearer ", options->security.api_key));
    if (options->namespace_.size > 0)
        add_header(channel, new_header("temporal-namespace", "", options->namespace_));
}

struct channel *channel_new(const struct channel_options *options)
{
    struct channel *channel = calloc(1, sizeof *channel);
    gpr_set_log_function(log_grpc);
    grpc_init();
    if (channel != NULL)
        channel->connection = channel_connect(options->target, &options->security,
                                              options->receive_bytes > 0 ? options->receive_bytes : LIMIT_PROTO_BYTES);
    if (channel == NULL || channel->connection == NULL) {
        free(channel);
        grpc_shutdown();
        return NULL;
    }
    channel->queue = grpc_completion_queue_create_for_next(NULL);
    add_headers(channel, options);
    LIST_INIT(&channel->calls);
    LIST_INIT(&channel->spare_calls);
    TAILQ_INIT(&channel->timers);
    STAILQ_INIT(&channel->mailbox.posts);
    channel->mailbox.wakeup = grpc_lame_client_channel_create("", GRPC_STATUS_UNAVAILABLE, "");
    pthread_mutex_init(&channel->mailbox.lock, NULL);
    return channel;
}

/* ---- calls ---- */

static struct channel_call *call_take(struct channel *channel)
{
    struct channel_call *call = LIST_FIRST(&channel->spare_calls);
    if (call != NULL) {
        LIST_REMOVE(call, link);
    } else {
        call = must_allocate(sizeof *call);
        call->channel = channel;
        grpc_metadata_array_init(&call->leading);
        grpc_metadata_array_init(&call->trailing);
    }
    assert(call->call == NULL && call->received == NULL);
    LIST_INSERT_HEAD(&channel->calls, call, link);
    return call;
}

static void call_give_back(struct channel_call *call)
{
    assert(call->call != NULL);
    if (call->received != NULL)
        grpc_byte_buffer_destroy(call->received);
    grpc_slice_unref(call->message);
    grpc_call_unref(call->call);
    call->received = NULL;
    call->call = NULL;
    call->leading.count = 0;
    call->trailing.count = 0;
    LIST_REMOVE(call, link);
    LIST_INSERT_HEAD(&call->channel->spare_calls, call, link);
}

static grpc_byte_buffer *message_of(struct text request)
{
    grpc_slice slice = grpc_slice_from_copied_buffer(request.data, request.size);
    grpc_byte_buffer *message = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return message;
}

static void call_start(struct channel_call *call, grpc_byte_buffer *message, bool wait_for_ready)
{
    uint32_t flags =
        wait_for_ready ? GRPC_INITIAL_METADATA_WAIT_FOR_READY | GRPC_INITIAL_METADATA_WAIT_FOR_READY_EXPLICITLY_SET : 0;
    const grpc_op batch[] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA,
         .flags = flags,
         .data.send_initial_metadata = {.count = call->channel->header_count, .metadata = call->channel->headers}},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = message},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA, .data.recv_initial_metadata.recv_initial_metadata = &call->leading},
        {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &call->received},
        {.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
         .data.recv_status_on_client = {.trailing_metadata = &call->trailing,
                                        .status = &call->status,
                                        .status_details = &call->message}},
    };
    grpc_call_error fault = grpc_call_start_batch(call->call, batch, sizeof batch / sizeof *batch, call, NULL);
    assert(fault == GRPC_CALL_OK);
    (void)fault;
}

static gpr_timespec from_now(int64_t milliseconds)
{
    return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_millis(milliseconds, GPR_TIMESPAN));
}

struct channel_call *channel_call(struct channel *channel, const char *method, struct text request, struct arena *arena,
                                  int64_t deadline_ms, bool wait_for_ready, rpc_done *done, void *userdata)
{
    struct channel_call *call = call_take(channel);
    call->arena = arena;
    call->done = done;
    call->userdata = userdata;
    call->status = GRPC_STATUS_UNKNOWN;
    call->message = grpc_empty_slice();
    call->call = grpc_channel_create_call(channel->connection, NULL, GRPC_PROPAGATE_DEFAULTS, channel->queue,
                                          grpc_slice_from_static_string(method), NULL, from_now(deadline_ms), NULL);
    grpc_byte_buffer *message = message_of(request);
    call_start(call, message, wait_for_ready);
    grpc_byte_buffer_destroy(message);
    if (channel->closing)
        channel_cancel(call);
    return call;
}

void channel_cancel(struct channel_call *call)
{
    grpc_call_cancel(call->call, NULL);
}

static struct text slice_text(const grpc_slice *slice)
{
    return (struct text){.data = (const char *)GRPC_SLICE_START_PTR(*slice), .size = GRPC_SLICE_LENGTH(*slice)};
}

/* The received message as one text: in place when it came in one piece, else joined in the arena, and each piece is
   freed once it is copied. False when the arena is full: then the text is the first piece. */
static bool call_read(const struct channel_call *call, struct text *bytes)
{
    *bytes = TEXT_NONE;
    if (call->received == NULL || grpc_byte_buffer_length(call->received) == 0)
        return true;
    grpc_slice_buffer *pieces = &call->received->data.raw.slice_buffer;
    size_t total = grpc_byte_buffer_length(call->received), filled = 0;
    *bytes = slice_text(&pieces->slices[0]);
    if (pieces->count == 1)
        return true;
    char *whole = arena_alloc(call->arena, total, 1);
    if (whole == NULL)
        return false;
    while (pieces->count > 0) {
        grpc_slice piece = grpc_slice_buffer_take_first(pieces);
        memcpy(whole + filled, GRPC_SLICE_START_PTR(piece), GRPC_SLICE_LENGTH(piece));
        filled += GRPC_SLICE_LENGTH(piece);
        grpc_slice_unref(piece);
    }
    *bytes = (struct text){.data = whole, .size = filled};
    return filled == total;
}

static void call_finish(struct channel_call *call)
{
    struct rpc_answer answer = {.code = (int)call->status, .message = slice_text(&call->message)};
    if (answer.code == RPC_OK && !call_read(call, &answer.bytes)) {
        answer.code = RPC_RESOURCE_EXHAUSTED;
        answer.message = TEXT("Received message larger than max: it does not fit the memory budget of this task");
    }
    call->done(call->userdata, &answer);
    call_give_back(call);
}

/* ---- timers ---- */

struct channel_timer *channel_after(struct channel *channel, int64_t delay_ms, void (*function)(void *), void *userdata)
{
    assert(delay_ms >= 0);
    struct channel_timer *timer = must_allocate(sizeof *timer);
    *timer = (struct channel_timer){
        .channel = channel,
        .due_us = clock_monotonic_us() + delay_ms * 1000,
        .function = function,
        .userdata = userdata,
    };
    /* Search from the back: delays are similar, so a new timer is mostly due last. */
    struct channel_timer *before = TAILQ_LAST(&channel->timers, timers);
    while (before != NULL && before->due_us > timer->due_us)
        before = TAILQ_PREV(before, timers, link);
    if (before != NULL)
        TAILQ_INSERT_AFTER(&channel->timers, before, timer, link);
    else
        TAILQ_INSERT_HEAD(&channel->timers, timer, link);
    return timer;
}

void channel_timer_cancel(struct channel_timer *timer)
{
    TAILQ_REMOVE(&timer->channel->timers, timer, link);
    free(timer);
}

static void timer_run_if_due(struct channel *channel)
{
    const struct channel_timer *first = TAILQ_FIRST(&channel->timers);
    if (first == NULL || first->due_us > clock_monotonic_us())
        return;
    struct channel_timer timer = *first;
    channel_timer_cancel(TAILQ_FIRST(&channel->timers));
    timer.function(timer.userdata);
}

static gpr_timespec next_due(const struct channel *channel)
{
    const struct channel_timer *timer = TAILQ_FIRST(&channel->timers);
    if (timer == NULL)
        return gpr_inf_future(GPR_CLOCK_MONOTONIC);
    return (gpr_timespec){.tv_sec = timer->due_us / 1000000,
                          .tv_nsec = (int32_t)(timer->due_us % 1000000) * 1000,
                          .clock_type = GPR_CLOCK_MONOTONIC};
}

/* ---- posts ---- */

void channel_post(struct channel *channel, void (*function)(void *), void *userdata)
{
    struct mailbox *mailbox = &channel->mailbox;
    struct post *post = must_allocate(sizeof *post);
    post->function = function;
    post->userdata = userdata;
    pthread_mutex_lock(&mailbox->lock);
    STAILQ_INSERT_TAIL(&mailbox->posts, post, link);
    bool wake = !mailbox->pending;
    mailbox->pending = true;
    pthread_mutex_unlock(&mailbox->lock);
    if (wake)
        grpc_channel_watch_connectivity_state(mailbox->wakeup, GRPC_CHANNEL_TRANSIENT_FAILURE,
                                              gpr_inf_past(GPR_CLOCK_MONOTONIC), channel->queue, mailbox);
}

static void posts_run(struct channel *channel)
{
    struct mailbox *mailbox = &channel->mailbox;
    STAILQ_HEAD(, post) posts = STAILQ_HEAD_INITIALIZER(posts);
    pthread_mutex_lock(&mailbox->lock);
    assert(mailbox->pending);
    STAILQ_CONCAT(&posts, &mailbox->posts);
    mailbox->pending = false;
    pthread_mutex_unlock(&mailbox->lock);
    struct post *post;
    while ((post = STAILQ_FIRST(&posts)) != NULL) {
        STAILQ_REMOVE_HEAD(&posts, link);
        post->function(post->userdata);
        free(post);
    }
}

/* ---- the loop ---- */

static bool channel_is_idle(struct channel *channel)
{
    pthread_mutex_lock(&channel->mailbox.lock);
    bool posted = channel->mailbox.pending;
    pthread_mutex_unlock(&channel->mailbox.lock);
    return !posted && LIST_EMPTY(&channel->calls) && TAILQ_EMPTY(&channel->timers);
}

static void channel_step(struct channel *channel)
{
    grpc_event event = grpc_completion_queue_next(channel->queue, next_due(channel), NULL);
    if (event.type == GRPC_OP_COMPLETE && event.tag == &channel->mailbox)
        posts_run(channel);
    else if (event.type == GRPC_OP_COMPLETE)
        call_finish(event.tag);
    timer_run_if_due(channel);
}

void channel_run(struct channel *channel, bool until_idle)
{
    channel->stopped = false;
    while (!channel->stopped && !(until_idle && channel_is_idle(channel))) {
        channel_step(channel);
        if (channel->each_turn != NULL)
            channel->each_turn(channel->each_turn_userdata);
    }
}

void channel_each_turn(struct channel *channel, void (*function)(void *), void *userdata)
{
    channel->each_turn = function;
    channel->each_turn_userdata = userdata;
}

void channel_stop(struct channel *channel)
{
    channel->stopped = true;
}

/* grpc_channel_destroy() cancels nothing: cancel each call and wait for its completion. */
static void cancel_all(struct channel *channel)
{
    struct channel_call *call;
    LIST_FOREACH(call, &channel->calls, link)
    channel_cancel(call);
    do {
        while (!TAILQ_EMPTY(&channel->timers))
            channel_timer_cancel(TAILQ_FIRST(&channel->timers));
        if (!channel_is_idle(channel))
            channel_step(channel);
    } while (!channel_is_idle(channel));
}

static void free_spare_calls(struct channel *channel)
{
    struct channel_call *call;
    while ((call = LIST_FIRST(&channel->spare_calls)) != NULL) {
        LIST_REMOVE(call, link);
        grpc_metadata_array_destroy(&call->leading);
        grpc_metadata_array_destroy(&call->trailing);
        free(call);
    }
}

void channel_free(struct channel *channel)
{
    if (channel == NULL)
        return;
    channel->closing = true;
    cancel_all(channel);
    free_spare_calls(channel);
    grpc_channel_destroy(channel->mailbox.wakeup);
    grpc_channel_destroy(channel->connection);
    grpc_completion_queue_shutdown(channel->queue);
    while (grpc_completion_queue_next(channel->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
           GRPC_QUEUE_SHUTDOWN)
        continue;
    grpc_completion_queue_destroy(channel->queue);
    for (size_t i = 0; i < channel->header_count; i++)
        grpc_slice_unref(channel->headers[i].value);
    grpc_shutdown();
    pthread_mutex_destroy(&channel->mailbox.lock);
    free(channel);
}
