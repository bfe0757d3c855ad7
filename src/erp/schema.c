/* Creates the tables that are missing. */
#include "erp/schema.h"

#include "base/limits.h"
#include "erp/schema_tables.h"

/* The key of the lock that is held during a migration: "workflow" in ASCII. */
#define TAKE_TURNS "SELECT pg_advisory_xact_lock(8606223218533756791)"

static const char *const kind_names[] = {
    [SCHEMA_SCHEMA] = "schema", [SCHEMA_TYPE] = "type", [SCHEMA_TABLE] = "table", [SCHEMA_INDEX] = "index"};

/* Each query returns one row if the object exists. */
static const char *const queries[] = {
    [SCHEMA_SCHEMA] = "SELECT 1 FROM pg_namespace WHERE nspname = $1",
    [SCHEMA_TYPE] = "SELECT 1 WHERE to_regtype($1) IS NOT NULL",
    [SCHEMA_TABLE] = "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
};

struct migration {
    struct arena *arena;
    bool *is_new;       /* one element for each of schema_objects */
    const char *making; /* the object being created, for the error */
};

static enum database_outcome exists(struct database_session *session, struct arena *arena,
                                    const struct schema_object *object, bool *answer, struct database_fault *fault)
{
    struct database_parameter name = {.text = text_from(object->name)};
    struct database_rows rows;
    enum database_outcome outcome =
        database_execute(session, arena, text_from(queries[object->kind]), &name, 1, &rows, fault);
    if (outcome == DATABASE_OK)
        *answer = rows.row_count > 0;
    return outcome;
}

static enum database_outcome make(struct database_session *session, struct migration *migration, size_t index,
                                  struct database_fault *fault)
{
    const struct schema_object *object = &schema_objects[index];
    /* schema_objects lists an index directly after its table. */
    bool missing = object->kind == SCHEMA_INDEX && migration->is_new[index - 1];
    if (object->kind != SCHEMA_INDEX) {
        bool found = false;
        enum database_outcome outcome = exists(session, migration->arena, object, &found, fault);
        if (outcome != DATABASE_OK)
            return outcome;
        missing = !found;
    }
    migration->is_new[index] = missing;
    if (!missing)
        return DATABASE_OK;
    return database_execute(session, migration->arena, text_from(object->statement), NULL, 0, NULL, fault);
}

static enum database_outcome make_all(struct database_session *session, void *userdata, struct database_fault *fault)
{
    struct migration *migration = userdata;
    migration->making = "";
    enum database_outcome outcome = database_execute(session, migration->arena, TEXT(TAKE_TURNS), NULL, 0, NULL, fault);
    for (size_t i = 0; i < schema_object_count && outcome == DATABASE_OK; i++) {
        migration->making = schema_objects[i].name;
        outcome = make(session, migration, i, fault);
    }
    return outcome;
}

static enum status migrate(struct database *database, const struct database_wait *wait, struct arena *arena,
                           schema_made *made, void *userdata, struct error *error)
{
    struct migration migration = {.arena = arena, .is_new = ARENA_ARRAY(arena, schema_object_count, bool)};
    if (migration.is_new == NULL)
        return error_budget(error);
    struct database_wait repeatable = *wait;
    repeatable.idempotent = true;
    struct database_fault fault = {.arena = arena};
    enum database_outcome outcome = database_transact(database, arena, &repeatable, make_all, &migration, &fault);
    if (outcome == DATABASE_REFUSED)
        return error_set_failure(error, STATUS_INVALID, text_from(migration.making), database_fault_failure(&fault));
    if (outcome != DATABASE_OK)
        return error_set_failure(error, STATUS_UNAVAILABLE, TEXT("database"), database_fault_failure(&fault));
    for (size_t i = 0; i < schema_object_count && made != NULL; i++)
        if (migration.is_new[i])
            made(userdata, kind_names[schema_objects[i].kind], schema_objects[i].name);
    return STATUS_OK;
}

enum status schema_migrate(struct database *database, const struct database_wait *wait, schema_made *made,
                           void *userdata, struct error *error)
{
    struct arena *arena = arena_new(MIB(4), 0);
    if (arena == NULL)
        return error_budget(error);
    enum status status = migrate(database, wait, arena, made, userdata, error);
    arena_free(arena);
    return status;
}
