/* The tables and columns in `modifies` of actions exist in the database, and the hints of protected columns agree. */
#include <criterion/criterion.h>
#include <string.h>

#include "erp/protected_columns.h"
#include "trial.h"

static bool is_listed(const char *const *columns, struct text column)
{
    for (; columns != NULL && *columns != NULL; columns++)
        if (text_is(column, *columns))
            return true;
    return false;
}

/* The columns of a table, each between blanks; "" when there is no such table. */
static const char *columns_of(struct trial *trial, const char *table)
{
    const struct text sql = arena_print(trial->arena,
                                        "SELECT coalesce(' ' || string_agg(attname, ' ') || ' ', '') FROM pg_attribute"
                                        " WHERE attrelid = to_regclass('%s') AND attnum > 0 AND NOT attisdropped",
                                        table);
    cr_assert_not_null(sql.data);
    return trial_sql(trial, sql.data);
}

static void expect_columns(struct trial *trial, const struct action_type *type, const char *table,
                           const char *const *columns)
{
    const char *found = columns_of(trial, table);
    cr_expect_str_neq(found, "", "%s: there is no table %s", type->name, table);
    for (; columns != NULL && *columns != NULL; columns++) {
        const struct text wanted = arena_print(trial->arena, " %s ", *columns);
        cr_expect(**columns == '{' || strstr(found, wanted.data) != NULL, "%s: %s has no column %s", type->name, table,
                  *columns);
    }
}

Test(modified_columns, every_table_and_column_exists)
{
    struct trial trial;
    trial_open(&trial, "update_field");
    size_t checked = 0;
    for (size_t i = 0; i < action_catalog_all.count; i++) {
        const struct action_type *type = &action_catalog_all.types[i];
        for (size_t j = 0; j < type->modification_count && !trial_is_added(type->name); j++) {
            const struct action_modification *modification = &type->modifications[j];
            if (modification->table[0] == '{')
                continue;
            expect_columns(&trial, type, modification->table, modification->on_create);
            expect_columns(&trial, type, modification->table, modification->on_update);
            checked++;
        }
    }
    cr_expect_gt(checked, 10);
    trial_close(&trial);
}

Test(modified_columns, every_action_that_writes_says_what)
{
    for (size_t i = 0; i < action_catalog_all.count; i++) {
        const struct action_type *type = &action_catalog_all.types[i];
        cr_expect(trial_is_added(type->name) || (type->modification_count > 0) == (type->effects == EFFECTS_WRITE),
                  "%s", type->name);
    }
}

static void expect_update(const char *action, const struct protected_column *column)
{
    const struct action_type *type = action_catalog_find(&action_catalog_all, text_from(action));
    cr_assert_not_null(type, "%s", action);
    bool found = false;
    for (size_t i = 0; i < type->modification_count; i++)
        found = found || (strcmp(type->modifications[i].table, column->table) == 0 &&
                          is_listed(type->modifications[i].on_update, text_from(column->column)));
    cr_expect(found, "%s does not say that it updates %s.%s", type->name, column->table, column->column);
}

Test(modified_columns, the_action_that_a_protected_column_names_updates_it)
{
    for (size_t i = 0; i < protected_column_count; i++) {
        const struct protected_column *column = &protected_columns[i];
        /* The ERP's text names two for the status of a purchase order, and neither of them writes it. */
        if (column->action != NULL && strchr(column->action, '/') == NULL)
            expect_update(column->action, column);
    }
}
