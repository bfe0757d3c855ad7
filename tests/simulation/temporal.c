/* Temporal's rules. What is queued, retried and timed out, and what stands in a history. */
#include "tests/simulation/temporal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "temporal/payload.h"
#include "temporal/proto.h"
#include "temporal_api_enums.h"

#define TASK_TIMEOUT_US     (10 * S)
#define POLL_US             (60 * S)
#define STICKY_FORGOTTEN_US (10 * S)
#define QUERY_US            (10 * S)
#define RUNS_MAX            512
#define UTC_US              (INT64_C(1780000000) * S)

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
struct pages {
    Api__HistoryEvent **events;
    size_t count;
};

static struct server_options options;
static struct server_queue *queues;
static struct run *runs[RUNS_MAX];
static size_t run_count;
static struct pages *pages[1 << 14];
static size_t pages_count;
static struct query *queries[RUNS_MAX];
static size_t query_count;

#define MAKE(type, initial)                                                                                            \
    ({                                                                                                                 \
        Api__##type *made_ = SIM_NEW(Api__##type);                                                                     \
        *made_ = (Api__##type)initial;                                                                                 \
        made_;                                                                                                         \
    })

static void queue_wake(struct server_queue *queue);
static void task_schedule(struct run *run);

void server_begin(const struct server_options *given)
{
    options = *given;
    queues = NULL;
    run_count = pages_count = query_count = 0;
}

struct run *server_run(size_t index)
{
    return runs[index];
}

size_t server_run_count(void)
{
    return run_count;
}

static Api__Timestamp *at(int64_t us)
{
    Api__Timestamp *time = MAKE(Timestamp, API__TIMESTAMP__INIT);
    time->seconds = (UTC_US + us) / S;
    time->nanos = (int32_t)((UTC_US + us) % S) * 1000;
    return time;
}

static Api__Payloads *json_payloads(struct text json)
{
    struct payload_list *list = SIM_NEW(struct payload_list);
    return payload_list_json(list, sim_copy(json));
}

static Api__Failure *failure_of(const char *message)
{
    Api__Failure *failure = MAKE(Failure, API__FAILURE__INIT);
    failure->message = proto_bytes(text_from(message));
    return failure;
}

/* ---- histories ---- */

static void append(Api__HistoryEvent ***events, size_t *count, size_t *capacity, Api__HistoryEvent *event)
{
    if (*count == *capacity) {
        size_t more = *capacity > 0 ? 2 * *capacity : 32;
        Api__HistoryEvent **grown = sim_memory(more * sizeof(Api__HistoryEvent *));
        if (*count > 0)
            memcpy(grown, *events, *count * sizeof(Api__HistoryEvent *));
        *events = grown;
        *capacity = more;
    }
    (*events)[(*count)++] = event;
}

static Api__HistoryEvent *event_new(int32_t type)
{
    Api__HistoryEvent *event = MAKE(HistoryEvent, API__HISTORY_EVENT__INIT);
    event->event_type = type;
    event->event_time = at(sim.now_us);
    return event;
}

static Api__HistoryEvent *event_write(struct run *run, int32_t type)
{
    Api__HistoryEvent *event = event_new(type);
    append(&run->events, &run->count, &run->capacity, event);
    event->event_id = (int64_t)run->count;
    return event;
}

/* From outside: while a task is open it waits for that to end. */
static Api__HistoryEvent *event_add(struct run *run, int32_t type)
{
    if (!run->task.started)
        return event_write(run, type);
    Api__HistoryEvent *event = event_new(type);
    append(&run->buffered, &run->buffered_count, &run->buffered_capacity, event);
    return event;
}

static void events_flush(struct run *run)
{
    for (size_t i = 0; i < run->buffered_count; i++) {
        append(&run->events, &run->count, &run->capacity, run->buffered[i]);
        run->buffered[i]->event_id = (int64_t)run->count;
    }
    run->buffered_count = 0;
}

#define EVENT_ATTRIBUTES(event, Type, TYPE, member)                                                                    \
    ({                                                                                                                 \
        Api__HistoryEvent *event_ = (event);                                                                           \
        event_->attributes_case = API__HISTORY_EVENT__ATTRIBUTES_##TYPE##_EVENT_ATTRIBUTES;                            \
        event_->member##_event_attributes = MAKE(Type##EventAttributes, API__##TYPE##_EVENT_ATTRIBUTES__INIT);         \
        event_->member##_event_attributes;                                                                             \
    })

/* ---- queues ---- */

static struct server_queue *queue_find(struct text name, enum queue_kind kind)
{
    for (struct server_queue *queue = queues; queue != NULL; queue = queue->next)
        if (queue->kind == kind && text_equal(queue->name, name))
            return queue;
    struct server_queue *queue = SIM_NEW(struct server_queue);
    *queue = (struct server_queue){.kind = kind, .name = sim_copy(name), .next = queues};
    STAILQ_INIT(&queue->tasks);
    TAILQ_INIT(&queue->polls);
    return queues = queue;
}

unsigned server_polls(const struct process *process, int kind)
{
    unsigned count = 0;
    for (struct server_queue *queue = queues; queue != NULL; queue = queue->next) {
        const struct poll *poll;
        TAILQ_FOREACH(poll, &queue->polls, link)
        count += queue->kind == (enum queue_kind)kind && poll->rpc->process == process;
    }
    return count;
}

static void queue_put(struct server_queue *queue, struct task task)
{
    struct task *put = SIM_NEW(struct task);
    *put = task;
    STAILQ_INSERT_TAIL(&queue->tasks, put, link);
    queue_wake(queue);
}

static bool is_wanted(const struct task *task)
{
    if (task->query != NULL)
        return !task->query->answered && !task->query->expired;
    if (task->activity != NULL)
        return !task->activity->closed && !task->activity->started && !task->run->closed &&
               task->activity->attempt == (int32_t)task->serial;
    return !task->run->closed && task->run->task.scheduled && !task->run->task.started &&
           task->run->task.serial == task->serial;
}

static struct text workflow_task_begin_message(struct run *run, bool partial);
static struct text activity_begin_message(struct activity *activity);
static struct text query_message(struct query *query, bool sticky);

static void poll_end(struct poll *poll, struct text bytes)
{
    TAILQ_REMOVE(&poll->queue->polls, poll, link);
    sim_cancel(poll->end);
    rpc_reply(poll->rpc, RPC_OK, bytes, NULL);
}

static void match(void *userdata)
{
    struct server_queue *queue = userdata;
    queue->matching = false;
    while (!STAILQ_EMPTY(&queue->tasks) && !TAILQ_EMPTY(&queue->polls)) {
        struct task *task = STAILQ_FIRST(&queue->tasks);
        STAILQ_REMOVE_HEAD(&queue->tasks, link);
        if (!is_wanted(task))
            continue;
        struct poll *poll = TAILQ_FIRST(&queue->polls);
        if (sim_chance(50))
            poll = TAILQ_LAST(&queue->polls, poll_list);
        sim_note("the server hands out a task of run %u to worker %u", task->run->number, poll->rpc->process->number);
        struct text bytes = task->query != NULL ? query_message(task->query, queue->kind == QUEUE_STICKY)
                            : task->activity != NULL
                                ? activity_begin_message(task->activity)
                                : workflow_task_begin_message(task->run, queue->kind == QUEUE_STICKY);
        poll_end(poll, bytes);
    }
}

static void queue_wake(struct server_queue *queue)
{
    if (queue->matching)
        return;
    queue->matching = true;
    sim_after(NULL, sim_between(10, MS), match, queue);
}

static void poll_times_out(void *userdata)
{
    poll_end(userdata, TEXT_NONE);
}

static void poll_hold(struct rpc *rpc, struct text name, enum queue_kind kind, struct text instance)
{
    struct server_queue *queue = queue_find(name, kind);
    struct poll *poll = SIM_NEW(struct poll);
    *poll = (struct poll){.rpc = rpc, .queue = queue, .instance = sim_copy(instance)};
    poll->end = sim_after(NULL, queue->shut ? 0 : POLL_US, poll_times_out, poll);
    rpc->poll = poll;
    queue->polled_us = sim.now_us;
    queue->process = rpc->process;
    TAILQ_INSERT_TAIL(&queue->polls, poll, link);
    if (!queue->shut)
        queue_wake(queue);
}

/* ---- workflow tasks ---- */

static bool is_transient(const struct run *run)
{
    return run->task.attempt > 1;
}

static void write_scheduled(struct run *run)
{
    run->task.scheduled_id = event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)->event_id;
}

