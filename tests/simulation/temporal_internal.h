/* What temporal.c and temporal_calls.c share. */
#ifndef TESTS_SIMULATION_TEMPORAL_INTERNAL_H
#define TESTS_SIMULATION_TEMPORAL_INTERNAL_H

#include "temporal/payload.h"
#include "temporal/proto.h"
#include "temporal_api_enums.h"
#include "tests/simulation/temporal.h"

#define RUNS_MAX 512

enum queue_kind { QUEUE_WORKFLOW, QUEUE_STICKY, QUEUE_ACTIVITY };

struct poll {
    struct rpc *rpc;
    struct server_queue *queue;
    struct text instance;
    struct sim_event *end;
    TAILQ_ENTRY(poll) link;
};

struct query {
    struct run *run;
    unsigned number;
    bool answered, expired;
    struct query *next;
};

/* That waits for a poll. */
struct task {
    struct run *run;
    struct activity *activity; /* or */
    struct query *query;
    unsigned serial;
    STAILQ_ENTRY(task) link;
};

struct server_queue {
    enum queue_kind kind;
    struct text name;
    int64_t polled_us;
    bool shut, matching;
    const struct process *process; /* that polled it last */
    STAILQ_HEAD(, task) tasks;
    TAILQ_HEAD(poll_list, poll) polls;
    struct server_queue *next;
};

/* The rest of a history, at the time when its first page was handed out. */
struct server_pages {
    Api__HistoryEvent **events;
    size_t count;
};

extern struct server_options server_options;
extern struct server_queue *server_queues;
extern struct text server_shut_workers[64];
extern size_t server_shut_count;
extern struct run *server_runs[RUNS_MAX];
extern size_t server_run_count;
extern struct server_pages *server_pages[1 << 14];
extern struct query *server_queries[RUNS_MAX];
extern size_t server_query_count;

#define MAKE(type, initial)                                                                                            \
    ({                                                                                                                 \
        Api__##type *made_ = SIM_NEW(Api__##type);                                                                     \
        *made_ = (Api__##type)initial;                                                                                 \
        made_;                                                                                                         \
    })

#define EVENT_ATTRIBUTES(event, Type, TYPE, member)                                                                    \
    ({                                                                                                                 \
        Api__HistoryEvent *event_ = (event);                                                                           \
        event_->attributes_case = API__HISTORY_EVENT__ATTRIBUTES_##TYPE##_EVENT_ATTRIBUTES;                            \
        event_->member##_event_attributes = MAKE(Type##EventAttributes, API__##TYPE##_EVENT_ATTRIBUTES__INIT);         \
        event_->member##_event_attributes;                                                                             \
    })

Api__History *server_page_of(struct server_pages *all, size_t from, ProtobufCBinaryData *token);
Api__HistoryEvent *server_event_add(struct run *run, int32_t type);
Api__HistoryEvent *server_event_write(struct run *run, int32_t type);
Api__HistoryEvent *server_fill_started(struct run *run, Api__HistoryEvent *event);
Api__Payloads *server_json_payloads(struct text json);
Api__PollActivityTaskQueueResponse *server_activity_begin(struct activity *activity);
Api__PollWorkflowTaskQueueResponse *server_task_begin(struct run *run, bool partial);
Api__PollWorkflowTaskQueueResponse *server_task_message(struct run *run);
Api__WorkflowQuery *server_graph_query(void);
Api__WorkflowType *server_workflow_type(void);
bool server_activity_complete(ProtobufCBinaryData token, Api__Payloads *result);
bool server_activity_fail(ProtobufCBinaryData token, Api__Failure *failure, Api__Payloads *details);
bool server_is_transient(const struct run *run);
struct activity *server_activity_find(ProtobufCBinaryData token);
struct run *server_task_find(ProtobufCBinaryData token);
struct server_pages *server_history_from(struct run *run, int64_t first_id, bool transient);
struct server_queue *server_queue_find(struct text name, enum queue_kind kind);
struct text server_query_message(struct query *query, bool sticky);
void server_activity_close(struct activity *activity, int32_t type);
void server_activity_put(void *userdata);
void server_activity_write_canceled(struct activity *activity);
void server_events_flush(struct run *run);
void server_heartbeat_expect(struct activity *activity);
void server_poll_end(struct poll *poll, struct text bytes);
void server_poll_hold(struct rpc *rpc, struct text name, enum queue_kind kind, struct text instance);
void server_queue_put(struct server_queue *queue, struct task task);
void server_sticky_forget(struct run *run);
void server_task_lost(struct run *run, int32_t event_type);
void server_task_schedule(struct run *run);
void server_whole_timed_out(void *userdata);
void server_write_scheduled(struct run *run);

#endif
