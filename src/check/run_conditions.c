/* Finds the conditions under which actions run. Actions are visited in topological order. A join runs when any of the
   conditions of its edges holds; the result is simpler when all outputs of an action lead to the join. */
#include "check/run_conditions.h"

#include <assert.h>
#include <stdlib.h>

struct text run_edge_output(const struct graph_edge *edge)
{
    if (edge->has_output)
        return edge->source_output.size > 0 ? edge->source_output : TEXT("");
    if (edge->type == EDGE_TRUE_BRANCH)
        return TEXT("true");
    return edge->type == EDGE_FALSE_BRANCH ? TEXT("false") : TEXT_NONE;
}

/* Whether an edge follows the output `timed_out`. Without one, a request that nobody answers fails the run. */
static bool may_time_out(const struct graph *graph, uint32_t action)
{
    for (uint32_t i = graph->first_edge[action]; i < graph->first_edge[action + 1]; i++)
        if (graph->edges[i].has_output && text_is(graph->edges[i].source_output, "timed_out"))
            return true;
    return false;
}

static bool has_output(const struct action_type *type, struct text output)
{
    for (size_t i = 0; type != NULL && i < type->output_count; i++)
        if (text_is(output, type->outputs[i]))
            return true;
    return false;
}

bool run_fails_when_unanswered(const struct action_type *type)
{
    bool waits = type->mode == ACTION_MODE_HUMAN || type->dispatch == DISPATCH_ENGINE;
    return waits && has_output(type, TEXT("timed_out"));
}

/* The number of outputs of an action, not counting the output of a failure if an edge follows it; 0: any. An inactive
   action ends with `success`. */
static uint32_t output_count(const struct graph *graph, uint32_t action, const struct action_type *type, bool survives)
{
    if (!graph->actions[action].active)
        return 1;
    if (type == NULL)
        return 0;
    uint32_t count = (uint32_t)type->output_count;
    if (survives)
        count -= has_output(type, TEXT(GRAPH_FAILURE_OUTPUT)) ? 1 : 0;
    if (!run_fails_when_unanswered(type) || may_time_out(graph, action))
        return count;
    return count - (has_output(type, TEXT("timed_out")) ? 1 : 0);
}

bool run_output_possible(const struct graph *graph, uint32_t action, const struct action_type *type, struct text output)
{
    if (!graph->actions[action].active)
        return text_is(output, "success");
    return type == NULL || type->output_count == 0 || text_is(output, GRAPH_FAILURE_OUTPUT) || has_output(type, output);
}

/* ---- the tree of conditions ---- */

static uint32_t add_condition(struct run_conditions *conditions, struct run_condition added)
{
    if (conditions->count == conditions->capacity) {
        uint32_t capacity = conditions->capacity * 2;
        struct run_condition *grown = arena_grow(conditions->arena, conditions->items,
                                                 conditions->capacity * sizeof *grown, capacity * sizeof *grown);
        if (grown == NULL)
            return CONDITION_NEVER;
        conditions->items = grown;
        conditions->capacity = capacity;
    }
    struct run_condition *items = conditions->items, *parent = &items[added.parent], *above = &items[parent->jump];
    added.depth = parent->depth + 1;
    /* If the next two jumps upwards are equally long, this one spans both, as in skew-binary numbers. */
    added.jump = parent->depth - above->depth == above->depth - items[above->jump].depth ? above->jump : added.parent;
    items[conditions->count] = added;
    return conditions->count++;
}

/* The ancestor of a condition at this depth. */
static uint32_t rise(const struct run_conditions *conditions, uint32_t at, uint32_t depth)
{
    const struct run_condition *items = conditions->items;
    while (items[at].depth > depth)
        at = items[items[at].jump].depth >= depth ? items[at].jump : items[at].parent;
    return at;
}