static Api__HistoryEvent *fill_started(struct run *run, Api__HistoryEvent *event)
{
    Api__WorkflowTaskStartedEventAttributes *started =
        EVENT_ATTRIBUTES(event, WorkflowTaskStarted, WORKFLOW_TASK_STARTED, workflow_task_started);
    started->scheduled_event_id = run->task.scheduled_id;
    started->history_size_bytes = (int64_t)run->count * 100;
    started->suggest_continue_as_new = options.continue_events > 0 && (int64_t)run->count >= options.continue_events;
    return event;
}

static void sticky_forget(struct run *run)
{
    run->sticky = TEXT_NONE;
}

/* The sticky worker has not come for its task. */
static void start_timed_out(void *userdata)
{
    struct run *run = userdata;
    assert(run->task.scheduled && !run->task.started && !run->closed);
    sim_note("the server: nobody took the sticky task of run %u", run->number);
    sticky_forget(run);
    run->task.scheduled = false;
    if (!is_transient(run))
        (void)event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT);
    task_schedule(run);
}

static void task_schedule(struct run *run)
{
    struct open_workflow_task *task = &run->task;
    if (run->closed || task->scheduled)
        return;
    if (task->attempt < 1)
        task->attempt = 1;
    if (!is_transient(run))
        write_scheduled(run);
    task->scheduled = true;
    task->serial++;
    task->events_before = run->count;
    task->scheduled_us = sim.now_us;
    struct server_queue *queue = queue_find(TEXT("rules"), QUEUE_WORKFLOW);
    if (run->sticky.size > 0) {
        struct server_queue *sticky = queue_find(run->sticky, QUEUE_STICKY);
        if (sticky->shut || sim.now_us - sticky->polled_us > STICKY_FORGOTTEN_US) {
            sticky_forget(run);
        } else {
            queue = sticky;
            task->timer = sim_after(NULL, run->sticky_ms * MS, start_timed_out, run);
        }
    }
    queue_put(queue, (struct task){.run = run, .serial = task->serial});
}

/* The task has failed, or its worker has gone. */
static void task_lost(struct run *run, int32_t event_type)
{
    struct open_workflow_task *task = &run->task;
    sim_cancel(task->timer);
    if (!is_transient(run))
        (void)event_write(run, event_type);
    task->scheduled = task->started = false;
    task->serial++;
    task->attempt++;
    run->lost_tasks++;
    sticky_forget(run);
    if (run->buffered_count > 0) {
        task->attempt = 1;
        events_flush(run);
    }
    task_schedule(run);
}

static void task_timed_out(void *userdata)
{
    struct run *run = userdata;
    sim_note("the server gives up a workflow task of run %u", run->number);
    task_lost(run, API_EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT);
}

static struct text pages_token(struct pages *rest, size_t from)
{
    size_t number = 0;
    while (number < pages_count && pages[number] != rest)
        number++;
    if (number == pages_count) {
        SIM_CHECK(pages_count < sizeof pages / sizeof *pages, "too many histories");
        pages[pages_count++] = rest;
    }
    return sim_print("h.%zu.%zu", number, from);
}

static Api__History *page_of(struct pages *all, size_t from, ProtobufCBinaryData *token)
{
    Api__History *history = MAKE(History, API__HISTORY__INIT);
    size_t count = all->count - from;
    if (count > options.page_events)
        count = options.page_events;
    history->events = all->events + from;
    history->n_events = count;
    if (from + count < all->count)
        *token = proto_bytes(pages_token(all, from + count));
    return history;
}

/* As it is now, from that event on; and two that are not written yet. */
static struct pages *history_from(struct run *run, int64_t first_id, bool transient)
{
    struct pages *all = SIM_NEW(struct pages);
    size_t from = (size_t)first_id - 1;
    all->events = sim_memory((run->count - from + 2) * sizeof(Api__HistoryEvent *));
    all->count = run->count - from;
    if (all->count > 0)
        memcpy(all->events, run->events + from, all->count * sizeof(Api__HistoryEvent *));
    if (!transient)
        return all;
    Api__HistoryEvent *scheduled = event_new(API_EVENT_TYPE_WORKFLOW_TASK_SCHEDULED);
    Api__HistoryEvent *started = fill_started(run, event_new(API_EVENT_TYPE_WORKFLOW_TASK_STARTED));
    scheduled->event_id = run->task.scheduled_id;
    started->event_id = run->task.started_id;
    all->events[all->count++] = scheduled;
    all->events[all->count++] = started;
    return all;
}

