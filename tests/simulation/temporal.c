/* Temporal's rules. What is queued, retried and timed out, and what stands in a history. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "temporal/payload.h"
#include "temporal/proto.h"
#include "temporal_api_enums.h"
#include "tests/simulation/temporal_internal.h"

#define TASK_TIMEOUT_US     (10 * S)
#define POLL_US             (49 * S) /* shortly before the deadline of a poll */
#define STICKY_FORGOTTEN_US (10 * S)
#define UTC_US              (INT64_C(1780000000) * S)

struct server_options server_options;
struct server_queue *server_queues;
struct text server_shut_workers[64]; /* instances; what they send later finds nothing to wait for */
size_t server_shut_count;
struct run *server_runs[RUNS_MAX];
size_t server_run_count;
struct server_pages *server_pages[1 << 14];
static size_t pages_count;
struct query *server_queries[RUNS_MAX];
size_t server_query_count;

static void queue_wake(struct server_queue *queue);

void server_begin(const struct server_options *given)
{
    server_options = *given;
    server_queues = NULL;
    server_shut_count = 0;
    server_run_count = pages_count = server_query_count = 0;
}

static Api__Timestamp *at(int64_t us)
{
    Api__Timestamp *time = MAKE(Timestamp, API__TIMESTAMP__INIT);
    time->seconds = (UTC_US + us) / S;
    time->nanos = (int32_t)((UTC_US + us) % S) * 1000;
    return time;
}

Api__Payloads *server_json_payloads(struct text json)
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

Api__HistoryEvent *server_event_write(struct run *run, int32_t type)
{
    Api__HistoryEvent *event = event_new(type);
    append(&run->events, &run->count, &run->capacity, event);
    event->event_id = (int64_t)run->count;
    return event;
}

/* From outside: while a task is open it waits for that to end. */
Api__HistoryEvent *server_event_add(struct run *run, int32_t type)
{
    if (!run->task.started)
        return server_event_write(run, type);
    Api__HistoryEvent *event = event_new(type);
    append(&run->buffered, &run->buffered_count, &run->buffered_capacity, event);
    return event;
}

void server_events_flush(struct run *run)
{
    for (size_t i = 0; i < run->buffered_count; i++) {
        append(&run->events, &run->count, &run->capacity, run->buffered[i]);
        run->buffered[i]->event_id = (int64_t)run->count;
    }
    run->buffered_count = 0;
}

/* ---- queues ---- */

struct server_queue *server_queue_find(struct text name, enum queue_kind kind)
{
    for (struct server_queue *queue = server_queues; queue != NULL; queue = queue->next)
        if (queue->kind == kind && text_equal(queue->name, name))
            return queue;
    struct server_queue *queue = SIM_NEW(struct server_queue);
    *queue = (struct server_queue){.kind = kind, .name = sim_copy(name), .next = server_queues};
    STAILQ_INIT(&queue->tasks);
    TAILQ_INIT(&queue->polls);
    return server_queues = queue;
}

unsigned server_polls(const struct process *process, int kind)
{
    unsigned count = 0;
    for (struct server_queue *queue = server_queues; queue != NULL; queue = queue->next) {
        const struct poll *poll;
        TAILQ_FOREACH(poll, &queue->polls, link)
        count += queue->kind == (enum queue_kind)kind && poll->rpc->process == process;
    }
    return count;
}

void server_queue_put(struct server_queue *queue, struct task task)
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

/* A message with nothing but a suggestion, which is appended to another one of its type: so the parser merges them. */
static struct text suggestion(enum queue_kind kind, int delta)
{
    Api__PollerScalingDecision *decision = MAKE(PollerScalingDecision, API__POLLER_SCALING_DECISION__INIT);
    decision->poll_request_delta_suggestion = delta;
    if (kind == QUEUE_ACTIVITY) {
        Api__PollActivityTaskQueueResponse *message =
            MAKE(PollActivityTaskQueueResponse, API__POLL_ACTIVITY_TASK_QUEUE_RESPONSE__INIT);
        message->poller_scaling_decision = decision;
        return proto_pack(&message->base, sim.arena);
    }
    Api__PollWorkflowTaskQueueResponse *message =
        MAKE(PollWorkflowTaskQueueResponse, API__POLL_WORKFLOW_TASK_QUEUE_RESPONSE__INIT);
    message->poller_scaling_decision = decision;
    return proto_pack(&message->base, sim.arena);
}

