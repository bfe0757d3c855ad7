/* workflow.allocation_results: the stock that actions have taken. The ERP shows the results, and a repeated action
   finds its own. Call only from the thread of the action call. */
#ifndef ERP_ALLOCATION_RESULTS_H
#define ERP_ALLOCATION_RESULTS_H

#include "base/json.h"
#include "erp/stock.h"

/* The key of the action's result: <execution>_<rule, or manual>_<type of the action>_<action>. .data is NULL when the
   memory budget is exceeded. */
struct text allocation_key(const struct action_call *call) MUST_CHECK;

/* Finds a stored result. *data is JSON null when no result is stored under the key. */
enum database_outcome allocation_find(const struct stock_writer *writer, struct text key,
                                      struct json_value *data) MUST_CHECK;
/* Finds a result that the Go worker stored. Its keys do not contain the action, so the result may belong to another
   action of the same run. `key` is the key of this action. */
enum database_outcome allocation_find_of_go(const struct stock_writer *writer, struct text key,
                                            struct json_value *data) MUST_CHECK;
/* Returns whether an item of the list names the product. */
bool allocation_names(const struct json_value *items, struct uuid product) MUST_CHECK;

/* Inserts the result and its event. */
enum database_outcome allocation_store(struct stock_writer *writer, struct text key,
                                       const struct json_value *data) MUST_CHECK;

#endif