static Api__WorkflowExecution *execution_of(const struct run *run)
{
    Api__WorkflowExecution *execution = MAKE(WorkflowExecution, API__WORKFLOW_EXECUTION__INIT);
    execution->workflow_id = proto_bytes(run->workflow_id);
    execution->run_id = proto_bytes(run->run_id);
    return execution;
}

static Api__WorkflowType *workflow_type(void)
{
    Api__WorkflowType *type = MAKE(WorkflowType, API__WORKFLOW_TYPE__INIT);
    type->name = proto_bytes(TEXT("ExecuteGraphWorkflow"));
    return type;
}

static Api__WorkflowQuery *graph_query(void)
{
    Api__WorkflowQuery *query = MAKE(WorkflowQuery, API__WORKFLOW_QUERY__INIT);
    query->query_type = proto_bytes(TEXT("graph_state"));
    return query;
}

static void add_queries(struct run *run, Api__PollWorkflowTaskQueueResponse *message)
{
    size_t count = 0;
    for (struct query *query = run->queries; query != NULL; query = query->next)
        count++;
    message->queries = sim_memory((count + 1) * sizeof *message->queries);
    for (struct query *query = run->queries; query != NULL; query = query->next) {
        Api__PollWorkflowTaskQueueResponseQueriesEntry *entry =
            MAKE(PollWorkflowTaskQueueResponseQueriesEntry, API__POLL_WORKFLOW_TASK_QUEUE_RESPONSE_QUERIES_ENTRY__INIT);
        entry->key = proto_bytes(sim_print("%u", query->number));
        entry->value = graph_query();
        message->queries[message->n_queries++] = entry;
    }
    run->queries = NULL;
}

static Api__PollWorkflowTaskQueueResponse *task_message(struct run *run)
{
    Api__PollWorkflowTaskQueueResponse *message =
        MAKE(PollWorkflowTaskQueueResponse, API__POLL_WORKFLOW_TASK_QUEUE_RESPONSE__INIT);
    message->workflow_execution = execution_of(run);
    message->workflow_type = workflow_type();
    message->previous_started_event_id = run->last_started_id;
    return message;
}

/* partial: for a worker that keeps the run. */
static Api__PollWorkflowTaskQueueResponse *task_begin(struct run *run, bool partial)
{
    struct open_workflow_task *task = &run->task;
    sim_cancel(task->timer);
    if (is_transient(run) && run->count != task->events_before) {
        task->attempt = 1;
        write_scheduled(run);
    }
    bool transient = is_transient(run);
    if (transient) {
        task->scheduled_id = (int64_t)run->count + 1;
        task->started_id = (int64_t)run->count + 2;
    } else {
        task->started_id = fill_started(run, event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_STARTED))->event_id;
    }
    task->started = true;
    task->serial++;
    task->started_us = sim.now_us;
    task->timer = sim_after(NULL, TASK_TIMEOUT_US, task_timed_out, run);
    run->tasks++;

    Api__PollWorkflowTaskQueueResponse *message = task_message(run);
    partial = partial && run->sticky.size > 0 && !transient;
    message->task_token = proto_bytes(sim_print("w.%u.%u", run->number, task->serial));
    message->started_event_id = task->started_id;
    message->attempt = task->attempt;
    message->scheduled_time = at(task->scheduled_us);
    message->started_time = at(task->started_us);
    struct pages *all = history_from(run, partial ? run->last_started_id + 1 : 1, transient);
    message->history = page_of(all, 0, &message->next_page_token);
    add_queries(run, message);
    return message;
}

static struct text workflow_task_begin_message(struct run *run, bool partial)
{
    return proto_pack(&task_begin(run, partial)->base, sim.arena);
}

/* The run whose open task has that token; NULL: none has. */
static struct run *task_find(ProtobufCBinaryData token)
{
    unsigned number, serial;
    if (token.len == 0 || sscanf(sim_copy(proto_text(token)).data, "w.%u.%u", &number, &serial) != 2)
        sim_fail("no token of a workflow task: %.*s", (int)token.len, (const char *)token.data);
    struct run *run = runs[number];
    return !run->closed && run->task.started && run->task.serial == serial ? run : NULL;
}

/* ---- activities ---- */

static struct activity *activity_find(ProtobufCBinaryData token)
{
    unsigned number;
    int64_t scheduled_id;
    int32_t attempt;
    if (token.len == 0 ||
        sscanf(sim_copy(proto_text(token)).data, "a.%u.%" SCNd64 ".%d", &number, &scheduled_id, &attempt) != 3)
        sim_fail("no token of an activity: %.*s", (int)token.len, (const char *)token.data);
    struct run *run = runs[number];
    struct activity *activity;
    LIST_FOREACH(activity, &run->activities, link)
    if (activity->scheduled_id == scheduled_id)
        break;
    if (activity == NULL || activity->closed || run->closed || !activity->started || activity->attempt != attempt)
        return NULL;
    return activity;
}

static void activity_stop_timers(struct activity *activity)
{
    sim_cancel(activity->close_timer);
    sim_cancel(activity->heartbeat_timer);
    sim_cancel(activity->retry_timer);
}

static void activity_close(struct activity *activity, int32_t type)
{
    activity_stop_timers(activity);
    sim_cancel(activity->whole_timer);
    activity->closed = true;
    activity->close_type = type;
}

/* The start of an activity stands in the history only when its end does. */
static Api__HistoryEvent *activity_last_event(struct activity *activity, int32_t type)
{
    struct run *run = activity->run;
    if (activity->started) {
        Api__ActivityTaskStartedEventAttributes *started =
            EVENT_ATTRIBUTES(event_add(run, API_EVENT_TYPE_ACTIVITY_TASK_STARTED), ActivityTaskStarted,
                             ACTIVITY_TASK_STARTED, activity_task_started);
        started->scheduled_event_id = activity->scheduled_id;
        started->attempt = activity->attempt;
    }
    activity_close(activity, type);
    return event_add(run, type);
}

static void activity_put(void *userdata)
{
    struct activity *activity = userdata;
    activity->attempt_us = sim.now_us;
    queue_put(queue_find(TEXT("rules"), QUEUE_ACTIVITY),
              (struct task){.run = activity->run, .activity = activity, .serial = (unsigned)activity->attempt});
}