/* More polls only with a task. */
static struct text with_suggestion(const struct poll *poll, struct text bytes)
{
    if (!server_options.scales_polls || sim_chance(50))
        return bytes;
    int delta = bytes.size == 0 ? -1 - (int)sim_below(3) : sim_chance(5) ? INT32_MAX : (int)sim_below(7) - 3;
    struct text more = suggestion(poll->queue->kind, delta);
    char *both = sim_memory(bytes.size + more.size);
    if (bytes.size > 0)
        memcpy(both, bytes.data, bytes.size);
    memcpy(both + bytes.size, more.data, more.size);
    return (struct text){both, bytes.size + more.size};
}

void server_poll_end(struct poll *poll, struct text bytes)
{
    bytes = with_suggestion(poll, bytes);
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
        struct text bytes = task->query != NULL ? server_query_message(task->query, queue->kind == QUEUE_STICKY)
                            : task->activity != NULL
                                ? activity_begin_message(task->activity)
                                : workflow_task_begin_message(task->run, queue->kind == QUEUE_STICKY);
        server_poll_end(poll, bytes);
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
    server_poll_end(userdata, TEXT_NONE);
}

static bool is_shut(struct text instance)
{
    for (size_t i = 0; i < server_shut_count; i++)
        if (text_equal(server_shut_workers[i], instance))
            return true;
    return false;
}

void server_poll_hold(struct rpc *rpc, struct text name, enum queue_kind kind, struct text instance)
{
    struct server_queue *queue = server_queue_find(name, kind);
    struct poll *poll = SIM_NEW(struct poll);
    if (queue->shut || is_shut(instance)) {
        rpc_reply(rpc, RPC_OK, TEXT_NONE, NULL);
        return;
    }
    *poll = (struct poll){.rpc = rpc, .queue = queue, .instance = sim_copy(instance)};
    poll->end = sim_after(NULL, POLL_US, poll_times_out, poll);
    rpc->poll = poll;
    queue->polled_us = sim.now_us;
    queue->process = rpc->process;
    TAILQ_INSERT_TAIL(&queue->polls, poll, link);
    queue_wake(queue);
}

/* ---- workflow tasks ---- */

bool server_is_transient(const struct run *run)
{
    return run->task.attempt > 1;
}

void server_write_scheduled(struct run *run)
{
    run->task.scheduled_id = server_event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)->event_id;
}

Api__HistoryEvent *server_fill_started(struct run *run, Api__HistoryEvent *event)
{
    Api__WorkflowTaskStartedEventAttributes *started =
        EVENT_ATTRIBUTES(event, WorkflowTaskStarted, WORKFLOW_TASK_STARTED, workflow_task_started);
    started->scheduled_event_id = run->task.scheduled_id;
    started->history_size_bytes = (int64_t)run->count * 100;
    started->suggest_continue_as_new =
        server_options.continue_events > 0 && (int64_t)run->count >= server_options.continue_events;
    return event;
}

void server_sticky_forget(struct run *run)
{
    run->sticky = TEXT_NONE;
}

/* The sticky worker has not come for its task. */
static void start_timed_out(void *userdata)
{
    struct run *run = userdata;
    assert(run->task.scheduled && !run->task.started && !run->closed);
    sim_note("the server: nobody took the sticky task of run %u", run->number);
    server_sticky_forget(run);
    run->task.scheduled = false;
    if (!server_is_transient(run))
        (void)server_event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT);
    server_task_schedule(run);
}

