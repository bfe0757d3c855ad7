/* Foreign keys of update_field: finds the id of a row in another table by the row's name. Runs in the transaction of
   the update, so that a row inserted for the update never remains without it. */
#include "handlers/update_field_internal.h"
#include "postgres/sql_statement.h"

#define STEP(what_) "foreign key resolution failed: " what_
#define RESOLVING   "foreign key resolution failed"

/* One resolution. */
struct reference {
    struct update_job *job;
    const struct update_field_foreign_key_config *config;
    const struct json_value *name; /* the value of lookup_field in the row */
    struct database_session *session;
    struct database_fault *fault;
    struct arena *arena;
    struct sql_columns columns; /* of the other table; read when needed */
    bool found;
};

/* Runs the statement and takes the id from the first row, if there is one. */
static enum database_outcome take_id(struct reference *reference, struct sql_statement *statement)
{
    struct database_rows rows;
    enum database_outcome outcome = sql_statement_execute(statement, reference->session, &rows, reference->fault);
    if (outcome != DATABASE_OK || rows.row_count == 0 || rows.cells[0].data == NULL)
        return outcome;
    if (!uuid_parse(rows.cells[0], &reference->job->resolved))
        return database_refuse(reference->fault, "\"%.*s\" is not the id of a row: invalid UUID",
                               TEXT_ARG(rows.cells[0]));
    reference->found = true;
    return DATABASE_OK;
}

/* SELECT id_field FROM reference_table WHERE column = $1 `end`. */
static enum database_outcome find(struct reference *reference, struct text column, struct database_parameter value,
                                  const char *end)
{
    struct sql_statement statement;
    if (!sql_statement_begin(&statement, reference->arena, 1))
        return database_fault_budget(reference->fault);
    sql_statement_add(&statement, "SELECT ");
    sql_add_identifier(&statement.text, reference->config->id_field);
    sql_statement_add(&statement, " FROM ");
    sql_add_table(&statement.text, reference->config->reference_table);
    sql_statement_add(&statement, " " SQL_NAMELESS " WHERE ");
    sql_add_identifier(&statement.text, column);
    sql_statement_bind(&statement, " = ", value, end);
    return take_id(reference, &statement);
}

/* Step 1: by the id, if the value is an id in any spelling. */
static enum database_outcome find_by_id(struct reference *reference)
{
    struct uuid id;
    if (reference->name->type != JSON_STRING || !uuid_parse(reference->name->string, &id))
        return DATABASE_OK;
    reference->job->doing = STEP("failed to validate foreign key");
    const struct database_parameter parameter = {.text = uuid_text(reference->arena, id)};
    return find(reference, reference->config->id_field, parameter, " LIMIT 1");
}

/* Binds a value for a column of the other table, whose column types are read if the value needs them. */
static enum database_outcome bind(struct reference *reference, struct text column, const struct json_value *value,
                                  struct database_parameter *parameter)
{
    if (sql_needs_type(value) && reference->columns.count == 0) {
        enum database_outcome outcome =
            sql_columns_read(reference->session, reference->arena, reference->config->reference_table,
                             &reference->columns, reference->fault);
        if (outcome != DATABASE_OK)
            return outcome;
    }
    struct sql_column found = sql_column_find(&reference->columns, column);
    return sql_bind(reference->arena, &found, value, parameter, reference->fault);
}

/* Step 2: by the name. If several rows match, always finds the same one. */
static enum database_outcome find_by_name(struct reference *reference)
{
    reference->job->doing = STEP("lookup query failed");
    struct database_parameter name;
    enum database_outcome outcome = bind(reference, reference->config->lookup_field, reference->name, &name);
    if (outcome != DATABASE_OK)
        return outcome;
    return find(reference, reference->config->lookup_field, name, " ORDER BY 1 LIMIT 1");
}

static struct text name_text(struct reference *reference)
{
    return reference->name->type == JSON_STRING ? reference->name->string
                                                : json_to_text(reference->arena, reference->name);
}

/* Serializes inserts of the same row: most lookup columns have no unique index that would refuse the second. */
static enum database_outcome lock_name(struct reference *reference)
{
    const struct update_field_foreign_key_config *config = reference->config;
    const struct database_parameter key = {
        .text = arena_print(reference->arena, "%.*s.%.*s=%.*s", TEXT_ARG(config->reference_table),
                            TEXT_ARG(config->lookup_field), TEXT_ARG(name_text(reference)))};
    if (key.text.data == NULL)
        return database_fault_budget(reference->fault);
    return database_execute(reference->session, reference->arena,
                            TEXT("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"), &key, 1, NULL,
                            reference->fault);
}