/* False: this was the last attempt. */
static bool activity_retry(struct activity *activity)
{
    const Api__RetryPolicy *policy = activity->what->retry_policy;
    int64_t delay_ms = proto_milliseconds(policy->initial_interval);
    int64_t maximum_ms = proto_milliseconds(policy->maximum_interval);
    if (activity->cancel_requested || (policy->maximum_attempts > 0 && activity->attempt >= policy->maximum_attempts))
        return false;
    for (int32_t i = 1; i < activity->attempt && delay_ms < INT64_C(1000000000); i++)
        delay_ms = (int64_t)((double)delay_ms * policy->backoff_coefficient);
    if (maximum_ms > 0 && delay_ms > maximum_ms)
        delay_ms = maximum_ms;
    activity_stop_timers(activity);
    activity->started = false;
    activity->attempt++;
    activity->retry_timer = sim_after(NULL, delay_ms * MS, activity_put, activity);
    return true;
}

static void activity_times_out(struct activity *activity, const char *message, bool for_good)
{
    sim_note("the server: %s of attempt %d of an activity of run %u", message, activity->attempt,
             activity->run->number);
    activity->timeouts += activity->started;
    if (!for_good && activity_retry(activity))
        return;
    Api__ActivityTaskTimedOutEventAttributes *timed_out =
        EVENT_ATTRIBUTES(activity_last_event(activity, API_EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT), ActivityTaskTimedOut,
                         ACTIVITY_TASK_TIMED_OUT, activity_task_timed_out);
    timed_out->scheduled_event_id = activity->scheduled_id;
    timed_out->failure = failure_of(message);
    task_schedule(activity->run);
}

static void close_timed_out(void *userdata)
{
    activity_times_out(userdata, "activity StartToClose timeout", false);
}

static void heartbeat_timed_out(void *userdata)
{
    activity_times_out(userdata, "activity Heartbeat timeout", false);
}

static void whole_timed_out(void *userdata)
{
    activity_times_out(userdata, "activity ScheduleToClose timeout", true);
}

static void heartbeat_expect(struct activity *activity)
{
    int64_t timeout_ms = proto_milliseconds(activity->what->heartbeat_timeout);
    sim_cancel(activity->heartbeat_timer);
    if (timeout_ms > 0)
        activity->heartbeat_timer = sim_after(NULL, timeout_ms * MS, heartbeat_timed_out, activity);
}

static Api__PollActivityTaskQueueResponse *activity_begin_(struct activity *activity)
{
    const Api__ScheduleActivityTaskCommandAttributes *what = activity->what;
    int64_t close_ms = proto_milliseconds(what->start_to_close_timeout);
    activity->started = true;
    activity->started_us = sim.now_us;
    activity->tries++;
    if (close_ms > 0)
        activity->close_timer = sim_after(NULL, close_ms * MS, close_timed_out, activity);
    heartbeat_expect(activity);
    Api__PollActivityTaskQueueResponse *message =
        MAKE(PollActivityTaskQueueResponse, API__POLL_ACTIVITY_TASK_QUEUE_RESPONSE__INIT);
    message->task_token =
        proto_bytes(sim_print("a.%u.%" PRId64 ".%d", activity->run->number, activity->scheduled_id, activity->attempt));
    message->workflow_execution = execution_of(activity->run);
    message->workflow_type = workflow_type();
    message->activity_id = proto_bytes(activity->id);
    message->activity_type = what->activity_type;
    message->header = what->header;
    message->input = what->input;
    message->scheduled_time = at(activity->scheduled_us);
    message->current_attempt_scheduled_time = at(activity->attempt_us);
    message->started_time = at(activity->started_us);
    message->attempt = activity->attempt;
    message->schedule_to_close_timeout = what->schedule_to_close_timeout;
    message->start_to_close_timeout = what->start_to_close_timeout;
    message->heartbeat_timeout = what->heartbeat_timeout;
    message->retry_policy = what->retry_policy;
    return message;
}

static struct text activity_begin_message(struct activity *activity)
{
    return proto_pack(&activity_begin_(activity)->base, sim.arena);
}

static bool activity_complete(ProtobufCBinaryData token, Api__Payloads *result)
{
    struct activity *activity = activity_find(token);
    if (activity == NULL)
        return false;
    Api__ActivityTaskCompletedEventAttributes *completed =
        EVENT_ATTRIBUTES(activity_last_event(activity, API_EVENT_TYPE_ACTIVITY_TASK_COMPLETED), ActivityTaskCompleted,
                         ACTIVITY_TASK_COMPLETED, activity_task_completed);
    completed->scheduled_event_id = activity->scheduled_id;
    completed->result = result;
    task_schedule(activity->run);
    return true;
}

bool server_complete(struct text token, struct text json)
{
    return activity_complete(proto_bytes(token), json_payloads(json));
}

static bool activity_fail(ProtobufCBinaryData token, Api__Failure *failure)
{
    struct activity *activity = activity_find(token);
    if (activity == NULL)
        return false;
    bool final = failure->failure_info_case == API__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO &&
                 failure->application_failure_info->non_retryable;
    if (!final && activity_retry(activity))
        return true;
    Api__ActivityTaskFailedEventAttributes *failed =
        EVENT_ATTRIBUTES(activity_last_event(activity, API_EVENT_TYPE_ACTIVITY_TASK_FAILED), ActivityTaskFailed,
                         ACTIVITY_TASK_FAILED, activity_task_failed);
    failed->scheduled_event_id = activity->scheduled_id;
    failed->failure = failure;
    task_schedule(activity->run);
    return true;
}

static void activity_write_canceled(struct activity *activity)
{
    Api__ActivityTaskCanceledEventAttributes *canceled =
        EVENT_ATTRIBUTES(activity_last_event(activity, API_EVENT_TYPE_ACTIVITY_TASK_CANCELED), ActivityTaskCanceled,
                         ACTIVITY_TASK_CANCELED, activity_task_canceled);
    canceled->scheduled_event_id = activity->scheduled_id;
    task_schedule(activity->run);
}

/* ---- what an answer commands ---- */

struct completion {
    struct run *run;
    bool new_task; /* something happened at once that the run must see */
    struct activity *eager[8];
    size_t eager_count;
};

static void close_run(struct run *run, int32_t type)
{
    struct activity *activity;
    struct timer *timer;
    LIST_FOREACH(activity, &run->activities, link)
    if (!activity->closed)
        activity_close(activity, type);
    LIST_FOREACH(timer, &run->timers, link) sim_cancel(timer->due);
    sim_cancel(run->task.timer);
    run->task.scheduled = run->task.started = false;
    run->closed = true;
    run->close_type = type;
    sim_note("run %u of %.*s is closed by event type %d", run->number, TEXT_ARG(run->workflow_id), type);
}