void server_task_schedule(struct run *run)
{
    struct open_workflow_task *task = &run->task;
    if (run->closed || task->scheduled)
        return;
    if (task->attempt < 1)
        task->attempt = 1;
    if (!server_is_transient(run))
        server_write_scheduled(run);
    task->scheduled = true;
    task->serial++;
    task->events_before = run->count;
    task->scheduled_us = sim.now_us;
    struct server_queue *queue = server_queue_find(TEXT("rules"), QUEUE_WORKFLOW);
    if (run->sticky.size > 0) {
        struct server_queue *sticky = server_queue_find(run->sticky, QUEUE_STICKY);
        if (sticky->shut || sim.now_us - sticky->polled_us > STICKY_FORGOTTEN_US) {
            server_sticky_forget(run);
        } else {
            queue = sticky;
            task->timer = sim_after(NULL, run->sticky_ms * MS, start_timed_out, run);
        }
    }
    server_queue_put(queue, (struct task){.run = run, .serial = task->serial});
}

/* The task has failed, or its worker has gone. */
void server_task_lost(struct run *run, int32_t event_type)
{
    struct open_workflow_task *task = &run->task;
    sim_cancel(task->timer);
    if (!server_is_transient(run))
        (void)server_event_write(run, event_type);
    task->scheduled = task->started = false;
    task->serial++;
    task->attempt++;
    run->lost_tasks++;
    server_sticky_forget(run);
    if (run->buffered_count > 0) {
        task->attempt = 1;
        server_events_flush(run);
    }
    server_task_schedule(run);
}

static void task_timed_out(void *userdata)
{
    struct run *run = userdata;
    sim_note("the server gives up a workflow task of run %u", run->number);
    server_task_lost(run, API_EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT);
}

static struct text pages_token(struct server_pages *rest, size_t from)
{
    size_t number = 0;
    while (number < pages_count && server_pages[number] != rest)
        number++;
    if (number == pages_count) {
        SIM_CHECK(pages_count < sizeof server_pages / sizeof *server_pages, "too many histories");
        server_pages[pages_count++] = rest;
    }
    return sim_print("h.%zu.%zu", number, from);
}

Api__History *server_page_of(struct server_pages *all, size_t from, ProtobufCBinaryData *token)
{
    Api__History *history = MAKE(History, API__HISTORY__INIT);
    size_t count = all->count - from;
    if (count > server_options.page_events)
        count = server_options.page_events;
    history->events = all->events + from;
    history->n_events = count;
    if (from + count < all->count)
        *token = proto_bytes(pages_token(all, from + count));
    return history;
}

/* As it is now, from that event on; and two that are not written yet. */
struct server_pages *server_history_from(struct run *run, int64_t first_id, bool transient)
{
    struct server_pages *all = SIM_NEW(struct server_pages);
    size_t from = (size_t)first_id - 1;
    all->events = sim_memory((run->count - from + 2) * sizeof(Api__HistoryEvent *));
    all->count = run->count - from;
    if (all->count > 0)
        memcpy(all->events, run->events + from, all->count * sizeof(Api__HistoryEvent *));
    if (!transient)
        return all;
    Api__HistoryEvent *scheduled = event_new(API_EVENT_TYPE_WORKFLOW_TASK_SCHEDULED);
    Api__HistoryEvent *started = server_fill_started(run, event_new(API_EVENT_TYPE_WORKFLOW_TASK_STARTED));
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

Api__WorkflowType *server_workflow_type(void)
{
    Api__WorkflowType *type = MAKE(WorkflowType, API__WORKFLOW_TYPE__INIT);
    type->name = proto_bytes(TEXT("ExecuteGraphWorkflow"));
    return type;
}

Api__WorkflowQuery *server_graph_query(void)
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
        entry->value = server_graph_query();
        message->queries[message->n_queries++] = entry;
    }
    run->queries = NULL;
}

