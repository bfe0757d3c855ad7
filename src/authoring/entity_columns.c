/* Reads the columns of all tables from information_schema. */
#include "authoring/entity_columns.h"

#define STATEMENT                                                                                                      \
    "SELECT table_schema || '.' || table_name, column_name, data_type, is_nullable FROM information_schema.columns"    \
    " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, ordinal_position"
enum { CELL_TABLE, CELL_COLUMN, CELL_TYPE, CELL_NULLABLE, CELL_COUNT };

/* As the ERP writes values of a type into the JSON of an event. */
static enum field_kind kind_of(struct text type)
{
    static const struct {
        const char *name;
        enum field_kind kind;
    } kinds[] = {
        {"smallint", FIELD_INTEGER},
        {"integer", FIELD_INTEGER},
        {"bigint", FIELD_INTEGER},
        {"numeric", FIELD_DECIMAL},
        {"real", FIELD_NUMBER},
        {"double precision", FIELD_NUMBER},
        {"boolean", FIELD_BOOLEAN},
        {"uuid", FIELD_UUID},
        {"text", FIELD_STRING},
        {"character", FIELD_STRING},
        {"character varying", FIELD_STRING},
        {"USER-DEFINED", FIELD_STRING},
        {"date", FIELD_TIMESTAMP},
        {"json", FIELD_ANY},
        {"jsonb", FIELD_ANY},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (text_is(type, kinds[i].name))
            return kinds[i].kind;
    /* "timestamp with time zone", "time without time zone", "ARRAY" and others */
    return text_starts(type, TEXT("timestamp")) ? FIELD_TIMESTAMP : FIELD_ANY;
}

/* Groups rows, which are sorted by table. False: the arena is full. */
static bool group(struct arena *arena, const struct database_rows *rows, struct entity_type *entities,
                  struct field_type *fields, size_t *count)
{
    struct text table = TEXT_NONE;
    *count = 0;
    for (size_t i = 0; i < rows->row_count; i++) {
        const struct text *cells = &rows->cells[i * CELL_COUNT];
        if (*count == 0 || !text_equal(cells[CELL_TABLE], table)) {
            table = cells[CELL_TABLE];
            struct text name = arena_copy(arena, table);
            if (name.data == NULL)
                return false;
            entities[(*count)++] = (struct entity_type){.name = name.data, .fields = &fields[i]};
        }
        struct text column = arena_copy(arena, cells[CELL_COLUMN]);
        if (column.data == NULL)
            return false;
        fields[i] = (struct field_type){
            .name = column.data, .kind = kind_of(cells[CELL_TYPE]), .optional = text_is(cells[CELL_NULLABLE], "YES")};
        entities[*count - 1].field_count++;
    }
    return true;
}

static enum database_outcome read_rows(struct database *database, struct arena *arena, struct database_rows *rows,
                                       struct database_fault *fault)
{
    const struct database_wait wait = {0};
    struct database_session *session;
    enum database_outcome outcome = database_begin(database, arena, &wait, &session, fault);
    if (outcome != DATABASE_OK)
        return outcome;
    outcome = database_execute(session, arena, TEXT(STATEMENT), NULL, 0, rows, fault);
    if (outcome == DATABASE_OK)
        return database_commit(session, fault);
    database_abandon(session);
    return outcome;
}

enum status entity_columns_read(struct database *database, struct arena *arena, const struct entity_type **entities,
                                size_t *count, struct error *error)
{
    struct database_rows rows;
    struct database_fault fault = {.arena = arena};
    enum status status = database_status(read_rows(database, arena, &rows, &fault), &fault, error);
    if (status != STATUS_OK)
        return error_prefix(error, "cannot read the columns of the database");
    struct entity_type *found = ARENA_ARRAY(arena, rows.row_count, struct entity_type);
    struct field_type *fields = ARENA_ARRAY(arena, rows.row_count, struct field_type);
    if (found == NULL || fields == NULL || !group(arena, &rows, found, fields, count))
        return error_budget(error);
    *entities = found;
    return STATUS_OK;
}
