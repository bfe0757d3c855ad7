/* The effect ledger: workflow.action_effects has a row for each action whose effects are in the database, with the
   result of the action. The transaction that writes the effects writes the row, so that an action takes effect once,
   even if it is performed several times or by several workers at the same time. */
#ifndef ERP_EFFECT_LEDGER_H
#define ERP_EFFECT_LEDGER_H

#include "action/action.h"
#include "postgres/database.h"

/* The work of an action in the transaction of its effects. The body is called again when the transaction starts over;
   its earlier work has then been rolled back, except changes to what `userdata` points to, directly or indirectly. It
   must not end the session. */
typedef enum action_outcome effect_body(struct action_call *call, struct database_session *session,
                                        const void *userdata, struct json_value *result);

/* Runs the body and commits what it wrote together with the row of its idempotency key. If a row with that key exists
   already, from an earlier attempt or from another worker at the same time, everything that the body wrote is rolled
   back, *result is the stored result and call->stored_result is true. An action that fails is rolled back. An action
   that is PENDING is committed without a row, since it has no result yet. If the database does not have the table, or
   denies this user access to it, no row is written, and the body has to tolerate repeats. After a conflict with another
   transaction the call retries a few times, and it waits for an unavailable server unless call->local is set. Blocks at
   most until the limit of the call. Any thread; the result lives in the call's arena. */
enum action_outcome effect_ledger_perform(struct action_call *call, struct database *database, effect_body *body,
                                          const void *userdata, struct json_value *result);

/* Deletes up to `max` rows, 1 or more, that are older than keep_s seconds, the oldest first. *deleted is 0 when no row
   is that old, or while another worker deletes rows. Locks no row that an action could wait for. STATUS_UNAVAILABLE:
   the database is unavailable; STATUS_NOT_FOUND: it has no ledger; STATUS_INVALID: it refuses the statement. Any
   thread. */
enum status effect_ledger_prune(struct database *database, int64_t keep_s, int64_t max, int64_t *deleted,
                                struct error *error) MUST_CHECK;

#endif
