/* Updates a column. Names are in the spec's whitelist or match its pattern, and are quoted; values are bound. */
#include "generated/update_field.h"

#include "base/clock.h"
#include "erp/action_database.h"
#include "erp/table_write.h"
#include "handlers/update_field_internal.h"

static const char *comparison(enum update_field_operator relation)
{
    switch (relation) {
    case UPDATE_FIELD_OPERATOR_NOT_EQUALS: return " != ";
    case UPDATE_FIELD_OPERATOR_GREATER_THAN: return " > ";
    case UPDATE_FIELD_OPERATOR_LESS_THAN: return " < ";
    default: return " = ";
    }
}

static enum database_outcome add_condition(struct sql_statement *statement,
                                           const struct update_field_condition *condition,
                                           const struct sql_columns *columns, struct database_fault *fault)
{
    struct sql_column column = sql_column_find(columns, condition->field_name);
    struct database_parameter parameter;
    enum database_outcome outcome = DATABASE_OK;
    sql_add_identifier(&statement->text, condition->field_name);
    switch (condition->operator_) {
    case UPDATE_FIELD_OPERATOR_IS_NULL: sql_statement_add(statement, " IS NULL"); break;
    case UPDATE_FIELD_OPERATOR_IS_NOT_NULL: sql_statement_add(statement, " IS NOT NULL"); break;
    case UPDATE_FIELD_OPERATOR_IN:
    case UPDATE_FIELD_OPERATOR_NOT_IN:
        outcome = sql_bind_list(statement->arena, &column, &condition->value, &parameter, fault);
        if (outcome == DATABASE_OK)
            sql_statement_bind(statement, condition->operator_ == UPDATE_FIELD_OPERATOR_IN ? " = ANY(" : " <> ALL(",
                               parameter, ")");
        break;
    case UPDATE_FIELD_OPERATOR_CONTAINS:
        /* Bound as text whatever the column's type is; the server refuses columns that cannot be compared. */
        column.kind = SQL_TEXT;
        column.type = TEXT("text");
        outcome = sql_bind(statement->arena, &column, &condition->value, &parameter, fault);
        if (outcome == DATABASE_OK)
            sql_statement_bind(statement, " LIKE '%' || ", parameter, "::text || '%'");
        break;
    default:
        outcome = sql_bind(statement->arena, &column, &condition->value, &parameter, fault);
        if (outcome == DATABASE_OK)
            sql_statement_bind(statement, comparison(condition->operator_), parameter, "");
        break;
    }
    return outcome;
}

/* Returns the id of the row if the only condition names one row by its id; otherwise nil, because several rows may be
   updated. */
static struct uuid written_row(const struct update_job *job)
{
    const struct update_field_condition *only = job->conditions.items;
    struct uuid id;
    if (job->conditions.count != 1 || !text_is(only->field_name, "id") ||
        only->operator_ != UPDATE_FIELD_OPERATOR_EQUALS || only->value.type != JSON_STRING ||
        !uuid_parse(only->value.string, &id))
        return (struct uuid){0};
    return id;
}