/* The nearest common ancestor, which both conditions imply. */
static uint32_t common(const struct run_conditions *conditions, uint32_t a, uint32_t b)
{
    const struct run_condition *items = conditions->items;
    if (items[a].depth > items[b].depth)
        a = rise(conditions, a, items[b].depth);
    else
        b = rise(conditions, b, items[a].depth);
    while (a != b) {
        bool jumps = items[a].jump != items[b].jump;
        a = jumps ? items[a].jump : items[a].parent;
        b = jumps ? items[b].jump : items[b].parent;
    }
    return a;
}

/* ---- any of several ---- */

static int by_number(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static uint64_t hash_of(const uint32_t *list, uint32_t count)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (uint32_t i = 0; i < count; i++)
        hash = (hash ^ list[i]) * UINT64_C(1099511628211);
    return hash ^ (hash >> 29);
}

static bool same_list(const struct run_condition *condition, const uint32_t *list, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (condition->any_of[i] != list[i])
            return false;
    return true;
}

/* The condition that any of these holds. Equal lists give the same condition, which joins with equal edges share. */
static uint32_t any_of(struct run_conditions *conditions, const uint32_t *list, uint32_t count, uint32_t parent)
{
    uint64_t hash = hash_of(list, count);
    uint32_t slot = (uint32_t)hash & conditions->hash_mask;
    for (; conditions->by_hash[slot] != UINT32_MAX; slot = (slot + 1) & conditions->hash_mask) {
        const struct run_condition *found = &conditions->items[conditions->by_hash[slot]];
        if (found->hash == hash && found->any_count == count && same_list(found, list, count))
            return conditions->by_hash[slot];
    }
    uint32_t *kept = ARENA_ARRAY(conditions->arena, count, uint32_t);
    if (kept == NULL)
        return CONDITION_NEVER;
    for (uint32_t i = 0; i < count; i++)
        kept[i] = list[i];
    uint32_t added = add_condition(
        conditions, (struct run_condition){
                        .parent = parent, .action = UINT32_MAX, .hash = hash, .any_of = kept, .any_count = count});
    if (added != CONDITION_NEVER)
        conditions->by_hash[slot] = added;
    return added;
}

/* ---- one action ---- */

/* How one action can end. */
struct ends {
    uint32_t succeeded; /* the condition that it does not fail; its own condition if no edge follows a failure */
    uint32_t outputs;   /* the number of outputs that it can then have; 0: any */
    bool fails_itself;  /* it can also succeed with the output of a failure, and then follows the failure edges */
    uint32_t complete;  /* the action that all these outputs lead to, plus 1 */
};

/* One visit of all actions. */
struct finding {
    struct run_conditions *conditions;
    const struct graph *graph;
    const struct action_type *const *types;
    uint32_t *heap, heap_count; /* conditions of the edges of a join, the deepest first */
    uint32_t *kept;             /* conditions that were not replaced by a simpler one */
    uint32_t *asking;           /* edges of an action that require an output */
    struct ends *ends;          /* of each visited action */
    bool exhausted;
};

/* The order of the heap: the deepest conditions first, and those of one action together. */
static bool comes_before(const struct run_condition *items, uint32_t a, uint32_t b)
{
    if (items[a].depth != items[b].depth)
        return items[a].depth > items[b].depth;
    if (items[a].action != items[b].action)
        return items[a].action < items[b].action;
    return a < b;
}

static void heap_push(struct finding *finding, uint32_t condition)
{
    const struct run_condition *items = finding->conditions->items;
    uint32_t at = finding->heap_count++;
    while (at > 0 && comes_before(items, condition, finding->heap[(at - 1) / 2])) {
        finding->heap[at] = finding->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    finding->heap[at] = condition;
}

static uint32_t heap_pop(struct finding *finding)
{
    const struct run_condition *items = finding->conditions->items;
    uint32_t top = finding->heap[0], last = finding->heap[--finding->heap_count], at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= finding->heap_count)
            break;
        if (child + 1 < finding->heap_count && comes_before(items, finding->heap[child + 1], finding->heap[child]))
            child++;
        if (!comes_before(items, finding->heap[child], last))
            break;
        finding->heap[at] = finding->heap[child];
        at = child;
    }
    finding->heap[at] = last;
    return top;
}

