#include "hostile.h"

#include <string.h>

static struct trial trial;

/* A digest of what no action of any group may change (tables and their columns, rules, roles, functions), and of what
   the actions of this group must not change. */
#define REST                                                                                                           \
    "SELECT md5(concat_ws('|',"                                                                                        \
    " (SELECT string_agg(table_schema || table_name || column_name || data_type, ',' ORDER BY 1)"                      \
    "  FROM (SELECT * FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"  \
    "  ORDER BY table_schema, table_name, ordinal_position) c),"                                                       \
    " (SELECT string_agg(r::text, ',') FROM workflow.automation_rules r),"                                             \
    " (SELECT count(*) FROM pg_roles), (SELECT count(*) FROM pg_proc), %s))"

static const char *const texts[] = {
    "'; DROP TABLE sales.orders; --",
    "'); DELETE FROM sales.orders; --",
    "x' OR '1'='1",
    "\" = \"\"; DROP SCHEMA workflow CASCADE; --",
    "\\'; DROP TABLE workflow.alerts; --",
    "$1",
    "$$; DROP TABLE sales.orders; $$",
    "%s%n%1$s",
    "{a,\"b\",NULL}",
    "(1,2)",
    "NULL",
    "/* */ -- \n;",
    "E'\\x27'",
    "\u02bc\uff07; DROP TABLE sales.orders; --",
    "{{customer}}{{",
    "\\u0027\\",
    "00000000-0000-0000-0000-000000000000'--",
};
#define TEXT_COUNT (sizeof(texts) / sizeof(texts[0]))

void hostile_open(const struct hostile_group *group)
{
    trial_open(&trial, group->places[0].action);
    if (group->set_up != NULL)
        group->set_up();
}

void hostile_close(void)
{
    trial_close(&trial);
}

static const char *untouched(const struct hostile_group *group)
{
    return trial_sql(&trial, arena_print(trial.arena, REST, group->rest).data);
}

/* The pattern with the text in place of each @. */
static const char *fill(const char *pattern, const char *text)
{
    struct buffer filled = buffer_in(trial.arena, 65536);
    for (const char *at = pattern; *at != '\0'; at++)
        if (*at == '@')
            json_write_string(&filled, text_from(text));
        else
            buffer_add_byte(&filled, *at);
    return buffer_text(&filled).data;
}

static void try_it(const struct hostile_group *group, const struct hostile_place *place, const char *text,
                   const char *before)
{
    const char *config = fill(place->config, text);
    trial.request.action_type = text_from(place->action);
    trial_context(&trial, fill(place->context, text));
    enum action_outcome outcome = trial_run(&trial, config);
    cr_assert_neq(outcome, ACTION_OUTCOME_RETRY, "%s\nof %s %s", trial.failure, place->action, config);
    ASSERT_TEXT(untouched(group), before);
    /* Braces in a config are templates; values from the context are not expanded again. */
    bool is_template = strstr(text, "{{") != NULL && strchr(place->config, '@') != NULL;
    if (place->kept == NULL || is_template)
        return;
    cr_assert_eq(outcome, ACTION_OUTCOME_DONE, "%s\nof %s %s", trial.failure, place->action, config);
    cr_assert_str_eq(trial_sql(&trial, place->kept), text, "found \"%s\"\nof %s %s", trial_sql(&trial, place->kept),
                     place->action, config);
}

void hostile_texts(const struct hostile_group *group)
{
    const char *before = untouched(group);
    for (size_t i = 0; i < group->count; i++)
        for (size_t j = 0; j < TEXT_COUNT; j++) {
            try_it(group, &group->places[i], texts[j], before);
            postgres_do(group->clean);
        }
}

void hostile_names(const struct hostile_group *group)
{
    const char *before = untouched(group);
    const struct action_request own = trial.request;
    for (size_t i = 0; i < group->count; i++) {
        const struct hostile_place *place = &group->places[i];
        for (size_t j = 0; j < TEXT_COUNT && strchr(place->config, '@') == NULL; j++) {
            trial.request = own;
            trial.request.action_name = trial.request.rule_name = text_from(texts[j]);
            trial.request.rule_id = text_from(texts[j]);
            try_it(group, place, texts[j], before);
            trial.request.execution_id = text_from(texts[j]);
            trial.request.action_id = TEXT(OTHER_ACTION);
            (void)trial_run(&trial, fill(place->config, texts[j]));
            ASSERT_TEXT(untouched(group), before);
            postgres_do(group->clean);
        }
    }
}
