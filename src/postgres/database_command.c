/* Converts statements to libpq's form, and results to rows. */
#include <assert.h>

#include "postgres/database_internal.h"

#define PARAMETERS_MAX 65535 /* a limit of the protocol */

static bool has_binary(const struct database_parameter *parameters, size_t count)
{
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        assert(!parameters[i].is_binary || parameters[i].type_oid != 0);
        found = found || parameters[i].is_binary;
    }
    return found;
}

/* Converts a value to libpq's form. Its size matters only if it is binary. */
static enum database_outcome copy_value(struct arena *arena, const struct database_parameter *parameter, size_t number,
                                        const char **value, struct database_fault *fault)
{
    if (parameter->is_null)
        return DATABASE_OK;
    if (!parameter->is_binary && text_find_byte(parameter->text, '\0') != SIZE_MAX)
        return database_fault_set(fault, DATABASE_REFUSED, "22021",
                                  PUBLIC("parameter %zu contains a NUL byte, which PostgreSQL does not accept in text"),
                                  number);
    *value = arena_copy(arena, parameter->text).data;
    return *value != NULL ? DATABASE_OK : database_fault_budget(fault);
}

enum database_outcome database_command_make(struct arena *arena, struct text text,
                                            const struct database_parameter *parameters, size_t count,
                                            struct command *command, struct database_fault *fault)
{
    if (count > PARAMETERS_MAX)
        return database_fault_set(fault, DATABASE_REFUSED, "54000", PUBLIC("a statement takes at most %d parameters"),
                                  PARAMETERS_MAX);
    size_t binary_count = has_binary(parameters, count) ? count : 0;
    unsigned *types = ARENA_ARRAY(arena, count, unsigned);
    const char **values = ARENA_ARRAY(arena, count, const char *);
    int *sizes = ARENA_ARRAY(arena, binary_count, int), *formats = ARENA_ARRAY(arena, binary_count, int);
    *command = (struct command){.text = arena_copy(arena, text), .count = count, .types = types, .values = values};
    if (types == NULL || values == NULL || sizes == NULL || formats == NULL || command->text.data == NULL)
        return database_fault_budget(fault);
    if (binary_count > 0) {
        command->sizes = sizes;
        command->formats = formats;
    }
    for (size_t i = 0; i < count; i++) {
        types[i] = parameters[i].type_oid;
        enum database_outcome outcome = copy_value(arena, &parameters[i], i + 1, &values[i], fault);
        if (outcome != DATABASE_OK)
            return outcome;
        if (binary_count > 0) {
            sizes[i] = (int)parameters[i].text.size;
            formats[i] = parameters[i].is_binary ? 1 : 0;
        }
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
