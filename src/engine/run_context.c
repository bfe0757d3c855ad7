/* What an action may read: the trigger's fields and its ancestors' results, so that no outcome depends on timing. Its
   request has only those that its config names, so that a history grows with the graph and not with its square. */
#include <assert.h>
#include <stdlib.h>

#include "action/context.h"
#include "action/context_names.h"
#include "engine/run_internal.h"

enum status run_task_begin(struct run *run, struct arena *arena, struct error *error)
{
    assert(run->task_arena == NULL || run->task_arena == arena);
    if (run->task_arena != NULL)
        return STATUS_OK;
    size_t count = run->graph.action_count;
    run->notes = ARENA_ARRAY(arena, count, struct task_note);
    run->seen = ARENA_ARRAY(arena, count, uint32_t);
    run->walk = ARENA_ARRAY(arena, count, uint32_t);
    if (run->notes == NULL || run->seen == NULL || run->walk == NULL)
        return error_budget(error);
    run->stamp = 0;
    run->task_arena = arena;
    enum status status = json_read(arena, run->trigger, &run->trigger_value, error);
    if (status != STATUS_OK)
        run->task_arena = NULL;
    return status;
}

static enum status result_of(struct run *run, uint32_t action, const struct json_value **value, struct error *error)
{
    struct task_note *note = &run->notes[action];
    if (!note->parsed) {
        enum status status = json_read(run->task_arena, run->nodes[action].result, &note->result, error);
        if (status != STATUS_OK)
            return status;
        note->parsed = true;
    }
    *value = &note->result;
    return STATUS_OK;
}

/* Appends the direct predecessors of an action to the walk. */
static uint32_t walk_upstream(struct run *run, uint32_t action, uint32_t count)
{
    const struct graph *graph = &run->graph;
    for (uint32_t k = graph->first_incoming[action]; k < graph->first_incoming[action + 1]; k++) {
        uint32_t source = graph->edges[graph->incoming[k]].source;
        if (source == GRAPH_START || run->seen[source] == run->stamp)
            continue;
        run->seen[source] = run->stamp;
        run->walk[count++] = source;
    }
    return count;
}

/* The nearest finished ancestor of this name, among equally near ones the first in the document; UINT32_MAX when no
   ancestor has the name. `first` is the name's first index in by_name. */
static uint32_t nearest_named(struct run *run, uint32_t action, uint32_t first, struct text name)
{
    const struct graph *graph = &run->graph;
    bool any = false;
    for (uint32_t i = first; i < graph->action_count; i++) {
        uint32_t candidate = graph->by_name[i];
        if (!text_equal(graph->actions[candidate].name, name))
            break;
        any = any || run->nodes[candidate].state == ACTION_STATE_FINISHED;
    }
    if (!any)
        return UINT32_MAX;

    run->stamp++;
    uint32_t count = walk_upstream(run, action, 0), level_end = count, best = UINT32_MAX;
    for (uint32_t next = 0; next < count; next++) {
        if (next == level_end) {
            if (best != UINT32_MAX)
                break;
            level_end = count;
        }
        uint32_t at = run->walk[next];
        if (run->nodes[at].state == ACTION_STATE_FINISHED && at < best && text_equal(graph->actions[at].name, name))
            best = at;
        count = walk_upstream(run, at, count);
    }
    return best;
}

static uint32_t ancestor_named(struct run *run, uint32_t action, struct text name)
{
    uint32_t first = graph_name_bound(&run->graph, name);
    return first < run->graph.action_count ? nearest_named(run, action, first, name) : UINT32_MAX;
}

/* The value of a key of the whole context: a field of a result (the longest action name first), else a result, else a
   trigger field. NULL when the context has no such key. */
static enum status key_value(struct run *run, uint32_t action, struct text key, const struct json_value **value,
                             struct error *error)
{
    *value = NULL;
    for (size_t i = key.size; i-- > 1;) {
        if (key.data[i] != '.')
            continue;
        uint32_t source = ancestor_named(run, action, text_slice(key, 0, i));
        if (source == UINT32_MAX)
            continue;
        const struct json_value *result;
        enum status status = result_of(run, source, &result, error);
        if (status != STATUS_OK)
            return status;
        *value = json_get(result, text_slice(key, i + 1, key.size));
        if (*value != NULL)
            return STATUS_OK;
    }
    uint32_t source = ancestor_named(run, action, key);
    if (source != UINT32_MAX)
        return result_of(run, source, value, error);
    *value = json_get(&run->trigger_value, key);
    return STATUS_OK;
}

static bool walks(const struct json_value *value, struct text path)
{
    while (path.data != NULL && value != NULL)
        value = json_get(value, text_split(&path, '.'));
    return value != NULL;
}

struct members {
    struct json_member *items;
    size_t count;
};

static bool has_key(const struct members *members, struct text key)
{
    for (size_t i = 0; i < members->count; i++)
        if (text_equal(members->items[i].key, key))
            return true;
    return false;
}