/* UPDATE table SET column = $1 WHERE ... */
static enum database_outcome compose(const struct update_job *job, const struct sql_columns *columns,
                                     struct sql_statement *statement, struct database_fault *fault)
{
    const struct update_field_config *config = job->config;
    struct sql_column target = sql_column_find(columns, config->target_field);
    struct database_parameter value;
    enum database_outcome outcome = sql_bind(statement->arena, &target, &job->written, &value, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    sql_statement_add(statement, "UPDATE ");
    sql_add_table(&statement->text, config->target_entity);
    sql_statement_add(statement, " " SQL_NAMELESS " SET ");
    sql_add_identifier(&statement->text, config->target_field);
    sql_statement_bind(statement, " = ", value, "");
    for (size_t i = 0; i < job->conditions.count && outcome == DATABASE_OK; i++) {
        sql_statement_add(statement, i == 0 ? " WHERE " : " AND ");
        outcome = add_condition(statement, &job->conditions.items[i], columns, fault);
    }
    return outcome;
}

/* Like a text, a list of texts is bound without knowing the type of the column. */
static bool list_needs_type(const struct json_value *list)
{
    if (list->type != JSON_ARRAY)
        return sql_needs_type(list);
    for (size_t i = 0; i < list->array.count; i++)
        if (sql_needs_type(&list->array.items[i]))
            return true;
    return false;
}

static bool condition_needs_type(const struct update_field_condition *condition)
{
    switch (condition->operator_) {
    case UPDATE_FIELD_OPERATOR_IS_NULL:
    case UPDATE_FIELD_OPERATOR_IS_NOT_NULL:
    case UPDATE_FIELD_OPERATOR_CONTAINS: return false;
    case UPDATE_FIELD_OPERATOR_IN:
    case UPDATE_FIELD_OPERATOR_NOT_IN: return list_needs_type(&condition->value);
    default: return sql_needs_type(&condition->value);
    }
}

static bool needs_types(const struct update_job *job)
{
    bool needed = !job->config->has_foreign_key_config && sql_needs_type(&job->config->new_value);
    for (size_t i = 0; i < job->conditions.count && !needed; i++)
        needed = condition_needs_type(&job->conditions.items[i]);
    return needed;
}

static enum database_outcome update(struct update_job *job, struct database_session *session,
                                    struct database_fault *fault)
{
    struct arena *arena = job->call->arena;
    struct sql_columns columns = {0};
    enum database_outcome outcome = DATABASE_OK;
    if (job->config->has_foreign_key_config)
        outcome = update_field_resolve(job, session, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    job->doing = "update failed";
    if (needs_types(job))
        outcome = sql_columns_read(session, arena, job->config->target_entity, &columns, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    struct uuid row = written_row(job);
    const struct table_event event = {
        .row = row, .entity = table_event_entity(arena, row, job->config->target_field, job->written)};
    struct table_write write;
    outcome = table_write_begin(&write, job->call, session, job->config->target_entity, TABLE_UPDATE, &event,
                                job->conditions.count + 1, fault);
    if (outcome == DATABASE_OK)
        outcome = compose(job, &columns, &write.statement, fault);
    return outcome == DATABASE_OK ? table_write_end(&write, session, &job->affected, fault) : outcome;
}

/* Without conditions, the entity that started the rule is updated. False: there is no entity or no memory, and the
   action is refused. */
static bool default_condition(struct action_call *call, struct update_field_condition *condition)
{
    const struct json_value *id = json_get(call->context, TEXT("entity_id"));
    *condition = (struct update_field_condition){
        .field_name = TEXT("id"),
        .operator_ = UPDATE_FIELD_OPERATOR_EQUALS,
        .value = id != NULL ? *id : json_string(uuid_text(call->arena, call->entity_id)),
    };
    if (condition->value.type == JSON_NULL)
        (void)action_refuse(call, "no conditions specified and no entity_id in context");
    else if (id == NULL && condition->value.string.data == NULL)
        (void)action_refuse(call, "out of the memory budget of this task");
    else
        return true;
    return false;
}

/* Returns the id in the only condition, if it is a condition on `id`; otherwise empty. */
static struct text target_record(const struct update_field_conditions *conditions)
{
    const struct update_field_condition *only = conditions->items;
    struct uuid id;
    if (conditions->count != 1 || !text_is(only->field_name, "id") || only->value.type != JSON_STRING ||
        !uuid_parse(only->value.string, &id))
        return TEXT_NONE;
    return only->value.string;
}

static struct text update_id(const struct action_call *call)
{
    struct text id = uuid_text(call->arena, action_row_id(call, "update", 0));
    return id.data != NULL ? arena_print(call->arena, "update_%.*s", TEXT_ARG(id)) : TEXT_NONE;
}

enum action_outcome handle_update_field(struct action_call *call, const struct update_field_services *services,
                                        const struct update_field_config *config, struct update_field_result *result)
{
    int64_t start_us = clock_monotonic_us();
    result->created_at = clock_utc_us();
    struct update_field_condition entity;
    struct update_job job = {.call = call,
                             .config = config,
                             .conditions = config->conditions,
                             .doing = "update failed",
                             .written = config->new_value};
    if (config->conditions.count == 0) {
        if (!default_condition(call, &entity))
            return ACTION_OUTCOME_REFUSED;
        job.conditions = (struct update_field_conditions){.items = &entity, .count = 1};
    }
    struct database_fault fault = {.arena = call->arena};
    enum database_outcome outcome = update(&job, services->database, &fault);
    if (outcome != DATABASE_OK)
        return action_database_failed(call, outcome, job.doing, &fault);
    result->update_id = update_id(call);
    result->status = TEXT("success");
    result->target_entity = config->target_entity;
    result->target_field = config->target_field;
    result->new_value = config->new_value;
    result->records_affected = job.affected;
    result->has_resolved_value = job.has_resolved;
    result->resolved_value = job.resolved;
    result->target_record_id = target_record(&config->conditions);
    result->completed_at = clock_utc_us();
    result->execution_time_ms = (clock_monotonic_us() - start_us) / 1000;
    return result->update_id.data != NULL ? ACTION_OUTCOME_DONE
                                          : action_refuse(call, "out of the memory budget of this task");
}
