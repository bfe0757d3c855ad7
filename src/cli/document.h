/* A rule as a file: WorkflowInput or a bare graph, judged before anything runs. */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include "action/registry.h"
#include "graph/graph.h"

enum fault_kind {
    FAULT_WARNING,
    FAULT_CONFIG, /* of one action: the rule starts, but this action fails */
    FAULT_RULE,   /* the rule as a whole is refused */
};

struct document_fault {
    enum fault_kind kind;
    struct text place; /* JSON pointer, or line:column of a syntax error */
    struct text message;
};

struct document {
    struct json_value value;
    bool bare_graph;                              /* {"actions":..., "edges":...} */
    struct text rule_id, entity_id, execution_id; /* as written; empty when absent */
    size_t action_count, edge_count;
    struct document_fault *faults;
    size_t fault_count, fault_capacity;
    size_t count[FAULT_RULE + 1]; /* of faults, by kind */
};

/* Reads and judges; everything lives in the arena. STATUS_BUDGET when that is full, else STATUS_OK, whatever the
   faults. */
enum status document_read(struct arena *arena, struct text text, const struct action_catalog *catalog,
                          struct document *document, struct error *error) MUST_CHECK;

/* One line a fault, as a compiler's: "rule.json: /graph/edges/2: error: ..."; those of a kind from `least` on. */
void document_print_faults(const struct document *document, const char *file, enum fault_kind least,
                           struct buffer *lines);
const char *fault_kind_name(enum fault_kind kind); /* "warning" or "error" */

#endif
