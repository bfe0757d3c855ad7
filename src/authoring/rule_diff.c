/* Compares two versions of a rule. */
#include "authoring/rule_diff.h"

#include <inttypes.h>
#include <stdlib.h>

struct comparison {
    const struct rule_version *old, *new;
    struct rule_changes *changes;
    struct arena *arena;
    bool full; /* the arena */
};

static void add(struct comparison *comparison, struct rule_change change)
{
    struct rule_changes *changes = comparison->changes;
    if (changes->count == changes->capacity) {
        size_t capacity = changes->capacity == 0 ? 16 : changes->capacity * 2;
        struct rule_change *grown =
            arena_grow(comparison->arena, changes->items, changes->capacity * sizeof *grown, capacity * sizeof *grown);
        if (grown == NULL) {
            comparison->full = true;
            return;
        }
        changes->items = grown;
        changes->capacity = capacity;
    }
    changes->items[changes->count++] = change;
}

/* ---- configs ---- */

struct place {
    struct comparison *comparison;
    const struct graph_action *action;
};

static struct text json_of(struct comparison *comparison, const struct json_value *value)
{
    struct text text = value != NULL ? json_to_text(comparison->arena, value) : TEXT("");
    comparison->full = comparison->full || text.data == NULL;
    return text;
}

static void add_config(const struct place *place, struct text pointer, const struct json_value *before,
                       const struct json_value *after)
{
    struct comparison *comparison = place->comparison;
    add(comparison, (struct rule_change){.kind = ACTION_CONFIG_CHANGED,
                                         .action_id = place->action->id,
                                         .action = place->action->name,
                                         .pointer = pointer,
                                         .before = json_of(comparison, before),
                                         .after = json_of(comparison, after)});
}

static void compare_values(const struct place *place, struct text pointer, const struct json_value *before,
                           const struct json_value *after);

/* A key as a part of a JSON pointer. */
static struct text pointer_to(const struct place *place, struct text pointer, struct text key)
{
    struct buffer buffer = buffer_in(place->comparison->arena, pointer.size + 2 * key.size + 2);
    buffer_add(&buffer, pointer);
    buffer_add_byte(&buffer, '/');
    for (size_t i = 0; i < key.size; i++) {
        if (key.data[i] == '~' || key.data[i] == '/')
            buffer_add(&buffer, key.data[i] == '~' ? TEXT("~0") : TEXT("~1"));
        else
            buffer_add_byte(&buffer, key.data[i]);
    }
    struct text made = buffer_text(&buffer);
    place->comparison->full = place->comparison->full || made.data == NULL;
    return made;
}

static void compare_objects(const struct place *place, struct text pointer, const struct json_value *before,
                            const struct json_value *after)
{
    for (size_t i = 0; i < before->object.count && !place->comparison->full; i++) {
        const struct json_member *member = &before->object.members[i];
        compare_values(place, pointer_to(place, pointer, member->key), &member->value, json_get(after, member->key));
    }
    for (size_t i = 0; i < after->object.count && !place->comparison->full; i++) {
        const struct json_member *member = &after->object.members[i];
        if (json_get(before, member->key) == NULL)
            add_config(place, pointer_to(place, pointer, member->key), NULL, &member->value);
    }
}

static void compare_arrays(const struct place *place, struct text pointer, const struct json_value *before,
                           const struct json_value *after)
{
    size_t count = before->array.count > after->array.count ? before->array.count : after->array.count;
    for (size_t i = 0; i < count && !place->comparison->full; i++)
        compare_values(place, arena_print(place->comparison->arena, "%.*s/%zu", TEXT_ARG(pointer), i),
                       i < before->array.count ? &before->array.items[i] : NULL,
                       i < after->array.count ? &after->array.items[i] : NULL);
}

/* NULL: absent. */
static void compare_values(const struct place *place, struct text pointer, const struct json_value *before,
                           const struct json_value *after)
{
    if (before != NULL && after != NULL && before->type == after->type && before->type == JSON_OBJECT)
        compare_objects(place, pointer, before, after);
    else if (before != NULL && after != NULL && before->type == after->type && before->type == JSON_ARRAY)
        compare_arrays(place, pointer, before, after);
    else if (before == NULL || after == NULL || !json_equal(before, after))
        add_config(place, pointer, before, after);
}

