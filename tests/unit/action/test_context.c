#include "action/context.h"
#include "action/context_names.h"
#include "support.h"

Test(context, find)
{
    static const struct {
        const char *name, *found; /* NULL: nothing */
    } rows[] = {
        {"a", "{\"b\":{\"c\":1},\"n\":null}"},
        {"a.b", "{\"c\":1}"},
        {"a.b.c", "1"},
        {"a.n", "null"},
        {"a.n.x", NULL},
        {"a.x", NULL},
        {"a.b.c.d", NULL},
        {"a.", NULL},
        {".a", NULL},
        {"", NULL},
        {".", NULL},
        {"nothing", "null"},
        {"missing", NULL},
        {"list", "[1]"},
        {"list.0", NULL},
        /* the longest key from which the rest can be walked is taken */
        {"s.t", "{\"u\":2}"},
        {"s.t.u", "2"},
        {"s.t.v", "3"},
        {"s.w", "4"},
        {"Step One.status", "\"ok\""},
        {"Step One.more.x", "5"},
        /* indices */
        {"list[0]", "1"},
        {"list[1]", NULL},
        {"list[0", NULL},
        {"list[]", NULL},
        {"list[0]x", NULL},
        {"list.[0]", NULL},
        {"a[0]", NULL},
        {"[0]", NULL},
        {"rows[1].c[0][1]", "7"},
        {"o.rows[0].k", "true"},
        {"o.rows[000].k", "true"},
        /* a key that looks like an index is taken first */
        {"literal[0]", "\"key\""},
        {"literal[1]", "11"},
        {"o.in[0]", "\"inner key\""},
        {"o.in[1]", "21"},
    };
    struct arena *arena = test_arena();
    const struct json_value context = test_json(
        arena,
        "{\"a\":{\"b\":{\"c\":1},\"n\":null},\"nothing\":null,\"list\":[1],\"s\":{\"t\":{\"u\":9,"
        "\"v\":3},\"w\":4},\"s.t\":{\"u\":2},\"Step One.status\":\"ok\","
        "\"Step "
        "One\":{\"status\":\"no\",\"more\":{\"x\":5}},\"rows\":[0,{\"c\":[[6,7]]}],\"o\":{\"rows\":[{\"k\":true}],"
        "\"in[0]\":\"inner key\",\"in\":[20,21]},\"literal[0]\":\"key\",\"literal\":[10,11]}");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct json_value *found = context_find(&context, text_from(rows[i].name));
        cr_expect_eq(found != NULL, rows[i].found != NULL, "%s", rows[i].name);
        if (found != NULL && rows[i].found != NULL)
            assert_text(json_to_text(arena, found), rows[i].found);
    }
    cr_expect_null(context_find(NULL, TEXT("a")));
    const struct json_value null = json_null();
    cr_expect_null(context_find(&null, TEXT("a.b")));
    arena_free(arena);
}

Test(context, a_name_is_bounded)
{
    struct arena *arena = test_arena();
    char *name = arena_alloc(arena, LIMIT_CONTEXT_NAME + 2, 1);
    for (size_t i = 0; i <= LIMIT_CONTEXT_NAME; i++)
        name[i] = 'x';
    for (size_t size = LIMIT_CONTEXT_NAME; size <= LIMIT_CONTEXT_NAME + 1; size++) {
        const struct json_member member = {{name, size}, json_null()};
        const struct json_value context = json_object(&member, 1);
        cr_expect_eq(context_find(&context, member.key) != NULL, size <= LIMIT_CONTEXT_NAME);
    }
    arena_free(arena);
}

Test(context, standing_fields)
{
    static const char *const fields[] = {"entity_id", "entity_name",   "event_type",       "user_id",
                                         "timestamp", "field_changes", "__cascade_lineage"};
    cr_assert_eq(context_standing_field_count, 7);
    for (size_t i = 0; i < context_standing_field_count; i++)
        assert_text(context_standing_fields[i], fields[i]);
}

static const struct action_reference references[] = {
    {"title", REFERENCE_TEMPLATE},      {"items[].value", REFERENCE_TEMPLATE},    {"deep.er.text", REFERENCE_TEMPLATE},
    {"matrix[][]", REFERENCE_TEMPLATE}, {"items[].field", REFERENCE_CONTEXT_KEY}, {"key", REFERENCE_CONTEXT_KEY},
    {"map{}", REFERENCE_TEMPLATE},      {"maps{}[].value", REFERENCE_TEMPLATE},   {"typed", REFERENCE_TYPED},
};
static const struct action_type type = {.name = "t", .references = references, .reference_count = 9};

