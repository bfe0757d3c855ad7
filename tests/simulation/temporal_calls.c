/* Calls to Temporal: what they ask for, and what an answer to a workflow task commands. And what people do. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/names.h"
#include "tests/simulation/temporal_internal.h"

#define QUERY_US (10 * S)

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
        server_activity_close(activity, type);
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
        EVENT_ATTRIBUTES(server_event_write(run, API_EVENT_TYPE_ACTIVITY_TASK_SCHEDULED), ActivityTaskScheduled,
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
        activity->whole_timer = sim_after(NULL, whole_ms * MS, server_whole_timed_out, activity);
    size_t room = sizeof completion->eager / sizeof *completion->eager;
    if (what->request_eager_execution && completion->eager_count < room && sim_chance(server_options.eager_percent))
        completion->eager[completion->eager_count++] = activity;
    else
        server_activity_put(activity);
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
    (void)server_event_write(completion->run, API_EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED);
    activity->cancel_requested = true;
    if (activity->started)
        return;
    server_activity_write_canceled(activity);
    completion->new_task = true;
}

static void do_marker(struct run *run, const Api__RecordMarkerCommandAttributes *what)
{
    Api__MarkerRecordedEventAttributes *marker = EVENT_ATTRIBUTES(
        server_event_write(run, API_EVENT_TYPE_MARKER_RECORDED), MarkerRecorded, MARKER_RECORDED, marker_recorded);
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

static void do_memo(struct run *run, const Api__ModifyWorkflowPropertiesCommandAttributes *what)
{
    Api__WorkflowPropertiesModifiedEventAttributes *modified =
        EVENT_ATTRIBUTES(server_event_write(run, API_EVENT_TYPE_WORKFLOW_PROPERTIES_MODIFIED),
                         WorkflowPropertiesModified, WORKFLOW_PROPERTIES_MODIFIED, workflow_properties_modified);
    SIM_CHECK(!run->has_memo, "a run is described twice");
    modified->upserted_memo = what->upserted_memo;
    run->has_memo = true;
}

static void do_attributes(struct run *run, const Api__UpsertWorkflowSearchAttributesCommandAttributes *what)
{
    Api__UpsertWorkflowSearchAttributesEventAttributes *upserted = EVENT_ATTRIBUTES(
        server_event_write(run, API_EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES), UpsertWorkflowSearchAttributes,
        UPSERT_WORKFLOW_SEARCH_ATTRIBUTES, upsert_workflow_search_attributes);
    SIM_CHECK(server_options.has_attributes, "search attributes that the namespace does not have");
    upserted->search_attributes = what->search_attributes;
}

static void timer_fires(void *userdata)
{
    struct timer *timer = userdata;
    LIST_REMOVE(timer, link);
    Api__TimerFiredEventAttributes *fired = EVENT_ATTRIBUTES(server_event_add(timer->run, API_EVENT_TYPE_TIMER_FIRED),
                                                             TimerFired, TIMER_FIRED, timer_fired);
    fired->timer_id = proto_bytes(timer->id);
    fired->started_event_id = timer->started_id;
    server_task_schedule(timer->run);
}

static void do_timer(struct run *run, const Api__StartTimerCommandAttributes *what)
{
    Api__TimerStartedEventAttributes *started = EVENT_ATTRIBUTES(server_event_write(run, API_EVENT_TYPE_TIMER_STARTED),
                                                                 TimerStarted, TIMER_STARTED, timer_started);
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
    Api__TimerCanceledEventAttributes *canceled = EVENT_ATTRIBUTES(
        server_event_write(run, API_EVENT_TYPE_TIMER_CANCELED), TimerCanceled, TIMER_CANCELED, timer_canceled);
    canceled->timer_id = what->timer_id;
    canceled->started_event_id = started_id;
}

static struct run *run_begin(struct text workflow_id, Api__Payloads *input, void *execution)
{
    SIM_CHECK(server_run_count < RUNS_MAX, "the runs do not end");
    struct run *run = SIM_NEW(struct run);
    *run = (struct run){
        .execution = execution, .number = (unsigned)server_run_count, .workflow_id = sim_copy(workflow_id)};
    run->run_id = sim_print("00000000-0000-4000-8000-%012zu", server_run_count);
    LIST_INIT(&run->activities);
    LIST_INIT(&run->timers);
    server_runs[server_run_count++] = run;
    Api__WorkflowExecutionStartedEventAttributes *started =
        EVENT_ATTRIBUTES(server_event_write(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_STARTED), WorkflowExecutionStarted,
                         WORKFLOW_EXECUTION_STARTED, workflow_execution_started);
    started->workflow_type = server_workflow_type();
    started->input = input;
    server_task_schedule(run);
    return run;
}

static void do_fail(struct run *run, Api__Failure *failure)
{
    Api__WorkflowExecutionFailedEventAttributes *failed =
        EVENT_ATTRIBUTES(server_event_write(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_FAILED), WorkflowExecutionFailed,
                         WORKFLOW_EXECUTION_FAILED, workflow_execution_failed);
    failed->failure = failure;
    run->failure = proto_text(failure->message);
    close_run(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_FAILED);
}

static void do_close(struct run *run, int32_t type)
{
    (void)server_event_write(run, type);
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
    case API_COMMAND_TYPE_MODIFY_WORKFLOW_PROPERTIES:
        do_memo(run, command->modify_workflow_properties_command_attributes);
        break;
    case API_COMMAND_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
        do_attributes(run, command->upsert_workflow_search_attributes_command_attributes);
        break;
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

static Api__NamespaceConfig *namespace_config(void)
{
    static const char *const names[] = {ATTRIBUTE_RULE, ATTRIBUTE_ENTITY, ATTRIBUTE_ENTITY_ID, ATTRIBUTE_ENTITY_NUMBER,
                                        ATTRIBUTE_FAILED_ACTION};
    enum { COUNT = sizeof names / sizeof *names };
    Api__NamespaceConfig *config = MAKE(NamespaceConfig, API__NAMESPACE_CONFIG__INIT);
    if (!server_options.has_attributes)
        return config;
    config->n_custom_search_attribute_aliases = COUNT;
    config->custom_search_attribute_aliases = sim_memory(COUNT * sizeof *config->custom_search_attribute_aliases);
    for (size_t i = 0; i < COUNT; i++) {
        Api__NamespaceConfigCustomSearchAttributeAliasesEntry *entry =
            MAKE(NamespaceConfigCustomSearchAttributeAliasesEntry,
                 API__NAMESPACE_CONFIG_CUSTOM_SEARCH_ATTRIBUTE_ALIASES_ENTRY__INIT);
        entry->key = proto_bytes(sim_print("Keyword%02zu", i + 1));
        entry->value = proto_bytes(text_from(names[i]));
        config->custom_search_attribute_aliases[i] = entry;
    }
    return config;
}

static void take_list_attributes(struct rpc *rpc)
{
    rpc_reply(rpc, RPC_UNIMPLEMENTED, TEXT_NONE, "unknown service OperatorService");
}

static void take_describe_namespace(struct rpc *rpc)
{
    Api__NamespaceInfoCapabilities *capabilities =
        MAKE(NamespaceInfoCapabilities, API__NAMESPACE_INFO_CAPABILITIES__INIT);
    capabilities->worker_heartbeats = server_options.wants_heartbeats;
    capabilities->worker_poll_complete_on_shutdown = server_options.ends_polls;
    Api__NamespaceInfo *info = MAKE(NamespaceInfo, API__NAMESPACE_INFO__INIT);
    info->capabilities = capabilities;
    Api__DescribeNamespaceResponse *response = MAKE(DescribeNamespaceResponse, API__DESCRIBE_NAMESPACE_RESPONSE__INIT);
    response->namespace_info = info;
    response->config = namespace_config();
    reply(rpc, &response->base);
}

static void take_poll_workflow(struct rpc *rpc)
{
    const Api__PollWorkflowTaskQueueRequest *request = REQUEST(rpc, PollWorkflowTaskQueue, poll_workflow_task_queue);
    bool sticky = request->task_queue->kind == API_TASK_QUEUE_KIND_STICKY;
    server_poll_hold(rpc, proto_text(request->task_queue->name), sticky ? QUEUE_STICKY : QUEUE_WORKFLOW,
                     proto_text(request->worker_instance_key));
}

static void take_poll_activity(struct rpc *rpc)
{
    const Api__PollActivityTaskQueueRequest *request = REQUEST(rpc, PollActivityTaskQueue, poll_activity_task_queue);
    server_poll_hold(rpc, proto_text(request->task_queue->name), QUEUE_ACTIVITY,
                     proto_text(request->worker_instance_key));
}

static void take_shutdown(struct rpc *rpc)
{
    const Api__ShutdownWorkerRequest *request = REQUEST(rpc, ShutdownWorker, shutdown_worker);
    if (request->worker_instance_key.len > 0 && server_options.ends_polls && server_shut_count < 64)
        server_shut_workers[server_shut_count++] = proto_text(request->worker_instance_key);
    for (struct server_queue *queue = server_queues; queue != NULL; queue = queue->next) {
        bool sticky = queue->kind == QUEUE_STICKY && text_equal(queue->name, proto_text(request->sticky_task_queue));
        queue->shut = queue->shut || sticky;
        struct poll *poll, *after;
        for (poll = TAILQ_FIRST(&queue->polls); poll != NULL; poll = after) {
            after = TAILQ_NEXT(poll, link);
            if (sticky || (request->worker_instance_key.len > 0 && server_options.ends_polls &&
                           text_equal(poll->instance, proto_text(request->worker_instance_key))))
                server_poll_end(poll, TEXT_NONE);
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
    struct server_pages *all = NULL;
    size_t number = 0, from = 0;
    if (request->next_page_token.len > 0) {
        if (sscanf(sim_copy(proto_text(request->next_page_token)).data, "h.%zu.%zu", &number, &from) != 2)
            sim_fail("no token of a page");
        all = server_pages[number];
    } else {
        for (size_t i = 0; i < server_run_count && all == NULL; i++)
            if (text_equal(server_runs[i]->run_id, proto_text(request->execution->run_id)))
                all = server_history_from(server_runs[i], 1, false);
    }
    SIM_CHECK(all != NULL, "the history of a run is asked for that there is not");
    response->history = server_page_of(all, from, &response->next_page_token);
    reply(rpc, &response->base);
}

static void answer_query(unsigned number, bool good)
{
    SIM_CHECK(number < server_query_count, "an answer to a query that nobody asked");
    sim_note("query %u is answered: %s", number, good ? "good" : "failed");
    server_queries[number]->answered = true;
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
    if (server_is_transient(run)) {
        server_write_scheduled(run);
        (void)server_fill_started(run, server_event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_STARTED));
        run->task.attempt = 1;
    }
    server_task_lost(run, API_EVENT_TYPE_WORKFLOW_TASK_FAILED);
    run->refused_ends++;
    rpc_reply(rpc, RPC_INVALID_ARGUMENT, TEXT_NONE, "UnhandledCommand");
    return true;
}

static void remember_sticky(struct run *run, const Api__StickyExecutionAttributes *sticky)
{
    server_sticky_forget(run);
    if (sticky == NULL)
        return;
    run->sticky = proto_text(sticky->worker_task_queue->name);
    run->sticky_ms = proto_milliseconds(sticky->schedule_to_start_timeout);
}

static void take_task_completed(struct rpc *rpc)
{
    const Api__RespondWorkflowTaskCompletedRequest *request =
        REQUEST(rpc, RespondWorkflowTaskCompleted, respond_workflow_task_completed);
    struct run *run = server_task_find(request->task_token);
    if (run == NULL) {
        rpc_reply(rpc, RPC_NOT_FOUND, TEXT_NONE, "Workflow task not found.");
        return;
    }
    if (refuse_end(rpc, run, request))
        return;
    struct open_workflow_task *task = &run->task;
    sim_cancel(task->timer);
    if (server_is_transient(run)) {
        server_write_scheduled(run);
        (void)server_fill_started(run, server_event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_STARTED));
    }
    EVENT_ATTRIBUTES(server_event_write(run, API_EVENT_TYPE_WORKFLOW_TASK_COMPLETED), WorkflowTaskCompleted,
                     WORKFLOW_TASK_COMPLETED, workflow_task_completed)
        ->sdk_metadata = request->sdk_metadata;
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
            response->activity_tasks[response->n_activity_tasks++] = server_activity_begin(completion.eager[i]);
    bool more = run->buffered_count > 0 || completion.new_task || request->force_create_new_workflow_task;
    server_events_flush(run);
    if (!run->closed && more) {
        server_task_schedule(run);
        if (request->return_new_workflow_task)
            response->workflow_task = server_task_begin(run, true);
    }
    reply(rpc, &response->base);
}

static void take_task_failed(struct rpc *rpc)
{
    const Api__RespondWorkflowTaskFailedRequest *request =
        REQUEST(rpc, RespondWorkflowTaskFailed, respond_workflow_task_failed);
    struct run *run = server_task_find(request->task_token);
    if (run != NULL) {
        sim_note("a workflow task of run %u fails: %.*s", run->number, (int)request->failure->message.len,
                 (const char *)request->failure->message.data);
        SIM_CHECK(request->cause != API_WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
                  "a worker cannot read the history of run %u: %.*s", run->number, (int)request->failure->message.len,
                  (const char *)request->failure->message.data);
        server_task_lost(run, API_EVENT_TYPE_WORKFLOW_TASK_FAILED);
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
    if (!server_queries[number]->expired)
        answer_query(number, request->completed_type == API_QUERY_RESULT_TYPE_ANSWERED);
    reply_found(rpc, !server_queries[number]->expired);
}

static void take_activity_completed(struct rpc *rpc)
{
    const Api__RespondActivityTaskCompletedRequest *request =
        REQUEST(rpc, RespondActivityTaskCompleted, respond_activity_task_completed);
    reply_found(rpc, server_activity_complete(request->task_token, request->result));
}

static void take_activity_failed(struct rpc *rpc)
{
    const Api__RespondActivityTaskFailedRequest *request =
        REQUEST(rpc, RespondActivityTaskFailed, respond_activity_task_failed);
    reply_found(rpc, server_activity_fail(request->task_token, request->failure, request->last_heartbeat_details));
}

static void take_activity_canceled(struct rpc *rpc)
{
    const Api__RespondActivityTaskCanceledRequest *request =
        REQUEST(rpc, RespondActivityTaskCanceled, respond_activity_task_canceled);
    struct activity *activity = server_activity_find(request->task_token);
    if (activity != NULL) {
        SIM_CHECK(activity->cancel_requested, "an activity is answered as canceled that nobody canceled");
        server_activity_write_canceled(activity);
    }
    reply_found(rpc, activity != NULL);
}

static void take_heartbeat(struct rpc *rpc)
{
    const Api__RecordActivityTaskHeartbeatRequest *request =
        REQUEST(rpc, RecordActivityTaskHeartbeat, record_activity_task_heartbeat);
    struct activity *activity = server_activity_find(request->task_token);
    if (activity == NULL) {
        reply_found(rpc, false);
        return;
    }
    activity->details = request->details;
    server_heartbeat_expect(activity);
    Api__RecordActivityTaskHeartbeatResponse *response =
        MAKE(RecordActivityTaskHeartbeatResponse, API__RECORD_ACTIVITY_TASK_HEARTBEAT_RESPONSE__INIT);
    response->cancel_requested = activity->cancel_requested;
    reply(rpc, &response->base);
}

static struct activity *find_open(const Api__UpdateActivityOptionsRequest *request)
{
    for (size_t i = 0; i < server_run_count; i++) {
        struct run *run = server_runs[i];
        struct activity *activity;
        if (run->closed || !text_equal(run->run_id, proto_text(request->execution->run_id)))
            continue;
        LIST_FOREACH(activity, &run->activities, link)
        if (!activity->closed && text_equal(activity->id, proto_text(request->id)))
            return activity;
    }
    return NULL;
}

static void take_update_options(struct rpc *rpc)
{
    const Api__UpdateActivityOptionsRequest *request = REQUEST(rpc, UpdateActivityOptions, update_activity_options);
    if (!server_options.sets_timeouts) {
        rpc_reply(rpc, RPC_UNIMPLEMENTED, TEXT_NONE, "unknown method UpdateActivityOptions");
        return;
    }
    struct activity *activity = find_open(request);
    if (activity != NULL) {
        Api__ScheduleActivityTaskCommandAttributes *what = SIM_NEW(Api__ScheduleActivityTaskCommandAttributes);
        *what = *activity->what;
        what->heartbeat_timeout = request->activity_options->heartbeat_timeout;
        activity->what = what;
        if (activity->started)
            server_heartbeat_expect(activity);
    }
    reply_found(rpc, activity != NULL);
}

static void take_worker_heartbeat(struct rpc *rpc)
{
    SIM_CHECK(server_options.wants_heartbeats, "a worker's heartbeat that the server does not know of");
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
        {"UpdateActivityOptions", take_update_options},
        {"ListSearchAttributes", take_list_attributes},
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
    return run_begin(workflow_id, server_json_payloads(input), execution);
}

void server_signal(struct run *run)
{
    (void)EVENT_ATTRIBUTES(server_event_add(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED), WorkflowExecutionSignaled,
                           WORKFLOW_EXECUTION_SIGNALED, workflow_execution_signaled);
    server_task_schedule(run);
}

void server_cancel(struct run *run)
{
    if (run->cancel_requested)
        return;
    run->cancel_requested = true;
    (void)EVENT_ATTRIBUTES(server_event_add(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED),
                           WorkflowExecutionCancelRequested, WORKFLOW_EXECUTION_CANCEL_REQUESTED,
                           workflow_execution_cancel_requested);
    server_task_schedule(run);
}

void server_terminate(struct run *run)
{
    do_close(run, API_EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED);
}

void server_check_left(const struct process *process)
{
    for (const struct server_queue *queue = server_queues; queue != NULL; queue = queue->next)
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

struct text server_query_message(struct query *query, bool sticky)
{
    struct run *run = query->run;
    Api__PollWorkflowTaskQueueResponse *message = server_task_message(run);
    message->task_token = proto_bytes(sim_print("q.%u", query->number));
    message->started_event_id = run->last_started_id;
    message->query = server_graph_query();
    if (sticky)
        message->history = MAKE(History, API__HISTORY__INIT);
    else
        message->history = server_page_of(server_history_from(run, 1, false), 0, &message->next_page_token);
    return proto_pack(&message->base, sim.arena);
}

void server_query(struct run *run)
{
    if (server_query_count == RUNS_MAX || run->last_started_id == 0 || run->task.started)
        return; /* the server waits for the task */
    struct query *query = SIM_NEW(struct query);
    *query = (struct query){.run = run, .number = (unsigned)server_query_count};
    server_queries[server_query_count++] = query;
    sim_after(NULL, QUERY_US, query_expires, query);
    if (run->task.scheduled && !run->closed) {
        query->next = run->queries;
        run->queries = query;
        return;
    }
    bool sticky = run->sticky.size > 0 && !server_queue_find(run->sticky, QUEUE_STICKY)->shut && !run->closed;
    server_queue_put(sticky ? server_queue_find(run->sticky, QUEUE_STICKY)
                            : server_queue_find(TEXT("rules"), QUEUE_WORKFLOW),
                     (struct task){.run = run, .query = query});
}
