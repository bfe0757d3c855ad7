/* The WorkflowInput that a document of a rule stands for. Pure; any thread. */
#ifndef RULE_RULE_INPUT_H
#define RULE_RULE_INPUT_H

#include "base/json.h"

/* Whether the document is a graph alone: {"actions": ..., "edges": ...}. */
bool rule_is_bare_graph(const struct json_value *document);

/* Completes the document: a bare graph gets a rule_id, and what has no execution_id gets one. Both are the same each
   time. `trigger`, unless NULL, replaces trigger_data. A value that is no object stays as it is. In the arena; false
   past its cap. */
bool rule_input_complete(struct arena *arena, const struct json_value *document, const struct json_value *trigger,
                         struct json_value *input) MUST_CHECK;

/* The time of the event in trigger_data; false when there is none that can be read. */
bool rule_input_time(const struct json_value *input, int64_t *us);

#endif
