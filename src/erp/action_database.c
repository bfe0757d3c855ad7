#include "erp/action_database.h"

#include <string.h>

struct database_wait action_database_wait(const struct action_call *call)
{
    return (struct database_wait){.limit = call->limit, .retry = !call->local, .idempotent = true};
}

/* Whether a retry would fail in the same way. The classes are those of SQLSTATE. */
static bool is_permanent(const struct database_fault *fault)
{
    static const char *const classes[] = {"22", "23", "42"};
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
        if (strncmp(fault->sqlstate, classes[i], 2) == 0)
            return true;
    return fault->sqlstate[0] == '\0';
}

enum action_outcome action_database_failed(struct action_call *call, enum database_outcome outcome, const char *what,
                                           const struct database_fault *fault)
{
    struct failure step = failure_print(call->arena, PUBLIC("%s: "), what);
    (void)action_refuse_with(call, failure_join(call->arena, step, database_fault_failure(fault)));
    return outcome == DATABASE_REFUSED && is_permanent(fault) ? ACTION_OUTCOME_REFUSED : ACTION_OUTCOME_RETRY;
}

enum action_outcome action_database_select(struct action_call *call, struct database *database,
                                           const struct sql_select *select, const char *what, struct json_value *rows)
{
    const struct database_wait wait = action_database_wait(call);
    struct database_fault fault = {.arena = call->arena};
    struct database_rows found;
    enum database_outcome outcome = sql_select_run(database, call->arena, &wait, select, &found, &fault);
    if (outcome == DATABASE_OK)
        outcome = sql_select_rows(call->arena, select, &found, rows, &fault);
    return outcome == DATABASE_OK ? ACTION_OUTCOME_DONE : action_database_failed(call, outcome, what, &fault);
}
