/* What an action may read: the trigger's fields and its ancestors' results, so that no outcome depends on timing. The
   action's request has only those that its config names, so that a history grows with the graph and not with its
   square. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "action/context.h"
#include "action/context_names.h"
#include "base/limits.h"
#include "engine/run_internal.h"

enum status run_task_begin(struct run *run, struct arena *arena, struct error *error)
{
    assert(run->task_arena == NULL || run->task_arena == arena);
    if (run->task_arena != NULL)
        return STATUS_OK;
    run->notes = ARENA_ARRAY(arena, run->graph.action_count / NOTE_PAGE + 1, struct task_note *);
    if (run->notes == NULL)
        return error_budget(error);
    run->task_arena = arena;
    return STATUS_OK;
}

struct task_note *run_note(struct run *run, uint32_t action)
{
    struct task_note **page = &run->notes[action / NOTE_PAGE];
    uint32_t left = run->graph.action_count - action / NOTE_PAGE * NOTE_PAGE;
    if (*page == NULL)
        *page = ARENA_ARRAY(run->task_arena, left < NOTE_PAGE ? left : NOTE_PAGE, struct task_note);
    return *page != NULL ? &(*page)[action % NOTE_PAGE] : NULL;
}

static enum status read_trigger(struct run *run, struct error *error)
{
    if (run->trigger_read)
        return STATUS_OK;
    enum status status = json_read(run->task_arena, run->trigger, &run->trigger_value, error);
    run->trigger_read = status == STATUS_OK;
    return status;
}

static enum status result_of(struct run *run, uint32_t action, const struct json_value **value, struct error *error)
{
    struct task_note *note = run_note(run, action);
    if (note == NULL)
        return error_budget(error);
    if (!note->parsed) {
        enum status status = json_read(run->task_arena, run->nodes[action].result, &note->result, error);
        if (status != STATUS_OK)
            return status;
        note->parsed = true;
    }
    *value = &note->result;
    return STATUS_OK;
}

/* Begins an upstream walk. */
static void new_stamp(struct run *run)
{
    if (run->stamp == UINT32_MAX) {
        memset(run->seen, 0, run->graph.action_count * sizeof *run->seen);
        run->stamp = 0;
    }
    run->stamp++;
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

/* Whether a path of edges leads from `ancestor` to the action. The graph's labels answer this at once, except for a few
   shapes; for these, the walk leaves out actions that `ancestor` cannot reach. */
static bool is_ancestor(struct run *run, uint32_t ancestor, uint32_t action)
{
    const struct graph *graph = &run->graph;
    if (ancestor == action || !graph_may_reach(graph, ancestor, action))
        return false;
    if (graph_surely_reaches(graph, ancestor, action))
        return true;
    new_stamp(run);
    uint32_t count = walk_upstream(run, action, 0);
    for (uint32_t next = 0; next < count; next++) {
        uint32_t at = run->walk[next];
        if (graph_surely_reaches(graph, ancestor, at))
            return true;
        if (graph_may_reach(graph, ancestor, at))
            count = walk_upstream(run, at, count);
    }
    return false;
}

static bool is_finished(const struct run *run, uint32_t action)
{
    return run->nodes[action].state == ACTION_STATE_FINISHED;
}

/* Whether an action of this name, which is not unique, is a finished ancestor. `first` is its first index in
   by_name. */
static bool has_named(struct run *run, uint32_t action, uint32_t first, struct text name)
{
    const struct graph *graph = &run->graph;
    for (uint32_t i = first; i < graph->action_count; i++) {
        uint32_t candidate = graph->by_name[i];
        if (!text_equal(graph->actions[candidate].name, name))
            break;
        if (is_finished(run, candidate) && is_ancestor(run, candidate, action))
            return true;
    }
    return false;
}

/* The nearest finished ancestor of this name, among equally near ones the first in the document; UINT32_MAX when no
   ancestor has the name. */
static uint32_t nearest_named(struct run *run, uint32_t action, uint32_t first, struct text name)
{
    const struct graph *graph = &run->graph;
    uint32_t count = 0, level_end = 0, best = UINT32_MAX;
    if (!has_named(run, action, first, name))
        return UINT32_MAX;
    new_stamp(run);
    count = level_end = walk_upstream(run, action, 0);
    for (uint32_t next = 0; next < count; next++) {
        if (next == level_end) {
            if (best != UINT32_MAX)
                break;
            level_end = count;
        }
        uint32_t at = run->walk[next];
        if (is_finished(run, at) && at < best && text_equal(graph->actions[at].name, name))
            best = at;
        count = walk_upstream(run, at, count);
    }
    return best;
}

/* The same as nearest_named, for any name that an action has. */
static uint32_t ancestor_named(struct run *run, uint32_t action, uint32_t first)
{
    const struct graph *graph = &run->graph;
    uint32_t only = graph->by_name[first], next = first + 1;
    struct text name = graph->actions[only].name;
    if (next < graph->action_count && text_equal(graph->actions[graph->by_name[next]].name, name))
        return nearest_named(run, action, first, name);
    return is_finished(run, only) && is_ancestor(run, only, action) ? only : UINT32_MAX;
}

/* The ancestors whose names are a given name or a part of it that ends before a dot, the longest part first. */
struct heads {
    struct {
        size_t size; /* of the part */
        uint32_t action;
    } items[LIMIT_CONTEXT_NAME];
    size_t count;
};

/* The name has LIMIT_CONTEXT_NAME bytes at most. */
static void find_heads(struct run *run, uint32_t action, struct text name, struct heads *heads)
{
    heads->count = 0;
    size_t size = name.size;
    uint32_t first;
    while ((first = graph_name_head(&run->graph, name, &size)) != UINT32_MAX) {
        uint32_t ancestor = ancestor_named(run, action, first);
        if (ancestor != UINT32_MAX) {
            heads->items[heads->count].size = size;
            heads->items[heads->count++].action = ancestor;
        }
        size = graph_dot_before(name, size);
    }
}

/* The value of a key of the whole context: a field of a result (the longest action name first), else a result, else a
   trigger field. NULL when the context has no such key. The heads are those of a name that begins with the key. */
static enum status key_value(struct run *run, const struct heads *heads, struct text key,
                             const struct json_value **value, struct error *error)
{
    const struct json_value *whole = NULL;
    for (size_t i = 0; i < heads->count; i++) {
        size_t size = heads->items[i].size;
        if (size > key.size)
            continue;
        const struct json_value *result;
        enum status status = result_of(run, heads->items[i].action, &result, error);
        if (status != STATUS_OK)
            return status;
        if (size == key.size) {
            whole = result;
            continue;
        }
        *value = json_get(result, text_slice(key, size + 1, key.size));
        if (*value != NULL)
            return STATUS_OK;
    }
    *value = whole != NULL ? whole : json_get(&run->trigger_value, key);
    return STATUS_OK;
}

struct members {
    struct json_member *items;
    size_t count;
};

/* Adds the key that a name refers to: the longest prefix of the name, before a dot or an index, that is a key and from
   whose value the remaining path can be walked. Several names may add the same key. */
static enum status add_name(struct run *run, uint32_t action, struct text name, struct members *members,
                            struct error *error)
{
    if (name.size > LIMIT_CONTEXT_NAME)
        return STATUS_OK;
    struct heads heads;
    find_heads(run, action, name, &heads);
    for (size_t size = name.size; size > 0; size--) {
        if (size < name.size && !context_is_cut(name, size))
            continue;
        struct text key = text_slice(name, 0, size);
        const struct json_value *value;
        if (size < name.size && name.data[size] == '[')
            find_heads(run, action, key, &heads); /* the heads of the whole name end before dots */
        enum status status = key_value(run, &heads, key, &value, error);
        if (status != STATUS_OK)
            return status;
        if (context_walk(value, text_slice(name, size, name.size)) == NULL)
            continue;
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

/* *max: the largest number of members that the whole context can have. run.walk then holds every ancestor, nearest
   first. */
static enum status collect_ancestors(struct run *run, uint32_t action, uint32_t *ancestors, size_t *max,
                                     struct error *error)
{
    new_stamp(run);
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
    const struct json_value *result;
    enum status status = result_of(run, action, &result, error);
    if (status != STATUS_OK || name.size == 0)
        return status;
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

/* Chooses, among several values of a key, the one that add_name gives. A key longer than LIMIT_CONTEXT_NAME cannot be
   named. */
static enum status resolve_clash(struct run *run, uint32_t action, struct json_member *member, struct error *error)
{
    if (member->key.size > LIMIT_CONTEXT_NAME)
        return STATUS_OK;
    struct heads heads;
    const struct json_value *value;
    find_heads(run, action, member->key, &heads);
    enum status status = key_value(run, &heads, member->key, &value, error);
    if (status == STATUS_OK)
        member->value = *value;
    return status;
}

/* Keeps one of the members with equal keys, which are sorted by key. In a context of names, these have the same
   value. */
static enum status resolve_clashes(struct run *run, uint32_t action, bool whole, struct members *members,
                                   struct error *error)
{
    size_t kept = 0;
    enum status status = STATUS_OK;
    for (size_t i = 0, end; i < members->count && status == STATUS_OK; i = end) {
        struct json_member *member = &members->items[kept++];
        *member = members->items[i];
        for (end = i + 1; end < members->count && text_equal(member->key, members->items[end].key); end++)
            ;
        if (whole && end > i + 1)
            status = resolve_clash(run, action, member, error);
    }
    members->count = kept;
    return status;
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
    enum status status = read_trigger(run, error);
    if (status != STATUS_OK)
        return status;
    status =
        whole ? whole_context(run, action, &members, error) : named_context(run, action, type, config, &members, error);
    if (status != STATUS_OK)
        return status;
    qsort(members.items, members.count, sizeof *members.items, by_key);
    status = resolve_clashes(run, action, whole, &members, error);
    *context = json_object_ordered(members.items, members.count);
    return status;
}
