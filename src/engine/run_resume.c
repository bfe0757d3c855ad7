/* Continues in a new run, or resumes a run that has closed. The input of the new run has the outcome of each action, so
   that nothing runs twice: `continuation_state`, the Go worker's, has results by name; `resume`, which the Go worker
   ignores, says which actions have ended and how. */
#include <assert.h>

#include "base/duration.h"
#include "base/json_writer.h"
#include "base/limits.h"
#include "engine/run_internal.h"

static void write_duration(struct json_writer *json, const char *key, int64_t milliseconds)
{
    if (milliseconds > 0)
        json_member_text(json, key, duration_text_ms(json->buffer->arena, milliseconds));
}

static void write_policy(struct json_writer *json, const struct graph_policy *policy)
{
    if (policy->attempts > 0 || policy->first_ms > 0 || policy->most_ms > 0) {
        json_key(json, "retry");
        json_begin_object(json);
        if (policy->attempts > 0)
            json_member_integer(json, "attempts", policy->attempts);
        write_duration(json, "first", policy->first_ms);
        write_duration(json, "most", policy->most_ms);
        json_end_object(json);
    }
    write_duration(json, "timeout", policy->timeout_ms);
}

static void write_action(struct json_writer *json, const struct graph_action *action)
{
    json_begin_object(json);
    json_member_text(json, "id", action->id);
    json_member_text(json, "name", action->name);
    json_member_text(json, "action_type", action->type);
    json_member_raw(json, "action_config", action->config);
    json_member_boolean(json, "is_active", action->active);
    write_policy(json, &action->policy);
    json_end_object(json);
}

static void write_edge(struct json_writer *json, const struct graph *graph, const struct graph_edge *edge)
{
    static const char *const types[] = {[EDGE_START] = "start",
                                        [EDGE_SEQUENCE] = "sequence",
                                        [EDGE_ALWAYS] = "always",
                                        [EDGE_TRUE_BRANCH] = "true_branch",
                                        [EDGE_FALSE_BRANCH] = "false_branch",
                                        [EDGE_ON_ERROR] = "on_error",
                                        [EDGE_UNKNOWN] = "unknown"};
    json_begin_object(json);
    if (edge->source == GRAPH_START)
        json_member_raw(json, "source_action_id", TEXT("null"));
    else
        json_member_text(json, "source_action_id", graph->actions[edge->source].id);
    json_member_text(json, "target_action_id", graph->actions[edge->target].id);
    json_member_string(json, "edge_type", types[edge->type]);
    if (edge->has_output)
        json_member_text(json, "source_output", edge->source_output);
    json_member_integer(json, "sort_order", edge->sort_order);
    json_end_object(json);
}

static void write_graph(struct json_writer *json, const struct graph *graph)
{
    json_begin_object(json);
    json_key(json, "actions");
    json_begin_array(json);
    for (uint32_t i = 0; i < graph->action_count; i++)
        write_action(json, &graph->actions[i]);
    json_end_array(json);
    json_key(json, "edges");
    json_begin_array(json);
    for (uint32_t i = 0; i < graph->edge_count; i++)
        write_edge(json, graph, &graph->edges[i]);
    json_end_array(json);
    json_end_object(json);
}

/* Whether the input of the next run has the end of the action. Dead and skipped actions follow from the others. */
static bool passes_on(const struct run *run, uint32_t action, const struct run_resumption *resumption)
{
    enum action_state state = (enum action_state)run->nodes[action].state;
    if (resumption != NULL)
        return state == ACTION_STATE_FINISHED && (resumption->again == NULL || !resumption->again[action]);
    return state == ACTION_STATE_FINISHED || state == ACTION_STATE_FAILED || state == ACTION_STATE_HELD;
}

static void write_ended(struct json_writer *json, const struct run *run, const struct run_resumption *resumption)
{
    uint32_t count = run->nodes != NULL ? run->graph.action_count : 0; /* none when the input was refused */
    json_begin_object(json);
    for (uint32_t i = 0; i < count; i++) {
        const struct node *node = &run->nodes[i];
        bool failed = node->state == ACTION_STATE_FAILED || node->state == ACTION_STATE_HELD;
        if (!passes_on(run, i, resumption))
            continue;
        json_key_text(json, run->graph.actions[i].id);
        json_begin_object(json);
        if (node->state == ACTION_STATE_FINISHED)
            json_member_raw(json, "result", node->result);
        if (failed || node->routed)
            json_member_text(json, "failure", node->failure.text);
        if (node->state == ACTION_STATE_HELD)
            json_member_boolean(json, "held", true);
        json_end_object(json);
    }
    json_end_object(json);
}

static void write_resume(struct json_writer *json, const struct run *run, const struct run_resumption *resumption)
{
    json_key(json, "resume");
    json_begin_object(json);
    if (resumption != NULL)
        json_member_text(json, "run_id", resumption->run_id);
    if (run->passes_effect_id)
        json_member_text(json, "effect_id", run->effect_id);
    json_key(json, "actions");
    write_ended(json, run, resumption);
    if (run->wait_count > 0)
        run_write_waits(json, run);
    json_end_object(json);
}

