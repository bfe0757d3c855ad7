/* The Go worker runs each branch of a fork as a child workflow. This worker starts none, but continues those that the
   Go worker started: as their parent, and as the child itself. */
#include "base/limits.h"
#include "engine/run_internal.h"

/* ---- as the parent ---- */

enum status run_branch_initiated(struct run *run, const struct event *event, struct error *error)
{
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct json_value input;
    uint32_t action = UINT32_MAX;
    if (json_read(scratch, event->payload, &input, NULL) == STATUS_OK)
        action = graph_find(&run->graph, json_get_text(json_get(&input, TEXT("start_action")), TEXT("id")));
    arena_free(scratch);
    if (action == UINT32_MAX || action_state_ended((enum action_state)run->nodes[action].state))
        return STATUS_OK;
    return run_note_scheduled(run, event, action, EXECUTOR_BRANCH, error);
}

enum status run_branch_done(struct run *run, uint32_t action, const struct event *event, struct error *error)
{
    if (run->nodes[action].state != ACTION_STATE_SCHEDULED)
        return STATUS_OK;
    struct arena *scratch = arena_new(LIMIT_TASK_ARENA, 0);
    if (scratch == NULL)
        return error_budget(error);
    struct json_value output;
    struct error fault = ERROR_IN(scratch);
    enum status status = json_read(scratch, event->payload, &output, &fault);
    if (status == STATUS_OK) {
        const struct json_value *results = json_get_lenient(&output, TEXT("action_results"));
        const struct json_value *own = json_get(results, run->graph.actions[action].name);
        /* A branch that starts at its convergence point has executed nothing. Actions that a branch leaves out, since
           the Go worker follows one edge of a fork, become ready afterwards and run here. */
        if (own == NULL || own->type != JSON_OBJECT) {
            run_put_back(run, action);
        } else {
            run_make_ready(run, action);
            status = run_take_results(run, results, EXECUTOR_BRANCH, error);
        }
    } else {
        status = run_fail(
            run, action,
            failure_join(scratch, FAILURE_TEXT("the result of its branch cannot be read: "), error_failure(&fault)),
            FAILURE_PERMANENT, error);
    }
    arena_free(scratch);
    return status;
}

/* ---- as the child ---- */

static bool same_id(const struct json_value *a, struct text b)
{
    struct uuid left, right;
    return a != NULL && a->type == JSON_STRING && uuid_parse(a->string, &left) && uuid_parse(b, &right) &&
           uuid_equal(left, right);
}

static struct text convergence_of(const struct json_value *input)
{
    struct text id = json_get_text(input, TEXT("convergence_point"));
    struct uuid uuid;
    return uuid_parse(id, &uuid) && !uuid_is_nil(uuid) ? id : TEXT_NONE;
}

enum status branch_document(struct arena *arena, const struct json_value *input, struct json_value *graph,
                            struct error *error)
{
    const struct json_value *given = json_get_lenient(input, TEXT("graph"));
    const struct json_value *actions = json_get_lenient(given, TEXT("actions"));
    const struct json_value *edges = json_get_lenient(given, TEXT("edges"));
    struct text start = json_get_text(json_get(input, TEXT("start_action")), TEXT("id"));
    struct text convergence = convergence_of(input);
    size_t given_count = edges != NULL && edges->type == JSON_ARRAY ? edges->array.count : 0;
    struct json_value *kept = ARENA_ARRAY(arena, given_count + 1, struct json_value);
    struct json_member *first = ARENA_ARRAY(arena, 2, struct json_member);
    struct json_member *members = ARENA_ARRAY(arena, 2, struct json_member);
    if (kept == NULL || first == NULL || members == NULL)
        return error_budget(error);

    size_t count = 0;
    for (size_t i = 0; i < given_count; i++) {
        const struct json_value *edge = &edges->array.items[i];
        if (text_equal(json_get_text(edge, TEXT("edge_type")), TEXT("start")) ||
            (convergence.size > 0 && same_id(json_get(edge, TEXT("target_action_id")), convergence)))
            continue;
        kept[count++] = *edge;
    }
    first[0] = (struct json_member){.key = TEXT("target_action_id"), .value = json_string(start)};
    first[1] = (struct json_member){.key = TEXT("edge_type"), .value = json_string(TEXT("start"))};
    kept[count++] = json_object(first, 2);
    members[0] = (struct json_member){.key = TEXT("actions"), .value = actions != NULL ? *actions : json_null()};
    members[1] = (struct json_member){.key = TEXT("edges"), .value = json_array(kept, count)};
    *graph = json_object(members, 2);
    return STATUS_OK;
}

/* `flattened` has everything; without it, trigger data and results are merged as the Go worker merges them. */
enum status branch_context(struct arena *arena, const struct json_value *input, struct json_value *context,
                           struct error *error)
{
    const struct json_value *given = json_get_lenient(input, TEXT("initial_context"));
    const struct json_value *flattened = json_get_lenient(given, TEXT("flattened"));
    if (flattened != NULL && flattened->type == JSON_OBJECT && flattened->object.count > 0)
        return json_copy(arena, flattened, context);
    const struct json_value *trigger = json_get_lenient(given, TEXT("trigger_data"));
    const struct json_value *results = json_get_lenient(given, TEXT("action_results"));
    size_t trigger_count = trigger != NULL && trigger->type == JSON_OBJECT ? trigger->object.count : 0;
    size_t result_count = results != NULL && results->type == JSON_OBJECT ? results->object.count : 0;
    struct json_member *members = ARENA_ARRAY(arena, trigger_count + result_count, struct json_member);
    if (members == NULL)
        return error_budget(error);
    size_t count = 0;
    for (size_t i = 0; i < result_count; i++)
        members[count++] = results->object.members[i];
    for (size_t i = 0; i < trigger_count; i++)
        if (json_get(results, trigger->object.members[i].key) == NULL)
            members[count++] = trigger->object.members[i];
    *context = json_object_sorted(members, count);
    return STATUS_OK;
}

struct text branch_output(struct run *run, struct arena *arena)
{
    struct json_value inherited;
    if (json_read(arena, run->inherited, &inherited, NULL) != STATUS_OK)
        return TEXT_NONE;
    size_t max = run->graph.action_count + (inherited.type == JSON_OBJECT ? inherited.object.count : 0);
    struct json_member *members = ARENA_ARRAY(arena, max, struct json_member);
    if (members == NULL)
        return TEXT_NONE;
    size_t count = 0;
    for (uint32_t i = 0; i < run->graph.action_count; i++) {
        if (run->nodes[i].state != ACTION_STATE_FINISHED)
            continue;
        members[count].key = run->graph.actions[i].name;
        if (json_read(arena, run->nodes[i].result, &members[count].value, NULL) != STATUS_OK)
            return TEXT_NONE;
        count++;
    }
    struct json_value own = json_object(members, count);
    for (size_t i = 0; inherited.type == JSON_OBJECT && i < inherited.object.count; i++)
        if (json_get(&own, inherited.object.members[i].key) == NULL)
            members[count++] = inherited.object.members[i];
    struct json_value all = json_object(members, count);
    struct buffer buffer = buffer_in(arena, LIMIT_RUN_ARENA);
    buffer_add(&buffer, TEXT("{\"action_results\":"));
    json_write_sorted(&buffer, &all);
    buffer_add_byte(&buffer, '}');
    return buffer_text(&buffer);
}
