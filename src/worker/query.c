/* Queries: answered from a run as it stands, without changing it. */
#include <stdlib.h>

#include "base/log.h"
#include "engine/names.h"
#include "worker/parts.h"

#define METADATA                                                                                                       \
    "{\"definition\":{\"type\":\"" WORKFLOW_TYPE "\",\"queryDefinitions\":["                                           \
    "{\"name\":\"" QUERY_GRAPH_STATE "\",\"description\":\"State, times and results of every action of the graph\"},"  \
    "{\"name\":\"__stack_trace\",\"description\":\"What the run waits for\"},"                                         \
    "{\"name\":\"__temporal_workflow_metadata\",\"description\":\"What this workflow answers to\"}]}}"

/* A graph has no stack: the actions that are under way or could be. */
static struct text stack_trace(struct arena *arena, const struct run *run)
{
    struct buffer lines = buffer_in(arena, LIMIT_PAYLOAD_BYTES / 2);
    for (size_t i = 0; i < run_action_count(run); i++) {
        struct run_action action;
        run_action_at(run, i, &action);
        if (action.state == ACTION_STATE_SCHEDULED || action.state == ACTION_STATE_READY ||
            action.state == ACTION_STATE_PERFORMING)
            buffer_print(&lines, "%.*s (%.*s) %s\n", TEXT_ARG(action.name), TEXT_ARG(action.type),
                         action_state_name(action.state));
    }
    struct buffer json = buffer_in(arena, LIMIT_PAYLOAD_BYTES);
    json_write_string(&json, buffer_text(&lines));
    return buffer_text(&json);
}

struct query_answer query_answer(struct arena *arena, const struct run *run, const struct workflow_query *query)
{
    struct query_answer answer = {.id = query->id};
    if (text_is(query->type, QUERY_GRAPH_STATE))
        answer.result = run_graph_state(run, arena);
    else if (text_is(query->type, "__temporal_workflow_metadata"))
        answer.result = TEXT(METADATA);
    else if (text_is(query->type, "__stack_trace"))
        answer.result = stack_trace(arena, run);
    else
        answer.failure = arena_print(arena,
                                     "unknown queryType %.*s. KnownQueryTypes=[graph_state __stack_trace "
                                     "__temporal_workflow_metadata]",
                                     TEXT_ARG(query->type));
    if (answer.result.size == 0 && answer.failure.size == 0)
        answer.failure = TEXT("the answer is too large");
    return answer;
}

/* A task that is nothing but a query. Lives in its arena. */
struct legacy_query {
    struct worker *worker;
    struct arena *arena;
    struct workflow_task task;
    struct log_context log;
};

static void query_end(void *context, const struct client_result *result)
{
    struct legacy_query *query = context;
    struct worker *worker = query->worker;
    const struct log_context *before = log_set_context(&query->log);
    if (result->code != RPC_OK)
        log_line(LOG_DEBUG, "Query was not answered", LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    (void)log_set_context(before);
    worker->calls--;
    arena_give(&worker->task_arenas, query->arena);
    worker_ended_something(worker);
}

static void send_answer(struct legacy_query *query, const struct query_answer *answer)
{
    const struct log_context *before = log_set_context(&query->log);
    client_answer_legacy_query(query->worker->client, query->task.token, answer, query->arena, query_end, query);
    (void)log_set_context(before);
}

static void send_failure(struct legacy_query *query, struct text failure)
{
    struct query_answer answer = {.id = query->task.queries[0].id, .failure = failure};
    send_answer(query, &answer);
}

/* From a run that is made of the whole history and then forgotten: events of a query's task may lie beyond what a
   workflow task has decided, so such a run is of no use to one. */
static void answer_from_history(struct legacy_query *query)
{
    struct run *run = run_new(&query->worker->policy);
    if (run == NULL)
        abort();
    struct error error = ERROR_IN(query->arena);
    enum status status = run_fold(run, query->task.events, query->task.event_count, NULL, &error);
    if (status == STATUS_OK) {
        struct query_answer answer = query_answer(query->arena, run, &query->task.queries[0]);
        send_answer(query, &answer);
    } else {
        send_failure(query, error.message);
    }
    run_free(run);
}

static void history_fetched(void *context, const struct workflow_task *task, const struct client_result *result)
{
    struct legacy_query *query = context;
    if (task == NULL) {
        send_failure(query, arena_print(query->arena, "cannot read the history: %.*s", TEXT_ARG(result->message)));
        return;
    }
    query->task = *task;
    answer_from_history(query);
}

void legacy_query_begin(struct worker *worker, struct arena *arena, const struct workflow_task *task)
{
    struct legacy_query *query = ARENA_NEW(arena, struct legacy_query);
    if (query == NULL)
        abort();
    *query = (struct legacy_query){.worker = worker,
                                   .arena = arena,
                                   .task = *task,
                                   .log = {.workflow_id = task->workflow_id, .run_id = task->run_id}};
    worker->calls++;
    const struct run_entry *entry = run_cache_peek(worker->cache, task->run_id);
    if (!is_known_workflow_type(task->workflow_type)) {
        send_failure(query, unknown_workflow_type(arena, task->workflow_type));
    } else if (task->first_event_id == 1) {
        answer_from_history(query);
    } else if (entry != NULL) {
        struct query_answer answer = query_answer(arena, entry->run, &task->queries[0]);
        send_answer(query, &answer);
    } else {
        const struct log_context *before = log_set_context(&query->log);
        client_fetch_history(worker->client, &query->task, arena, history_fetched, query);
        (void)log_set_context(before);
    }
}
