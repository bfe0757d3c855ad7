/* A rule as a document, a WorkflowInput or a bare graph, checked before anything runs. */
#ifndef RULE_RULE_DOCUMENT_H
#define RULE_RULE_DOCUMENT_H

#include "action/registry.h"
#include "base/json_writer.h"
#include "graph/graph.h"

enum rule_fault_kind {
    RULE_FAULT_NOTE,
    RULE_FAULT_WARNING,
    RULE_FAULT_CONFIG, /* in one action: the rule starts, but this action fails, and the run says so */
    RULE_FAULT_FLOW,   /* in templates, conditions and edges: the run does something wrong, and nothing says so */
    RULE_FAULT_FATAL,  /* the worker refuses the rule, or a delay exceeds what rules may have */
};

struct rule_fault {
    enum rule_fault_kind kind;
    const char *code;     /* the kind of fault, for programs: "unknown_variable", "config" */
    struct text location; /* JSON pointer, or line:column of a syntax error */
    size_t column;        /* for a template: character in its text, from 1; 0: the whole value */
    struct text message;
};

struct rule_document {
    struct json_value value;
    bool bare_graph;                              /* {"actions":..., "edges":...} */
    struct text rule_id, entity_id, execution_id; /* as written; empty when absent */
    size_t action_count, edge_count;
    struct rule_fault *faults;
    size_t fault_count, fault_capacity;
    size_t count[RULE_FAULT_FATAL + 1]; /* faults of each kind */
};

/* Reads and checks the text; everything lives in the arena. STATUS_OK even when there are faults; STATUS_BUDGET: the
   arena is full. */
enum status rule_document_read(struct arena *arena, struct text text, const struct action_catalog *catalog,
                               struct rule_document *document, struct error *error) MUST_CHECK;

/* Writes one line for each fault as a compiler does, "rule.json: /graph/edges/2: error: ...", for kinds from `min`
   on. */
void rule_document_write_faults(const struct rule_document *document, const char *file, enum rule_fault_kind min,
                                struct buffer *lines);
/* Writes the members "pointer", "column", "severity", "code" and "message" of an open object; for a syntax error also
   "line". */
void rule_fault_write_json(struct json_writer *json, const struct rule_fault *fault);
const char *rule_fault_severity(enum rule_fault_kind kind); /* "note", "warning" or "error" */

#endif
