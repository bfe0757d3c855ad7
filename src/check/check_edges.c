/* Checks the outputs that edges require, and finds outputs that no edge follows. */
#include "check/check_internal.h"

/* The check of the edges of one action. */
struct edges {
    const struct scope *scope;
    struct check_faults *faults;
    struct arena *scratch;
    uint32_t action;
    const struct action_type *type;
};

static struct text list_outputs(const struct edges *edges)
{
    struct buffer buffer = buffer_in(edges->scratch, SIZE_MAX);
    for (size_t i = 0; i < edges->type->output_count; i++) {
        buffer_add(&buffer, i > 0 ? TEXT(", ") : TEXT(""));
        buffer_add(&buffer, text_from(edges->type->outputs[i]));
    }
    return buffer_text(&buffer);
}

static void report_impossible(const struct edges *edges, const struct graph_edge *edge, struct text output)
{
    const struct graph_action *source = &edges->scope->graph->actions[edges->action];
    const struct check_path graph = {.key = edges->scope->options->pointer}, list = {&graph, TEXT("edges"), 0},
                            item = {&list, TEXT_NONE, edge->place},
                            place = {&item, edge->has_output ? TEXT("source_output") : TEXT("edge_type"), 0};
    if (!source->active) {
        check_fault_add(edges->faults, CHECK_WARNING, "unknown_output", &place, 0,
                        "'%.*s' is not active and ends with 'success': this edge, for '%.*s', is never followed",
                        TEXT_ARG(source->name), TEXT_ARG(output));
        return;
    }
    struct text nearest = check_nearest(output, edges->type->outputs, edges->type->output_count);
    check_fault_add(edges->faults, CHECK_ERROR, "unknown_output", &place, 0,
                    "%s never ends with output '%.*s', so this edge is never followed; its outputs are %.*s%.*s",
                    edges->type->name, TEXT_ARG(output), TEXT_ARG(list_outputs(edges)),
                    TEXT_ARG(check_advice(edges->scratch, nearest)));
}

static bool is_followed(const struct graph *graph, uint32_t action, const char *output)
{
    for (uint32_t i = graph->first_edge[action]; i < graph->first_edge[action + 1]; i++) {
        struct text wanted = run_edge_output(&graph->edges[i]);
        if (wanted.data == NULL || text_is(wanted, output))
            return true;
    }
    return false;
}

/* Notes the outputs that no edge follows, of an action that has edges. */
static void note_others(const struct edges *edges)
{
    const struct graph *graph = edges->scope->graph;
    const struct graph_action *source = &graph->actions[edges->action];
    if (graph->first_edge[edges->action] == graph->first_edge[edges->action + 1] || !source->active)
        return;
    const struct check_path base = {.key = edges->scope->options->pointer}, list = {&base, TEXT("actions"), 0},
                            place = {&list, TEXT_NONE, edges->action};
    for (size_t i = 0; i < edges->type->output_count; i++) {
        const char *output = edges->type->outputs[i];
        if (text_is(TEXT("failure"), output) || is_followed(graph, edges->action, output))
            continue;
        bool fails = run_fails_when_unanswered(edges->type) && text_is(TEXT("timed_out"), output);
        check_fault_add(edges->faults, CHECK_NOTE, "output_without_edge", &place, 0,
                        "no edge follows output '%s' of '%.*s': %s", output, TEXT_ARG(source->name),
                        fails ? "the run fails when nobody answers" : "this path ends there");
    }
}

void check_edges(const struct scope *scope, struct check_faults *faults, struct arena *scratch)
{
    const struct graph *graph = scope->graph;
    for (uint32_t action = 0; action < graph->action_count; action++) {
        struct edges edges = {
            .scope = scope, .faults = faults, .scratch = scratch, .action = action, .type = scope->types[action]};
        if (edges.type == NULL || edges.type->output_count == 0)
            continue;
        for (uint32_t i = graph->first_edge[action]; i < graph->first_edge[action + 1]; i++) {
            struct text output = run_edge_output(&graph->edges[i]);
            if (output.data != NULL && !run_output_possible(graph, action, edges.type, output))
                report_impossible(&edges, &graph->edges[i], output);
        }
        note_others(&edges);
        arena_reset(scratch);
    }
}
