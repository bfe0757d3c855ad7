/* What differs between two versions of a rule, by action id. Pure. */
#ifndef AUTHORING_RULE_DIFF_H
#define AUTHORING_RULE_DIFF_H

#include "base/buffer.h"
#include "graph/graph.h"

/* One version. The graph is that of the document, a WorkflowInput or a bare graph. */
struct rule_version {
    struct json_value document;
    struct graph graph;
};

enum rule_change_kind {
    RULE_RENAMED, /* the rule itself */
    ACTION_ADDED,
    ACTION_REMOVED,
    ACTION_RENAMED,
    ACTION_TYPE_CHANGED,
    ACTION_CONFIG_CHANGED, /* at pointer; before or after is empty when the member is absent there */
    ACTION_ACTIVATED,
    ACTION_DEACTIVATED,
    EDGE_ADDED,
    EDGE_REMOVED,
    EDGE_MOVED,     /* to another target */
    EDGE_REORDERED, /* another sort_order */
};

struct rule_change {
    enum rule_change_kind kind;
    struct text action_id, action; /* id and name of the action, or of an edge's source; empty for the start */
    struct text pointer;           /* JSON pointer from the action, "/action_config/new_value" */
    struct text before, after;     /* names, types; of a config JSON; of an edge the name of its target, or a number */
    struct text output;            /* of an edge */
};

struct rule_changes {
    struct arena *arena;
    struct rule_change *items; /* actions in the order of the new version, then removed ones, then edges */
    size_t count, capacity;
};

/* Appends the changes from one version to the other; their texts are borrowed or live in changes->arena. STATUS_BUDGET:
   that is full. */
enum status rule_diff(const struct rule_version *old, const struct rule_version *new, struct rule_changes *changes,
                      struct error *error) MUST_CHECK;

/* One line a change; as JSON an array. */
void rule_changes_write(const struct rule_changes *changes, struct buffer *buffer);
struct json_writer;
void rule_changes_write_json(const struct rule_changes *changes, struct json_writer *json);

#endif
