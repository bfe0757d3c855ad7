/* Checks the shape of a graph: reachable actions, loops, names that hide one another. */
#include <string.h>

#include "base/limits.h"
#include "graph/graph_internal.h"

/* Marks the actions that are reachable from start edges, and puts them into `queue` in the order in which they are
   reached; returns their number. */
static uint32_t mark_reachable(struct graph *graph, uint32_t *queue)
{
    uint32_t count = 0;
    for (uint32_t i = graph->first_edge[graph->action_count]; i < graph->edge_count; i++) {
        uint32_t target = graph->edges[i].target;
        if (!graph->actions[target].reachable)
            queue[count++] = target;
        graph->actions[target].reachable = true;
    }
    for (uint32_t next = 0; next < count; next++)
        for (uint32_t i = graph->first_edge[queue[next]]; i < graph->first_edge[queue[next] + 1]; i++) {
            uint32_t target = graph->edges[i].target;
            if (!graph->actions[target].reachable)
                queue[count++] = target;
            graph->actions[target].reachable = true;
        }
    return count;
}

static bool counts(const struct graph *graph, uint32_t edge)
{
    uint32_t source = graph->edges[edge].source;
    return source != GRAPH_START && graph->actions[source].reachable;
}

/* Kahn's algorithm: repeatedly removes the actions without an incoming edge. Those that remain have a loop upstream. */
static uint32_t peel(const struct graph *graph, const uint32_t *reachable, uint32_t count, uint32_t *waiting,
                     uint32_t *queue)
{
    uint32_t taken = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t action = reachable[i];
        for (uint32_t k = graph->first_incoming[action]; k < graph->first_incoming[action + 1]; k++)
            waiting[action] += counts(graph, graph->incoming[k]);
        if (waiting[action] == 0)
            queue[taken++] = action;
    }
    for (uint32_t next = 0; next < taken; next++)
        for (uint32_t i = graph->first_edge[queue[next]]; i < graph->first_edge[queue[next] + 1]; i++)
            if (--waiting[graph->edges[i].target] == 0)
                queue[taken++] = graph->edges[i].target;
    return taken;
}

static uint32_t waiting_predecessor(const struct graph *graph, const uint32_t *waiting, uint32_t action)
{
    for (uint32_t k = graph->first_incoming[action]; k < graph->first_incoming[action + 1]; k++) {
        uint32_t edge = graph->incoming[k];
        if (counts(graph, edge) && waiting[graph->edges[edge].source] > 0)
            return graph->edges[edge].source;
    }
    return action;
}

/* Every waiting action has a waiting predecessor, so walking backwards ends in a loop. The message names the actions of
   the loop in the direction of the edges, starting with the one that comes first in the document. `before` has an entry
   for each action. */
static void name_loop(struct graph_reading *reading, const uint32_t *waiting, uint32_t from, uint32_t *before)
{
    const struct graph *graph = reading->graph;
    memset(before, 0xFF, graph->action_count * sizeof *before);
    uint32_t entry = from;
    while (before[entry] == UINT32_MAX) {
        before[entry] = waiting_predecessor(graph, waiting, entry);
        entry = before[entry];
    }

    uint32_t first = entry;
    for (uint32_t at = before[entry]; at != entry; at = before[at])
        first = at < first ? at : first;
    entry = first;

    struct text path = graph->actions[entry].name;
    uint32_t at = entry;
    uint32_t shown = 0;
    do {
        at = before[at];
        bool show = shown < 10 || at == entry;
        struct text name = show ? graph->actions[at].name : shown == 10 ? TEXT("...") : TEXT_NONE;
        if (name.size > 0)
            path = arena_print(reading->scratch, "%.*s -> %.*s", TEXT_ARG(name), TEXT_ARG(path));
        shown++;
    } while (at != entry);
    graph_reading_fault(reading, PUBLIC("cycle in graph: %.*s"), TEXT_ARG(path));
}

void graph_check_shape(struct graph_reading *reading)
{
    struct graph *graph = reading->graph;
    uint32_t *reachable = ARENA_ARRAY(reading->scratch, graph->action_count, uint32_t);
    uint32_t *waiting = ARENA_ARRAY(reading->scratch, graph->action_count, uint32_t);
    uint32_t *queue = ARENA_ARRAY(reading->scratch, graph->action_count, uint32_t);
    if (reachable == NULL || waiting == NULL || queue == NULL) {
        reading->exhausted = true;
        return;
    }
    uint32_t count = mark_reachable(graph, reachable);
    if (peel(graph, reachable, count, waiting, queue) < count)
        for (uint32_t i = 0; i < count; i++)
            if (waiting[reachable[i]] > 0) {
                name_loop(reading, waiting, reachable[i], queue);
                break;
            }
    for (uint32_t i = 0; i < graph->action_count; i++)
        /* Faulty edges are left out, so the warning could be wrong. */
        if (!graph->actions[i].reachable && !reading->faulty)
            graph_reading_warn_at(
                reading, arena_print(reading->scratch, "%.*s/actions/%u", TEXT_ARG(reading->pointer), i),
                PUBLIC("action '%.*s' cannot be reached from a start edge"), TEXT_ARG(graph->actions[i].name));
}

/* Warns when the name of another action is the part of `name` before one of its dots: a field of that action's result
   may hide `name`. */
static void warn_dotted(const struct graph *graph, uint32_t action, struct text pointer, struct graph_faults *faults)
{
    struct text name = graph->actions[action].name;
    if (name.size > LIMIT_CONTEXT_NAME)
        return; /* no text can refer to it */
    for (size_t size = graph_dot_before(name, name.size); graph_name_head(graph, name, &size) != UINT32_MAX;
         size = graph_dot_before(name, size))
        graph_fault_add(faults, true, pointer, "action '%.*s' is hidden where action '%.*s' has a result field '%.*s'",
                        TEXT_ARG(name), TEXT_ARG(text_slice(name, 0, size)),
                        TEXT_ARG(text_slice(name, size + 1, name.size)));
}

void graph_check_names(const struct graph *graph, const struct json_value *trigger_data, struct text pointer,
                       struct graph_faults *faults)
{
    for (uint32_t i = 0; i < graph->action_count; i++) {
        uint32_t action = graph->by_name[i];
        struct text name = graph->actions[action].name;
        struct text where = arena_print(faults->arena, "%.*s/actions/%u/name", TEXT_ARG(pointer), action);
        if (name.size == 0)
            continue;
        if (i > 0 && text_equal(name, graph->actions[graph->by_name[i - 1]].name))
            graph_fault_add(faults, true, where, "another action is named '%.*s' too: the nearer one is read",
                            TEXT_ARG(name));
        if (json_get(trigger_data, name) != NULL)
            graph_fault_add(faults, true, where, "action '%.*s' hides the trigger field of the same name",
                            TEXT_ARG(name));
        warn_dotted(graph, action, where, faults);
    }
}
