/* Finds which actions lead to which others. A depth-first walk numbers the actions in postorder, so that the actions
   that an action leads to have numbers in a range that ends with its own. */
#include "graph/graph_internal.h"

/* An action whose edges are being followed. */
struct open_action {
    uint32_t action, next_edge;
};

struct walk {
    struct graph *graph;
    struct open_action *stack;
    uint32_t depth, place;
};

static uint32_t least_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Opens an action that has not been visited. */
static void open_action(struct walk *walk, uint32_t action)
{
    struct graph *graph = walk->graph;
    walk->stack[walk->depth++] = (struct open_action){.action = action, .next_edge = graph->first_edge[action]};
    graph->left[action] = 0; /* visited, but not left yet */
    graph->tree_least[action] = graph->least[action] = UINT32_MAX;
}

static void leave_action(struct walk *walk)
{
    struct graph *graph = walk->graph;
    uint32_t action = walk->stack[--walk->depth].action, place = ++walk->place;
    graph->left[action] = place;
    graph->tree_least[action] = least_of(graph->tree_least[action], place);
    graph->least[action] = least_of(graph->least[action], place);
    if (walk->depth == 0)
        return;
    uint32_t parent = walk->stack[walk->depth - 1].action;
    graph->tree_least[parent] = least_of(graph->tree_least[parent], graph->tree_least[action]);
    graph->least[parent] = least_of(graph->least[parent], graph->least[action]);
}

static void walk_from(struct walk *walk, uint32_t start)
{
    struct graph *graph = walk->graph;
    open_action(walk, start);
    while (walk->depth > 0) {
        struct open_action *top = &walk->stack[walk->depth - 1];
        if (top->next_edge == graph->first_edge[top->action + 1]) {
            leave_action(walk);
            continue;
        }
        uint32_t target = graph->edges[top->next_edge++].target;
        if (graph->left[target] == UINT32_MAX)
            open_action(walk, target);
        else
            graph->least[top->action] = least_of(graph->least[top->action], graph->least[target]);
    }
}

void graph_index_reach(struct graph_reading *reading)
{
    struct graph *graph = reading->graph;
    struct walk walk = {.graph = graph};
    graph->left = ARENA_ARRAY(reading->arena, graph->action_count, uint32_t);
    graph->tree_least = ARENA_ARRAY(reading->arena, graph->action_count, uint32_t);
    graph->least = ARENA_ARRAY(reading->arena, graph->action_count, uint32_t);
    walk.stack = ARENA_ARRAY(reading->scratch, graph->action_count, struct open_action);
    if (graph->left == NULL || graph->tree_least == NULL || graph->least == NULL || walk.stack == NULL) {
        reading->exhausted = true;
        return;
    }
    for (uint32_t i = 0; i < graph->action_count; i++)
        graph->left[i] = UINT32_MAX;
    for (uint32_t i = graph->first_edge[graph->action_count]; i < graph->edge_count; i++)
        if (graph->left[graph->edges[i].target] == UINT32_MAX)
            walk_from(&walk, graph->edges[i].target);
}

bool graph_may_reach(const struct graph *graph, uint32_t ancestor, uint32_t action)
{
    return graph->left[action] <= graph->left[ancestor] && graph->least[action] >= graph->least[ancestor];
}

bool graph_surely_reaches(const struct graph *graph, uint32_t ancestor, uint32_t action)
{
    return graph->left[action] <= graph->left[ancestor] && graph->left[action] >= graph->tree_least[ancestor];
}
