#include "written_columns.h"

#include <criterion/criterion.h>
#include <string.h>

/* In a new row, a column that is NULL or has its default may not have been named. */
static const char triggers[] =
    "DROP SCHEMA IF EXISTS written CASCADE; CREATE SCHEMA written;"
    "CREATE TABLE written.columns (table_name text, event text, column_name text);"
    "CREATE FUNCTION written.note() RETURNS trigger LANGUAGE plpgsql AS $note$ BEGIN"
    " INSERT INTO written.columns SELECT TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, cell.key"
    " FROM jsonb_each(to_jsonb(NEW)) AS cell JOIN pg_attribute AS a ON a.attrelid = TG_RELID AND a.attname = cell.key"
    " WHERE CASE WHEN TG_OP = 'INSERT' THEN cell.value <> 'null' AND NOT a.atthasdef"
    " ELSE cell.value IS DISTINCT FROM to_jsonb(OLD) -> cell.key END;"
    " RETURN NULL; END $note$;"
    "DO $all$ DECLARE found regclass; BEGIN"
    " FOR found IN SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname NOT IN ('written', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"
    " AND c.relname NOT IN ('action_effects', 'cascade_outbox') LOOP"
    " EXECUTE format('CREATE TRIGGER note AFTER INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION written.note()',"
    " found); END LOOP; END $all$";

void written_note(void)
{
    postgres_do(triggers);
}

void written_stop(void)
{
    postgres_do("DROP SCHEMA written CASCADE");
}

void written_forget(void)
{
    postgres_do("DELETE FROM written.columns");
}

static bool is_listed(const char *const *columns, struct text column)
{
    for (; columns != NULL && *columns != NULL; columns++)
        if (text_is(column, *columns))
            return true;
    return false;
}

static bool says(const struct action_type *type, struct text table, bool created, struct text column)
{
    for (size_t i = 0; i < type->modification_count; i++) {
        const struct action_modification *modification = &type->modifications[i];
        if (modification->table[0] == '{')
            return true;
        if (text_is(table, modification->table) &&
            is_listed(created ? modification->on_create : modification->on_update, column))
            return true;
    }
    return false;
}

void written_expect(struct trial *trial, const char *action)
{
    const struct action_type *type = action_catalog_find(&action_catalog_all, text_from(action));
    cr_assert_not_null(type);
    struct text rest = text_from(trial_sql(
        trial, "SELECT coalesce(string_agg(DISTINCT table_name || ' ' || event || ' ' || column_name, E'\\n'),"
               " '') FROM written.columns"));
    cr_assert_gt(rest.size, 0, "%s writes nothing", action);
    while (rest.data != NULL) {
        struct text column = text_split(&rest, '\n');
        const struct text table = text_split(&column, ' ');
        const bool created = text_is(text_split(&column, ' '), "INSERT");
        cr_expect(says(type, table, created, column), "%s does not say that it %s %.*s.%.*s", action,
                  created ? "creates" : "updates", TEXT_ARG(table), TEXT_ARG(column));
    }
}
