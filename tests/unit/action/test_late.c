/* Texts whose templates the handler expands, and other functions for handlers. */
#include "action/perform.h"
#include "support.h"

#define ID  "a0000000-0000-4000-8000-000000000001"
#define RUN "22222222-2222-4222-8222-222222222222"

static const char *known = "{}"; /* the handler's own names, as JSON */

static enum action_outcome expand_late(struct action_call *call, const struct services *services,
                                       const struct json_value *config, struct json_value *result)
{
    (void)services;
    const struct json_value names = test_json(call->arena, known);
    struct text text;
    if (!action_fill(call, json_get_text(config, TEXT("text")), &names, &text))
        return ACTION_OUTCOME_REFUSED;
    static struct json_member member;
    member = (struct json_member){TEXT("text"), json_string(text)};
    *result = json_object(&member, 1);
    return ACTION_OUTCOME_DONE;
}

static const struct action_reference reference = {"text", REFERENCE_LATE};
static const struct action_type type = {
    .name = "late", .perform = expand_late, .references = &reference, .reference_count = 1};
static const struct action_catalog catalog = {&type, 1};

static void perform(struct arena *arena, const char *config, struct action_report *report)
{
    const struct action_environment environment = {.catalog = &catalog, .attempt = 1, .now = TEXT("noon")};
    const struct action_request request = {
        .action_id = TEXT(ID),
        .action_name = TEXT("notify"),
        .action_type = TEXT("late"),
        .rule_name = TEXT("Rule"),
        .execution_id = TEXT(RUN),
        .config = test_json(arena, config),
        .context = test_json(arena, "{\"a\": \"of the context\", \"deep\": {\"b\": 5}, \"user_id\": \"Ana\","
                                    " \"field_changes\": {\"status\": {\"old_value\": \"new\"}}}"),
    };
    action_perform(&environment, arena, &request, report);
}

Test(late, names_of_the_handler_take_precedence)
{
    static const struct {
        const char *known, *text, *expanded;
    } rows[] = {
        {"{}", "{{a}} {{deep.b}} {{c | default:none}}", "of the context 5 none"},
        {"{\"a\": \"known\", \"c\": 1}", "{{a | uppercase}} {{deep.b}} {{c}}", "KNOWN 5 1"},
        {"{}", "{{execution_id}} {{rule_name}} {{$me}} {{$now}} {{old_status}}", RUN " Rule Ana noon new"},
        {"{\"a\": \"{{deep.b}}\"}", "{{a}}", "{{deep.b}}"}, /* values are not scanned */
        {"{}", "no template", "no template"},
        {"{}", "", ""},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct action_report report;
        known = rows[i].known;
        perform(arena, arena_print(arena, "{\"text\": \"%s\"}", rows[i].text).data, &report);
        cr_assert_eq(report.outcome, ACTION_OUTCOME_DONE, "%.*s", TEXT_ARG(report.failure));
        assert_text(json_get_text(&report.result, TEXT("text")), rows[i].expanded);
    }
    arena_free(arena);
}

Test(late, warnings_are_in_the_report)
{
    struct arena *arena = test_arena();
    struct action_report report;
    known = "{}";
    perform(arena, "{\"text\": \"{{nowhere}}\"}", &report);
    cr_assert_eq(report.notes.warning_count, 1);
    assert_text(report.notes.warnings[0].text, "missing variable: nowhere");
    arena_free(arena);
}

Test(late, a_call_without_names_has_its_context)
{
    struct arena *arena = test_arena();
    const struct json_value context = test_json(arena, "{\"a\": 1}"), names = test_json(arena, "{\"b\": 2}");
    struct action_call call = {.arena = arena, .context = &context};
    struct text text;
    cr_assert(action_fill(&call, TEXT("{{a}}{{b}}"), &names, &text));
    assert_text(text, "12");
    call.context = NULL;
    cr_assert(action_fill(&call, TEXT("{{b}}"), &names, &text));
    assert_text(text, "2");
    arena_free(arena);
}

Test(late, no_memory)
{
    struct arena *arena = test_arena();
    const struct json_value context = test_json(arena, "{\"a\": 1}"), names = test_json(arena, "{\"b\": 2}");
    struct action_call call = {.arena = arena, .context = &context};
    struct text text;
    size_t allocations = 0;
    bool good;
    do {
        cr_assert_lt(++allocations, 50);
        call.failure = TEXT_NONE;
        arena_fail_after(arena, allocations);
        good = action_fill(&call, TEXT("{{a | uppercase}}{{b}}"), &names, &text);
        arena_fail_after(arena, 0);
        cr_assert_eq(good, call.failure.size == 0);
    } while (!good);
    cr_assert_gt(allocations, 2);
    assert_text(text, "12");
    arena_free(arena);
}

Test(late, variables_of_a_text)
{
    cr_expect(action_reads(TEXT("a {{order_number}} b"), "order_number"));
    cr_expect(action_reads(TEXT("{{ order_number | uppercase }}"), "order_number"));
    cr_expect(action_reads(TEXT("{{expr: order_number * 2}}"), "order_number"));
    cr_expect_not(action_reads(TEXT("order_number {{order_numbers}} {{a.order_number}}"), "order_number"));
    cr_expect_not(action_reads(TEXT_NONE, "order_number"));
}

Test(late, texts_that_are_not_uuids)
{
    static const struct {
        const char *text, *fault;
    } rows[] = {
        {"", "invalid UUID length: 0"},
        {"warehouse", "invalid UUID length: 9"},
        {"x0000000-0000-4000-8000-000000000001", "invalid UUID format"},
        {"x0000000000040008000000000000001", "invalid UUID format"},
        {"(a0000000-0000-4000-8000-000000000001)", "invalid UUID format"},
        {"URN:UUID:x0000000-0000-4000-8000-000000000001", "invalid UUID format"},
        {"urn-uuid-a0000000-0000-4000-8000-000000000001", "invalid urn prefix: \"urn-uuid-\""},
    };
    struct arena *arena = test_arena();
    struct action_call call = {.arena = arena};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_text(action_uuid_fault(&call, text_from(rows[i].text)), rows[i].fault);
    arena_free(arena);
}