static void do_schedule(struct completion *completion, Api__ScheduleActivityTaskCommandAttributes *what)
{
    struct run *run = completion->run;
    struct activity *activity;
    LIST_FOREACH(activity, &run->activities, link)
    SIM_CHECK(activity->closed || !text_equal(activity->id, proto_text(what->activity_id)),
              "activity %.*s is scheduled while it is open", (int)what->activity_id.len, what->activity_id.data);
    Api__ActivityTaskScheduledEventAttributes *scheduled =
        EVENT_ATTRIBUTES(event_write(run, API_EVENT_TYPE_ACTIVITY_TASK_SCHEDULED), ActivityTaskScheduled,
                         ACTIVITY_TASK_SCHEDULED, activity_task_scheduled);
    scheduled->activity_id = what->activity_id;
    scheduled->activity_type = what->activity_type;
    scheduled->input = what->input;
    scheduled->start_to_close_timeout = what->start_to_close_timeout;
    scheduled->heartbeat_timeout = what->heartbeat_timeout;
    scheduled->retry_policy = what->retry_policy;
    activity = SIM_NEW(struct activity);
    *activity = (struct activity){.run = run,
                                  .what = what,
                                  .id = proto_text(what->activity_id),
                                  .scheduled_id = (int64_t)run->count,
                                  .attempt = 1,
                                  .scheduled_us = sim.now_us,
                                  .attempt_us = sim.now_us};
    LIST_INSERT_HEAD(&run->activities, activity, link);
    int64_t whole_ms = proto_milliseconds(what->schedule_to_close_timeout);
    if (whole_ms > 0)
        activity->whole_timer = sim_after(NULL, whole_ms * MS, whole_timed_out, activity);
    size_t room = sizeof completion->eager / sizeof *completion->eager;
    if (what->request_eager_execution && completion->eager_count < room && sim_chance(options.eager_percent))
        completion->eager[completion->eager_count++] = activity;
    else
        activity_put(activity);
}

static void do_cancel_activity(struct completion *completion, int64_t scheduled_id)
{
    struct activity *activity;
    LIST_FOREACH(activity, &completion->run->activities, link)
    if (activity->scheduled_id == scheduled_id)
        break;
    SIM_CHECK(activity != NULL, "an activity is canceled that was never scheduled");
    if (activity->closed)
        return; /* its last event waits in the buffer */
    (void)event_write(completion->run, API_EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED);
    activity->cancel_requested = true;
    if (activity->started)
        return;
    activity_write_canceled(activity);
    completion->new_task = true;
}

static void do_marker(struct run *run, const Api__RecordMarkerCommandAttributes *what)
{
    Api__MarkerRecordedEventAttributes *marker = EVENT_ATTRIBUTES(event_write(run, API_EVENT_TYPE_MARKER_RECORDED),
                                                                  MarkerRecorded, MARKER_RECORDED, marker_recorded);
    marker->marker_name = what->marker_name;
    marker->failure = what->failure;
    marker->n_details = what->n_details;
    marker->details = sim_memory((what->n_details + 1) * sizeof *marker->details);
    for (size_t i = 0; i < what->n_details; i++) {
        marker->details[i] =
            MAKE(MarkerRecordedEventAttributesDetailsEntry, API__MARKER_RECORDED_EVENT_ATTRIBUTES_DETAILS_ENTRY__INIT);
        marker->details[i]->key = what->details[i]->key;
        marker->details[i]->value = what->details[i]->value;
    }
}

static void timer_fires(void *userdata)
{
    struct timer *timer = userdata;
    LIST_REMOVE(timer, link);
    Api__TimerFiredEventAttributes *fired =
        EVENT_ATTRIBUTES(event_add(timer->run, API_EVENT_TYPE_TIMER_FIRED), TimerFired, TIMER_FIRED, timer_fired);
    fired->timer_id = proto_bytes(timer->id);
    fired->started_event_id = timer->started_id;
    task_schedule(timer->run);
}

static void do_timer(struct run *run, const Api__StartTimerCommandAttributes *what)
{
    Api__TimerStartedEventAttributes *started =
        EVENT_ATTRIBUTES(event_write(run, API_EVENT_TYPE_TIMER_STARTED), TimerStarted, TIMER_STARTED, timer_started);
    started->timer_id = what->timer_id;
    started->start_to_fire_timeout = what->start_to_fire_timeout;
    struct timer *timer = SIM_NEW(struct timer);
    *timer = (struct timer){.run = run, .id = proto_text(what->timer_id), .started_id = (int64_t)run->count};
    timer->due = sim_after(NULL, proto_milliseconds(what->start_to_fire_timeout) * MS, timer_fires, timer);
    LIST_INSERT_HEAD(&run->timers, timer, link);
}

/* A timer that has fired meanwhile is canceled too: its event in the buffer goes. */
static int64_t unfire(struct run *run, struct text id)
{
    for (size_t i = 0; i < run->buffered_count; i++) {
        const Api__HistoryEvent *event = run->buffered[i];
        if (event->event_type != API_EVENT_TYPE_TIMER_FIRED ||
            !text_equal(proto_text(event->timer_fired_event_attributes->timer_id), id))
            continue;
        memmove(run->buffered + i, run->buffered + i + 1, (--run->buffered_count - i) * sizeof(Api__HistoryEvent *));
        return event->timer_fired_event_attributes->started_event_id;
    }
    sim_fail("a timer is canceled that is not open");
}

static void do_cancel_timer(struct run *run, const Api__CancelTimerCommandAttributes *what)
{
    struct timer *timer;
    LIST_FOREACH(timer, &run->timers, link)
    if (text_equal(timer->id, proto_text(what->timer_id)))
        break;
    int64_t started_id = timer != NULL ? timer->started_id : unfire(run, proto_text(what->timer_id));
    if (timer != NULL) {
        sim_cancel(timer->due);
        LIST_REMOVE(timer, link);
    }
    Api__TimerCanceledEventAttributes *canceled = EVENT_ATTRIBUTES(event_write(run, API_EVENT_TYPE_TIMER_CANCELED),
                                                                   TimerCanceled, TIMER_CANCELED, timer_canceled);
    canceled->timer_id = what->timer_id;
    canceled->started_event_id = started_id;
}

