/* Guarded transitions of records. */
#include "erp/transition.h"

#include <assert.h>

#include "erp/action_database.h"
#include "postgres/sql.h"

enum database_outcome transition_make(const struct action_call *call, struct database_session *session,
                                      const struct record_statement *statement,
                                      const struct database_parameter *parameters, struct transition_end *end,
                                      struct database_fault *fault)
{
    struct database_rows rows;
    *end = (struct transition_end){.is_found = false};
    enum database_outcome outcome = record_write(call, session, statement, parameters, 0, &rows, fault);
    if (outcome != DATABASE_OK || rows.row_count == 0)
        return outcome;
    assert(rows.row_count == 1 && rows.column_count >= 2);
    *end = (struct transition_end){
        .is_found = true, .is_done = text_is(rows.cells[0], "t"), .state = rows.cells[1], .cells = rows.cells + 2};
    return DATABASE_OK;
}

enum action_outcome decision_make(struct action_call *call, struct database_session *session,
                                  const struct decision *decision, struct uuid id, struct text reason,
                                  struct transition_end *end)
{
    const struct record_statement *statement = &decision->statement;
    struct database_fault fault = {.arena = call->arena};
    struct uuid user;
    assert(statement->parameter_count == 2 || statement->parameter_count == 3);
    if (!action_user(call, decision->name, &user))
        return ACTION_OUTCOME_REFUSED;
    const struct database_parameter parameters[] = {
        sql_uuid(call->arena, id),
        sql_uuid(call->arena, user),
        {.text = reason.size > 0 ? reason : TEXT(""), .is_null = reason.size == 0},
    };
    enum database_outcome outcome = decision->can_be_undone ? database_savepoint(session, &fault) : DATABASE_OK;
    if (outcome == DATABASE_OK)
        outcome = transition_make(call, session, statement, parameters, end, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, decision->doing, &fault);
    end->user = user;
    return ACTION_OUTCOME_DONE;
}
