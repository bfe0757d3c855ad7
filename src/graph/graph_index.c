/* Builds the indexes of a graph: actions by id and by name, edges by source and by target. */
#include <stdlib.h>

#include "graph/graph_internal.h"

static int by_id(const void *a, const void *b, void *actions)
{
    const struct graph_action *all = actions;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    int order = text_compare(all[left].id, all[right].id);
    return order != 0 ? order : (left > right) - (left < right);
}

static int by_name(const void *a, const void *b, void *actions)
{
    const struct graph_action *all = actions;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    int order = text_compare(all[left].name, all[right].name);
    return order != 0 ? order : (left > right) - (left < right);
}

static uint32_t *new_indexes(struct graph_reading *reading, size_t count)
{
    uint32_t *block = ARENA_ARRAY(reading->arena, count, uint32_t);
    if (block == NULL)
        reading->exhausted = true;
    return block;
}

void graph_index_actions(struct graph_reading *reading)
{
    struct graph *graph = reading->graph;
    graph->by_id = new_indexes(reading, graph->action_count);
    graph->by_name = new_indexes(reading, graph->action_count);
    if (reading->exhausted)
        return;
    for (uint32_t i = 0; i < graph->action_count; i++)
        graph->by_id[i] = graph->by_name[i] = i;
    qsort_r(graph->by_id, graph->action_count, sizeof *graph->by_id, by_id, graph->actions);
    qsort_r(graph->by_name, graph->action_count, sizeof *graph->by_name, by_name, graph->actions);
    for (uint32_t i = 1; i < graph->action_count; i++) {
        struct text id = graph->actions[graph->by_id[i]].id;
        if (id.size > 0 && text_equal(id, graph->actions[graph->by_id[i - 1]].id))
            graph_reading_fault_at(
                reading,
                arena_print(reading->scratch, "%.*s/actions/%u/id", TEXT_ARG(reading->pointer), graph->by_id[i]),
                PUBLIC("duplicate action id %.*s"), TEXT_ARG(id));
    }
}

static int by_source(const void *a, const void *b, void *userdata)
{
    const struct graph_edge *left = a, *right = b;
    const struct graph *graph = userdata;
    if (left->source != right->source)
        return left->source < right->source ? -1 : 1;
    if (left->sort_order != right->sort_order)
        return left->sort_order < right->sort_order ? -1 : 1;
    return text_compare(graph->actions[left->target].id, graph->actions[right->target].id);
}

void graph_index_edges(struct graph_reading *reading)
{
    struct graph *graph = reading->graph;
    qsort_r(graph->edges, graph->edge_count, sizeof *graph->edges, by_source, graph);
    graph->first_edge = new_indexes(reading, (size_t)graph->action_count + 2);
    graph->incoming = new_indexes(reading, graph->edge_count);
    graph->first_incoming = new_indexes(reading, (size_t)graph->action_count + 1);
    if (reading->exhausted)
        return;

    /* Start edges carry the greatest source number, so they form the last group. */
    uint32_t edge = 0;
    for (uint32_t source = 0; source < graph->action_count; source++) {
        graph->first_edge[source] = edge;
        while (edge < graph->edge_count && graph->edges[edge].source == source)
            edge++;
    }
    graph->first_edge[graph->action_count] = edge;
    graph->first_edge[graph->action_count + 1] = graph->edge_count;

    uint32_t *next = ARENA_ARRAY(reading->scratch, (size_t)graph->action_count + 1, uint32_t);
    if (next == NULL) {
        reading->exhausted = true;
        return;
    }
    for (uint32_t i = 0; i < graph->edge_count; i++)
        graph->first_incoming[graph->edges[i].target + 1]++;
    for (uint32_t i = 1; i <= graph->action_count; i++)
        next[i] = graph->first_incoming[i] += graph->first_incoming[i - 1];
    for (uint32_t i = 0; i < graph->edge_count; i++)
        graph->incoming[next[graph->edges[i].target]++] = i;
}