static struct run *run_begin(struct text workflow_id, Api__Payloads *input, void *execution)
{
    SIM_CHECK(run_count < RUNS_MAX, "the runs do not end");
    struct run *run = SIM_NEW(struct run);
    *run = (struct run){.execution = execution, .number = (unsigned)run_count, .workflow_id = sim_copy(workflow_id)};
    run->run_id = sim_print("00000000-0000-4000-8000-%012zu", run_count);
    LIST_INIT(&run->activities);
    LIST_INIT(&run->timers);
    runs[run_count++] = run;
    Api__WorkflowExecutionStartedEventAttributes *started =
        EVENT_ATTRIBUTES(event_write(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_STARTED), WorkflowExecutionStarted,
                         WORKFLOW_EXECUTION_STARTED, workflow_execution_started);
    started->workflow_type = workflow_type();
    started->input = input;
    task_schedule(run);
    return run;
}

static void do_fail(struct run *run, Api__Failure *failure)
{
    Api__WorkflowExecutionFailedEventAttributes *failed =
        EVENT_ATTRIBUTES(event_write(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_FAILED), WorkflowExecutionFailed,
                         WORKFLOW_EXECUTION_FAILED, workflow_execution_failed);
    failed->failure = failure;
    run->failure = proto_text(failure->message);
    close_run(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_FAILED);
}

static void do_close(struct run *run, int32_t type)
{
    (void)event_write(run, type);
    close_run(run, type);
}

static void do_command(struct completion *completion, const Api__Command *command)
{
    struct run *run = completion->run;
    SIM_CHECK(!run->closed, "a command behind the one that closes the run");
    switch (command->command_type) {
    case API_COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:
        do_schedule(completion, command->schedule_activity_task_command_attributes);
        break;
    case API_COMMAND_TYPE_REQUEST_CANCEL_ACTIVITY_TASK:
        do_cancel_activity(completion, command->request_cancel_activity_task_command_attributes->scheduled_event_id);
        break;
    case API_COMMAND_TYPE_RECORD_MARKER: do_marker(run, command->record_marker_command_attributes); break;
    case API_COMMAND_TYPE_START_TIMER: do_timer(run, command->start_timer_command_attributes); break;
    case API_COMMAND_TYPE_CANCEL_TIMER: do_cancel_timer(run, command->cancel_timer_command_attributes); break;
    case API_COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:
        do_close(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED);
        break;
    case API_COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:
        do_fail(run, command->fail_workflow_execution_command_attributes->failure);
        break;
    case API_COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION: do_close(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED); break;
    case API_COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION:
        do_close(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW);
        run->next = run_begin(run->workflow_id, command->continue_as_new_workflow_execution_command_attributes->input,
                              run->execution);
        break;
    default: sim_fail("a command of type %d", command->command_type);
    }
}

static bool closes(const Api__Command *command)
{
    return command->command_type == API_COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION ||
           command->command_type == API_COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION ||
           command->command_type == API_COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION ||
           command->command_type == API_COMMAND_TYPE_CONTINUE_AS_NEW_WORKFLOW_EXECUTION;
}

/* ---- calls ---- */

static const void *unpacked(const struct rpc *rpc, const ProtobufCMessageDescriptor *type)
{
    const void *message;
    struct error error = ERROR_IN(sim.arena);
    if (proto_unpack(type, rpc->request, sim.arena, &message, &error) != STATUS_OK)
        sim_fail("%s does not read", rpc->method);
    return message;
}
#define REQUEST(rpc, Type, name) ((const Api__##Type##Request *)unpacked((rpc), &api__##name##_request__descriptor))

static void reply(struct rpc *rpc, const ProtobufCMessage *message)
{
    rpc_reply(rpc, RPC_OK, message != NULL ? proto_pack(message, sim.arena) : TEXT_NONE, NULL);
}

static void reply_found(struct rpc *rpc, bool found)
{
    if (found)
        reply(rpc, NULL);
    else
        rpc_reply(rpc, RPC_NOT_FOUND, TEXT_NONE, "workflow execution already completed");
}

static void take_get_system_info(struct rpc *rpc)
{
    reply(rpc, NULL);
}

static void take_describe_namespace(struct rpc *rpc)
{
    Api__NamespaceInfoCapabilities *capabilities =
        MAKE(NamespaceInfoCapabilities, API__NAMESPACE_INFO_CAPABILITIES__INIT);
    capabilities->worker_heartbeats = options.wants_heartbeats;
    capabilities->worker_poll_complete_on_shutdown = options.ends_polls;
    Api__NamespaceInfo *info = MAKE(NamespaceInfo, API__NAMESPACE_INFO__INIT);
    info->capabilities = capabilities;
    Api__DescribeNamespaceResponse *response = MAKE(DescribeNamespaceResponse, API__DESCRIBE_NAMESPACE_RESPONSE__INIT);
    response->namespace_info = info;
    reply(rpc, &response->base);
}

static void take_poll_workflow(struct rpc *rpc)
{
    const Api__PollWorkflowTaskQueueRequest *request = REQUEST(rpc, PollWorkflowTaskQueue, poll_workflow_task_queue);
    bool sticky = request->task_queue->kind == API_TASK_QUEUE_KIND_STICKY;
    poll_hold(rpc, proto_text(request->task_queue->name), sticky ? QUEUE_STICKY : QUEUE_WORKFLOW,
              proto_text(request->worker_instance_key));
}

static void take_poll_activity(struct rpc *rpc)
{
    const Api__PollActivityTaskQueueRequest *request = REQUEST(rpc, PollActivityTaskQueue, poll_activity_task_queue);
    poll_hold(rpc, proto_text(request->task_queue->name), QUEUE_ACTIVITY, proto_text(request->worker_instance_key));
}

static void take_shutdown(struct rpc *rpc)
{
    const Api__ShutdownWorkerRequest *request = REQUEST(rpc, ShutdownWorker, shutdown_worker);
    for (struct server_queue *queue = queues; queue != NULL; queue = queue->next) {
        bool sticky = queue->kind == QUEUE_STICKY && text_equal(queue->name, proto_text(request->sticky_task_queue));
        queue->shut = queue->shut || sticky;
        struct poll *poll, *after;
        for (poll = TAILQ_FIRST(&queue->polls); poll != NULL; poll = after) {
            after = TAILQ_NEXT(poll, link);
            if (sticky || (request->worker_instance_key.len > 0 && options.ends_polls &&
                           text_equal(poll->instance, proto_text(request->worker_instance_key))))
                poll_end(poll, TEXT_NONE);
        }
    }
    reply(rpc, NULL);
}