Api__PollWorkflowTaskQueueResponse *server_task_message(struct run *run)
{
    Api__PollWorkflowTaskQueueResponse *message =
        MAKE(PollWorkflowTaskQueueResponse, API__POLL_WORKFLOW_TASK_QUEUE_RESPONSE__INIT);
    message->workflow_execution = execution_of(run);
    message->workflow_type = server_workflow_type();
    message->previous_started_event_id = run->last_started_id;
    return message;
}

/* partial: for a worker that keeps the run. */
Api__PollWorkflowTaskQueueResponse *server_task_begin(struct run *run, bool partial)
{
    struct open_workflow_task *task = &run->task;
    sim_cancel(task->timer);
    if (server_is_transient(run) && run->count != task->events_before) {
        task->attempt = 1;
        server_write_scheduled(run);
    }
    bool transient = server_is_transient(run);
    if (transient) {
        task->scheduled_id = (int64_t)run->count + 1;
        task->started_id = (int64_t)run->count + 2;
    } else {
        task->started_id =
            server_fill_started(run, server_event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_STARTED))->event_id;
    }
    task->started = true;
    task->serial++;
    task->started_us = sim.now_us;
    task->timer = sim_after(NULL, TASK_TIMEOUT_US, task_timed_out, run);

    Api__PollWorkflowTaskQueueResponse *message = server_task_message(run);
    partial = partial && run->sticky.size > 0 && !transient;
    message->task_token = proto_bytes(sim_print("w.%u.%u", run->number, task->serial));
    message->started_event_id = task->started_id;
    message->attempt = task->attempt;
    message->scheduled_time = at(task->scheduled_us);
    message->started_time = at(task->started_us);
    struct server_pages *all = server_history_from(run, partial ? run->last_started_id + 1 : 1, transient);
    message->history = server_page_of(all, 0, &message->next_page_token);
    add_queries(run, message);
    return message;
}

static struct text workflow_task_begin_message(struct run *run, bool partial)
{
    return proto_pack(&server_task_begin(run, partial)->base, sim.arena);
}

/* The run whose open task has that token; NULL: none has. */
struct run *server_task_find(ProtobufCBinaryData token)
{
    unsigned number, serial;
    if (token.len == 0 || sscanf(sim_copy(proto_text(token)).data, "w.%u.%u", &number, &serial) != 2)
        sim_fail("no token of a workflow task: %.*s", (int)token.len, (const char *)token.data);
    struct run *run = server_runs[number];
    return !run->closed && run->task.started && run->task.serial == serial ? run : NULL;
}

/* ---- activities ---- */

struct activity *server_activity_find(ProtobufCBinaryData token)
{
    unsigned number;
    int64_t scheduled_id;
    int32_t attempt;
    if (token.len == 0 ||
        sscanf(sim_copy(proto_text(token)).data, "a.%u.%" SCNd64 ".%d", &number, &scheduled_id, &attempt) != 3)
        sim_fail("no token of an activity: %.*s", (int)token.len, (const char *)token.data);
    struct run *run = server_runs[number];
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

void server_activity_close(struct activity *activity, int32_t type)
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
            EVENT_ATTRIBUTES(server_event_add(run, API_EVENT_TYPE_ACTIVITY_TASK_STARTED), ActivityTaskStarted,
                             ACTIVITY_TASK_STARTED, activity_task_started);
        started->scheduled_event_id = activity->scheduled_id;
        started->attempt = activity->attempt;
    }
    server_activity_close(activity, type);
    return server_event_add(run, type);
}

