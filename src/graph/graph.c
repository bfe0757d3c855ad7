/* Look-ups in a graph that has been read, and which edges a run follows. */
#include "graph/graph.h"

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
