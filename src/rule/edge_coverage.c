/* The edges that runs take. */
#include "rule/edge_coverage.h"

#include <assert.h>
#include <stdlib.h>

static struct text label_of(struct arena *arena, const struct graph *graph, const struct graph_edge *edge)
{
    struct text source = edge->source == GRAPH_START ? TEXT("start") : graph->actions[edge->source].name;
    struct text output = edge->has_output                  ? edge->source_output
                         : edge->type == EDGE_TRUE_BRANCH  ? TEXT("true")
                         : edge->type == EDGE_FALSE_BRANCH ? TEXT("false")
                                                           : TEXT_NONE;
    return arena_print(arena, "%.*s -> %.*s%s%.*s%s", TEXT_ARG(source), TEXT_ARG(graph->actions[edge->target].name),
                       output.size > 0 ? " (" : "", TEXT_ARG(output), output.size > 0 ? ")" : "");
}

static int compare_labels(const void *a, const void *b, void *userdata)
{
    const struct edge_coverage *coverage = userdata;
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    int order = text_compare(coverage->labels[left], coverage->labels[right]);
    return order != 0 ? order : (left > right) - (left < right);
}

uint32_t edge_coverage_bound(const struct edge_coverage *coverage, struct text label)
{
    uint32_t low = 0, high = coverage->graph.edge_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (text_compare(coverage->labels[coverage->by_label[middle]], label) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool edge_coverage_has(const struct edge_coverage *coverage, uint32_t place, struct text label)
{
    return place < coverage->graph.edge_count && text_equal(coverage->labels[coverage->by_label[place]], label);
}

enum status edge_coverage_read(struct arena *arena, const struct json_value *input, struct edge_coverage *coverage,
                               struct error *error)
{
    *coverage = (struct edge_coverage){0};
    struct graph *graph = &coverage->graph;
    enum status status =
        graph_read(arena, arena, json_get_lenient(input, TEXT("graph")), TEXT("/graph"), graph, NULL, error);
    if (status != STATUS_OK) {
        *graph = (struct graph){0};
        return status;
    }
    coverage->labels = ARENA_ARRAY(arena, graph->edge_count, struct text);
    coverage->taken = ARENA_ARRAY(arena, graph->edge_count, bool);
    coverage->covered = ARENA_ARRAY(arena, graph->edge_count, bool);
    coverage->by_label = ARENA_ARRAY(arena, graph->edge_count, uint32_t);
    if (coverage->labels == NULL || coverage->taken == NULL || coverage->covered == NULL || coverage->by_label == NULL)
        return error_budget(error);
    for (uint32_t i = 0; i < graph->edge_count; i++) {
        coverage->labels[i] = label_of(arena, graph, &graph->edges[i]);
        if (coverage->labels[i].data == NULL)
            return error_budget(error);
        coverage->by_label[i] = i;
    }
    qsort_r(coverage->by_label, graph->edge_count, sizeof coverage->by_label[0], compare_labels, coverage);
    return STATUS_OK;
}

/* Reads the result that decides which edges of an ended action are taken. False: the action has none, and no edge is
   taken. */
static bool deciding_result(const struct run_action *action, struct arena *scratch, struct json_value *result)
{
    *result = json_object(NULL, 0);
    if (action->state == ACTION_STATE_SKIPPED)
        return true;
    return action->state == ACTION_STATE_FINISHED && json_read(scratch, action->result, result, NULL) == STATUS_OK;
}

enum status edge_coverage_add(struct edge_coverage *coverage, const struct run *run, struct arena *scratch,
                              struct error *error)
{
    const struct graph *graph = &coverage->graph;
    for (uint32_t k = 0; k < graph->edge_count; k++)
        coverage->taken[k] = false;
    if (run_action_count(run) == 0)
        return STATUS_OK; /* its input was refused */
    assert(run_action_count(run) == graph->action_count);
    for (uint32_t i = 0; i < graph->action_count; i++) {
        struct run_action action;
        struct json_value result;
        run_action_at(run, i, &action);
        bool ended = deciding_result(&action, scratch, &result);
        for (uint32_t k = graph->first_edge[i]; k < graph->first_edge[i + 1]; k++)
            coverage->taken[k] = ended && graph_edge_taken(&graph->edges[k], &result);
    }
    for (uint32_t k = graph->action_count > 0 ? graph->first_edge[graph->action_count] : 0; k < graph->edge_count; k++)
        coverage->taken[k] = true;
    for (uint32_t k = 0; k < graph->edge_count; k++)
        coverage->covered[k] = coverage->covered[k] || coverage->taken[k];
    return arena_left(scratch) > 0 ? STATUS_OK : error_budget(error);
}
