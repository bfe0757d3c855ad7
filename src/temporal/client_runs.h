/* Runs as the server shows them to people: lists, descriptions, cancellation. Thread, calls, errors and retries are as
   in temporal/client.h. */
#ifndef TEMPORAL_CLIENT_RUNS_H
#define TEMPORAL_CLIENT_RUNS_H

#include "temporal/client.h"

/* An entry of a memo, or a search attribute. */
struct run_field {
    struct text name;
    struct text value; /* JSON; empty when it is encrypted or in another encoding */
};

struct run_info {
    struct text workflow_id, run_id, workflow_type, task_queue;
    enum run_close close;
    int64_t started_us, closed_us; /* wall clock of the server; 0: unknown, or the run is open */
    int64_t event_count;
    const struct run_field *memo, *attributes;
    size_t memo_count, attribute_count;
};

struct run_page {
    const struct run_info *runs;
    size_t count;
    struct text next; /* token of the next page; empty: this is the last page */
};
/* page: NULL unless the result's code is RPC_OK. */
typedef void run_page_done(void *userdata, const struct run_page *page, const struct client_result *result);
/* ListWorkflowExecutions, `size` runs at most; after: `next` of the previous page, or empty. RPC_INVALID_ARGUMENT: the
   query is wrong, or names a search attribute that the namespace lacks. */
void client_list_runs(struct client *client, struct text query, struct text after, int32_t size, struct arena *arena,
                      run_page_done *done, void *userdata);
/* The text as a quoted literal for a query, in the arena; .data NULL past its cap. */
struct text run_query_literal(struct arena *arena, struct text text) MUST_CHECK;

enum pending_state {
    PENDING_WAITS,   /* for a worker, or for its next attempt */
    PENDING_STARTED, /* a worker has it */
    PENDING_CANCEL_REQUESTED,
    PENDING_PAUSED,
};
/* An activity that has not ended. */
struct pending_activity {
    struct text activity_id, activity_type;
    enum pending_state state;
    unsigned attempt;         /* from 1 */
    int64_t next_us;          /* when the next attempt is due; 0: no retry is scheduled */
    int64_t started_us;       /* when the latest attempt started; 0: no attempt has started */
    struct text last_failure; /* of the attempt before this one; may be empty */
};
struct described_run {
    struct run_info run;
    const struct pending_activity *activities;
    size_t activity_count;
    unsigned task_attempt;        /* of the pending workflow task, over 1 when it is retried; 0: no task is pending */
    int64_t execution_timeout_ms; /* of the workflow, over all of its runs; 0: none */
};
/* description: NULL unless the result's code is RPC_OK. */
typedef void described_run_done(void *userdata, const struct described_run *description,
                                const struct client_result *result);
/* DescribeWorkflowExecution; run_id empty: the newest run of the workflow. RPC_NOT_FOUND: there is no such run. */
void client_describe_run(struct client *client, struct text workflow_id, struct text run_id, struct arena *arena,
                         described_run_done *done, void *userdata);

struct run_cancel {
    struct text workflow_id, run_id; /* run_id empty: the newest run */
    struct text reason, identity;    /* why, and who asks; both are recorded in the history */
};
/* RequestCancelWorkflowExecution. RPC_NOT_FOUND: there is no such run, or it is over. */
void client_cancel_run(struct client *client, const struct run_cancel *cancel, struct arena *arena, client_done *done,
                       void *userdata);

/* Called on the loop each time events have arrived: events[first..count) are new, the earlier ones are the same as in
   the previous call. Returns whether to wait for more. */
typedef bool run_news(void *userdata, const struct event *events, size_t first, size_t count);
/* Reads the history of a run and waits for its next events, by long polls, until the run is over or `news` returns
   false; then done runs, with the task that client_read_workflow would pass. */
void client_follow_run(struct client *client, struct text workflow_id, struct text run_id, run_news *news,
                       struct arena *arena, workflow_task_done *done, void *userdata);

#endif
