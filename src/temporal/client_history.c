/* Reads histories, which the server sends in pages of 256 events. */
#include "base/clock.h"
#include "temporal/client_internal.h"
#include "temporal/client_runs.h"
#include "temporal/history.h"
#include "temporal/operation.h"
#include "temporal/payload.h"
#include "temporal/update.h"

static const struct operation_kind history_read_kind =
    OPERATION_CALL("GetWorkflowExecutionHistory", get_workflow_execution_history);
static const struct operation_kind history_wait_kind = {
    .method = SERVICE "GetWorkflowExecutionHistory",
    .response = &api__get_workflow_execution_history_response__descriptor,
    .retry = &retry_waits,
    .deadline_ms = 70000,
    .wait_for_ready = true,
    .long_poll = true,
    .counts = OPERATION_COUNTS,
};

struct task_reader {
    struct workflow_task task;
    struct event *events; /* of task; NULL until the first page */
    size_t capacity;
    int64_t last_id; /* later events are left out; 0: no event is */
    ProtobufCBinaryData page_token;
    const struct operation_kind *kind; /* of the requests for pages */
    task_reader_done *done;
    run_news *news; /* NULL unless the run is followed */
};

/* ---- pages ---- */

static enum status reserve(struct task_reader *reader, size_t count, struct arena *arena)
{
    size_t wanted;
    if (__builtin_add_overflow(reader->task.event_count, count, &wanted))
        return STATUS_BUDGET;
    if (wanted <= reader->capacity)
        return STATUS_OK;
    size_t capacity = wanted > 2 * reader->capacity ? wanted : 2 * reader->capacity;
    if (capacity > SIZE_MAX / sizeof *reader->events)
        return STATUS_BUDGET;
    struct event *events = reader->events == NULL ? ARENA_ARRAY(arena, capacity, struct event)
                                                  : arena_grow(arena, reader->events, reader->capacity * sizeof *events,
                                                               capacity * sizeof *events);
    if (events == NULL)
        return STATUS_BUDGET;
    reader->events = events;
    reader->capacity = capacity;
    return STATUS_OK;
}

static enum status add_events(struct task_reader *reader, const Api__History *history, struct arena *arena)
{
    size_t count = history != NULL ? history->n_events : 0;
    enum status status = reserve(reader, count, arena);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        if (reader->last_id != 0 && history->events[i]->event_id > reader->last_id)
            break;
        if (history_is_encrypted(history->events[i]))
            return STATUS_INVALID;
        status = history_translate(history->events[i], arena, &reader->events[reader->task.event_count]);
        reader->task.event_count++;
    }
    return status;
}

static void page_received(struct operation *operation, const struct client_result *result, const void *response);

static void request_page(struct operation *operation)
{
    const struct task_reader *reader = operation->reader;
    Api__WorkflowExecution execution = API__WORKFLOW_EXECUTION__INIT;
    execution.workflow_id = proto_bytes(reader->task.workflow_id);
    execution.run_id = proto_bytes(reader->task.run_id);
    Api__GetWorkflowExecutionHistoryRequest request = API__GET_WORKFLOW_EXECUTION_HISTORY_REQUEST__INIT;
    request.namespace_ = proto_bytes(operation->client->namespace_);
    request.execution = &execution;
    request.next_page_token = reader->page_token;
    request.wait_new_event = reader->kind == &history_wait_kind;
    operation_send(operation, reader->kind, &request.base, page_received);
}

/* Whether to read on. */
static bool report_news(const struct operation *operation, size_t first)
{
    const struct task_reader *reader = operation->reader;
    size_t count = reader->task.event_count;
    return reader->news == NULL || count == first || reader->news(operation->userdata, reader->events, first, count);
}

static void take_page(struct operation *operation, const Api__History *history, ProtobufCBinaryData next_token)
{
    struct task_reader *reader = operation->reader;
    size_t known = reader->task.event_count;
    enum status status = add_events(reader, history, operation->arena);
    if (status != STATUS_OK) {
        const struct client_result locked = {RPC_INTERNAL, CLIENT_FAULT_UNREADABLE, payload_without_keys()};
        reader->done(operation, status == STATUS_INVALID ? &locked : &operation_budget, NULL);
        return;
    }
    reader->page_token = next_token;
    if (report_news(operation, known) && next_token.len > 0) {
        request_page(operation);
        return;
    }
    reader->task.events = reader->events;
    reader->task.first_event_id = reader->task.event_count > 0 ? reader->events[0].id : 0;
    reader->done(operation, &(struct client_result){.code = RPC_OK}, &reader->task);
}

static void page_received(struct operation *operation, const struct client_result *result, const void *response)
{
    const Api__GetWorkflowExecutionHistoryResponse *page = response;
    struct task_reader *reader = operation->reader;
    if (result->code != RPC_OK)
        reader->done(operation, result, NULL);
    else if (page == NULL)
        request_page(operation);
    else
        take_page(operation, page->history, page->next_page_token);
}

/* ---- tasks ---- */

