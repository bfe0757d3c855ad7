/* A model of Temporal's server, written from its documents: task queues with long polls, workflow tasks with attempts
   and timeouts, sticky queues, histories in pages, activities with retries and heartbeats, timers, queries. It never
   fails; what is lost is lost on the way (fake_channel.c). */
#ifndef TESTS_SIMULATION_TEMPORAL_H
#define TESTS_SIMULATION_TEMPORAL_H

#include <sys/queue.h>

#include "temporal_api.pb-c.h"
#include "tests/simulation/fake_channel.h"

struct server_options {
    bool scales_polls;       /* suggests in its answers to polls how many more there should be */
    bool ends_polls;         /* ShutdownWorker ends all polls of the worker, not only the sticky ones */
    bool wants_heartbeats;   /* of workers */
    bool sets_timeouts;      /* has UpdateActivityOptions */
    bool has_attributes;     /* the namespace has the search attributes of runs */
    size_t page_events;      /* of a history */
    int64_t continue_events; /* longer histories suggest to continue as new; 0: none does */
    unsigned eager_percent;  /* how many of the activities asked for come back with the answer */
};

struct run;

struct activity {
    struct run *run;
    const Api__ScheduleActivityTaskCommandAttributes *what;
    struct text id;
    int64_t scheduled_id;
    int32_t attempt;
    bool started, cancel_requested, closed;
    int32_t close_type;       /* of its last event, when closed */
    unsigned tries, timeouts; /* attempts that a worker took; of them those that the server gave up */
    unsigned failures;        /* attempts that a worker answered as failed */
    Api__Payloads *details;   /* of the latest heartbeat */
    int64_t scheduled_us, attempt_us, started_us;
    struct sim_event *close_timer, *heartbeat_timer, *retry_timer, *whole_timer;
    LIST_ENTRY(activity) link;
};

struct timer {
    struct run *run;
    struct text id;
    int64_t started_id;
    struct sim_event *due;
    LIST_ENTRY(timer) link;
};

struct server_queue;

struct open_workflow_task {
    bool scheduled, started;
    unsigned serial; /* another one whenever it is scheduled or started */
    int32_t attempt;
    int64_t scheduled_id, started_id;
    size_t events_before; /* how many there were when it was scheduled */
    int64_t scheduled_us, started_us;
    struct sim_event *timer;
};

struct run {
    void *execution;  /* the caller's */
    struct run *next; /* that it continued as */
    unsigned number;
    struct text workflow_id, run_id;
    Api__HistoryEvent **events, **buffered;
    size_t count, capacity, buffered_count, buffered_capacity;
    struct open_workflow_task task;
    int64_t last_started_id;
    struct text sticky;
    int64_t sticky_ms;
    bool cancel_requested, closed, has_memo;
    int32_t close_type;    /* of its last event, when closed */
    struct text failure;   /* of a failed one */
    unsigned lost_tasks;   /* workflow tasks that a worker took and did not complete */
    unsigned refused_ends; /* of the lost ones: their run was to end, and did not know of all that had happened */
    struct query *queries; /* that wait for the next task */
    LIST_HEAD(, activity) activities;
    LIST_HEAD(, timer) timers;
};

void server_begin(const struct server_options *options); /* of each seed */
struct run *server_start(struct text workflow_id, struct text input, void *execution);
void server_signal(struct run *run);
void server_cancel(struct run *run);
void server_terminate(struct run *run);
void server_query(struct run *run);
/* Asks the worker that has an activity of the run to cancel it. */
void server_cancel_activity(struct run *run);
/* As the ERP completes what a person was asked for. False: nobody waits for it. */
bool server_complete(struct text token, struct text json);
bool server_waits(struct text token); /* for the activity to be completed */
/* Polls of a process that are held now, by kind: 0 workflow, 1 sticky, 2 activity. */
unsigned server_polls(const struct process *process, int kind);
/* Fails the seed if a worker that has left did not shut down its sticky queue. */
void server_check_left(const struct process *process);

#endif
