/* Delivers an answer that is in the row of an approval request to the run that waits for it: completes its activity by
   the token of the row, then clears the token. The thread of the call. */
#ifndef ERP_APPROVAL_DELIVERY_H
#define ERP_APPROVAL_DELIVERY_H

#include "action/completer.h"
#include "erp/approval_requests.h"

/* DONE: the run has the answer, from this call or another one, or no run waits for it. Anything else: not delivered,
   and a repeat delivers it. Without a completer (NULL) the token is kept, with a warning in the log. */
enum action_outcome approval_deliver(struct action_call *call, struct database *database,
                                     struct action_completer *completer, struct uuid request_id) MUST_CHECK;

#endif
