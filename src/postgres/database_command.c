/* Statements as libpq takes them, and rows as we do. */
#include "postgres/database_internal.h"

#define PARAMETERS_MAX 65535 /* of the protocol */

enum database_outcome database_command_make(struct arena *arena, struct text text,
                                            const struct database_parameter *parameters, size_t count,
                                            struct command *command, struct database_fault *fault)
{
    if (count > PARAMETERS_MAX)
        return database_fault_set(fault, DATABASE_REFUSED, "54000", PUBLIC("a statement takes %d parameters at most"),
                                  PARAMETERS_MAX);
    unsigned *types = ARENA_ARRAY(arena, count, unsigned);
    const char **values = ARENA_ARRAY(arena, count, const char *);
    *command = (struct command){.text = arena_copy(arena, text), .count = count, .types = types, .values = values};
    if (types == NULL || values == NULL || command->text.data == NULL)
        return database_fault_budget(fault);
    for (size_t i = 0; i < count; i++) {
        const struct database_parameter *parameter = &parameters[i];
        types[i] = parameter->type_oid;
        if (parameter->is_null)
            continue;
        if (text_find_byte(parameter->text, '\0') != SIZE_MAX)
            return database_fault_set(fault, DATABASE_REFUSED, "22021",
                                      PUBLIC("parameter %zu holds a NUL byte, which no text in PostgreSQL can"), i + 1);
        values[i] = arena_copy(arena, parameter->text).data;
        if (values[i] == NULL)
            return database_fault_budget(fault);
    }
    return DATABASE_OK;
}

enum database_outcome database_rows_copy(struct arena *arena, PGresult *result, struct database_rows *rows,
                                         struct database_fault *fault)
{
    size_t row_count = (size_t)PQntuples(result), column_count = (size_t)PQnfields(result), cell_count;
    if (__builtin_mul_overflow(row_count, column_count, &cell_count))
        return database_fault_budget(fault);
    struct text *columns = ARENA_ARRAY(arena, column_count, struct text);
    struct text *cells = ARENA_ARRAY(arena, cell_count, struct text);
    if (columns == NULL || cells == NULL)
        return database_fault_budget(fault);
    for (size_t i = 0; i < column_count; i++) {
        columns[i] = arena_copy(arena, text_from(PQfname(result, (int)i)));
        if (columns[i].data == NULL)
            return database_fault_budget(fault);
    }
    for (size_t i = 0; i < cell_count; i++) {
        int row = (int)(i / column_count), column = (int)(i % column_count);
        if (PQgetisnull(result, row, column))
            continue;
        struct text cell = {.data = PQgetvalue(result, row, column), .size = (size_t)PQgetlength(result, row, column)};
        cells[i] = arena_copy(arena, cell);
        if (cells[i].data == NULL)
            return database_fault_budget(fault);
    }
    int64_t affected = 0;
    (void)text_to_int64(text_from(PQcmdTuples(result)), &affected);
    *rows = (struct database_rows){
        .row_count = row_count, .column_count = column_count, .columns = columns, .cells = cells, .affected = affected};
    return DATABASE_OK;
}
