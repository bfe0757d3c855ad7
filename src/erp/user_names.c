/* Reads names of users. */
#include "erp/user_names.h"

#include <stdlib.h>

#include "base/limits.h"
#include "postgres/database.h"
#include "postgres/sql.h"

/* Not every database has usernames. */
#define SELECT_NAMES                                                                                                   \
    "SELECT u.id, to_jsonb(u) ->> 'username' FROM core.users AS u WHERE u.id = ANY($1::uuid[]) ORDER BY u.id"

static int compare(const void *a, const void *b)
{
    const struct user_name *first = a, *second = b;
    return uuid_compare(first->id, second->id);
}

static void take_name(const struct text *row, struct user_name *users, size_t count)
{
    struct user_name key = {0};
    if (!uuid_parse(row[0], &key.id))
        return;
    struct user_name *user = bsearch(&key, users, count, sizeof *users, compare);
    if (user != NULL && row[1].data != NULL)
        user->name = row[1];
}

enum status user_names_read(struct database *database, struct user_name *users, size_t count, struct arena *arena,
                            struct error *error)
{
    if (count == 0)
        return STATUS_OK;
    struct buffer literal = buffer_in(arena, (count + 1) * (UUID_TEXT_SIZE + 1) + 2);
    qsort(users, count, sizeof *users, compare);
    for (size_t i = 0; i < count; i++)
        sql_array_add_uuid(&literal, users[i].id);
    const struct database_parameter ids = sql_array_end(&literal);
    if (!sql_are_complete(&ids, 1))
        return error_budget(error);
    const struct database_wait wait = {.idempotent = true};
    struct database_rows rows = {0};
    struct database_fault fault = {.arena = arena};
    enum database_outcome outcome = database_run(database, arena, &wait, TEXT(SELECT_NAMES), &ids, 1, &rows, &fault);
    for (size_t i = 0; outcome == DATABASE_OK && i < rows.row_count; i++)
        take_name(&rows.cells[i * rows.column_count], users, count);
    return database_status(outcome, &fault, error);
}
