/* Rounds over the approval requests that wait for people. Each request's activity gets a heartbeat, by the token in the
   request's row. On a server that cannot remove heartbeat timeouts this keeps the activity waiting. On any server the
   response says whether the activity still waits; a request without a waiting activity becomes `expired`.

   One worker sweeps at a time: each round is taken by the first worker that asks the database for it. A worker that is
   lost or stopped in the middle of a round delays the remaining requests until the next round, which is taken as soon
   as it is due. For the loop thread. */
#ifndef WORKER_APPROVAL_SWEEP_H
#define WORKER_APPROVAL_SWEEP_H

#include "worker/resources.h"

struct sweep_job;

struct approval_sweep {
    struct resources *resources;
    bool running;                /* between start and stop */
    struct channel_timer *timer; /* of the next step; NULL when idle */
    struct sweep_job *job;       /* on a thread; NULL when idle */
    bool warned;                 /* has warned that the table of turns cannot be used */
    /* Of the round: */
    struct arena *arena;       /* of the page; NULL between pages */
    struct approval_page page; /* its remaining requests begin at `next` */
    size_t next;
    unsigned in_flight; /* heartbeats */
    int64_t swept;      /* requests so far */
    struct text after;  /* id of the last request of the previous page */
    struct arena *ended_arena;
    struct approval_pending *ended; /* requests without a waiting activity, LIMIT_APPROVAL_ENDS at most */
    size_t ended_count;
};

/* Does nothing if the options have no callbacks for it. */
void approval_sweep_start(struct approval_sweep *sweep);
void approval_sweep_stop(struct approval_sweep *sweep);
bool approval_sweep_is_idle(const struct approval_sweep *sweep); /* stopped, and nothing is under way */

#endif