/* Adds the key that a name refers to: the longest dotted prefix that is a key and from which the rest can be walked. */
static enum status add_name(struct run *run, uint32_t action, struct text name, struct members *members,
                            struct error *error)
{
    for (size_t size = name.size; size > 0; size--) {
        if (size < name.size && name.data[size] != '.')
            continue;
        struct text key = text_slice(name, 0, size);
        const struct json_value *value;
        enum status status = key_value(run, action, key, &value, error);
        if (status != STATUS_OK)
            return status;
        struct text rest = size < name.size ? text_slice(name, size + 1, name.size) : TEXT_NONE;
        if (value == NULL || !walks(value, rest))
            continue;
        if (!has_key(members, key))
            members->items[members->count++] = (struct json_member){.key = key, .value = *value};
        return STATUS_OK;
    }
    return STATUS_OK;
}

static int by_key(const void *a, const void *b)
{
    return text_compare(((const struct json_member *)a)->key, ((const struct json_member *)b)->key);
}

static enum status named_context(struct run *run, uint32_t action, const struct action_type *type,
                                 const struct json_value *config, struct members *members, struct error *error)
{
    struct text_list names;
    enum status status = context_names(run->task_arena, type, config, &names, error);
    if (status != STATUS_OK)
        return status;
    members->items = ARENA_ARRAY(run->task_arena, names.count + context_standing_field_count, struct json_member);
    if (members->items == NULL)
        return error_budget(error);
    for (size_t i = 0; i < context_standing_field_count && status == STATUS_OK; i++)
        status = add_name(run, action, context_standing_fields[i], members, error);
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++)
        status = add_name(run, action, names.items[i], members, error);
    return status;
}

/* The largest number of members that the whole context can have; walk[] then holds every ancestor, nearest first. */
static enum status collect_ancestors(struct run *run, uint32_t action, uint32_t *ancestors, size_t *max,
                                     struct error *error)
{
    run->stamp++;
    uint32_t count = walk_upstream(run, action, 0);
    *max = run->trigger_value.type == JSON_OBJECT ? run->trigger_value.object.count : 0;
    for (uint32_t next = 0; next < count; next++) {
        count = walk_upstream(run, run->walk[next], count);
        if (run->nodes[run->walk[next]].state != ACTION_STATE_FINISHED)
            continue;
        const struct json_value *result;
        enum status status = result_of(run, run->walk[next], &result, error);
        if (status != STATUS_OK)
            return status;
        *max += 1 + result->object.count;
    }
    *ancestors = count;
    return STATUS_OK;
}

static enum status add_result(struct run *run, uint32_t action, struct members *members, struct error *error)
{
    struct text name = run->graph.actions[action].name;
    const struct json_value *result = &run->notes[action].result;
    if (name.size == 0)
        return STATUS_OK;
    members->items[members->count++] = (struct json_member){.key = name, .value = *result};
    for (size_t i = 0; i < result->object.count; i++) {
        const struct json_member *field = &result->object.members[i];
        struct text key = arena_print(run->task_arena, "%.*s.%.*s", TEXT_ARG(name), TEXT_ARG(field->key));
        if (key.data == NULL)
            return error_budget(error);
        members->items[members->count++] = (struct json_member){.key = key, .value = field->value};
    }
    return STATUS_OK;
}

/* Keeps of equal keys the one that add_name would give. Members are sorted by key. */
static enum status resolve_clashes(struct run *run, uint32_t action, struct members *members, struct error *error)
{
    size_t kept = 0;
    for (size_t i = 0; i < members->count; i++) {
        if (kept > 0 && text_equal(members->items[kept - 1].key, members->items[i].key)) {
            const struct json_value *value;
            enum status status = key_value(run, action, members->items[i].key, &value, error);
            if (status != STATUS_OK)
                return status;
            members->items[kept - 1].value = *value;
            continue;
        }
        members->items[kept++] = members->items[i];
    }
    members->count = kept;
    return STATUS_OK;
}

static enum status whole_context(struct run *run, uint32_t action, struct members *members, struct error *error)
{
    uint32_t ancestors;
    size_t max;
    enum status status = collect_ancestors(run, action, &ancestors, &max, error);
    if (status != STATUS_OK)
        return status;
    members->items = ARENA_ARRAY(run->task_arena, max, struct json_member);
    if (members->items == NULL)
        return error_budget(error);
    for (uint32_t i = 0; i < ancestors && status == STATUS_OK; i++)
        if (run->nodes[run->walk[i]].state == ACTION_STATE_FINISHED)
            status = add_result(run, run->walk[i], members, error);
    for (size_t i = 0; run->trigger_value.type == JSON_OBJECT && i < run->trigger_value.object.count; i++)
        members->items[members->count++] = run->trigger_value.object.members[i];
    return status;
}

enum status run_context(struct run *run, uint32_t action, const struct action_type *type,
                        const struct json_value *config, struct json_value *context, struct error *error)
{
    struct members members = {0};
    bool whole = type == NULL || type->context_all;
    enum status status =
        whole ? whole_context(run, action, &members, error) : named_context(run, action, type, config, &members, error);
    if (status != STATUS_OK)
        return status;
    qsort(members.items, members.count, sizeof *members.items, by_key);
    if (whole)
        status = resolve_clashes(run, action, &members, error);
    *context = json_object(members.items, members.count);
    return status;
}
