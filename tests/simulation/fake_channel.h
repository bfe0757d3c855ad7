/* What the simulation asks of the channel that stands in for gRPC's. */
#ifndef TESTS_SIMULATION_FAKE_CHANNEL_H
#define TESTS_SIMULATION_FAKE_CHANNEL_H

#include "temporal/channel.h"
#include "tests/simulation/sim.h"

/* A request as the server sees it. Lives until the seed ends. */
struct rpc {
    struct process *process;
    struct channel_call *call; /* NULL: nobody waits for the answer any more */
    const char *method;        /* the last part of the name */
    struct text request;
    bool answered;
    enum { LOSS_NONE, LOSS_SOON, LOSS_LATE } loss; /* of the answer: the client sees it fail soon, or by its deadline */
    void *poll;                                    /* the server's, while it holds the call */
};

/* The server's answer, once. */
void rpc_reply(struct rpc *rpc, int code, struct text bytes, const char *message);

/* By the server's model: a request came; the client of one that is held has given up. */
void server_take(struct rpc *rpc);
void server_drop(struct rpc *rpc);

/* Every call of the process fails, and each one's request or answer is lost. gone: the process has died. */
void channel_cut(struct channel *channel, bool gone);
size_t channel_calls(const struct channel *channel); /* under way */
/* Posts run inside channel_post while this is set: for one who waits for their effect. */
void channel_post_at_once(struct channel *channel, bool at_once);

#endif
