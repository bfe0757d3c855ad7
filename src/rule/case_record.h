/* Turns the history of a run into a test case. Pure; single-threaded. */
#ifndef RULE_CASE_RECORD_H
#define RULE_CASE_RECORD_H

#include "action/registry.h"
#include "base/json.h"
#include "engine/event.h"

/* Makes a file of cases with one case, that of the run: its trigger data and clock, the outcomes of its actions except
   those without effects, and its path, configs, results and end as expectations. `rule`, from the file `rule_file`, is
   the rule that the case tests; NULL: the rule in the history, which the document then contains. STATUS_INVALID: the
   history is impossible; or no case can repeat the run, for example because it is open or was canceled; or the rule
   does not do what the run did. STATUS_BUDGET: the arena is full. */
enum status case_record(struct arena *arena, const struct action_catalog *catalog, const struct event *events,
                        size_t count, const struct json_value *rule, struct text rule_file, struct json_value *document,
                        struct error *error) MUST_CHECK;

#endif