static void take_history(struct rpc *rpc)
{
    const Api__GetWorkflowExecutionHistoryRequest *request =
        REQUEST(rpc, GetWorkflowExecutionHistory, get_workflow_execution_history);
    Api__GetWorkflowExecutionHistoryResponse *response =
        MAKE(GetWorkflowExecutionHistoryResponse, API__GET_WORKFLOW_EXECUTION_HISTORY_RESPONSE__INIT);
    struct pages *all = NULL;
    size_t number = 0, from = 0;
    if (request->next_page_token.len > 0) {
        if (sscanf(sim_copy(proto_text(request->next_page_token)).data, "h.%zu.%zu", &number, &from) != 2)
            sim_fail("no token of a page");
        all = pages[number];
    } else {
        for (size_t i = 0; i < run_count && all == NULL; i++)
            if (text_equal(runs[i]->run_id, proto_text(request->execution->run_id)))
                all = history_from(runs[i], 1, false);
    }
    SIM_CHECK(all != NULL, "the history of a run is asked for that there is not");
    response->history = page_of(all, from, &response->next_page_token);
    reply(rpc, &response->base);
}

static void answer_query(unsigned number, bool good)
{
    SIM_CHECK(number < query_count, "an answer to a query that nobody asked");
    sim_note("query %u is answered: %s", number, good ? "good" : "failed");
    queries[number]->answered = true;
}

static void answer_queries(const Api__RespondWorkflowTaskCompletedRequest *request)
{
    for (size_t i = 0; i < request->n_query_results; i++)
        answer_query((unsigned)atoi(sim_copy(proto_text(request->query_results[i]->key)).data),
                     request->query_results[i]->value->result_type == API_QUERY_RESULT_TYPE_ANSWERED);
}

/* An end of the run that does not know of what has happened meanwhile. */
static bool refuse_end(struct rpc *rpc, struct run *run, const Api__RespondWorkflowTaskCompletedRequest *request)
{
    bool ends = false;
    for (size_t i = 0; i < request->n_commands; i++)
        ends = ends || closes(request->commands[i]);
    if (!ends || run->buffered_count == 0)
        return false;
    if (is_transient(run)) {
        write_scheduled(run);
        (void)fill_started(run, event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_STARTED));
        run->task.attempt = 1;
    }
    task_lost(run, API_EVENT_TYPE_WORKFLOW_TASK_FAILED);
    run->refused_ends++;
    rpc_reply(rpc, RPC_INVALID_ARGUMENT, TEXT_NONE, "UnhandledCommand");
    return true;
}

static void remember_sticky(struct run *run, const Api__StickyExecutionAttributes *sticky)
{
    sticky_forget(run);
    if (sticky == NULL)
        return;
    run->sticky = proto_text(sticky->worker_task_queue->name);
    run->sticky_ms = proto_milliseconds(sticky->schedule_to_start_timeout);
}

static void take_task_completed(struct rpc *rpc)
{
    const Api__RespondWorkflowTaskCompletedRequest *request =
        REQUEST(rpc, RespondWorkflowTaskCompleted, respond_workflow_task_completed);
    struct run *run = task_find(request->task_token);
    if (run == NULL) {
        rpc_reply(rpc, RPC_NOT_FOUND, TEXT_NONE, "Workflow task not found.");
        return;
    }
    if (refuse_end(rpc, run, request))
        return;
    struct open_workflow_task *task = &run->task;
    sim_cancel(task->timer);
    if (is_transient(run)) {
        write_scheduled(run);
        (void)fill_started(run, event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_STARTED));
    }
    (void)event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_COMPLETED);
    task->scheduled = task->started = false;
    task->serial++;
    task->attempt = 1;
    run->last_started_id = task->started_id;
    answer_queries(request);
    remember_sticky(run, request->sticky_attributes);
    struct completion completion = {.run = run};
    task->scheduled = true; /* what ends at once makes no task before all commands are done */
    for (size_t i = 0; i < request->n_commands; i++)
        do_command(&completion, request->commands[i]);
    task->scheduled = false;
    Api__RespondWorkflowTaskCompletedResponse *response =
        MAKE(RespondWorkflowTaskCompletedResponse, API__RESPOND_WORKFLOW_TASK_COMPLETED_RESPONSE__INIT);
    response->activity_tasks = sim_memory((completion.eager_count + 1) * sizeof *response->activity_tasks);
    for (size_t i = 0; i < completion.eager_count; i++)
        if (!completion.eager[i]->closed)
            response->activity_tasks[response->n_activity_tasks++] = activity_begin_(completion.eager[i]);
    bool more = run->buffered_count > 0 || completion.new_task || request->force_create_new_workflow_task;
    events_flush(run);
    if (!run->closed && more) {
        task_schedule(run);
        if (request->return_new_workflow_task)
            response->workflow_task = task_begin(run, true);
    }
    reply(rpc, &response->base);
}

static void take_task_failed(struct rpc *rpc)
{
    const Api__RespondWorkflowTaskFailedRequest *request =
        REQUEST(rpc, RespondWorkflowTaskFailed, respond_workflow_task_failed);
    struct run *run = task_find(request->task_token);
    if (run != NULL) {
        sim_note("a workflow task of run %u fails: %.*s", run->number, (int)request->failure->message.len,
                 (const char *)request->failure->message.data);
        SIM_CHECK(request->cause != API_WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
                  "a worker cannot read the history of run %u: %.*s", run->number, (int)request->failure->message.len,
                  (const char *)request->failure->message.data);
        task_lost(run, API_EVENT_TYPE_WORKFLOW_TASK_FAILED);
    }
    reply_found(rpc, run != NULL);
}

static void take_query_completed(struct rpc *rpc)
{
    const Api__RespondQueryTaskCompletedRequest *request =
        REQUEST(rpc, RespondQueryTaskCompleted, respond_query_task_completed);
    unsigned number;
    if (sscanf(sim_copy(proto_text(request->task_token)).data, "q.%u", &number) != 1)
        sim_fail("no token of a query");
    if (!queries[number]->expired)
        answer_query(number, request->completed_type == API_QUERY_RESULT_TYPE_ANSWERED);
    reply_found(rpc, !queries[number]->expired);
}

static void take_activity_completed(struct rpc *rpc)
{
    const Api__RespondActivityTaskCompletedRequest *request =
        REQUEST(rpc, RespondActivityTaskCompleted, respond_activity_task_completed);
    reply_found(rpc, activity_complete(request->task_token, request->result));
}

