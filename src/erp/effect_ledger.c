/* Performs actions with the effect ledger. The row is written at the end of the transaction, not at its beginning: a
   first attempt then costs one more statement, which is sent with the commit, and a repeated one costs a rollback. */
#include "erp/effect_ledger.h"

#include <assert.h>

#include "base/limits.h"
#include "base/log.h"
#include "erp/action_database.h"
#include "erp/erp_features.h"
#include "postgres/sql.h"

static const char find_effect[] = "SELECT result FROM workflow.action_effects WHERE key = $1";
static const char insert_effect[] =
    "INSERT INTO workflow.action_effects (key, execution_id, action_id, action_type, result)"
    " VALUES ($1, $2, $3, $4, $5)";

/* One action and its progress. */
struct effect {
    struct action_call *call;
    effect_body *body;
    const void *userdata;
    struct json_value *result;
    bool has_ledger;             /* the database has the table; known once the transaction has begun */
    bool is_repeat;              /* the action may have been performed before */
    bool performed;              /* the body has returned, with the outcome */
    enum action_outcome outcome; /* of the body */
};

/* ---- the row ---- */

static enum database_outcome read_row(struct effect *effect, const struct database_rows *rows,
                                      struct database_fault *fault)
{
    if (rows->row_count == 0)
        return DATABASE_OK;
    struct error error = ERROR_IN(effect->call->arena);
    enum status status = json_read(effect->call->arena, rows->cells[0], effect->result, &error);
    if (status == STATUS_OK && effect->result->type != JSON_OBJECT)
        status = error_set(&error, STATUS_INVALID, TEXT_NONE, PUBLIC("expected object, found %s"),
                           json_type_name(effect->result->type));
    if (status != STATUS_OK)
        return database_refuse(fault, PUBLIC("the stored result of this action cannot be read: ") "%.*s",
                               TEXT_ARG(error.message));
    effect->call->stored_result = true;
    effect->outcome = ACTION_OUTCOME_DONE;
    return DATABASE_OK;
}

/* Sets call->stored_result if there is a row. */
static enum database_outcome find_in_session(struct effect *effect, struct database_session *session,
                                             struct database_fault *fault)
{
    struct arena *arena = effect->call->arena;
    const struct database_parameter key = sql_uuid_binary(arena, action_idempotency_key(effect->call));
    struct database_rows rows;
    if (!sql_are_complete(&key, 1))
        return database_fault_budget(fault);
    enum database_outcome outcome = database_execute(session, arena, TEXT(find_effect), &key, 1, &rows, fault);
    return outcome == DATABASE_OK ? read_row(effect, &rows, fault) : outcome;
}

static enum database_outcome find_alone(struct effect *effect, struct database *database, struct database_fault *fault)
{
    struct arena *arena = effect->call->arena;
    const struct database_parameter key = sql_uuid_binary(arena, action_idempotency_key(effect->call));
    const struct database_wait wait = action_database_wait(effect->call);
    struct database_rows rows;
    if (!sql_are_complete(&key, 1))
        return database_fault_budget(fault);
    enum database_outcome outcome = database_run(database, arena, &wait, TEXT(find_effect), &key, 1, &rows, fault);
    return outcome == DATABASE_OK ? read_row(effect, &rows, fault) : outcome;
}

static enum database_outcome insert(const struct effect *effect, struct database_session *session,
                                    struct database_fault *fault)
{
    const struct action_call *call = effect->call;
    const struct database_parameter parameters[] = {
        sql_uuid_binary(call->arena, action_idempotency_key(call)),
        sql_uuid_binary(call->arena, call->execution_id),
        sql_uuid_binary(call->arena, call->action_id),
        sql_text(call->action_type),
        {.text = json_to_text(call->arena, effect->result)},
    };
    const size_t count = sizeof(parameters) / sizeof(parameters[0]);
    if (!sql_are_complete(parameters, count))
        return database_fault_budget(fault);
    return database_queue(session, TEXT(insert_effect), parameters, count, fault);
}

/* ---- the transaction ---- */

static enum database_outcome perform_body(struct effect *effect, struct database_session *session,
                                          struct database_fault *fault)
{
    *effect->result = json_object(NULL, 0);
    effect->outcome = effect->body(effect->call, session, effect->userdata, effect->result);
    effect->performed = true;
    switch (effect->outcome) {
    case ACTION_OUTCOME_DONE: return effect->has_ledger ? insert(effect, session, fault) : DATABASE_OK;
    case ACTION_OUTCOME_PENDING: return DATABASE_OK;
    case ACTION_OUTCOME_RETRY:
    case ACTION_OUTCOME_REFUSED: break;
    }
    /* The failure of the database decides whether the transaction starts over; the body has set call->failure. */
    enum database_outcome failed = database_session_outcome(session);
    return failed != DATABASE_OK ? failed : DATABASE_REFUSED;
}

