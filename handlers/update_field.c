/* Updates a column. Names come from the spec's whitelist or match its pattern, and are quoted; values are bound. */
#include "generated/update_field.h"

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "erp/action_database.h"
#include "erp/cascade.h"
#include "erp/erp_features.h"
#include "handlers/update_field_internal.h"

/* A statement under construction, with its parameters. */
struct composed {
    struct arena *arena;
    struct buffer sql;
    struct database_parameter *parameters;
    size_t count;
};

/* `before` $n `after`, for the next parameter. */
static void add_parameter(struct composed *composed, const char *before, struct database_parameter parameter,
                          const char *after)
{
    composed->parameters[composed->count++] = parameter;
    buffer_print(&composed->sql, "%s$%zu%s", before, composed->count, after);
}

static const char *comparison(enum update_field_operator relation)
{
    switch (relation) {
    case UPDATE_FIELD_OPERATOR_NOT_EQUALS: return " != ";
    case UPDATE_FIELD_OPERATOR_GREATER_THAN: return " > ";
    case UPDATE_FIELD_OPERATOR_LESS_THAN: return " < ";
    default: return " = ";
    }
}

static enum database_outcome add_condition(struct composed *composed, const struct update_field_condition *condition,
                                           const struct sql_columns *columns, struct database_fault *fault)
{
    struct sql_column column = sql_column_find(columns, condition->field_name);
    struct database_parameter parameter;
    enum database_outcome outcome = DATABASE_OK;
    sql_add_identifier(&composed->sql, condition->field_name);
    switch (condition->operator_) {
    case UPDATE_FIELD_OPERATOR_IS_NULL: buffer_add(&composed->sql, TEXT(" IS NULL")); break;
    case UPDATE_FIELD_OPERATOR_IS_NOT_NULL: buffer_add(&composed->sql, TEXT(" IS NOT NULL")); break;
    case UPDATE_FIELD_OPERATOR_IN:
    case UPDATE_FIELD_OPERATOR_NOT_IN:
        outcome = sql_bind_list(composed->arena, &column, &condition->value, &parameter, fault);
        if (outcome == DATABASE_OK)
            add_parameter(composed, condition->operator_ == UPDATE_FIELD_OPERATOR_IN ? " = ANY(" : " <> ALL(",
                          parameter, ")");
        break;
    case UPDATE_FIELD_OPERATOR_CONTAINS:
        /* Bound as text whatever the column's type is; the server refuses columns that cannot be compared. */
        column.kind = SQL_TEXT;
        column.type = TEXT("text");
        outcome = sql_bind(composed->arena, &column, &condition->value, &parameter, fault);
        if (outcome == DATABASE_OK)
            add_parameter(composed, " LIKE '%' || ", parameter, "::text || '%'");
        break;
    default:
        outcome = sql_bind(composed->arena, &column, &condition->value, &parameter, fault);
        if (outcome == DATABASE_OK)
            add_parameter(composed, comparison(condition->operator_), parameter, "");
        break;
    }
    return outcome;
}

/* Around an update, to write an event for other rules in the same statement when a row was updated. */
static const char before_event[] = "WITH updated AS (";
static const char after_event[] =
    " RETURNING 1), event AS (" CASCADE_INSERT("$1::uuid", "$2::text", "update", "$3::text", "$4::text",
                                               "$5::jsonb") " WHERE EXISTS (SELECT FROM updated)" CASCADE_ONCE
                                                            ") SELECT count(*) FROM updated";

static enum database_outcome compose(const struct update_job *job, const struct sql_columns *columns,
                                     struct composed *composed, struct database_fault *fault)
{
    struct arena *arena = job->call->arena;
    *composed = (struct composed){
        .arena = arena,
        .sql = buffer_in(arena, LIMIT_JSON_BYTES),
        .parameters =
            ARENA_ARRAY(arena, job->conditions.count + 1 + UPDATE_FIELD_EVENT_PARAMETERS, struct database_parameter),
    };
    bool emits_event = job->domain.size > 0;
    if (composed->parameters == NULL || (emits_event && !update_field_write_event(job, composed->parameters)))
        return database_fault_budget(fault);
    if (emits_event) {
        composed->count = UPDATE_FIELD_EVENT_PARAMETERS;
        buffer_add(&composed->sql, text_from(before_event));
    }
    struct sql_column target = sql_column_find(columns, job->config->target_field);
    struct database_parameter value;
    enum database_outcome outcome = sql_bind(arena, &target, &job->written, &value, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    buffer_add(&composed->sql, TEXT("UPDATE "));
    sql_add_table(&composed->sql, job->config->target_entity);
    buffer_add(&composed->sql, TEXT(" SET "));
    sql_add_identifier(&composed->sql, job->config->target_field);
    add_parameter(composed, " = ", value, "");
    for (size_t i = 0; i < job->conditions.count && outcome == DATABASE_OK; i++) {
        buffer_add(&composed->sql, i == 0 ? TEXT(" WHERE ") : TEXT(" AND "));
        outcome = add_condition(composed, &job->conditions.items[i], columns, fault);
    }
    if (emits_event)
        buffer_add(&composed->sql, text_from(after_event));
    return outcome == DATABASE_OK && buffer_text(&composed->sql).data == NULL ? database_fault_budget(fault) : outcome;
}

static enum database_outcome count_affected(struct update_job *job, const struct database_rows *rows,
                                            struct database_fault *fault)
{
    job->affected = rows->affected;
    if (job->domain.size > 0 && !text_to_int64(rows->cells[0], &job->affected))
        return database_refuse(fault, "the number of rows is no number");
    return DATABASE_OK;
}

/* Like a text, a list of texts is bound without the type of its column. */
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
    struct composed update;
    struct database_rows rows;
    outcome = compose(job, &columns, &update, fault);
    if (outcome == DATABASE_OK)
        outcome =
            database_execute(session, arena, buffer_text(&update.sql), update.parameters, update.count, &rows, fault);
    return outcome == DATABASE_OK ? count_affected(job, &rows, fault) : outcome;
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

/* The id in a single condition on `id`; else empty. */
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
    struct erp_features features;
    enum database_outcome outcome = erp_features_read(services->database, call->arena, &features, &fault);
    if (outcome == DATABASE_OK && features.cascade_outbox)
        job.domain = update_field_domain(config->target_entity);
    if (outcome == DATABASE_OK)
        outcome = update(&job, services->database, &fault);
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
