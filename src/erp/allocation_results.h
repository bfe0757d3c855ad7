/* workflow.allocation_results: what actions that take stock have taken, for the ERP to show and for a repeat to find.
   The thread of the call. */
#ifndef ERP_ALLOCATION_RESULTS_H
#define ERP_ALLOCATION_RESULTS_H

#include "base/json.h"
#include "erp/stock.h"

/* The key of the action's result: <execution>_<rule, or manual>_<type of the action>_<action>. .data NULL past the
   budget. */
struct text allocation_key(const struct action_call *call) MUST_CHECK;

/* *data is null when no result is stored under the key. */
enum database_outcome allocation_find(const struct stock_writer *writer, struct text key,
                                      struct json_value *data) MUST_CHECK;
/* Likewise a result of the Go worker, whose key has no action: it may be that of another action of the run. `key` is
   the action's own. */
enum database_outcome allocation_find_of_go(const struct stock_writer *writer, struct text key,
                                            struct json_value *data) MUST_CHECK;
/* Whether one of the items in the list names the product. */
bool allocation_names(const struct json_value *items, struct uuid product) MUST_CHECK;

/* Inserts the result, and its event. */
enum database_outcome allocation_store(struct stock_writer *writer, struct text key,
                                       const struct json_value *data) MUST_CHECK;

#endif
