/* Runs statements that write rows and their events. */
#include "erp/record_event.h"

#include <assert.h>

#include "base/limits.h"
#include "erp/erp_features.h"
#include "postgres/sql.h"

static struct database_parameter event_ids(const struct action_call *call, size_t first, size_t count)
{
    struct buffer ids = buffer_in(call->arena, LIMIT_JSON_BYTES);
    for (size_t i = 0; i < count; i++)
        sql_array_add_uuid(&ids, action_row_id(call, "event", first + i));
    return sql_array_end(&ids);
}

static enum database_outcome write_with_events(const struct action_call *call, struct database_session *session,
                                               const struct record_statement *statement,
                                               const struct database_parameter *parameters, size_t first_event,
                                               struct database_rows *rows, struct database_fault *fault)
{
    struct database_parameter all[RECORD_PARAMETERS_MAX + 2];
    size_t count = statement->parameter_count;
    for (size_t i = 0; i < count; i++)
        all[i] = parameters[i];
    all[count++] = event_ids(call, first_event, statement->event_count);
    all[count++] = cascade_lineage(call);
    if (!sql_are_complete(all, count))
        return database_fault_budget(fault);
    return database_execute(session, call->arena, text_from(statement->with_events), all, count, rows, fault);
}

enum database_outcome record_write(const struct action_call *call, struct database_session *session,
                                   const struct record_statement *statement,
                                   const struct database_parameter *parameters, size_t first_event,
                                   struct database_rows *rows, struct database_fault *fault)
{
    assert(statement->parameter_count <= RECORD_PARAMETERS_MAX && statement->event_count > 0);
    struct erp_features features;
    enum database_outcome outcome = erp_features_read(session, call->arena, &features, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    if (features.cascade_outbox)
        return write_with_events(call, session, statement, parameters, first_event, rows, fault);
    if (!sql_are_complete(parameters, statement->parameter_count))
        return database_fault_budget(fault);
    return database_execute(session, call->arena, text_from(statement->silent), parameters, statement->parameter_count,
                            rows, fault);
}