static struct workflow_query query_of(const Api__WorkflowQuery *query, struct text id)
{
    bool foreign;
    return (struct workflow_query){
        .id = id, .type = proto_text(query->query_type), .arguments = payload_list_read(query->query_args, &foreign)};
}

static bool read_queries(struct workflow_task *task, const Api__PollWorkflowTaskQueueResponse *response,
                         struct arena *arena)
{
    task->legacy_query = response->query != NULL;
    struct workflow_query *queries = ARENA_ARRAY(arena, response->n_queries + 1, struct workflow_query);
    if (queries == NULL)
        return false;
    if (response->query != NULL)
        queries[task->query_count++] = query_of(response->query, TEXT_NONE);
    for (size_t i = 0; i < response->n_queries; i++) {
        if (response->queries[i]->value != NULL)
            queries[task->query_count++] = query_of(response->queries[i]->value, proto_text(response->queries[i]->key));
    }
    task->queries = queries;
    return true;
}

bool workflow_task_read(struct arena *arena, const Api__PollWorkflowTaskQueueResponse *response,
                        struct workflow_task *task)
{
    *task = (struct workflow_task){
        .token = proto_text(response->task_token),
        .previous_started_id = response->previous_started_event_id,
        .started_id = response->started_event_id,
        .attempt = response->attempt > 0 ? (unsigned)response->attempt : 1,
        .received_us = clock_monotonic_us(),
        .waited_us = -1,
    };
    if (response->workflow_execution != NULL) {
        task->workflow_id = proto_text(response->workflow_execution->workflow_id);
        task->run_id = proto_text(response->workflow_execution->run_id);
    }
    if (response->workflow_type != NULL)
        task->workflow_type = proto_text(response->workflow_type->name);
    if (response->scheduled_time != NULL && response->started_time != NULL)
        task->waited_us = proto_elapsed_us(response->scheduled_time, response->started_time);
    return read_queries(task, response, arena);
}

static struct task_reader *reader_of(const struct payload_keys *keys,
                                     const Api__PollWorkflowTaskQueueResponse *response, struct arena *arena)
{
    struct task_reader *reader = ARENA_NEW(arena, struct task_reader);
    if (reader == NULL || !workflow_task_read(arena, response, &reader->task) ||
        updates_read(keys, response, arena, &reader->task, NULL) != STATUS_OK)
        return NULL;
    reader->kind = &history_read_kind;
    return reader;
}

void task_read(struct operation *operation, const Api__PollWorkflowTaskQueueResponse *response, task_reader_done *done)
{
    struct task_reader *reader = reader_of(operation->client->keys, response, operation->arena);
    if (reader == NULL) {
        done(operation, &operation_budget, NULL);
        return;
    }
    reader->done = done;
    operation->reader = reader;
    take_page(operation, response->history, response->next_page_token);
}

bool task_read_part(const struct operation *operation, const struct client_result *why, struct workflow_task *task)
{
    if (operation->reader == NULL || why->code == RPC_CANCELED)
        return false;
    *task = operation->reader->task;
    task->events = NULL;
    task->event_count = 0;
    task->unreadable = why->message.size > 0 ? why->message : TEXT("the history cannot be read");
    return true;
}

/* ---- whole histories ---- */

static void deliver_task(struct operation *operation, const struct client_result *result,
                         const struct workflow_task *task)
{
    operation->done.workflow_task(operation->userdata, task, result);
}

static void no_reader(struct operation *operation, const struct client_result *result, const void *response)
{
    (void)response;
    deliver_task(operation, result, NULL);
}

static void read_whole(struct client *client, const struct task_reader *reading, struct arena *arena,
                       workflow_task_done *done, void *userdata)
{
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.workflow_task = done;
    struct task_reader *reader = ARENA_NEW(arena, struct task_reader);
    if (reader == NULL) {
        operation_refuse(operation, &operation_budget, no_reader);
        return;
    }
    *reader = *reading;
    reader->done = deliver_task;
    operation->reader = reader;
    request_page(operation);
}

void client_fetch_history(struct client *client, const struct workflow_task *task, struct arena *arena,
                          workflow_task_done *done, void *userdata)
{
    struct task_reader reading = {.task = *task, .last_id = task->started_id, .kind = &history_read_kind};
    reading.task.events = NULL;
    reading.task.event_count = 0;
    read_whole(client, &reading, arena, done, userdata);
}

void client_read_workflow(struct client *client, struct text workflow_id, struct text run_id, bool wait,
                          struct arena *arena, workflow_task_done *done, void *userdata)
{
    const struct task_reader reading = {.task = {.workflow_id = workflow_id, .run_id = run_id},
                                        .kind = wait ? &history_wait_kind : &history_read_kind};
    read_whole(client, &reading, arena, done, userdata);
}

void client_follow_run(struct client *client, struct text workflow_id, struct text run_id, run_news *news,
                       struct arena *arena, workflow_task_done *done, void *userdata)
{
    const struct task_reader reading = {
        .task = {.workflow_id = workflow_id, .run_id = run_id}, .kind = &history_wait_kind, .news = news};
    read_whole(client, &reading, arena, done, userdata);
}