/* The condition that replaces the conditions of one action, `count` of equal depth; CONDITION_NEVER: they are kept. */
static uint32_t whole_of_group(struct finding *finding, uint32_t target, const uint32_t *group, uint32_t count)
{
    const struct run_conditions *conditions = finding->conditions;
    const struct run_condition *first = &conditions->items[group[0]];
    struct ends *ends = &finding->ends[first->action];
    uint32_t own = conditions->of_action[first->action];
    if (first->parent != ends->succeeded) /* the group says that it does not fail, that it fails, or both */
        return count > 1 || (first->output.data != NULL && ends->complete == target + 1) ? own : CONDITION_NEVER;
    if (ends->outputs == 0 || count < ends->outputs)
        return CONDITION_NEVER;
    ends->complete = target + 1;
    return ends->fails_itself ? CONDITION_NEVER : ends->succeeded;
}

/* Takes the conditions that name one action off the heap. If they cover all its outputs, one condition replaces them;
   otherwise they are kept. */
static void take_group(struct finding *finding, uint32_t target, uint32_t *kept_count)
{
    const struct run_conditions *conditions = finding->conditions;
    const struct run_condition *items = conditions->items;
    uint32_t first = *kept_count, action = items[finding->heap[0]].action, depth = items[finding->heap[0]].depth;
    do {
        uint32_t taken = heap_pop(finding);
        if (*kept_count == 0 || finding->kept[*kept_count - 1] != taken)
            finding->kept[(*kept_count)++] = taken;
    } while (finding->heap_count > 0 && action != UINT32_MAX && items[finding->heap[0]].action == action &&
             items[finding->heap[0]].depth == depth);
    if (action == UINT32_MAX || *kept_count == first)
        return;
    uint32_t whole = whole_of_group(finding, target, &finding->kept[first], *kept_count - first);
    if (whole != CONDITION_NEVER) {
        *kept_count = first;
        heap_push(finding, whole);
    }
}

/* The condition of an action, from the conditions of its incoming edges, which are on the heap. */
static uint32_t join(struct finding *finding, uint32_t target)
{
    struct run_conditions *conditions = finding->conditions;
    uint32_t count = 0;
    while (finding->heap_count > 0)
        take_group(finding, target, &count);
    if (count == 0)
        return CONDITION_NEVER;
    qsort(finding->kept, count, sizeof *finding->kept, by_number);
    uint32_t nearest = finding->kept[0];
    for (uint32_t i = 1; i < count; i++)
        nearest = common(conditions, nearest, finding->kept[i]);
    /* If all others imply one of the conditions, that one alone is the result. */
    if (bsearch(&nearest, finding->kept, count, sizeof *finding->kept, by_number) != NULL)
        return nearest;
    uint32_t found = any_of(conditions, finding->kept, count, nearest);
    finding->exhausted = finding->exhausted || found == CONDITION_NEVER;
    return found;
}

static int by_output(const void *a, const void *b, void *userdata)
{
    const struct graph *graph = userdata;
    return text_compare(run_edge_output(&graph->edges[*(const uint32_t *)a]),
                        run_edge_output(&graph->edges[*(const uint32_t *)b]));
}

/* Adds the condition that an action ends in this way, below its parent condition. */
static uint32_t add_end(struct finding *finding, uint32_t action, uint32_t parent, struct text output)
{
    uint32_t added = add_condition(finding->conditions,
                                   (struct run_condition){.parent = parent, .action = action, .output = output});
    finding->exhausted = finding->exhausted || added == CONDITION_NEVER;
    return added;
}

/* The condition that an action ends with an output. */
static uint32_t output_condition(struct finding *finding, uint32_t action, struct text output)
{
    struct run_conditions *conditions = finding->conditions;
    const struct action_type *type = finding->types[action];
    const struct ends *ends = &finding->ends[action];
    if (!run_output_possible(finding->graph, action, type, output))
        return CONDITION_NEVER;
    bool failure = conditions->survives[action] && text_is(output, GRAPH_FAILURE_OUTPUT);
    if (!failure && ends->outputs == 1 && !ends->fails_itself)
        return ends->succeeded;
    return add_end(finding, action, failure ? conditions->of_action[action] : ends->succeeded, output);
}