/* The Go worker takes a run that continues this one for a new one. It would perform a resumed run from its start, so
   that run's state is one that it cannot decode: it fails the run at once. */
static struct text continuation_state(const struct run_resumption *resumption)
{
    return resumption != NULL ? TEXT("\"see resume\"")
                              : TEXT("{\"trigger_data\":null,\"action_results\":{},\"flattened\":{}}");
}

/* A run that continues this one holds failed actions if this one does, whatever its worker's setting. A resumed run
   whose input did not say takes the setting of its worker, as a new run does. */
static void write_on_failure(struct json_writer *json, const struct run *run, const struct run_resumption *resumption)
{
    if (run->hold != HOLD_UNDECIDED || resumption == NULL)
        json_member_string(json, "on_failure", run->hold > HOLD_NOT ? "hold" : "fail");
}

static struct text write_input(const struct run *run, const struct run_resumption *resumption, struct arena *arena)
{
    struct buffer buffer = buffer_in(arena, LIMIT_RUN_ARENA);
    struct json_writer json = {&buffer};
    json_begin_object(&json);
    json_member_text(&json, "rule_id", run->rule_id);
    json_member_text(&json, "rule_name", run->rule_name);
    if (run->has_execution_id)
        json_member_text(&json, "execution_id", run->execution_id);
    json_key(&json, "graph");
    if (resumption != NULL && resumption->graph.size > 0)
        json_put_raw(&json, resumption->graph);
    else
        write_graph(&json, &run->graph);
    write_on_failure(&json, run, resumption);
    json_member_raw(&json, "trigger_data", run->trigger);
    json_member_raw(&json, "continuation_state", continuation_state(resumption));
    write_resume(&json, run, resumption);
    json_end_object(&json);
    return buffer_text(&buffer);
}

struct text run_continuation_input(const struct run *run, struct arena *arena)
{
    return write_input(run, NULL, arena);
}

struct text run_resumed_input(const struct run *run, const struct run_resumption *resumption, struct arena *arena)
{
    assert(run->phase == PHASE_OVER || run->phase == PHASE_REFUSED);
    return write_input(run, resumption, arena);
}

enum status run_set_config(struct run *run, uint32_t action, struct text config, struct error *error)
{
    assert(run->phase == PHASE_OVER && action < run->graph.action_count);
    struct text copy = arena_copy(run->arena, config);
    if (copy.data == NULL)
        return error_budget(error);
    run->graph.actions[action].config = copy;
    return STATUS_OK;
}

bool run_is_resumed(const struct run *run)
{
    return run->is_resumed;
}

static enum status resume_action(struct run *run, uint32_t action, const struct json_value *ended, struct error *error)
{
    run->nodes[action].executor = EXECUTOR_EARLIER;
    const struct json_value *result = json_get(ended, TEXT("result"));
    const struct json_value *held = json_get(ended, TEXT("held"));
    struct failure why = {.text = json_get_text(ended, TEXT("failure"))};
    bool has_result = result != NULL && result->type == JSON_OBJECT;
    if (why.text.size > 0 || !has_result)
        return run_fail_earlier(run, action, why, held != NULL && held->type == JSON_BOOLEAN && held->boolean,
                                has_result ? result : NULL, error);
    struct arena *scratch = arena_new(LIMIT_RUN_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct text json = json_to_text(scratch, result);
    enum status status = json.data != NULL ? run_finish(run, action, json, result, error) : error_budget(error);
    arena_free(scratch);
    return status;
}

/* The Go worker passes on its results but starts the graph again; this worker continues where the run was. */
static enum status resume_by_name(struct run *run, const struct json_value *input, struct error *error)
{
    const struct json_value *state = json_get_lenient(input, TEXT("continuation_state"));
    return run_take_results(run, json_get_lenient(state, TEXT("action_results")), EXECUTOR_EARLIER, error);
}

enum status run_resume(struct run *run, const struct json_value *input, struct error *error)
{
    const struct json_value *resume = json_get(input, TEXT("resume"));
    const struct json_value *actions = json_get(resume, TEXT("actions"));
    if (resume == NULL)
        return resume_by_name(run, input, error);
    enum status waits = run->wait_count > 0 ? run_resume_waits(run, resume, error) : STATUS_OK;
    if (waits != STATUS_OK)
        return waits;
    run->is_resumed = json_get_text(resume, TEXT("run_id")).size > 0;
    if (actions == NULL || actions->type != JSON_OBJECT)
        return STATUS_OK;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < actions->object.count && status == STATUS_OK; i++) {
        uint32_t action = graph_find(&run->graph, actions->object.members[i].key);
        if (action != UINT32_MAX)
            status = resume_action(run, action, &actions->object.members[i].value, error);
    }
    return status;
}
