/* Heartbeats of one activity: every 80 % of its heartbeat timeout they report that it is alive, and learn whether it
   has been canceled, paused or reset. For the loop thread. */
#ifndef WORKER_ACTIVITY_HEARTBEAT_H
#define WORKER_ACTIVITY_HEARTBEAT_H

#include "base/log.h"
#include "worker/resources.h"

enum heartbeat_result {
    HEARTBEAT_RECORDED,
    HEARTBEAT_CANCEL, /* somebody asked to cancel the activity */
    HEARTBEAT_PAUSE,  /* somebody paused it: this attempt should stop */
    HEARTBEAT_RESET,  /* somebody reset it: likewise */
    HEARTBEAT_GONE,   /* the server has given the activity up, or its run is over */
    HEARTBEAT_FAILED, /* not recorded; the next one tries again */
};

struct activity_heartbeat {
    struct resources *resources;
    const struct activity_task *task;
    struct log_context log; /* a separate one, as another thread fills in the activity's */
    struct metric *count;
    int64_t every_ms;            /* 0: stopped, or the activity has no heartbeat timeout */
    struct channel_timer *timer; /* NULL when idle */
    struct arena *arena;         /* of the call under way; NULL when idle */
    void (*done)(void *userdata, enum heartbeat_result result);
    void *userdata;
};

/* The task and *heartbeat must live until activity_heartbeat_is_idle. Each heartbeat sent is added to count. done runs
   after each one, also after activity_heartbeat_stop if one was under way. */
void activity_heartbeat_start(struct activity_heartbeat *heartbeat, struct resources *resources,
                              const struct activity_task *task, struct metric *count,
                              void (*done)(void *userdata, enum heartbeat_result result), void *userdata);
void activity_heartbeat_stop(struct activity_heartbeat *heartbeat);
bool activity_heartbeat_is_idle(const struct activity_heartbeat *heartbeat); /* stopped, and no call is under way */

/* The interval between heartbeats for a heartbeat timeout: 80 % of it, a minute at most. */
int64_t activity_heartbeat_every_ms(int64_t timeout_ms);

#endif
