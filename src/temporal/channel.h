/* One connection to a gRPC server, and the loop that everything in src/temporal and in the worker runs on: completions
   of calls, timers, and functions posted by other threads. channel*.c are the only files of the project that include
   gRPC.

   Threads: one thread, the loop thread, owns a channel: it calls channel_run, and every callback runs on it, inside
   channel_run or channel_free. Only channel_post may be called by any thread. No callback ever runs inside
   channel_call, channel_after, channel_post, channel_cancel or channel_timer_cancel, and callbacks do not nest.

   Order: posted functions run in the order of channel_post, whichever threads call it. Timers run in the order of their
   due times; timers with the same due time run in the order in which they were set. Calls complete in any order. The
   order among calls, timers and posts is not guaranteed.

   Memory: the functions that return a handle abort when out of memory, as gRPC does. */
#ifndef TEMPORAL_CHANNEL_H
#define TEMPORAL_CHANNEL_H

#include "base/arena.h"
#include "temporal/security.h"

struct channel;
struct channel_call;
struct channel_timer;

struct channel_options {
    struct text target;                       /* host:port */
    const char *client_name, *client_version; /* static; sent with every call */
    struct temporal_security security;        /* must be accepted by security_check */
    struct text namespace_; /* sent with every call that has an API key, as calls may be routed by it; "": not sent */
    size_t receive_bytes;   /* the largest message that is received; 0: LIMIT_PROTO_BYTES */
};

/* gRPC status codes. */
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
/* The code's name in gRPC, such as "UNAVAILABLE"; "UNKNOWN" for a number that is not a code. Static. Any thread. */
const char *rpc_code_name(int code);

/* Valid, with all that it points to, until rpc_done returns. */
struct rpc_answer {
    int code;            /* RPC_OK or another gRPC status */
    struct text bytes;   /* the response; empty unless code is RPC_OK */
    struct text message; /* the server's or gRPC's error message; empty when code is RPC_OK */
};
typedef void rpc_done(void *userdata, const struct rpc_answer *answer);

/* Connects lazily. Copies the options, except client_name and client_version. NULL when out of memory. Free with
   channel_free. A process that has or had a channel may fork only to exec. */
struct channel *channel_new(const struct channel_options *options) MUST_CHECK;

/* Accepts NULL. Runs the posted functions, cancels every call, including calls made meanwhile, waits until each is done
   (usually with RPC_CANCELED), and drops timers without running them. No thread may post from now on. Must not be
   called by a callback. */
void channel_free(struct channel *channel);

/* Sends one unary call.
     method          static: "/package.Service/Name"
     request         copied
     arena           must live until done runs; a response that arrives in pieces is joined there, and when it does not
                     fit the call fails with RPC_RESOURCE_EXHAUSTED and "Received message larger than max ..."
     deadline_ms     from now; then the call fails with RPC_DEADLINE_EXCEEDED
     wait_for_ready  true: waits until the deadline for an unreachable server; false: fails at once with RPC_UNAVAILABLE
   done runs exactly once. Returns a handle for channel_cancel that is valid until then. */
struct channel_call *channel_call(struct channel *channel, const char *method, struct text request, struct arena *arena,
                                  int64_t deadline_ms, bool wait_for_ready, rpc_done *done, void *userdata);
/* done still runs, with RPC_CANCELED or with the answer that was already on its way. May be called more than once. */
void channel_cancel(struct channel_call *call);

/* Runs the function once, delay_ms from now or later; 0: as soon as the loop has time. Returns a handle that is valid
   until the function is called or the timer canceled. */
struct channel_timer *channel_after(struct channel *channel, int64_t delay_ms, void (*function)(void *),
                                    void *userdata);
/* The function does not run. Frees the timer. */
void channel_timer_cancel(struct channel_timer *timer);

/* Any thread: runs the function once on the loop, as soon as it has time. */
void channel_post(struct channel *channel, void (*function)(void *), void *userdata);

/* Makes the function run at the end of each turn of channel_run: after the done of a call, after the posted functions
   or after a timer, never inside them. NULL: no function. channel_free does not run it. */
void channel_each_turn(struct channel *channel, void (*function)(void *), void *userdata);

/* Runs the loop until channel_stop is called or, with until_idle, until no call, timer or post is left. */
void channel_run(struct channel *channel, bool until_idle);
/* For callbacks: channel_run returns when the callback returns. */
void channel_stop(struct channel *channel);

#endif