static void find_ends(struct finding *finding, uint32_t action)
{
    struct ends *ends = &finding->ends[action];
    uint32_t own = finding->conditions->of_action[action];
    const struct action_type *type = finding->types[action];
    bool survives = finding->conditions->survives[action], runs = own != CONDITION_NEVER;
    *ends = (struct ends){.succeeded = own,
                          .outputs = output_count(finding->graph, action, type, survives),
                          .fails_itself = runs && survives && has_output(type, TEXT(GRAPH_FAILURE_OUTPUT))};
    if (runs && survives)
        ends->succeeded = add_end(finding, action, own, TEXT_NONE);
}

/* Finds the conditions of the edges of an action. Edges that require the same output share a condition. */
static void find_edges(struct finding *finding, uint32_t action)
{
    const struct graph *graph = finding->graph;
    struct run_conditions *conditions = finding->conditions;
    uint32_t count = 0;
    find_ends(finding, action);
    for (uint32_t i = graph->first_edge[action]; i < graph->first_edge[action + 1]; i++) {
        conditions->of_edge[i] = finding->ends[action].succeeded;
        if (conditions->of_action[action] != CONDITION_NEVER && run_edge_output(&graph->edges[i]).data != NULL)
            finding->asking[count++] = i;
    }
    qsort_r(finding->asking, count, sizeof *finding->asking, by_output, (void *)(uintptr_t)graph);
    struct text before = TEXT_NONE;
    uint32_t condition = CONDITION_NEVER;
    for (uint32_t i = 0; i < count; i++) {
        struct text output = run_edge_output(&graph->edges[finding->asking[i]]);
        if (before.data == NULL || !text_equal(output, before))
            condition = output_condition(finding, action, output);
        before = output;
        conditions->of_edge[finding->asking[i]] = condition;
    }
}

static void find_action(struct finding *finding, uint32_t action)
{
    const struct graph *graph = finding->graph;
    struct run_conditions *conditions = finding->conditions;
    finding->heap_count = 0;
    for (uint32_t k = graph->first_incoming[action]; k < graph->first_incoming[action + 1]; k++) {
        const struct graph_edge *edge = &graph->edges[graph->incoming[k]];
        if (edge->source != GRAPH_START && !graph->actions[edge->source].reachable)
            continue;
        uint32_t condition = edge->source == GRAPH_START ? CONDITION_ALWAYS : conditions->of_edge[graph->incoming[k]];
        if (condition != CONDITION_NEVER)
            heap_push(finding, condition);
    }
    conditions->of_action[action] = join(finding, action);
    find_edges(finding, action);
}

/* ---- all actions ---- */

/* The reachable actions in topological order. */
static uint32_t *sort_actions(const struct graph *graph, struct arena *arena, uint32_t *count)
{
    uint32_t *sorted = ARENA_ARRAY(arena, graph->action_count, uint32_t);
    *count = 0;
    for (uint32_t i = 0; i < graph->action_count; i++)
        *count += graph->actions[i].reachable ? 1 : 0;
    for (uint32_t i = 0; i < graph->action_count && sorted != NULL; i++)
        if (graph->actions[i].reachable)
            sorted[*count - graph->left[i]] = i;
    return sorted;
}

