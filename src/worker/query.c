/* Answers queries from a run of the cache, or from one replayed for the query. */
#include "worker/query.h"

#include <stdlib.h>

#include "base/json_writer.h"
#include "base/log.h"
#include "engine/names.h"
#include "worker/run_details.h"

#define DEFINITION                                                                                                     \
    "{\"type\":\"" WORKFLOW_TYPE "\",\"queryDefinitions\":["                                                           \
    "{\"name\":\"" QUERY_GRAPH_STATE "\",\"description\":\"State, times and results of every action of the graph\"},"  \
    "{\"name\":\"__stack_trace\",\"description\":\"What the run waits for\"},"                                         \
    "{\"name\":\"__temporal_workflow_metadata\",\"description\":\"What this workflow answers to\"}],"                  \
    "\"updateDefinitions\":["                                                                                          \
    "{\"name\":\"" UPDATE_FAIL "\",\"description\":\"Fails an action on hold: {action, reason}\"},"                    \
    "{\"name\":\"" UPDATE_RETRY "\",\"description\":\"Tries an action on hold again: {action, config, reason}\"},"     \
    "{\"name\":\"" UPDATE_SKIP "\",\"description\":\"Goes on behind an action on hold: {action, result, reason}\"}]}"

/* The queries and updates that the workflow handles, and what people see of the run. The details are left out when
   there is no room for them. */
static struct text metadata(struct arena *arena, const struct run *run, const struct action_catalog *catalog)
{
    struct text details = run_details(arena, run, catalog);
    struct buffer buffer = buffer_in(arena, LIMIT_PAYLOAD_BYTES);
    struct json_writer json = {&buffer};
    json_begin_object(&json);
    json_member_raw(&json, "definition", TEXT(DEFINITION));
    if (details.size > 0)
        json_member_text(&json, "currentDetails", details);
    json_end_object(&json);
    return buffer_text(&buffer);
}

/* A graph has no stack: these are the actions that are under way or ready. */
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

struct query_answer query_answer(struct arena *arena, const struct run *run, const struct action_catalog *catalog,
                                 const struct workflow_query *query)
{
    struct query_answer answer = {.id = query->id};
    if (text_is(query->type, QUERY_GRAPH_STATE))
        answer.result = run_graph_state(run, arena);
    else if (text_is(query->type, "__temporal_workflow_metadata"))
        answer.result = metadata(arena, run, catalog);
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

/* Lives in its arena. */
struct legacy_query {
    struct resources *resources;
    struct arena *arena;
    struct worker_call *call;
    struct workflow_task task;
    struct log_context log;
};

static void answered(void *userdata, const struct client_result *result)
{
    struct legacy_query *query = userdata;
    if (result->code != RPC_OK) {
        LOG_SCOPE(&query->log);
        log_line(LOG_DEBUG, "Failed to answer a query", LOG_STRING("code", rpc_code_name(result->code)),
                 LOG_TEXT("error", result->message));
    }
    (void)worker_call_end(query->call);
    arena_give(&query->resources->task_arenas, query->arena);
}

static void send_answer(struct legacy_query *query, const struct query_answer *answer)
{
    LOG_SCOPE(&query->log);
    client_answer_legacy_query(query->resources->client, query->task.token, answer, query->arena, answered, query);
}

static void send_failure(struct legacy_query *query, struct text failure)
{
    struct query_answer answer = {.id = query->task.queries[0].id, .failure = failure};
    send_answer(query, &answer);
}

/* Answers from a run that is built from the whole history and then freed: events of a query's task may be newer than
   the last workflow task's decisions, so no workflow task could use this run. */
static void answer_from_history(struct legacy_query *query)
{
    struct run *run = run_new(&query->resources->policy);
    if (run == NULL)
        abort();
    struct error error = ERROR_IN(query->arena);
    if (run_fold(run, query->task.events, query->task.event_count, NULL, &error) == STATUS_OK) {
        struct query_answer answer =
            query_answer(query->arena, run, query->resources->options.catalog, &query->task.queries[0]);
        send_answer(query, &answer);
    } else {
        send_failure(query, error.message);
    }
    run_free(run);
}

static void history_fetched(void *userdata, const struct workflow_task *task, const struct client_result *result)
{
    struct legacy_query *query = userdata;
    if (task == NULL) {
        send_failure(query, arena_print(query->arena, "cannot read the history: %.*s", TEXT_ARG(result->message)));
        return;
    }
    query->task = *task;
    answer_from_history(query);
}

void legacy_query_begin(struct resources *resources, struct arena *arena, const struct workflow_task *task)
{
    struct legacy_query *query = ARENA_MUST_NEW(arena, struct legacy_query);
    query->resources = resources;
    query->arena = arena;
    query->call = worker_call_begin(&resources->calls, query);
    query->task = *task;
    query->log = (struct log_context){.workflow_id = task->workflow_id, .run_id = task->run_id};
    const struct run_entry *entry = run_cache_peek(resources->cache, task->run_id);
    if (task->unreadable.size > 0) {
        send_failure(query, task->unreadable);
    } else if (!is_known_workflow_type(task->workflow_type)) {
        send_failure(query, unknown_workflow_type(arena, task->workflow_type));
    } else if (task->first_event_id == 1) {
        answer_from_history(query);
    } else if (entry != NULL) {
        struct query_answer answer = query_answer(arena, entry->run, resources->options.catalog, &task->queries[0]);
        send_answer(query, &answer);
    } else {
        LOG_SCOPE(&query->log);
        client_fetch_history(resources->client, &query->task, arena, history_fetched, query);
    }
}
