/* Tells the server that an activity is alive, at 80 % of its heartbeat timeout, and learns that it is canceled. For the
   loop thread. */
#ifndef WORKER_ACTIVITY_HEARTBEAT_H
#define WORKER_ACTIVITY_HEARTBEAT_H

#include "base/log.h"
#include "base/metrics.h"
#include "temporal/client.h"

struct worker;

enum activity_heartbeat_answer {
    HEARTBEAT_FINE,
    HEARTBEAT_CANCEL, /* somebody asked to cancel the activity */
    HEARTBEAT_GONE,   /* the server has given the activity up, or its run is over */
    HEARTBEAT_FAILED, /* not delivered; tried again at the next turn */
};
typedef void activity_heartbeat_answered(void *hook, enum activity_heartbeat_answer answer);

struct activity_heartbeat {
    struct worker *worker;
    struct text token;
    struct log_context about; /* of its own: the activity's is filled by another thread */
    struct metric *count;
    int64_t every_ms;
    struct channel_timer *timer;
    struct arena *arena; /* of the call under way; NULL when there is none */
    activity_heartbeat_answered *answered;
    void *hook;
};

/* Nothing beats when the activity has no heartbeat timeout. The task and *heartbeat must live until activity_heartbeat_is_idle.
   Those sent are added to count. `answered` runs after each call, also after activity_heartbeat_stop when one was under way. */
void activity_heartbeat_start(struct activity_heartbeat *heartbeat, struct worker *worker,
                              const struct activity_task *task, struct metric *count,
                              activity_heartbeat_answered *answered, void *hook);
void activity_heartbeat_stop(struct activity_heartbeat *heartbeat);
bool activity_heartbeat_is_idle(const struct activity_heartbeat *heartbeat); /* stopped, and no call is under way */

/* How often for a heartbeat timeout: 80 %, a minute at most. */
int64_t activity_heartbeat_every_ms(int64_t timeout_ms);

#endif
