/* Writes a row of the audit log. */
#include "generated/log_audit_entry.h"

#include "erp/action_database.h"
#include "postgres/sql.h"

/* The table is partitioned by date, so its key is more than the id, and ON CONFLICT cannot name the id. */
static const char insert[] =
    "INSERT INTO workflow.audit_log (id, entity_name, entity_id, action, message, metadata, rule_id, execution_id,"
    " user_id, created_date) SELECT $1::uuid, $2::text, $3::uuid, $4::text, $5::text, $6::jsonb, $7::uuid, $8::uuid,"
    " $9::uuid, now() AT TIME ZONE 'UTC' WHERE NOT EXISTS (SELECT FROM workflow.audit_log WHERE id = $1::uuid)";

static struct uuid entity_of(const struct action_call *call, struct text named)
{
    struct uuid id;
    return uuid_parse(named, &id) ? id : call->entity_id;
}

static struct database_parameter metadata_of(struct arena *arena, const struct json_value *metadata)
{
    if (metadata->type == JSON_NULL)
        return (struct database_parameter){.is_null = true};
    return (struct database_parameter){.text = json_to_text(arena, metadata)};
}

enum action_outcome handle_log_audit_entry(struct action_call *call, const struct log_audit_entry_services *services,
                                           const struct log_audit_entry_config *config,
                                           struct log_audit_entry_result *result)
{
    struct arena *arena = call->arena;
    struct uuid id = action_row_id(call, "audit", 0);
    const struct database_parameter parameters[] = {
        sql_uuid(arena, id),
        sql_text(config->entity_name),
        {.text = uuid_text(arena, entity_of(call, config->entity_id))},
        sql_text(config->action),
        sql_text(config->message),
        metadata_of(arena, &config->metadata),
        sql_uuid(arena, call->rule_id),
        sql_uuid(arena, call->execution_id),
        sql_uuid(arena, call->user_id),
    };
    enum { COUNT = sizeof(parameters) / sizeof(parameters[0]) };
    struct database_fault fault = {.arena = arena};
    struct database_rows rows;
    enum database_outcome outcome = DATABASE_OK;
    if (!sql_are_complete(parameters, COUNT))
        outcome = database_fault_budget(&fault);
    else
        outcome = database_execute(services->database, arena, TEXT(insert), parameters, COUNT, &rows, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "audit log insert failed", &fault);
    result->audit_id = id;
    result->status = TEXT("logged");
    return ACTION_OUTCOME_DONE;
}
