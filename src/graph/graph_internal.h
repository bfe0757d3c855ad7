/* The steps of graph_read. Only src/graph includes this. */
#ifndef GRAPH_GRAPH_INTERNAL_H
#define GRAPH_GRAPH_INTERNAL_H

#include "graph/graph.h"

/* The state that the steps share. The error keeps the first fault that is not a warning. */
struct graph_reading {
    struct arena *arena, *scratch;
    struct text pointer;
    struct graph *graph;
    struct graph_faults *faults;
    struct error *error;
    bool faulty;    /* a fault that is not a warning was found */
    bool exhausted; /* an arena was full */
};

void graph_reading_fault(struct graph_reading *reading, const char *format, ...) PRINTF_LIKE(2, 3);
void graph_reading_fault_at(struct graph_reading *reading, struct text pointer, const char *format, ...)
    PRINTF_LIKE(3, 4);
void graph_reading_warn_at(struct graph_reading *reading, struct text pointer, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Reads `retry` and `timeout` of an action, whose JSON pointer is given. */
void graph_read_policy(struct graph_reading *reading, const struct json_value *action, struct text pointer,
                       struct graph_policy *policy);

/* Fills by_id and by_name; duplicate ids are faults. */
void graph_index_actions(struct graph_reading *reading);
/* Sorts edges, fills first_edge, incoming and first_incoming. */
void graph_index_edges(struct graph_reading *reading);
/* Fills left, tree_least and least of a graph without a loop. */
void graph_index_reach(struct graph_reading *reading);
/* Marks the actions that are reachable from start edges. A loop among them is a fault that names the loop. */
void graph_check_shape(struct graph_reading *reading);

#endif
