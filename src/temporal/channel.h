/* One connection to a gRPC server and the loop that everything of the worker runs on. channel.c and channel_connect.c
   are the only files of the project that include grpc. Unless said otherwise a function is for the loop thread: the one that calls channel_run.
 */
#ifndef TEMPORAL_CHANNEL_H
#define TEMPORAL_CHANNEL_H

#include "base/arena.h"
#include "temporal/security.h"

struct channel;
struct channel_call;
struct channel_timer;

struct channel_options {
    struct text target; /* host:port */
    const char *client_name, *client_version;
    struct temporal_security security; /* as security_check finds good */
    struct text namespace_;            /* told with an API key: the way there may hang on it; "" for nothing */
};

/* gRPC status codes, as they come. */
enum {
    RPC_OK = 0,
    RPC_CANCELED = 1,
    RPC_UNKNOWN = 2,
    RPC_INVALID_ARGUMENT = 3,
    RPC_DEADLINE_EXCEEDED = 4,
    RPC_NOT_FOUND = 5,
    RPC_ALREADY_EXISTS = 6,
    RPC_PERMISSION_DENIED = 7,
    RPC_RESOURCE_EXHAUSTED = 8,
    RPC_FAILED_PRECONDITION = 9,
    RPC_ABORTED = 10,
    RPC_OUT_OF_RANGE = 11,
    RPC_UNIMPLEMENTED = 12,
    RPC_INTERNAL = 13,
    RPC_UNAVAILABLE = 14,
    RPC_DATA_LOSS = 15,
    RPC_UNAUTHENTICATED = 16
};
/* As gRPC writes it: "UNAVAILABLE"; of one that it does not have "UNKNOWN". Any thread. */
const char *rpc_code_name(int code);

/* Lives, with all that it points to, until rpc_done returns. */
struct rpc_answer {
    int code;            /* RPC_OK or another gRPC status */
    struct text bytes;   /* of the answer */
    struct text message; /* the server's word when code is not RPC_OK */
};
typedef void rpc_done(void *context, const struct rpc_answer *answer);

/* NULL when out of memory; connects lazily. Copies the options but client_name and client_version, which are static.
   Free with channel_free, which runs what was posted, cancels every call (their done runs with RPC_CANCELED, and so it
   does for calls begun meanwhile) and drops timers. Nobody may post any more when it is called, and it must not be
   called by a callback. A process that has or had a channel must not fork but to exec. */
struct channel *channel_new(const struct channel_options *options) MUST_CHECK;
void channel_free(struct channel *channel); /* accepts NULL */

/* Sends one unary call. `method` is a static "/package.Service/Name". request bytes are copied. done runs on the loop,
   exactly once, never inside this call. wait_for_ready: do not fail fast while the server is away.
   The arena, where an answer is put together that came in pieces, must live until done runs.
   Returns a handle for channel_cancel, valid until done runs. */
struct channel_call *channel_call(struct channel *channel, const char *method, struct text request, struct arena *arena,
                                  int64_t deadline_ms, bool wait_for_ready, rpc_done *done, void *context);
void channel_cancel(struct channel_call *call); /* done still runs, as a rule with RPC_CANCELED */

/* Runs function on the loop after delay_ms (0: soon). Returns a handle valid until it ran or was canceled. */
struct channel_timer *channel_after(struct channel *channel, int64_t delay_ms, void (*function)(void *), void *context);
void channel_timer_cancel(struct channel_timer *timer); /* its function will not run */

/* Any thread: runs function on the loop, soon, in the order posted. */
void channel_post(struct channel *channel, void (*function)(void *), void *context);

/* From now on function runs at the end of each turn of channel_run: after a call's done or the posts, and a timer, have
   run; never inside them. NULL: no function. channel_free does not run it. */
void channel_each_turn(struct channel *channel, void (*function)(void *), void *userdata);

/* Runs the loop until channel_stop, or until no call, timer or post is under way when `until_idle`. */
void channel_run(struct channel *channel, bool until_idle);
void channel_stop(struct channel *channel); /* channel_run returns after the present callback */

#endif
