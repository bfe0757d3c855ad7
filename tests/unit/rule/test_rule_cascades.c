/* Which triggers a rule may fire. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "rule/rule_cascades.h"

static const char *const status[] = {"status_id", "updated_date", NULL};
static const char *const row[] = {"id", NULL};
static const char *const named[] = {"{field}", NULL};
static const char *const all[] = {"{fields}", "updated_date", NULL};
static const struct action_modification ship[] = {
    {.table = "sales.orders", .on_update = status},
    {.table = "sales.parcels", .on_create = row, .on_update = status},
};
static const struct action_modification set[] = {{.table = "{entity}", .on_update = named}};
static const struct action_modification make[] = {{.table = "{entity}", .on_create = all}};
static void check(struct arena *memory, const struct json_value *config, struct decode_faults *faults)
{
    (void)memory, (void)config, (void)faults;
}

static const struct action_type types[] = {
    {.name = "look", .check = check},
    {.name = "make", .check = check, .modifications = make, .modification_count = 1},
    {.name = "set", .check = check, .modifications = set, .modification_count = 1},
    {.name = "ship", .check = check, .modifications = ship, .modification_count = 2},
};
static const struct action_catalog catalog = {types, 4, NULL, 0};

#define ACTION(name_, type_, config_)                                                                                  \
    "{\"name\":\"" name_ "\",\"action_type\":\"" type_ "\",\"action_config\":" config_ "}"
#define RULE(actions_)                                                                                                 \
    "{\"trigger_data\":{\"entity_name\":\"orders\",\"event_type\":\"on_update\"},\"graph\":{\"actions\":[" actions_    \
    "]}}"

static void expect(const char *rule, const char *lines)
{
    struct arena *arena = arena_new(MIB(16), 0);
    struct rule_document document;
    struct rule_cascades cascades;
    struct error error = ERROR_IN(arena);
    cr_assert_eq(rule_document_read(arena, text_from(rule), &catalog, &document, &error), STATUS_OK);
    cr_assert_eq(rule_cascades_find(arena, &document, &catalog, &cascades), STATUS_OK);
    struct buffer buffer = buffer_in(arena, MIB(1));
    rule_cascades_write(&cascades, "r", &buffer);
    const struct text found = buffer_text(&buffer);
    cr_expect(text_is(found, lines), "%s: found\n%.*s", rule, TEXT_ARG(found));

    enum status outcome = STATUS_BUDGET;
    for (size_t allocations = 1; outcome != STATUS_OK; allocations++) {
        cr_assert_lt(allocations, 1000u);
        arena_fail_after(arena, allocations);
        outcome = rule_cascades_find(arena, &document, &catalog, &cascades);
        arena_fail_after(arena, 0);
    }
    arena_free(arena);
}

Test(rule_cascades, of_tables_and_columns_that_the_spec_names)
{
    expect(RULE(ACTION("see", "look", "{}") "," ACTION("send", "ship", "{}")),
           "r: /graph/actions/1: send may fire on_update of sales.orders (status_id, updated_date), so this rule too\n"
           "r: /graph/actions/1: send may fire on_create of sales.parcels (id)\n"
           "r: /graph/actions/1: send may fire on_update of sales.parcels (status_id, updated_date)\n");
}

Test(rule_cascades, of_those_that_the_config_names)
{
    expect(RULE(ACTION("a", "set", "{\"entity\":\"sales.orders\",\"field\":\"priority\"}")),
           "r: /graph/actions/0: a may fire on_update of sales.orders (priority), so this rule too\n");
    expect(RULE(ACTION("a", "set", "{\"Entity\":\"sales.reorders\",\"field\":\"{{name}}\"}")),
           "r: /graph/actions/0: a may fire on_update of sales.reorders ({field})\n");
    expect(RULE(ACTION("a", "set", "{\"entity\":\"{{table}}\"}")),
           "r: /graph/actions/0: a may fire on_update of {entity} ({field}), so this rule too\n");
    expect(RULE(ACTION("a", "make", "{\"entity\":\"sales.orders\",\"fields\":{\"x\":1,\"y\":2}}")),
           "r: /graph/actions/0: a may fire on_create of sales.orders (x, y, updated_date)\n");
    expect(RULE(ACTION("a", "set", "null")),
           "r: /graph/actions/0: a may fire on_update of {entity} ({field}), so this rule too\n");
}

Test(rule_cascades, without_any)
{
    expect(RULE(ACTION("a", "nobody", "{}")), "");
    expect(RULE("{\"name\":\"a\",\"action_type\":\"ship\",\"is_active\":false}"), "");
    expect(RULE(""), "");
    expect("{}", "");
    expect("[]", "");
}

/* What triggers it is not known then. */
Test(rule_cascades, of_a_bare_graph)
{
    expect("{\"actions\":[" ACTION("a", "set", "{\"entity\":\"sales.orders\",\"field\":\"x\"}") "],\"edges\":[]}",
           "r: /actions/0: a may fire on_update of sales.orders (x)\n");
}
