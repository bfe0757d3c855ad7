/* Inserts a row into a table that the config names. */
#include "generated/create_entity.h"

#include "erp/action_database.h"
#include "erp/protected_columns.h"
#include "erp/table_insert.h"

/* Reports only the first fault. If the whole table is protected, the fault names no column. */
void check_create_entity(struct decoder *decoder, const struct create_entity_config *config)
{
    bool good = protected_column_check(decoder, "/target_entity", config->target_entity, TEXT(""));
    for (size_t i = 0; i < config->fields.count && good; i++)
        good = protected_column_check(decoder, "/fields", config->target_entity, config->fields.items[i].key);
}

enum action_outcome handle_create_entity(struct action_call *call, const struct create_entity_services *services,
                                         const struct create_entity_config *config, struct create_entity_result *result)
{
    const struct create_entity_fields *fields = &config->fields;
    struct json_member *members = ARENA_ARRAY(call->arena, fields->count, struct json_member);
    if (members == NULL)
        return action_refuse(call, "out of the memory budget of this task");
    for (size_t i = 0; i < fields->count; i++)
        members[i] = (struct json_member){fields->items[i].key, fields->items[i].value};
    struct database_fault fault = {.arena = call->arena};
    enum database_outcome outcome = table_insert(call, services->database, config->target_entity, members,
                                                 fields->count, &result->created_id, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "entity creation failed", &fault);
    result->target_entity = config->target_entity;
    result->status = TEXT("success");
    return ACTION_OUTCOME_DONE;
}