static bool allocate(struct finding *finding, struct arena *arena)
{
    struct run_conditions *conditions = finding->conditions;
    const struct graph *graph = finding->graph;
    uint32_t slots = 16;
    while (slots / 2 < graph->action_count)
        slots *= 2;
    conditions->capacity = 16;
    conditions->hash_mask = slots - 1;
    conditions->items = ARENA_ARRAY(arena, conditions->capacity, struct run_condition);
    conditions->of_action = ARENA_ARRAY(arena, graph->action_count, uint32_t);
    conditions->of_edge = ARENA_ARRAY(arena, graph->edge_count, uint32_t);
    conditions->by_hash = ARENA_ARRAY(arena, slots, uint32_t);
    conditions->survives = ARENA_ARRAY(arena, graph->action_count, bool);
    finding->heap = ARENA_ARRAY(arena, (size_t)graph->edge_count + 1, uint32_t);
    finding->kept = ARENA_ARRAY(arena, (size_t)graph->edge_count + 1, uint32_t);
    finding->asking = ARENA_ARRAY(arena, graph->edge_count, uint32_t);
    finding->ends = ARENA_ARRAY(arena, graph->action_count, struct ends);
    if (conditions->items == NULL || conditions->of_action == NULL || conditions->of_edge == NULL ||
        conditions->by_hash == NULL || conditions->survives == NULL || finding->heap == NULL || finding->kept == NULL ||
        finding->asking == NULL || finding->ends == NULL)
        return false;
    for (uint32_t i = 0; i < slots; i++)
        conditions->by_hash[i] = UINT32_MAX;
    for (uint32_t i = 0; i < graph->action_count; i++) {
        conditions->of_action[i] = CONDITION_NEVER;
        conditions->survives[i] = graph->actions[i].active && graph_has_failure_edge(graph, i);
    }
    conditions->items[0] = (struct run_condition){.action = UINT32_MAX};
    conditions->count = 1;
    return true;
}

bool run_conditions_find(struct run_conditions *conditions, const struct graph *graph,
                         const struct action_type *const *types, struct arena *arena)
{
    *conditions = (struct run_conditions){.graph = graph, .arena = arena};
    struct finding finding = {.conditions = conditions, .graph = graph, .types = types};
    uint32_t count;
    uint32_t *sorted = sort_actions(graph, arena, &count);
    if (sorted == NULL || !allocate(&finding, arena))
        return false;
    for (uint32_t i = 0; i < count && !finding.exhausted; i++)
        find_action(&finding, sorted[i]);
    return !finding.exhausted;
}

bool run_conditions_imply(const struct run_conditions *conditions, uint32_t then, uint32_t first)
{
    uint32_t below = conditions->of_action[then], above = conditions->of_action[first];
    if (below == CONDITION_NEVER || above == CONDITION_NEVER)
        return below == CONDITION_NEVER;
    return conditions->items[below].depth >= conditions->items[above].depth &&
           rise(conditions, below, conditions->items[above].depth) == above;
}

const struct run_condition *run_conditions_missing(const struct run_conditions *conditions, uint32_t then,
                                                   uint32_t first)
{
    uint32_t a = conditions->of_action[first], b = conditions->of_action[then];
    assert(a != CONDITION_NEVER && b != CONDITION_NEVER);
    const struct run_condition *items = conditions->items;
    uint32_t depth = items[common(conditions, a, b)].depth + 1;
    const struct run_condition *topmost = &items[rise(conditions, a, depth)];
    /* An output of the action says more than that the action does not fail. */
    if (topmost->action == UINT32_MAX || topmost->output.data != NULL || items[a].depth == depth)
        return topmost;
    const struct run_condition *below = &items[rise(conditions, a, depth + 1)];
    return below->action == topmost->action ? below : topmost;
}

enum run_outcome run_conditions_outcome(const struct run_conditions *conditions, uint32_t then, uint32_t first)
{
    uint32_t below = conditions->of_action[then], above = conditions->of_action[first];
    if (!conditions->survives[first])
        return RUN_OUTCOME_SUCCEEDED;
    if (below == CONDITION_NEVER || above == CONDITION_NEVER ||
        conditions->items[below].depth <= conditions->items[above].depth)
        return RUN_OUTCOME_ANY;
    const struct run_condition *end = &conditions->items[rise(conditions, below, conditions->items[above].depth + 1)];
    if (end->action != first)
        return RUN_OUTCOME_ANY;
    return text_is(end->output, GRAPH_FAILURE_OUTPUT) ? RUN_OUTCOME_FAILED : RUN_OUTCOME_SUCCEEDED;
}
