/* The graph of a rule: actions and edges as they are saved, checked and indexed. Pure; any thread. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "base/json.h"
#include "base/status.h"
#include "base/uuid.h"

enum edge_type {
    EDGE_START,
    EDGE_SEQUENCE,
    EDGE_ALWAYS,
    EDGE_TRUE_BRANCH,
    EDGE_FALSE_BRANCH,
    EDGE_ON_ERROR,
    EDGE_UNKNOWN
};

/* The output of an action that has failed: its edges with this source_output are followed. */
#define GRAPH_FAILURE_OUTPUT "failure"

/* What a rule says of the attempts of an action; 0: as its type says. */
struct graph_policy {
    uint32_t attempts;         /* at most LIMIT_ATTEMPTS */
    int64_t first_ms, most_ms; /* between attempts: at first, and at most */
    int64_t timeout_ms;        /* of an attempt */
};

struct graph_action {
    struct text id; /* canonical lower-case UUID */
    struct text name, type;
    struct text config; /* JSON text; "null" when absent */
    struct graph_policy policy;
    bool active;
    bool reachable; /* from a start edge */
};

struct graph_edge {
    uint32_t source; /* index of the action; GRAPH_START for a start edge */
    uint32_t target;
    enum edge_type type;
    bool has_output;
    struct text source_output; /* when has_output; that of an EDGE_ON_ERROR is GRAPH_FAILURE_OUTPUT */
    int64_t sort_order;
    uint32_t place; /* index in the document */
};

#define GRAPH_START UINT32_MAX

struct graph {
    struct graph_action *actions; /* in the order of the document */
    uint32_t action_count;
    struct graph_edge *edges; /* by source (start edges last), then sort_order, then target id */
    uint32_t edge_count;
    uint32_t *first_edge;     /* action -> first of its edges; first_edge[action_count] is the first start edge */
    uint32_t *incoming;       /* indexes into edges, by target */
    uint32_t *first_incoming; /* action -> first of its incoming; action_count + 1 entries */
    uint32_t *by_id;          /* actions in the order of their ids */
    uint32_t *by_name;        /* actions in the order of their names, then of the document */
    /* Of each reachable action, for graph_may_reach: its place in the order in which a depth-first walk from the start
       edges leaves the actions, and the least place of those behind it, along the tree of that walk and along all
       edges. */
    uint32_t *left, *tree_least, *least;
};

/* A fault of a graph, or a warning about it. */
struct graph_fault {
    bool warning;
    struct text pointer; /* JSON pointer into the document that graph_read was given */
    struct text message;
    size_t head, tail; /* what of the message is public, see struct failure */
};
struct graph_faults {
    struct arena *arena;
    struct graph_fault *items;
    size_t count, capacity;
};
/* Appends a fault, or drops it past the arena's cap. PUBLIC in the format marks what the log may show. faults may be
   NULL. */
void graph_fault_add(struct graph_faults *faults, bool warning, struct text pointer, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Reads {"actions":[...],"edges":[...]}. What the graph keeps is copied into `arena`, temporaries go to `scratch`,
   which may be the same. All faults are collected. STATUS_INVALID when any of them is not a warning; error.message is
   then the first of those. Faults: unknown targets, cycles (the message names the loop), duplicate ids, no start edge.
   Warnings: unreachable actions, inactive actions, name clashes. `pointer` is the prefix of the JSON pointers,
   e.g. "/graph". faults may be NULL. */
enum status graph_read(struct arena *arena, struct arena *scratch, const struct json_value *document,
                       struct text pointer, struct graph *graph, struct graph_faults *faults,
                       struct error *error) MUST_CHECK;

/* Does a run follow this edge of an action that ended with `result`, an object? */
bool graph_edge_taken(const struct graph_edge *edge, const struct json_value *result);
/* Does a run follow this edge of an action that has failed? */
bool graph_edge_is_failure(const struct graph_edge *edge);
/* Whether one of the action's edges is followed when it fails. O(its edges). */
bool graph_has_failure_edge(const struct graph *graph, uint32_t action);
/* Index by id, UINT32_MAX when unknown. O(log n). */
uint32_t graph_find(const struct graph *graph, struct text id);
/* First index in by_name whose action's name is not less than `name`; action_count when every name is less. O(log n).
   */
uint32_t graph_name_bound(const struct graph *graph, struct text name);
/* The longest name of an action, of at most *size bytes, that is `name` or its part in front of a dot: sets *size to
   its size and returns its first index in by_name. UINT32_MAX when there is none. *size: that of `name` at first, and
   graph_dot_before of the last one to go on. O(log n) for each that is found, but for rare shapes. */
uint32_t graph_name_head(const struct graph *graph, struct text name, size_t *size);
/* The place of the last dot in front of that place; 0 when there is none. */
size_t graph_dot_before(struct text name, size_t size);
/* Whether a path leads from `ancestor` to `action`, both reachable: false: none does. O(1). */
bool graph_may_reach(const struct graph *graph, uint32_t ancestor, uint32_t action);
/* true: one does, or both are the same action. O(1). */
bool graph_surely_reaches(const struct graph *graph, uint32_t ancestor, uint32_t action);
/* Warns of names that hide one another in a context: equal action names, an action named like another's field (a.b
   beside a), an action named like a trigger field. trigger_data may be NULL. */
void graph_check_names(const struct graph *graph, const struct json_value *trigger_data, struct text pointer,
                       struct graph_faults *faults);

#endif