/* ---- actions ---- */

static void compare_configs(struct comparison *comparison, const struct graph_action *before,
                            const struct graph_action *after)
{
    if (text_equal(before->config, after->config))
        return;
    struct json_value old, new;
    if (json_read(comparison->arena, before->config, &old, NULL) != STATUS_OK ||
        json_read(comparison->arena, after->config, &new, NULL) != STATUS_OK) {
        comparison->full = true;
        return;
    }
    const struct place place = {.comparison = comparison, .action = after};
    compare_values(&place, TEXT("/action_config"), &old, &new);
}

static void compare_actions(struct comparison *comparison, const struct graph_action *before,
                            const struct graph_action *after)
{
    const struct rule_change change = {.action_id = after->id, .action = after->name};
    if (!text_equal(before->name, after->name)) {
        struct rule_change renamed = change;
        renamed.kind = ACTION_RENAMED;
        renamed.before = before->name;
        renamed.after = after->name;
        add(comparison, renamed);
    }
    if (!text_equal(before->type, after->type)) {
        struct rule_change retyped = change;
        retyped.kind = ACTION_TYPE_CHANGED;
        retyped.before = before->type;
        retyped.after = after->type;
        add(comparison, retyped);
    }
    if (before->active != after->active) {
        struct rule_change activation = change;
        activation.kind = after->active ? ACTION_ACTIVATED : ACTION_DEACTIVATED;
        add(comparison, activation);
    }
    compare_configs(comparison, before, after);
}

static void compare_all_actions(struct comparison *comparison)
{
    const struct graph *old = &comparison->old->graph, *new = &comparison->new->graph;
    for (uint32_t i = 0; i < new->action_count && !comparison->full; i++) {
        const struct graph_action *action = &new->actions[i];
        uint32_t at = graph_find(old, action->id);
        if (at != UINT32_MAX)
            compare_actions(comparison, &old->actions[at], action);
        else
            add(comparison,
                (struct rule_change){
                    .kind = ACTION_ADDED, .action_id = action->id, .action = action->name, .after = action->type});
    }
    for (uint32_t i = 0; i < old->action_count && !comparison->full; i++) {
        const struct graph_action *action = &old->actions[i];
        if (graph_find(new, action->id) == UINT32_MAX)
            add(comparison,
                (struct rule_change){
                    .kind = ACTION_REMOVED, .action_id = action->id, .action = action->name, .before = action->type});
    }
}

/* ---- edges ---- */

/* An edge by what identifies it in both versions. */
struct edge_key {
    struct text source, output, target; /* ids; source "" for the start */
    const struct graph *graph;
    const struct graph_edge *edge;
    bool matched;
};

static struct text output_of(const struct graph_edge *edge)
{
    if (edge->has_output)
        return edge->source_output;
    return edge->type == EDGE_TRUE_BRANCH ? TEXT("true") : edge->type == EDGE_FALSE_BRANCH ? TEXT("false") : TEXT("");
}

static int compare_ends(const struct edge_key *left, const struct edge_key *right, bool target)
{
    int order = text_compare(left->source, right->source);
    if (order == 0)
        order = text_compare(left->output, right->output);
    return order == 0 && target ? text_compare(left->target, right->target) : order;
}

static int compare_keys(const void *a, const void *b)
{
    const struct edge_key *left = a, *right = b;
    int order = compare_ends(left, right, true);
    return order != 0 ? order : (left->edge > right->edge) - (left->edge < right->edge);
}

