/* Moves a row from one status to another, if its present status allows that. */
#include "generated/transition_status.h"

#include "erp/action_database.h"
#include "erp/protected_columns.h"
#include "erp/status_column.h"

void check_transition_status(struct decoder *decoder, const struct transition_status_config *config)
{
    if (protected_column_check(decoder, "/status_field", config->target_entity, config->status_field) &&
        secret_column(config->status_field))
        decode_reject(decoder, "/status_field", PUBLIC("invalid status_field: %.*s"), TEXT_ARG(config->status_field));
}

static bool is_allowed(const struct transition_status_config *config, struct text status)
{
    for (size_t i = 0; i < config->valid_from_statuses.count; i++)
        if (text_equal(config->valid_from_statuses.items[i], status))
            return true;
    return false;
}

enum action_outcome handle_transition_status(struct action_call *call,
                                             const struct transition_status_services *services,
                                             const struct transition_status_config *config,
                                             struct transition_status_result *result)
{
    const struct status_column column = {
        .table = config->target_entity,
        .column = config->status_field,
        .id = config->target_id.size > 0 ? config->target_id : uuid_text(call->arena, call->entity_id),
    };
    struct database_fault fault = {.arena = call->arena};
    struct text from;
    bool found;
    enum database_outcome outcome = status_column_lock(call->arena, services->database, &column, &found, &from, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "failed to read current status", &fault);
    if (!found)
        return action_refuse(call, PUBLIC("entity not found: %.*s with id ") "%.*s", TEXT_ARG(column.table),
                             TEXT_ARG(column.id));
    result->from_status = from.data != NULL ? json_string(from) : json_null();
    result->to_status = config->to_status;
    if (from.data == NULL || !is_allowed(config, from)) {
        result->output = TRANSITION_STATUS_OUTPUT_INVALID_TRANSITION;
        return ACTION_OUTCOME_DONE;
    }
    int64_t affected;
    outcome = status_column_write(call, services->database, &column, from, config->to_status, &affected, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "transition update failed", &fault);
    if (affected == 0)
        return action_refuse(call, PUBLIC("no rows updated for %.*s with id ") "%.*s", TEXT_ARG(column.table),
                             TEXT_ARG(column.id));
    result->transitioned = true;
    return ACTION_OUTCOME_DONE;
}