void server_activity_put(void *userdata)
{
    struct activity *activity = userdata;
    activity->attempt_us = sim.now_us;
    server_queue_put(server_queue_find(TEXT("rules"), QUEUE_ACTIVITY),
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
    activity->retry_timer = sim_after(NULL, delay_ms * MS, server_activity_put, activity);
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
    server_task_schedule(activity->run);
}

static void close_timed_out(void *userdata)
{
    activity_times_out(userdata, "activity StartToClose timeout", false);
}

static void heartbeat_timed_out(void *userdata)
{
    activity_times_out(userdata, "activity Heartbeat timeout", false);
}

void server_whole_timed_out(void *userdata)
{
    activity_times_out(userdata, "activity ScheduleToClose timeout", true);
}

void server_heartbeat_expect(struct activity *activity)
{
    int64_t timeout_ms = proto_milliseconds(activity->what->heartbeat_timeout);
    sim_cancel(activity->heartbeat_timer);
    if (timeout_ms > 0)
        activity->heartbeat_timer = sim_after(NULL, timeout_ms * MS, heartbeat_timed_out, activity);
}

Api__PollActivityTaskQueueResponse *server_activity_begin(struct activity *activity)
{
    const Api__ScheduleActivityTaskCommandAttributes *what = activity->what;
    int64_t close_ms = proto_milliseconds(what->start_to_close_timeout);
    activity->started = true;
    activity->started_us = sim.now_us;
    activity->tries++;
    if (close_ms > 0)
        activity->close_timer = sim_after(NULL, close_ms * MS, close_timed_out, activity);
    server_heartbeat_expect(activity);
    Api__PollActivityTaskQueueResponse *message =
        MAKE(PollActivityTaskQueueResponse, API__POLL_ACTIVITY_TASK_QUEUE_RESPONSE__INIT);
    message->task_token =
        proto_bytes(sim_print("a.%u.%" PRId64 ".%d", activity->run->number, activity->scheduled_id, activity->attempt));
    message->workflow_execution = execution_of(activity->run);
    message->workflow_type = server_workflow_type();
    message->activity_id = proto_bytes(activity->id);
    message->activity_type = what->activity_type;
    message->header = what->header;
    message->input = what->input;
    message->heartbeat_details = activity->details;
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
    return proto_pack(&server_activity_begin(activity)->base, sim.arena);
}

bool server_activity_complete(ProtobufCBinaryData token, Api__Payloads *result)
{
    struct activity *activity = server_activity_find(token);
    if (activity == NULL)
        return false;
    Api__ActivityTaskCompletedEventAttributes *completed =
        EVENT_ATTRIBUTES(activity_last_event(activity, API_EVENT_TYPE_ACTIVITY_TASK_COMPLETED), ActivityTaskCompleted,
                         ACTIVITY_TASK_COMPLETED, activity_task_completed);
    completed->scheduled_event_id = activity->scheduled_id;
    completed->result = result;
    server_task_schedule(activity->run);
    return true;
}

bool server_waits(struct text token)
{
    return server_activity_find(proto_bytes(token)) != NULL;
}

bool server_complete(struct text token, struct text json)
{
    return server_activity_complete(proto_bytes(token), server_json_payloads(json));
}

bool server_activity_fail(ProtobufCBinaryData token, Api__Failure *failure, Api__Payloads *details)
{
    struct activity *activity = server_activity_find(token);
    if (activity == NULL)
        return false;
    if (details != NULL)
        activity->details = details;
    activity->failures++;
    bool final = failure->failure_info_case == API__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO &&
                 failure->application_failure_info->non_retryable;
    if (!final && activity_retry(activity))
        return true;
    Api__ActivityTaskFailedEventAttributes *failed =
        EVENT_ATTRIBUTES(activity_last_event(activity, API_EVENT_TYPE_ACTIVITY_TASK_FAILED), ActivityTaskFailed,
                         ACTIVITY_TASK_FAILED, activity_task_failed);
    failed->scheduled_event_id = activity->scheduled_id;
    failed->failure = failure;
    server_task_schedule(activity->run);
    return true;
}

void server_activity_write_canceled(struct activity *activity)
{
    Api__ActivityTaskCanceledEventAttributes *canceled =
        EVENT_ATTRIBUTES(activity_last_event(activity, API_EVENT_TYPE_ACTIVITY_TASK_CANCELED), ActivityTaskCanceled,
                         ACTIVITY_TASK_CANCELED, activity_task_canceled);
    canceled->scheduled_event_id = activity->scheduled_id;
    server_task_schedule(activity->run);
}