static struct edge_key *keys_of(struct comparison *comparison, const struct graph *graph)
{
    struct edge_key *keys = ARENA_ARRAY(comparison->arena, graph->edge_count, struct edge_key);
    if (keys == NULL) {
        comparison->full = true;
        return NULL;
    }
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        const struct graph_edge *edge = &graph->edges[i];
        keys[i] = (struct edge_key){.source = edge->source == GRAPH_START ? TEXT("") : graph->actions[edge->source].id,
                                    .output = output_of(edge),
                                    .target = graph->actions[edge->target].id,
                                    .graph = graph,
                                    .edge = edge};
    }
    qsort(keys, graph->edge_count, sizeof *keys, compare_keys);
    return keys;
}

static struct text number(struct comparison *comparison, int64_t value)
{
    return arena_print(comparison->arena, "%" PRId64, value);
}

static void add_edge(struct comparison *comparison, enum rule_change_kind kind, const struct edge_key *key,
                     struct text before, struct text after)
{
    bool from_start = key->edge->source == GRAPH_START;
    add(comparison, (struct rule_change){
                        .kind = kind,
                        .action_id = key->source,
                        .action = from_start ? TEXT("") : key->graph->actions[key->edge->source].name,
                        .output = key->output,
                        .before = before,
                        .after = after,
                    });
}

static struct text target_of(const struct edge_key *key)
{
    return key->graph->actions[key->edge->target].name;
}

/* Those with the same ends in both versions. */
static void match_edges(struct comparison *comparison, struct edge_key *old, struct edge_key *new)
{
    uint32_t i = 0, k = 0;
    while (i < comparison->old->graph.edge_count && k < comparison->new->graph.edge_count) {
        int order = compare_ends(&old[i], &new[k], true);
        if (order == 0) {
            old[i].matched = new[k].matched = true;
            int64_t before = old[i].edge->sort_order, after = new[k].edge->sort_order;
            if (before != after)
                add_edge(comparison, EDGE_REORDERED, &new[k], number(comparison, before), number(comparison, after));
        }
        i += order <= 0;
        k += order >= 0;
    }
}

static uint32_t next_unmatched(const struct edge_key *keys, uint32_t at, uint32_t count)
{
    while (at < count && keys[at].matched)
        at++;
    return at;
}

/* An old and a new edge of the same source and output are one that has moved; the others are removed or added. */
static void compare_unmatched(struct comparison *comparison, const struct edge_key *old, const struct edge_key *new)
{
    uint32_t old_count = comparison->old->graph.edge_count, new_count = comparison->new->graph.edge_count;
    uint32_t i = next_unmatched(old, 0, old_count), k = next_unmatched(new, 0, new_count);
    while ((i < old_count || k < new_count) && !comparison->full) {
        int order = i == old_count ? 1 : k == new_count ? -1 : compare_ends(&old[i], &new[k], false);
        if (order == 0)
            add_edge(comparison, EDGE_MOVED, &new[k], target_of(&old[i]), target_of(&new[k]));
        else if (order < 0)
            add_edge(comparison, EDGE_REMOVED, &old[i], target_of(&old[i]), TEXT(""));
        else
            add_edge(comparison, EDGE_ADDED, &new[k], TEXT(""), target_of(&new[k]));
        if (order <= 0)
            i = next_unmatched(old, i + 1, old_count);
        if (order >= 0)
            k = next_unmatched(new, k + 1, new_count);
    }
}

enum status rule_diff(const struct rule_version *old, const struct rule_version *new, struct rule_changes *changes,
                      struct error *error)
{
    struct comparison comparison = {.old = old, .new = new, .changes = changes, .arena = changes->arena};
    struct text before = json_get_text(&old->document, TEXT("rule_name"));
    struct text after = json_get_text(&new->document, TEXT("rule_name"));
    if (!text_equal(before, after) && before.size > 0 && after.size > 0)
        add(&comparison, (struct rule_change){.kind = RULE_RENAMED, .before = before, .after = after});
    compare_all_actions(&comparison);
    struct edge_key *old_edges = keys_of(&comparison, &old->graph);
    struct edge_key *new_edges = keys_of(&comparison, &new->graph);
    if (!comparison.full) {
        match_edges(&comparison, old_edges, new_edges);
        compare_unmatched(&comparison, old_edges, new_edges);
    }
    return comparison.full ? error_budget(error) : STATUS_OK;
}
