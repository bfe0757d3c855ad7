/* Readiness: Temporal answers pings and polls and has the worker's namespace, and the services that the handlers need
   have answered once. For the loop thread. */
#ifndef WORKER_READINESS_H
#define WORKER_READINESS_H

#include "worker/poller.h"
#include "worker/state.h"

enum readiness_state {
    READINESS_STARTING, /* Temporal or a service has not answered yet */
    READINESS_READY,
    READINESS_LOST, /* it was ready; polls or pings fail now */
    READINESS_STOPPED,
    READINESS_STATES,
};
extern const struct state_machine readiness_states;

struct readiness {
    struct resources *resources;
    const struct pollers *pollers;
    void (*changed)(void *userdata, bool ready); /* the worker becomes ready, or no longer is */
    void *userdata;

    enum readiness_state state;
    bool server_answered, services_answered;           /* at least once */
    unsigned describe_in;                              /* number of pings until the namespace is described; 0: now */
    unsigned ping_failures, services_failures;         /* in a row */
    struct channel_timer *ping_timer, *services_timer; /* NULL when idle */
    struct services_ping *services_ping;               /* on a thread of the pool; NULL when idle */
};

/* Pings Temporal until readiness_stop, and the services that the handlers need until they answer. */
void readiness_start(struct readiness *readiness);
/* To be called when a poll has failed. */
void readiness_poll_failed(struct readiness *readiness, const struct client_result *result);
/* Stops all pings. */
void readiness_stop(struct readiness *readiness);
/* Whether pings have stopped and none of the services is under way; pings of Temporal are among the worker's calls. */
bool readiness_is_idle(const struct readiness *readiness);

#endif