/* Fills in the columns of create_config, then the name and the id, which is the same on every attempt. */
static enum database_outcome fill_row(struct reference *reference, struct json_member *members, size_t *count)
{
    const struct json_value *given = &reference->config->create_config;
    struct text lookup = reference->config->lookup_field;
    for (size_t i = 0; i < given->object.count; i++) {
        const struct json_member *member = &given->object.members[i];
        if (!sql_is_identifier(member->key))
            return database_refuse(reference->fault, "invalid create_config column: \"%.*s\"", TEXT_ARG(member->key));
        if (!text_equal(member->key, lookup) && !text_is(member->key, "id"))
            members[(*count)++] = *member;
    }
    members[(*count)++] = (struct json_member){lookup, *reference->name};
    if (text_is(lookup, "id"))
        return DATABASE_OK;
    struct text id = uuid_text(reference->arena, action_row_id(reference->job->call, "reference", 0));
    members[(*count)++] = (struct json_member){TEXT("id"), json_string(id)};
    return id.data != NULL ? DATABASE_OK : database_fault_budget(reference->fault);
}

static enum database_outcome insert(struct reference *reference)
{
    struct arena *arena = reference->arena;
    size_t capacity = reference->config->create_config.object.count + 2, count = 0;
    struct json_member *members = ARENA_ARRAY(arena, capacity, struct json_member);
    struct sql_statement statement;
    if (members == NULL || !sql_statement_begin(&statement, arena, capacity))
        return database_fault_budget(reference->fault);
    enum database_outcome outcome = fill_row(reference, members, &count);
    if (outcome == DATABASE_OK)
        outcome = sql_statement_insert(&statement, reference->session, reference->config->reference_table, members,
                                       count, &reference->columns, reference->fault);
    if (outcome != DATABASE_OK)
        return outcome;
    sql_statement_add(&statement, " ON CONFLICT DO NOTHING RETURNING ");
    sql_add_identifier(&statement.text, reference->config->id_field);
    return take_id(reference, &statement);
}

/* Step 3: inserts the row, unless another transaction inserted it in the meantime. */
static enum database_outcome create(struct reference *reference)
{
    reference->job->doing = STEP("failed to create referenced record");
    enum database_outcome outcome = lock_name(reference);
    if (outcome == DATABASE_OK)
        outcome = find_by_name(reference);
    if (outcome != DATABASE_OK || reference->found)
        return outcome;
    reference->job->doing = STEP("failed to create referenced record");
    outcome = insert(reference);
    if (outcome != DATABASE_OK || reference->found)
        return outcome;
    return database_refuse(reference->fault, "duplicated entry");
}

static enum database_outcome not_found(struct reference *reference)
{
    reference->job->doing = RESOLVING;
    return database_refuse(reference->fault, "referenced record not found: %.*s" PUBLIC(" in %.*s.%.*s"),
                           TEXT_ARG(name_text(reference)), TEXT_ARG(reference->config->reference_table),
                           TEXT_ARG(reference->config->lookup_field));
}

enum database_outcome update_field_resolve(struct update_job *job, struct database_session *session,
                                           struct database_fault *fault)
{
    const struct update_field_foreign_key_config *config = &job->config->foreign_key_config;
    struct reference reference = {.job = job,
                                  .config = config,
                                  .name = &job->config->new_value,
                                  .session = session,
                                  .fault = fault,
                                  .arena = job->call->arena};
    enum database_outcome outcome = find_by_id(&reference);
    if (outcome == DATABASE_OK && !reference.found)
        outcome = find_by_name(&reference);
    if (outcome == DATABASE_OK && !reference.found)
        outcome = config->allow_create && config->create_config.type == JSON_OBJECT ? create(&reference)
                                                                                    : not_found(&reference);
    if (outcome != DATABASE_OK)
        return outcome;
    job->has_resolved = true;
    job->written = json_string(uuid_text(reference.arena, job->resolved));
    return job->written.string.data != NULL ? DATABASE_OK : database_fault_budget(fault);
}
