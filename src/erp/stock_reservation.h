/* Reservations: free stock that is set aside, with a result in workflow.allocation_results. Call only from the thread
   of the action call. */
#ifndef ERP_STOCK_RESERVATION_H
#define ERP_STOCK_RESERVATION_H

#include "base/json.h"
#include "erp/stock_take.h"

struct stock_reservation {
    struct stock_want want;
    int64_t hours; /* duration; 0 or less: 24 */
    struct text reference_id;
};

/* Takes the stock and stores the result, or finds the result of an earlier attempt. A shortage is a result too. *data:
   the result of the action, as it is stored, with the members

       reservation_id, status: success, partial or failed, output: success, partial or insufficient_stock,
       reserved_items: [{product_id, location_id, inventory_item_id, requested_quantity, reserved_quantity,
                         expires_at}],
       failed_items: [{product_id, requested_quantity, available_quantity, reason, error_message}],
       total_requested, total_reserved, idempotency_key, reference_id unless it is empty, execution_time_ms,
       expires_at, created_at, completed_at

   After a fault, *doing is the step that failed. */
enum database_outcome stock_reserve(struct stock_writer *writer, const struct stock_reservation *reservation,
                                    struct json_value *data, const char **doing) MUST_CHECK;

/* Ends the reservation of a quantity of a product at a location. The quantity becomes allocated if `allocates` is set,
   and free otherwise. Not DONE: the action has failed. */
enum action_outcome stock_end_reservation(struct action_call *call, struct database_session *session,
                                          const struct stock_place *place, int64_t quantity, bool allocates,
                                          struct stock_moved *moved) MUST_CHECK;

#endif
