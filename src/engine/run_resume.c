/* Going on in a new run: its input carries what each action has come to, so that nothing runs twice. The Go worker's
   `continuation_state` has the results by name; `resume`, which it ignores, says which actions have ended and how. */
#include "base/limits.h"
#include "engine/run_internal.h"

static void write_action(struct buffer *buffer, const struct graph_action *action)
{
    buffer_add_byte(buffer, '{');
    run_write_member(buffer, "id", action->id);
    buffer_add_byte(buffer, ',');
    run_write_member(buffer, "name", action->name);
    buffer_add_byte(buffer, ',');
    run_write_member(buffer, "action_type", action->type);
    buffer_add(buffer, TEXT(",\"action_config\":"));
    buffer_add(buffer, action->config);
    buffer_print(buffer, ",\"is_active\":%s}", action->active ? "true" : "false");
}

static void write_edge(struct buffer *buffer, const struct graph *graph, const struct graph_edge *edge)
{
    static const char *const types[] = {[EDGE_START] = "start",
                                        [EDGE_SEQUENCE] = "sequence",
                                        [EDGE_ALWAYS] = "always",
                                        [EDGE_TRUE_BRANCH] = "true_branch",
                                        [EDGE_FALSE_BRANCH] = "false_branch",
                                        [EDGE_UNKNOWN] = "unknown"};
    buffer_add(buffer, TEXT("{\"source_action_id\":"));
    if (edge->source == GRAPH_START)
        buffer_add(buffer, TEXT("null"));
    else
        json_write_string(buffer, graph->actions[edge->source].id);
    buffer_add_byte(buffer, ',');
    run_write_member(buffer, "target_action_id", graph->actions[edge->target].id);
    buffer_print(buffer, ",\"edge_type\":\"%s\"", types[edge->type]);
    if (edge->has_output) {
        buffer_add_byte(buffer, ',');
        run_write_member(buffer, "source_output", edge->source_output);
    }
    buffer_print(buffer, ",\"sort_order\":%lld}", (long long)edge->sort_order);
}

static void write_graph(struct buffer *buffer, const struct graph *graph)
{
    buffer_add(buffer, TEXT("{\"actions\":["));
    for (uint32_t i = 0; i < graph->action_count; i++) {
        if (i > 0)
            buffer_add_byte(buffer, ',');
        write_action(buffer, &graph->actions[i]);
    }
    buffer_add(buffer, TEXT("],\"edges\":["));
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        if (i > 0)
            buffer_add_byte(buffer, ',');
        write_edge(buffer, graph, &graph->edges[i]);
    }
    buffer_add(buffer, TEXT("]}"));
}

/* Only what ended by itself: dead and skipped follow from it. */
static void write_ended(struct buffer *buffer, const struct run *run)
{
    bool first = true;
    for (uint32_t i = 0; i < run->graph.action_count; i++) {
        const struct node *node = &run->nodes[i];
        if (node->state != ACTION_STATE_FINISHED && node->state != ACTION_STATE_FAILED)
            continue;
        if (!first)
            buffer_add_byte(buffer, ',');
        first = false;
        json_write_string(buffer, run->graph.actions[i].id);
        if (node->state == ACTION_STATE_FINISHED) {
            buffer_add(buffer, TEXT(":{\"result\":"));
            buffer_add(buffer, node->result);
        } else {
            buffer_add(buffer, TEXT(":{"));
            run_write_member(buffer, "failure", node->failure);
        }
        buffer_add_byte(buffer, '}');
    }
}

struct text run_resume_input(struct run *run, struct arena *arena)
{
    struct buffer buffer = buffer_in(arena, LIMIT_RUN_ARENA);
    buffer_add_byte(&buffer, '{');
    run_write_member(&buffer, "rule_id", run->rule_id);
    buffer_add_byte(&buffer, ',');
    run_write_member(&buffer, "rule_name", run->rule_name);
    buffer_add_byte(&buffer, ',');
    run_write_member(&buffer, "execution_id", run->execution_id);
    buffer_add(&buffer, TEXT(",\"graph\":"));
    write_graph(&buffer, &run->graph);
    buffer_add(&buffer, TEXT(",\"trigger_data\":"));
    buffer_add(&buffer, run->trigger);
    buffer_add(&buffer, TEXT(",\"continuation_state\":{\"trigger_data\":null,\"action_results\":{},\"flattened\":{}},"
                             "\"resume\":{\"actions\":{"));
    write_ended(&buffer, run);
    buffer_add(&buffer, TEXT("}}}"));
    return buffer_text(&buffer);
}

static enum status resume_action(struct run *run, uint32_t action, const struct json_value *ended, struct error *error)
{
    run->nodes[action].executor = EXECUTOR_EARLIER;
    const struct json_value *result = json_get(ended, TEXT("result"));
    if (result == NULL || result->type != JSON_OBJECT)
        return run_fail(run, action, json_get_text(ended, TEXT("failure")), error);
    struct arena *scratch = arena_new(LIMIT_RUN_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct text json = json_to_text(scratch, result);
    enum status status = json.data != NULL ? run_finish(run, action, json, result, error) : error_budget(error);
    arena_free(scratch);
    return status;
}

/* The Go worker carries its results on but begins the graph anew; ours goes on where it was. */
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
