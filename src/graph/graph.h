/* The graph of a rule: its saved actions and edges, checked and indexed. Pure; any thread. */
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

/* The output of a failed action: its edges with this source_output are followed. */
#define GRAPH_FAILURE_OUTPUT "failure"

/* The retry policy and timeout that a rule sets for an action; 0: as in the action's type. */
struct graph_policy {
    uint32_t attempts;         /* at most LIMIT_ATTEMPTS */
    int64_t first_ms, most_ms; /* the first and the longest delay between attempts */
    int64_t timeout_ms;        /* timeout of an attempt */
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
    uint32_t source; /* index of an action; GRAPH_START for a start edge */
    uint32_t target;
    enum edge_type type;
    bool has_output;
    struct text source_output; /* when has_output; GRAPH_FAILURE_OUTPUT for an EDGE_ON_ERROR */
    int64_t sort_order;
    uint32_t place; /* index in the document */
};

#define GRAPH_START UINT32_MAX

struct graph {
    struct graph_action *actions; /* in the order of the document */
    uint32_t action_count;
    struct graph_edge *edges; /* by source (start edges last), then sort_order, then target id */
    uint32_t edge_count;
    uint32_t *first_edge;     /* action -> its first edge; first_edge[action_count] is the first start edge */
    uint32_t *incoming;       /* indexes into edges, sorted by target */
    uint32_t *first_incoming; /* action -> its first entry in incoming; action_count + 1 entries */
    uint32_t *by_id;          /* actions, sorted by id */
    uint32_t *by_name;        /* actions, sorted by name, then in the order of the document */
    /* For graph_may_reach, for each reachable action: its postorder number in a depth-first walk from the start edges
       (left), and the least such number among the actions that it leads to, itself included, along the tree of the walk
       (tree_least) and along all edges (least). */
    uint32_t *left, *tree_least, *least;
};

/* A fault of a graph, or a warning about it. */
struct graph_fault {
    bool warning;
    struct text pointer; /* JSON pointer into the document that graph_read was given */
    struct text message;
    size_t head, tail; /* bytes of the message that are public, see struct failure */
};
struct graph_faults {
    struct arena *arena;
    struct graph_fault *items;
    size_t count, capacity;
};
/* Appends a fault, or drops it past the arena's cap. PUBLIC in the format marks text that the log may show. faults may
   be NULL. */
void graph_fault_add(struct graph_faults *faults, bool warning, struct text pointer, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* Reads {"actions":[...],"edges":[...]}. The graph lives in `arena` and shares nothing with the document; temporary
   memory comes from `scratch`, which may be the same arena. Collects all faults. STATUS_INVALID when one of them is not
   a warning; error.message is then the first such fault. Faults: unknown targets, cycles (the message names the loop),
   duplicate ids, no start edge. Warnings: unreachable actions, inactive actions, name clashes. `pointer` is the prefix
   of the JSON pointers, e.g. "/graph". faults may be NULL. */
enum status graph_read(struct arena *arena, struct arena *scratch, const struct json_value *document,
                       struct text pointer, struct graph *graph, struct graph_faults *faults,
                       struct error *error) MUST_CHECK;

/* Does a run follow this edge of an action that ended with `result`, an object? */
bool graph_edge_taken(const struct graph_edge *edge, const struct json_value *result);
/* Does a run follow this edge of a failed action? */
bool graph_edge_is_failure(const struct graph_edge *edge);
/* Does one of the action's edges follow its failure? O(edges of the action). */
bool graph_has_failure_edge(const struct graph *graph, uint32_t action);
/* The index of the action with this id; UINT32_MAX if absent. O(log n). */
uint32_t graph_find(const struct graph *graph, struct text id);
/* The first index in by_name whose action has a name not less than `name`; action_count if all are less. O(log n). */
uint32_t graph_name_bound(const struct graph *graph, struct text name);
/* Finds the longest action name of at most *size bytes that is `name` itself or its part before a dot. Sets *size to
   the size of that name and returns its first index in by_name; UINT32_MAX if absent. Start with *size =
   name.size; to find the next shorter one, set *size to graph_dot_before of the last. O(log n) for each name found,
   except for rare shapes. */
uint32_t graph_name_head(const struct graph *graph, struct text name, size_t *size);
/* The index of the last dot in the first `size` bytes; 0 if absent. */
size_t graph_dot_before(struct text name, size_t size);
/* Both actions must be reachable. False: no path leads from `ancestor` to `action`; true: one may. O(1). */
bool graph_may_reach(const struct graph *graph, uint32_t ancestor, uint32_t action);
/* Both actions must be reachable. True: a path leads from `ancestor` to `action`, or they are the same action; false:
   one may still. O(1). */
bool graph_surely_reaches(const struct graph *graph, uint32_t ancestor, uint32_t action);
/* Warns of names that hide one another in a context: equal action names, an action named like a field of another
   action's result (actions a and a.b), an action named like a trigger field. trigger_data may be NULL. */
void graph_check_names(const struct graph *graph, const struct json_value *trigger_data, struct text pointer,
                       struct graph_faults *faults);

#endif
