/* The effect ledger: workflow.action_effects has a row for each action whose effects are in the database, with the
   result of the action. The transaction that writes the effects writes the row, so that an action takes effect once,
   however often it is performed, by however many workers at the same time. */
#ifndef ERP_EFFECT_LEDGER_H
#define ERP_EFFECT_LEDGER_H

#include "action/action.h"
#include "postgres/database.h"

/* What an action does in the transaction of its effects. Called again when the transaction starts over: what it did
   before has been rolled back, but for changes of `userdata` and of what it points to. It never ends the session. */
typedef enum action_outcome effect_body(struct action_call *call, struct database_session *session,
                                        const void *userdata, struct json_value *result);

/* Runs the body and commits what it wrote together with the row of its idempotency key. If there is a row with that
   key, written before or meanwhile by another worker, everything that the body wrote is rolled back, *result is the
   stored result and call->stored_result is true. An action that fails is rolled back; one that is PENDING is committed
   without a row, since it has no result yet. A database without the table, or that refuses it to this user, is used
   without: the body then has to tolerate repeats. Conflicts with other transactions are repeated a few times, and an
   unavailable server is waited for unless call->local. Blocks until the limit of the call at most. Any thread; the
   result lives in the call's arena. */
enum action_outcome effect_ledger_perform(struct action_call *call, struct database *database, effect_body *body,
                                          const void *userdata, struct json_value *result);

/* Deletes up to `max` rows, 1 or more, that are older than keep_s seconds, the oldest first. *deleted is 0 when
   nothing is that old, or while another worker deletes. Locks no row that an action could wait for. STATUS_UNAVAILABLE:
   the database is unavailable; STATUS_NOT_FOUND: it has no ledger; STATUS_INVALID: it refuses. Any thread. */
enum status effect_ledger_prune(struct database *database, int64_t keep_s, int64_t max, int64_t *deleted,
                                struct error *error) MUST_CHECK;

#endif
