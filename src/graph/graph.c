/* Finds actions in a graph, and decides which edges a run follows. */
#include "graph/graph.h"

#include <string.h>

/* As the Go worker does, in this order: a start edge is never followed; source_output is compared with `output`; branch
   edges of older rules are compared with `branch_taken`; every other edge is followed. */
bool graph_edge_taken(const struct graph_edge *edge, const struct json_value *result)
{
    if (edge->type == EDGE_START)
        return false;
    struct text output = json_get_text(result, TEXT("output"));
    if (edge->has_output)
        return text_equal(edge->source_output, output.size > 0 ? output : TEXT("success"));
    if (edge->type != EDGE_TRUE_BRANCH && edge->type != EDGE_FALSE_BRANCH)
        return true;
    bool wants_true = edge->type == EDGE_TRUE_BRANCH;
    struct text branch = json_get_text(result, TEXT("branch_taken"));
    if (branch.size > 0)
        return text_equal(branch, wants_true ? TEXT("true_branch") : TEXT("false_branch"));
    return text_equal(output, wants_true ? TEXT("true") : TEXT("false"));
}

bool graph_edge_is_failure(const struct graph_edge *edge)
{
    return edge->has_output && text_is(edge->source_output, GRAPH_FAILURE_OUTPUT);
}

bool graph_has_failure_edge(const struct graph *graph, uint32_t action)
{
    for (uint32_t i = graph->first_edge[action]; i < graph->first_edge[action + 1]; i++)
        if (graph_edge_is_failure(&graph->edges[i]))
            return true;
    return false;
}

uint32_t graph_find(const struct graph *graph, struct text id)
{
    uint32_t low = 0, high = graph->action_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = text_compare(graph->actions[graph->by_id[middle]].id, id);
        if (order == 0)
            return graph->by_id[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return UINT32_MAX;
}

size_t graph_dot_before(struct text name, size_t size)
{
    const char *dot = size > 1 ? memrchr(name.data + 1, '.', size - 1) : NULL;
    return dot != NULL ? (size_t)(dot - name.data) : 0;
}

static bool is_named(const struct graph *graph, uint32_t at, struct text name)
{
    return at < graph->action_count && text_equal(graph->actions[graph->by_name[at]].name, name);
}

static size_t common_size(struct text a, struct text b)
{
    size_t size = 0;
    while (size < a.size && size < b.size && a.data[size] == b.data[size])
        size++;
    return size;
}

uint32_t graph_name_head(const struct graph *graph, struct text name, size_t *size)
{
    while (*size > 0) {
        struct text head = text_slice(name, 0, *size);
        uint32_t at = graph_name_bound(graph, head);
        if (is_named(graph, at, head))
            return at;
        *size = graph_dot_before(name, *size);
        if (*size == 0 || at == 0)
            break;
        /* A name that is a prefix of `head` sorts before it, and all names between the two share this prefix. So the
           name just before `head` has the whole prefix in common with it. */
        size_t common = common_size(head, graph->actions[graph->by_name[at - 1]].name);
        if (common < *size)
            *size = graph_dot_before(name, common + 1);
    }
    return UINT32_MAX;
}

uint32_t graph_name_bound(const struct graph *graph, struct text name)
{
    uint32_t low = 0, high = graph->action_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (text_compare(graph->actions[graph->by_name[middle]].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
