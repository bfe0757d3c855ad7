/* Reads rows of a table that the config names. */
#include "generated/lookup_entity.h"

#include "erp/action_database.h"
#include "postgres/sql_select.h"

#define MAX_ROWS 1000

/* False: the memory budget is exceeded. */
static bool make_select(struct arena *arena, const struct lookup_entity_config *config, struct sql_select *select)
{
    struct json_member *filter = ARENA_ARRAY(arena, config->filter.count, struct json_member);
    *select = (struct sql_select){.table = config->entity,
                                  .columns = ARENA_ARRAY(arena, config->fields.count, struct text),
                                  .filter = filter,
                                  .filter_count = config->filter.count,
                                  .limit = MAX_ROWS + 1};
    if (filter == NULL || select->columns == NULL)
        return false;
    for (size_t i = 0; i < config->fields.count; i++)
        sql_select_column(select, config->fields.items[i]);
    for (size_t i = 0; i < config->filter.count; i++)
        filter[i] = (struct json_member){config->filter.items[i].key, config->filter.items[i].value};
    return true;
}

enum action_outcome handle_lookup_entity(struct action_call *call, const struct lookup_entity_services *services,
                                         const struct lookup_entity_config *config, struct lookup_entity_result *result)
{
    const struct database_wait wait = action_database_wait(call);
    struct database_fault fault = {.arena = call->arena};
    struct sql_select select;
    if (!make_select(call->arena, config, &select))
        return action_refuse(call, "out of the memory budget of this task");
    struct database_rows found;
    struct json_value rows;
    enum database_outcome outcome = sql_select_run(services->database, call->arena, &wait, &select, &found, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "lookup query failed", &fault);
    if (found.row_count > MAX_ROWS)
        return action_refuse(call, PUBLIC("lookup of %.*s gives more than 1000 rows"), TEXT_ARG(config->entity));
    outcome = sql_select_rows(call->arena, &select, &found, &rows, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, "scanning lookup result", &fault);
    result->found = found.row_count > 0;
    result->output = result->found ? LOOKUP_ENTITY_OUTPUT_FOUND : LOOKUP_ENTITY_OUTPUT_NOT_FOUND;
    if (result->found)
        result->rows = found.row_count == 1 ? rows.array.items[0] : rows;
    result->has_count = found.row_count > 1;
    result->count = (int64_t)found.row_count;
    return ACTION_OUTCOME_DONE;
}