static void take_activity_failed(struct rpc *rpc)
{
    const Api__RespondActivityTaskFailedRequest *request =
        REQUEST(rpc, RespondActivityTaskFailed, respond_activity_task_failed);
    reply_found(rpc, activity_fail(request->task_token, request->failure));
}

static void take_activity_canceled(struct rpc *rpc)
{
    const Api__RespondActivityTaskCanceledRequest *request =
        REQUEST(rpc, RespondActivityTaskCanceled, respond_activity_task_canceled);
    struct activity *activity = activity_find(request->task_token);
    if (activity != NULL) {
        SIM_CHECK(activity->cancel_requested, "an activity is answered as canceled that nobody canceled");
        activity_write_canceled(activity);
    }
    reply_found(rpc, activity != NULL);
}

static void take_heartbeat(struct rpc *rpc)
{
    const Api__RecordActivityTaskHeartbeatRequest *request =
        REQUEST(rpc, RecordActivityTaskHeartbeat, record_activity_task_heartbeat);
    struct activity *activity = activity_find(request->task_token);
    if (activity == NULL) {
        reply_found(rpc, false);
        return;
    }
    heartbeat_expect(activity);
    Api__RecordActivityTaskHeartbeatResponse *response =
        MAKE(RecordActivityTaskHeartbeatResponse, API__RECORD_ACTIVITY_TASK_HEARTBEAT_RESPONSE__INIT);
    response->cancel_requested = activity->cancel_requested;
    reply(rpc, &response->base);
}

static void take_worker_heartbeat(struct rpc *rpc)
{
    SIM_CHECK(options.wants_heartbeats, "a worker's heartbeat that the server does not know of");
    reply(rpc, NULL);
}

void server_take(struct rpc *rpc)
{
    static const struct {
        const char *method;
        void (*take)(struct rpc *rpc);
    } calls[] = {
        {"GetSystemInfo", take_get_system_info},
        {"DescribeNamespace", take_describe_namespace},
        {"PollWorkflowTaskQueue", take_poll_workflow},
        {"PollActivityTaskQueue", take_poll_activity},
        {"RespondWorkflowTaskCompleted", take_task_completed},
        {"RespondWorkflowTaskFailed", take_task_failed},
        {"RespondQueryTaskCompleted", take_query_completed},
        {"RespondActivityTaskCompleted", take_activity_completed},
        {"RespondActivityTaskFailed", take_activity_failed},
        {"RespondActivityTaskCanceled", take_activity_canceled},
        {"RecordActivityTaskHeartbeat", take_heartbeat},
        {"RecordWorkerHeartbeat", take_worker_heartbeat},
        {"GetWorkflowExecutionHistory", take_history},
        {"ShutdownWorker", take_shutdown},
    };
    bool poll = strncmp(rpc->method, "Poll", 4) == 0;
    if (poll && rpc->call == NULL)
        return; /* the client has gone before the poll came */
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (strcmp(rpc->method, calls[i].method) != 0)
            continue;
        sim_note("the server takes %s of worker %u", rpc->method, rpc->process->number);
        calls[i].take(rpc);
        return;
    }
    sim_fail("a call of %s", rpc->method);
}

void server_drop(struct rpc *rpc)
{
    struct poll *poll = rpc->poll;
    if (poll == NULL)
        return;
    TAILQ_REMOVE(&poll->queue->polls, poll, link);
    sim_cancel(poll->end);
    rpc->poll = NULL;
    rpc->answered = true;
}

/* ---- people ---- */

struct run *server_start(struct text workflow_id, struct text input, void *execution)
{
    return run_begin(workflow_id, json_payloads(input), execution);
}

void server_signal(struct run *run)
{
    (void)EVENT_ATTRIBUTES(event_add(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED), WorkflowExecutionSignaled,
                           WORKFLOW_EXECUTION_SIGNALED, workflow_execution_signaled);
    task_schedule(run);
}

void server_cancel(struct run *run)
{
    if (run->cancel_requested)
        return;
    run->cancel_requested = true;
    (void)EVENT_ATTRIBUTES(event_add(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED),
                           WorkflowExecutionCancelRequested, WORKFLOW_EXECUTION_CANCEL_REQUESTED,
                           workflow_execution_cancel_requested);
    task_schedule(run);
}

void server_terminate(struct run *run)
{
    do_close(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED);
}

void server_check_left(const struct process *process)
{
    for (const struct server_queue *queue = queues; queue != NULL; queue = queue->next)
        SIM_CHECK(queue->kind != QUEUE_STICKY || queue->process != process || queue->shut,
                  "worker %u has left, and its sticky queue stays open", process->number);
}

void server_cancel_activity(struct run *run)
{
    struct activity *activity;
    LIST_FOREACH(activity, &run->activities, link)
    {
        if (activity->closed || !activity->started || activity->what->heartbeat_timeout == NULL)
            continue;
        sim_note("an activity of run %u is to be canceled", run->number);
        activity->cancel_requested = true;
        return;
    }
}

static void query_expires(void *userdata)
{
    ((struct query *)userdata)->expired = true;
}

static struct text query_message(struct query *query, bool sticky)
{
    struct run *run = query->run;
    Api__PollWorkflowTaskQueueResponse *message = task_message(run);
    message->task_token = proto_bytes(sim_print("q.%u", query->number));
    message->started_event_id = run->last_started_id;
    message->query = graph_query();
    if (sticky)
        message->history = MAKE(History, API__HISTORY__INIT);
    else
        message->history = page_of(history_from(run, 1, false), 0, &message->next_page_token);
    return proto_pack(&message->base, sim.arena);
}

void server_query(struct run *run)
{
    if (query_count == RUNS_MAX || run->last_started_id == 0 || run->task.started)
        return; /* the server waits for the task */
    struct query *query = SIM_NEW(struct query);
    *query = (struct query){.run = run, .number = (unsigned)query_count};
    queries[query_count++] = query;
    sim_after(NULL, QUERY_US, query_expires, query);
    if (run->task.scheduled && !run->closed) {
        query->next = run->queries;
        run->queries = query;
        return;
    }
    bool sticky = run->sticky.size > 0 && !queue_find(run->sticky, QUEUE_STICKY)->shut && !run->closed;
    queue_put(sticky ? queue_find(run->sticky, QUEUE_STICKY) : queue_find(TEXT("rules"), QUEUE_WORKFLOW),
              (struct task){.run = run, .query = query});
}