static struct text names_of(struct arena *arena, const char *config)
{
    struct text_list names;
    const struct json_value value = test_json(arena, config);
    cr_assert_eq(context_names(arena, &type, &value, &names, NULL), STATUS_OK);
    struct buffer buffer = buffer_in(arena, 1000);
    for (size_t i = 0; i < names.count; i++)
        buffer_print(&buffer, "[%.*s]", TEXT_ARG(names.items[i]));
    return buffer_text(&buffer);
}

Test(context, names)
{
    static const struct {
        const char *config, *names;
    } rows[] = {
        {"{}", ""},
        {"null", ""},
        {"[\"{{a}}\"]", ""},
        {"{\"title\":\"{{b}} {{a}} {{b}}\"}", "[a][b]"},
        {"{\"other\":\"{{a}}\",\"title\":7}", ""},
        {"{\"Title\":\"{{a}}\"}", "[a]"}, /* as decoders find it */
        {"{\"key\":\"x.y\",\"items\":[{\"field\":\"q\"},{\"field\":\"\"},{\"field\":3}]}", "[q][x.y]"},
        {"{\"key\":\"{{a}}\"}", "[{{a}}]"},
        {"{\"items\":[{\"value\":\"{{a}}\"},7,{\"value\":[\"{{b.c}}\",{\"k{{no}}\":\"{{d | round:1}}\"}]}]}",
         "[a][b.c][d]"},
        {"{\"items\":{\"value\":\"{{a}}\"}}", ""},
        {"{\"deep\":{\"er\":{\"text\":\"{{$now}}{{expr: q * p}}\"}}}", "[p][q]"},
        {"{\"deep\":[]}", ""},
        {"{\"typed\":{\"x\":[\"{{lookup.customer.name}}\"]}}", "[lookup.customer.name]"},
        {"{\"map\":{\"x\":\"{{a}}\",\"{{no}}\":[\"{{b}}\"],\"y\":null}}", "[a][b]"},
        {"{\"map\":[\"{{a}}\"]}", ""},
        {"{\"maps\":{\"x\":[{\"value\":\"{{a}}\"},{\"other\":\"{{b}}\"}],\"value\":\"{{c}}\"}}", "[a]"},
        {"{\"matrix\":[[\"{{a}}\"],[],\"{{no}}\",[\"{{c}}\",\"{{b}}\"]]}", "[a][b][c]"},
        {"{\"title\":\"{{j}}{{i}}{{h}}{{g}}{{f}}{{e}}{{d}}{{c}}{{b}}{{a}}\"}", "[a][b][c][d][e][f][g][h][i][j]"},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_text(names_of(arena, rows[i].config), rows[i].names);
    arena_free(arena);
}

Test(context, names_that_the_type_reads)
{
    static const struct action_reference late = {"text", REFERENCE_LATE};
    static const char *const more[] = {"order_id", "b"};
    static const struct action_type reader = {
        .name = "r", .references = &late, .reference_count = 1, .context_names = more, .context_name_count = 2};
    struct arena *arena = test_arena();
    const struct json_value config = test_json(arena, "{\"text\":\"{{c}}{{b}}\"}");
    struct text_list names;
    struct error error = ERROR_IN(arena);
    arena_fail_after(arena, 1);
    cr_assert_eq(context_names(arena, &reader, &config, &names, &error), STATUS_BUDGET);
    arena_fail_after(arena, 0);
    cr_assert_eq(context_names(arena, &reader, &config, &names, NULL), STATUS_OK);
    cr_assert_eq(names.count, 3);
    assert_text(names.items[0], "b");
    assert_text(names.items[1], "c");
    assert_text(names.items[2], "order_id");
    arena_free(arena);
}

Test(context, names_without_memory)
{
    struct arena *arena = test_arena();
    const struct json_value config = test_json(
        arena, "{\"title\":\"{{j}}{{i}}{{h}}{{g}}{{f}}{{e}}{{d}}{{c}}{{b}}{{a}}\",\"key\":\"k\",\"items\":[{\"value\":"
               "[\"{{x}}{{y}}{{z}}{{w}}{{v}}{{u}}\"]}]}");
    enum status status = STATUS_BUDGET;
    for (size_t allocations = 1; status != STATUS_OK; allocations++) {
        struct text_list names = {0};
        struct error error = ERROR_IN(arena);
        cr_assert_lt(allocations, 20);
        arena_fail_after(arena, allocations);
        status = context_names(arena, &type, &config, &names, &error);
        arena_fail_after(arena, 0);
        if (status == STATUS_OK) {
            cr_expect_eq(names.count, 17);
        } else {
            cr_assert_eq(status, STATUS_BUDGET);
            cr_expect_gt(error.message.size, 0);
        }
    }
    arena_free(arena);
}
