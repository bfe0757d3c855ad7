/* Delivers the answer in the row of an approval request to the run that waits for it: completes the run's activity with
   the token of the row, then clears the token. Call only from the thread of the action call. */
#ifndef ERP_APPROVAL_DELIVERY_H
#define ERP_APPROVAL_DELIVERY_H

#include "action/completer.h"
#include "erp/approval_requests.h"

/* DONE: the run has the answer, from this call or an earlier one, or no run waits for it. Any other outcome: the answer
   was not delivered, and a repeated call delivers it. When completer is NULL, the token is kept and a warning is
   logged. */
enum action_outcome approval_deliver(struct action_call *call, struct database *database,
                                     struct action_completer *completer, struct uuid request_id) MUST_CHECK;

#endif
