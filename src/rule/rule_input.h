/* Makes the WorkflowInput that a rule document stands for. Pure; any thread. */
#ifndef RULE_RULE_INPUT_H
#define RULE_RULE_INPUT_H

#include "base/json.h"

/* Whether the document is a graph alone: {"actions": ..., "edges": ...}. */
bool rule_is_bare_graph(const struct json_value *document);

/* Completes the document: a bare graph gets a rule_id, and a document without execution_id gets one. Both ids are
   always the same. `trigger`, unless NULL, replaces trigger_data. A value that is not an object is left unchanged.
   *input lives in the arena; false past its cap. */
bool rule_input_complete(struct arena *arena, const struct json_value *document, const struct json_value *trigger,
                         struct json_value *input) MUST_CHECK;

/* Reads the time of the event in trigger_data, in microseconds; false when there is no readable time. */
bool rule_input_time(const struct json_value *input, int64_t *us);

#endif
