/* History events, reduced to what the engine needs. */
#ifndef ENGINE_EVENT_H
#define ENGINE_EVENT_H

#include "base/text.h"

enum event_kind {
    EVENT_STARTED,                   /* activity_type: the workflow type; payload: WorkflowInput, or BranchInput */
    EVENT_TASK_STARTED,              /* a workflow task; history_size, suggest_continue */
    EVENT_ACTIVITY_SCHEDULED,        /* activity_id, activity_type, payload (its input); duration_ms: start-to-close */
    EVENT_ACTIVITY_STARTED,          /* an attempt: scheduled_id, attempt */
    EVENT_ACTIVITY_COMPLETED,        /* scheduled_id, payload (its output) */
    EVENT_ACTIVITY_FAILED,           /* scheduled_id, failure */
    EVENT_ACTIVITY_TIMED_OUT,        /* scheduled_id, failure */
    EVENT_ACTIVITY_CANCELED,         /* scheduled_id */
    EVENT_ACTIVITY_CANCEL_REQUESTED, /* by the run: scheduled_id */
    EVENT_RESULT_RECORDED,           /* a LocalActivity marker: activity_id, payload (result) or failure */
    EVENT_TIMER_STARTED,             /* activity_id: the timer's id; duration_ms */
    EVENT_TIMER_FIRED,               /* scheduled_id: its started event; activity_id: the timer's id */
    EVENT_TIMER_CANCELED,            /* scheduled_id: its started event; activity_id: the timer's id */
    EVENT_CHILD_INITIATED, /* a branch of the Go worker: payload (BranchInput); activity_id: its workflow id */
    EVENT_CHILD_COMPLETED, /* scheduled_id: its initiated event; payload (BranchOutput) */
    EVENT_CHILD_FAILED,    /* scheduled_id, failure; also timed out, terminated, canceled, not started */
    EVENT_VERSION,         /* version: the Go worker's `graph-interpreter` marker */
    EVENT_CANCEL_REQUESTED,
    EVENT_SIGNALED,        /* activity_type: the signal's name; payload */
    EVENT_TASK_COMPLETED,  /* a workflow task; holds */
    EVENT_UPDATE_ACCEPTED, /* activity_id: the update's id; activity_type: its name; payload: its input */
    EVENT_FAILED_ACTION,   /* the search attribute FailedAction is set; activity_id: its value, empty when removed */
    EVENT_CLOSED,          /* the run is over: close, failure */
    EVENT_OTHER,           /* changes nothing */
};

enum run_close {
    CLOSE_NONE,
    CLOSE_COMPLETED,
    CLOSE_FAILED,
    CLOSE_CANCELED,
    CLOSE_TERMINATED,
    CLOSE_TIMED_OUT,
    CLOSE_CONTINUED
};

/* How a run was started. Borrowed. */
struct event_start {
    struct text workflow_id;  /* empty: unknown */
    struct text run_id;       /* a reset keeps it; in a cron schedule, a retry keeps it too */
    struct text first_run_id; /* id of the first run of this start; retries and continue-as-new keep it */
    struct text settings;     /* passed to COMMAND_CONTINUE_AS_NEW; the engine does not interpret it */
    bool scheduled;           /* a Temporal Schedule started the run */
    bool cron;                /* the run belongs to a cron schedule */
    bool cron_again;          /* started anew by the cron schedule: the progress in the input is of an earlier run */
};

/* All pointers are borrowed; the engine copies what it keeps. */
struct event {
    enum event_kind kind;
    int64_t id;      /* event id; 1 is the first */
    int64_t time_us; /* wall clock of the server, for display only */
    int64_t scheduled_id;
    struct text activity_id, activity_type;
    struct text payload;             /* JSON text of the first payload; may be empty */
    struct text trace;               /* EVENT_STARTED: the caller's trace context; may be empty */
    const struct event_start *start; /* EVENT_STARTED; NULL: unknown */
    struct text failure;             /* the outermost message, without those of activity and child workflow wrappers */
    enum run_close close;
    int32_t version;
    int32_t attempt;      /* 1 is the first; 0 unknown */
    int64_t duration_ms;  /* 0 unknown */
    int64_t history_size; /* bytes */
    bool suggest_continue;
    bool permanent;       /* EVENT_ACTIVITY_FAILED: the failure is not retryable */
    bool holds;           /* EVENT_TASK_COMPLETED: the event says that failed actions of this run are held */
    bool payload_foreign; /* there was a payload, but its encoding is not json/plain */
};

#endif