static enum database_outcome perform_in_session(struct database_session *session, void *userdata,
                                                struct database_fault *fault)
{
    struct effect *effect = userdata;
    struct erp_features features;
    effect->performed = false;
    enum database_outcome outcome = erp_features_read(session, effect->call->arena, &features, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    effect->has_ledger = features.action_effects;
    if (effect->has_ledger && effect->is_repeat)
        outcome = find_in_session(effect, session, fault);
    effect->is_repeat = true;
    if (outcome != DATABASE_OK || effect->call->stored_result)
        return outcome;
    return perform_body(effect, session, fault);
}

static bool names_no_usable_table(const struct database_fault *fault)
{
    return database_fault_is(fault, SQLSTATE_UNDEFINED_TABLE) ||
           database_fault_is(fault, SQLSTATE_INSUFFICIENT_PRIVILEGE);
}

/* The table was dropped, or access to it was revoked, after the features were read. */
static bool ledger_has_gone(const struct effect *effect, enum database_outcome outcome,
                            const struct database_fault *fault)
{
    bool outside_body = !effect->performed || effect->outcome == ACTION_OUTCOME_DONE;
    return outcome == DATABASE_REFUSED && outside_body && effect->has_ledger && names_no_usable_table(fault);
}

static enum database_outcome transact(struct effect *effect, struct database *database, struct database_fault *fault)
{
    const struct database_wait wait = action_database_wait(effect->call);
    struct arena *arena = effect->call->arena;
    enum database_outcome outcome = database_transact(database, arena, &wait, perform_in_session, effect, fault);
    if (!ledger_has_gone(effect, outcome, fault))
        return outcome;
    erp_features_forget(database);
    return database_transact(database, arena, &wait, perform_in_session, effect, fault);
}

/* ---- the outcome ---- */

static enum action_outcome done_before(const struct effect *effect)
{
    assert(effect->call->stored_result && effect->outcome == ACTION_OUTCOME_DONE);
    log_line(LOG_INFO, "Action already took effect; using its stored result");
    return ACTION_OUTCOME_DONE;
}

/* The body or the commit may have failed because another attempt has committed. Until a query for the row of that
   attempt succeeds, the action has not failed permanently. */
static enum action_outcome failed(struct effect *effect, struct database *database, enum database_outcome outcome,
                                  const struct database_fault *fault)
{
    struct action_call *call = effect->call;
    enum action_outcome by_body = effect->outcome;
    bool body_failed = effect->performed && by_body != ACTION_OUTCOME_DONE && by_body != ACTION_OUTCOME_PENDING;
    if (outcome == DATABASE_REFUSED && effect->performed && effect->has_ledger) {
        struct database_fault not_found = {.arena = call->arena};
        enum database_outcome found = find_alone(effect, database, &not_found);
        if (call->stored_result)
            return done_before(effect);
        if (found != DATABASE_OK && !names_no_usable_table(&not_found))
            return action_database_failed(call, found, "look for a stored result", &not_found);
    }
    if (body_failed)
        return by_body;
    return action_database_failed(call, outcome, effect->performed ? "commit transaction" : "begin transaction", fault);
}

enum action_outcome effect_ledger_perform(struct action_call *call, struct database *database, effect_body *body,
                                          const void *userdata, struct json_value *result)
{
    struct effect effect = {
        .call = call, .body = body, .userdata = userdata, .result = result, .is_repeat = call->attempt > 1};
    struct database_fault fault = {.arena = call->arena};
    call->stored_result = false;
    enum database_outcome outcome = transact(&effect, database, &fault);
    /* A stored result is valid even if the transaction that read it failed afterwards. */
    if (call->stored_result)
        return done_before(&effect);
    return outcome == DATABASE_OK ? effect.outcome : failed(&effect, database, outcome, &fault);
}

/* ---- old rows ---- */

/* The key of the advisory lock that one worker at a time takes to delete rows: any number that nothing else uses. */
#define PRUNE_LOCK "7166041402127263301"

static const char prune[] = "WITH turn AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(" PRUNE_LOCK ") AS mine),"
                            " old AS (SELECT e.key FROM workflow.action_effects e WHERE (SELECT mine FROM turn)"
                            " AND e.created_at < now() - make_interval(secs => $1::double precision)"
                            " ORDER BY e.created_at LIMIT $2::bigint FOR UPDATE SKIP LOCKED)"
                            " DELETE FROM workflow.action_effects e USING old WHERE e.key = old.key";

enum status effect_ledger_prune(struct database *database, int64_t keep_s, int64_t max, int64_t *deleted,
                                struct error *error)
{
    assert(keep_s > 0 && max > 0);
    *deleted = 0;
    struct arena *arena = arena_new(KIB(64), 0);
    if (arena == NULL)
        return error_budget(error);
    const struct database_parameter parameters[] = {sql_integer(arena, keep_s), sql_integer(arena, max)};
    const struct database_wait wait = {0};
    struct database_fault fault = {.arena = arena};
    struct database_rows rows = {0};
    enum database_outcome outcome = database_run(database, arena, &wait, TEXT(prune), parameters, 2, &rows, &fault);
    enum status status = database_status(outcome, &fault, error);
    *deleted = status == STATUS_OK ? rows.affected : 0;
    arena_free(arena);
    return status;
}
