/* A picture of a rule, or of a run of that rule: what it shows, and the forms in which it is drawn. Pure; any
   thread. */
#ifndef PICTURE_PICTURE_H
#define PICTURE_PICTURE_H

#include "action/registry.h"
#include "engine/run.h"
#include "graph/graph.h"

/* The state of an action in a run. */
enum picture_state {
    PICTURE_RULE,     /* the picture shows no run */
    PICTURE_NOT_RUN,  /* the run did not reach the action, and cannot any more */
    PICTURE_PENDING,  /* not started yet */
    PICTURE_RUNNING,  /* started */
    PICTURE_WAITING,  /* started, and waits for an answer or a time */
    PICTURE_DONE,     /* ended with an output */
    PICTURE_FAILED,   /* ended permanently with a failure */
    PICTURE_SKIPPED,  /* the action is inactive */
    PICTURE_CANCELED, /* canceled together with its run */
    PICTURE_HELD,     /* failed, and waits until somebody decides */
};
enum { PICTURE_STATES = PICTURE_HELD + 1 };

struct picture_node {
    struct text id, name, type;
    bool active;
    bool reachable; /* reachable from a start edge */
    bool decides;   /* two or more outputs have edges */
    enum picture_state state;
    const char *how;     /* what executed it, a name from action_executor_name; NULL: nothing did */
    struct text output;  /* when PICTURE_DONE; may be empty */
    struct text failure; /* when PICTURE_FAILED or PICTURE_HELD */
    int64_t rows;        /* number of records that it changed; -1 unknown */
    int64_t duration_us; /* -1 unknown */
    unsigned attempts;   /* 0 unknown */
};

struct picture_edge {
    uint32_t source; /* index of the node; GRAPH_START: the place where runs start */
    uint32_t target;
    struct text label; /* the output that the edge asks for; may be empty */
    bool taken;        /* by the run */
};

struct picture {
    struct arena *arena;
    struct text title; /* name of the rule; may be empty */
    struct text start; /* what starts the rule, "on_create of orders"; may be empty */
    struct picture_node *nodes;
    uint32_t node_count;
    struct picture_edge *edges; /* in the order of the graph: by source, start edges last */
    uint32_t edge_count;
    const uint32_t *first_edge; /* node -> first of its edges; first_edge[node_count] is the first start edge */

    bool has_run;
    enum run_close close;
    struct text failure; /* of the run */
    int64_t duration_us; /* of the run; -1 unknown */
    uint64_t event_count, task_count, activity_count;
};

/* What a picture shows of a run besides its actions. */
struct picture_run {
    const struct run *run; /* with its inactive actions skipped */
    struct history_summary summary;
    uint64_t event_count, task_count, activity_count;
};

/* Makes the picture of a graph. When `shown` is not NULL, the picture shows that run: each action of the graph has the
   state of the run's action with the same id. The picture borrows the texts of the graph and the run; all else lives in
   the arena. `document` is the WorkflowInput or bare graph, for title and start; NULL: unknown. STATUS_BUDGET: the
   arena is full. */
enum status picture_make(struct arena *arena, const struct graph *graph, const struct json_value *document,
                         const struct action_catalog *catalog, const struct picture_run *shown, struct picture *picture,
                         struct error *error) MUST_CHECK;

const char *picture_state_name(enum picture_state state); /* "done", "failed", "not run", ... */
/* How the action ended: "true", "success (1 row)", "failed", "not run"; empty without a run. */
struct text picture_outcome(struct arena *arena, const struct picture_node *node) MUST_CHECK;
/* "completed after 16 ms". */
struct text picture_conclusion(const struct picture *picture) MUST_CHECK;

/* The forms. A failure shows in the buffer. */

/* Writes a tree of lines. An action with several incoming edges stands once, below the branches that meet in it; its
   edges refer to it there. With `coloured`, the tree has ANSI escape sequences. The picture of a run ends with a line
   about the run. */
void picture_write_tree(const struct picture *picture, bool coloured, struct buffer *buffer);
/* Write a Mermaid flowchart, and a digraph in Graphviz's language. */
void picture_write_mermaid(const struct picture *picture, struct buffer *buffer);
void picture_write_dot(const struct picture *picture, struct buffer *buffer);

/* Positions in points, from the upper left corner. */
struct picture_point {
    double x, y;
};
struct picture_curve {
    struct picture_point *points; /* a cubic Bezier curve: 1 + 3n of them */
    size_t count;
    struct picture_point tip;   /* tip of its arrow */
    struct picture_point label; /* the middle of the label, when the edge has one */
};
struct picture_layout {
    double width, height;
    struct picture_point
        *nodes; /* the middle of each node; after the last one that of the start, when there are start edges */
    struct picture_curve *curves; /* one for each edge */
};

/* Writes the input with which Graphviz's `dot` engine places boxes of the sizes that picture_write_svg draws. */
void picture_write_layout_input(const struct picture *picture, struct buffer *buffer);
/* Reads Graphviz's answer (format json0) into the picture's arena. STATUS_INVALID: the answer is not the layout of this
   picture. */
enum status picture_read_layout(const struct picture *picture, struct text json, struct picture_layout *layout,
                                struct error *error) MUST_CHECK;
/* Writes one file for light and dark pages, without scripts, ids or references to other files. */
void picture_write_svg(const struct picture *picture, const struct picture_layout *layout, struct buffer *buffer);

#endif
