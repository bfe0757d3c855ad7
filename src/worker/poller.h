/* Long polls. The number of polls of each kind on a queue follows demand, between two and a setting, as long as slots
   are free. While new runs wait (worker/admission.h), a normal queue gets one new poll at a time, twice a second,
   because it may also bring runs whose worker is lost. For the loop thread. */
#ifndef WORKER_POLLER_H
#define WORKER_POLLER_H

#include "worker/resources.h"

enum poller_kind { POLLER_WORKFLOW, POLLER_STICKY, POLLER_ACTIVITY, POLLER_KINDS };
#define POLLS_LEAST 2 /* of each kind and queue, as long as slots and memory are free and new runs need not wait */

/* Which polls are sent. */
enum polling { POLLING_NOTHING, POLLING_STICKY, POLLING_EVERYTHING };

/* The callbacks of the owner of the pollers, for tasks and failures. */
struct poller_events {
    /* Takes ownership of the arena, where the task lives. */
    void (*workflow_task)(void *userdata, enum poller_kind kind, const struct queue *queue, struct arena *arena,
                          const struct workflow_task *task);
    void (*activity_task)(void *userdata, const struct queue *queue, struct arena *arena,
                          const struct activity_task *task);
    void (*failed)(void *userdata, enum poller_kind kind, const struct client_result *result);
    void *userdata;
};

struct poller_group;

/* Sends one poll at a time. */
struct poller {
    struct poller_group *group;
    struct slot slot;         /* SLOT_POLLING while poll is under way */
    struct client_poll *poll; /* NULL when idle */
    struct arena *arena;      /* of the poll under way */
    int64_t started_us;       /* monotonic clock; of the poll under way */
    LIST_ENTRY(poller) link;  /* in the group's list of idle or busy pollers */
};
LIST_HEAD(poller_list, poller);

/* The polls of one kind of a queue. */
struct poller_group {
    struct pollers *pollers;
    const struct queue *queue;
    enum poller_kind kind;
    unsigned most;                 /* from the options */
    unsigned wanted;               /* from POLLS_LEAST, or `most` if that is less, to `most` */
    unsigned open;                 /* polls under way: the length of `busy` */
    unsigned failures;             /* in a row */
    bool may_try;                  /* may send one poll while new runs wait */
    struct channel_timer *backoff; /* NULL: the group may poll */
    struct poller_list idle, busy;
};

struct pollers {
    struct resources *resources;
    struct poller_events events;
    enum polling polling;
    struct poller *items;
    struct poller_group *groups; /* those of a kind one after another */
    size_t group_count;
    enum admission_state admission;     /* of new runs, as of the last fill */
    struct channel_timer *hold_ends;    /* NULL unless new runs wait */
    int64_t succeeded_us[POLLER_KINDS]; /* wall clock of the last poll that brought a task; 0: none yet */
};

/* The queues outlive the pollers. False when out of memory. No poll is sent before pollers_fill. */
bool pollers_init(struct pollers *pollers, struct resources *resources, const struct queue *queues,
                  const struct poller_events *events) MUST_CHECK;
void pollers_free(struct pollers *pollers);

/* Sends the polls that are wanted, that `polling` allows and that have a free slot. */
void pollers_fill(struct pollers *pollers);
/* Sends no more polls except sticky ones. Cancels the polls under way, unless the server ends them on ShutdownWorker,
   so that no task can be lost on its way to a canceled poll. */
void pollers_stop(struct pollers *pollers);
void pollers_cancel(struct pollers *pollers); /* all polls under way */

/* How many polls of a kind are under way; queue NULL: of all queues. */
unsigned pollers_count(const struct pollers *pollers, enum poller_kind kind, const struct queue *queue);
/* The code with which a poll has been failing for seconds; RPC_OK when none has. */
int pollers_failing(const struct pollers *pollers);

#endif
