#include <string.h>

#include "action/perform.h"
#include "support.h"

#define ID    "a0000000-0000-4000-8000-000000000001"
#define RUN   "22222222-2222-4222-8222-222222222222"
#define RULE  "11111111-1111-4111-8111-111111111111"
#define GUEST "5cf37266-3473-4006-984f-9325122678b7"

/* ---- types to perform ---- */

static struct action_call seen; /* the last handler's call */
static struct uuid seen_key;

static enum action_outcome echo(struct action_call *call, const struct services *services,
                                const struct json_value *config, struct json_value *result)
{
    (void)services;
    cr_expect(uuid_is_nil(*call->idempotency_key), "made before it is asked for");
    seen = *call;
    seen_key = action_idempotency_key(call);
    cr_expect(uuid_equal(*call->idempotency_key, seen_key));
    seen.idempotency_key = NULL; /* it does not outlive the call */
    *result = *config;
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome later(struct action_call *call, const struct services *services,
                                 const struct json_value *config, struct json_value *result)
{
    (void)call, (void)services, (void)config, (void)result;
    return ACTION_OUTCOME_PENDING;
}

static enum action_outcome refuse(struct action_call *call, const struct services *services,
                                  const struct json_value *config, struct json_value *result)
{
    (void)services, (void)config, (void)result;
    return action_refuse(call, "boom %d", 1);
}

static enum action_outcome retry(struct action_call *call, const struct services *services,
                                 const struct json_value *config, struct json_value *result)
{
    (void)services, (void)config, (void)result;
    return action_retry(call, "server away");
}

static enum action_outcome busy(struct action_call *call, const struct services *services,
                                const struct json_value *config, struct json_value *result)
{
    (void)services, (void)config, (void)result;
    return action_retry_after(call, 7000, "busy");
}

static enum action_outcome silent(struct action_call *call, const struct services *services,
                                  const struct json_value *config, struct json_value *result)
{
    (void)call, (void)services, (void)config, (void)result;
    return ACTION_OUTCOME_RETRY;
}

static enum action_outcome nothing(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result)
{
    (void)call, (void)services, (void)config;
    *result = json_null();
    return ACTION_OUTCOME_DONE;
}

static enum action_outcome unknown(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result)
{
    (void)call, (void)services, (void)config, (void)result;
    return (enum action_outcome)77;
}

static const struct action_reference references[] = {
    {"text", REFERENCE_TEMPLATE},    {"items[].value", REFERENCE_TEMPLATE},
    {"deep.er", REFERENCE_TEMPLATE}, {"items[].key", REFERENCE_CONTEXT_KEY},
    {"map{}", REFERENCE_TEMPLATE},   {"maps{}[].value", REFERENCE_TEMPLATE},
    {"typed", REFERENCE_TYPED},      {"each{}", REFERENCE_TYPED},
};
static const struct action_type types[] = {
    {.name = "busy", .perform = busy},
    {.name = "echo", .perform = echo, .references = references, .reference_count = 8},
    {.name = "later", .mode = ACTION_MODE_ASYNC, .perform = later},
    {.name = "nothing", .perform = nothing},
    {.name = "person", .mode = ACTION_MODE_HUMAN, .perform = refuse},
    {.name = "refuse", .perform = refuse},
    {.name = "retry", .perform = retry},
    {.name = "silent", .perform = silent},
    {.name = "sleep", .dispatch = DISPATCH_ENGINE},
    {.name = "sync_later", .perform = later},
    {.name = "unknown", .perform = unknown},
};
static const struct action_catalog catalog = {types, sizeof types / sizeof types[0]};
static const struct action_environment environment = {.catalog = &catalog, .attempt = 3};
static const struct action_environment environment_async = {.catalog = &catalog, .async = true};

static struct action_request request_of(struct arena *arena, const char *type, const char *config, const char *context)
{
    return (struct action_request){
        .action_id = TEXT(ID),
        .action_name = TEXT("check"),
        .action_type = text_from(type),
        .rule_id = TEXT(RULE),
        .rule_name = TEXT("Big order"),
        .execution_id = TEXT(RUN),
        .config = test_json(arena, config),
        .context = test_json(arena, context),
    };
}

/* ---- performing ---- */

Test(perform, texts_of_failures)
{
    static const struct {
        const char *id, *name, *type;
        bool async;
        enum action_outcome outcome;
        const char *failure, *failure_type;
    } rows[] = {
        {"", "n", "echo", false, ACTION_OUTCOME_REFUSED,
         "action n (00000000-0000-0000-0000-000000000000): invalid input: action_id is required", "wrapError"},
        {"00000000-0000-0000-0000-000000000000", "n", "echo", false, ACTION_OUTCOME_REFUSED,
         "action n (00000000-0000-0000-0000-000000000000): invalid input: action_id is required", "wrapError"},
        {"no uuid", "n", "echo", false, ACTION_OUTCOME_REFUSED,
         "action n (00000000-0000-0000-0000-000000000000): invalid input: action_id is required", "wrapError"},
        {ID, "", "echo", false, ACTION_OUTCOME_REFUSED, "action  (" ID "): invalid input: action_name is required",
         "wrapError"},
        {ID, "n", "", false, ACTION_OUTCOME_REFUSED, "action n (" ID "): invalid input: action_type is required",
         "wrapError"},
        {ID, "n", "", true, ACTION_OUTCOME_REFUSED, "async action n (" ID "): invalid input: action_type is required",
         "wrapError"},
        {"{A0000000-0000-4000-8000-000000000001}", "n", "credit_check", false, ACTION_OUTCOME_REFUSED,
         "action n (" ID "): no handler registered for type credit_check", ""},
        {ID, "n", "manager_approval", true, ACTION_OUTCOME_REFUSED,
         "async action n (" ID "): no handler registered for type manager_approval", ""},
        {ID, "n", "echo", true, ACTION_OUTCOME_REFUSED, "async action n (" ID "): no handler registered for type echo",
         ""},
        {ID, "n", "sleep", false, ACTION_OUTCOME_REFUSED, "action n (" ID "): no handler registered for type sleep",
         ""},
        {ID, "n", "refuse", false, ACTION_OUTCOME_REFUSED, "action n (" ID "): execute: boom 1", "wrapError"},
        {ID, "n", "retry", false, ACTION_OUTCOME_RETRY, "action n (" ID "): execute: server away", "wrapError"},
        {ID, "n", "silent", false, ACTION_OUTCOME_RETRY, "action n (" ID "): execute: no reason given", "wrapError"},
        {ID, "n", "person", false, ACTION_OUTCOME_REFUSED, "action n (" ID "): execute: boom 1", "wrapError"},
        {ID, "n", "person", true, ACTION_OUTCOME_REFUSED, "async action n (" ID "): start: boom 1", "wrapError"},
        {ID, "n", "later", true, ACTION_OUTCOME_PENDING, "", ""},
        {ID, "n", "later", false, ACTION_OUTCOME_PENDING, "", ""},
        {ID, "n", "sync_later", false, ACTION_OUTCOME_REFUSED,
         "action n (" ID "): execute: the handler left the action pending, but the action's mode is sync", "wrapError"},
        {ID, "n", "unknown", false, ACTION_OUTCOME_REFUSED,
         "action n (" ID "): execute: the handler returned an unknown outcome", "wrapError"},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct action_request request = request_of(arena, rows[i].type, "{}", "{}");
        request.action_id = text_from(rows[i].id);
        request.action_name = text_from(rows[i].name);
        struct action_report report;
        action_perform(rows[i].async ? &environment_async : &environment, arena, &request, &report);
        cr_expect_eq(report.outcome, rows[i].outcome, "row %zu", i);
        assert_text(report.failure, rows[i].failure);
        cr_expect_str_eq(report.failure_type, rows[i].failure_type, "row %zu", i);
    }
    arena_free(arena);
}

Test(perform, delay_before_the_next_attempt)
{
    struct arena *arena = test_arena();
    struct action_request request = request_of(arena, "busy", "{}", "{}");
    struct action_report report;
    action_perform(&environment, arena, &request, &report);
    cr_expect_eq(report.outcome, ACTION_OUTCOME_RETRY);
    cr_expect_eq(report.retry_delay_ms, 7000);
    request.action_type = TEXT("retry");
    action_perform(&environment, arena, &request, &report);
    cr_expect_eq(report.retry_delay_ms, 0);
    arena_free(arena);
}

static struct text performed(struct arena *arena, const struct action_environment *where, const char *config,
                             const char *context)
{
    const struct action_request request = request_of(arena, "echo", config, context);
    struct action_report report;
    action_perform(where, arena, &request, &report);
    cr_assert_eq(report.outcome, ACTION_OUTCOME_DONE, "%.*s", TEXT_ARG(report.failure));
    return json_to_text(arena, &report.result);
}

Test(perform, output_is_added)
{
    static const struct {
        const char *result, *finished;
    } rows[] = {
        {"{}", "{\"output\":\"success\"}"},
        {"{\"a\":1}", "{\"a\":1,\"output\":\"success\"}"},
        {"{\"output\":\"false\",\"a\":1}", "{\"output\":\"false\",\"a\":1}"},
        {"{\"output\":null}", "{\"output\":null}"},
        {"{\"output\":7}", "{\"output\":7}"},
        {"{\"Output\":\"x\"}", "{\"Output\":\"x\",\"output\":\"success\"}"},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_text(performed(arena, &environment, rows[i].result, "{}"), rows[i].finished);

    const struct action_request request = request_of(arena, "nothing", "{}", "{}");
    struct action_report report;
    action_perform(&environment, arena, &request, &report);
    assert_text(json_to_text(arena, &report.result), "{\"output\":\"success\"}");
    arena_free(arena);
}

static struct text id_text(struct arena *arena, struct uuid uuid)
{
    char text[UUID_TEXT_SIZE + 1];
    uuid_format(uuid, text);
    return arena_copy(arena, text_from(text));
}

Test(perform, call_of_a_handler)
{
    struct arena *arena = test_arena();
    struct action_request request =
        request_of(arena, "echo", "{}",
                   "{\"entity_id\":\"" GUEST "\",\"user_id\":\"nobody\",\"entity_name\":\"orders\","
                   "\"event_type\":\"on_update\",\"total\":5}");
    struct action_report report;
    action_perform(&environment, arena, &request, &report);
    assert_text(id_text(arena, seen.execution_id), RUN);
    assert_text(id_text(arena, seen.rule_id), RULE);
    assert_text(id_text(arena, seen.action_id), ID);
    assert_text(id_text(arena, seen.entity_id), GUEST);
    cr_expect(uuid_is_nil(seen.user_id));
    assert_text(seen.rule_name, "Big order");
    assert_text(seen.action_name, "check");
    assert_text(seen.action_type, "echo");
    assert_text(seen.entity_name, "orders");
    assert_text(seen.event_type, "on_update");
    cr_expect_eq(seen.attempt, 3);
    cr_expect_not(seen.local);
    cr_expect_eq(seen.arena, arena);
    assert_text(json_get(seen.context, TEXT("total"))->number, "5");

    /* the key depends on the run and the action only */
    struct uuid run, key;
    cr_assert(uuid_parse(TEXT(RUN), &run));
    key = uuid_from_name(run, TEXT(ID));
    cr_expect(uuid_equal(seen_key, key));
    request.action_id = TEXT("A0000000-0000-4000-8000-000000000001");
    action_perform(&environment, arena, &request, &report);
    cr_expect(uuid_equal(seen_key, key));
    request.action_id = TEXT("a0000000-0000-4000-8000-000000000002");
    action_perform(&environment, arena, &request, &report);
    cr_expect_not(uuid_equal(seen_key, key));
    struct uuid execution_id = seen.execution_id;
    request.effect_id = TEXT("99999999-2222-4222-8222-222222222222");
    action_perform(&environment, arena, &request, &report);
    cr_expect(uuid_equal(seen.execution_id, execution_id));
    cr_expect(uuid_equal(seen_key, action_idempotency_key(&seen)));
    cr_expect_not(uuid_equal(seen.effect_id, execution_id));

    request.rule_id = TEXT_NONE;
    const struct action_environment local = {.catalog = &catalog, .local = true, .limit.deadline_us = 77};
    action_perform(&local, arena, &request, &report);
    cr_expect(uuid_is_nil(seen.rule_id));
    cr_expect(seen.local);
    cr_expect_eq(seen.limit.deadline_us, 77);
    arena_free(arena);
}

/* ---- templates in a config ---- */

Test(perform, templates_are_expanded_at_the_references_of_the_type)
{
    static const struct {
        const char *config, *expanded;
    } rows[] = {
        {"{\"text\":\"{{a}}\",\"other\":\"{{a}}\"}", "{\"text\":\"A\",\"other\":\"{{a}}\",\"output\":\"success\"}"},
        {"{\"text\":[\"{{a}}\",1,{\"{{a}}\":\"{{a}}{{b}}\",\"k\":null}]}",
         "{\"text\":[\"A\",1,{\"{{a}}\":\"AB\",\"k\":null}],\"output\":\"success\"}"},
        {"{\"TEXT\":\"{{a}}\"}", "{\"TEXT\":\"A\",\"output\":\"success\"}"},
        {"{\"items\":[{\"key\":\"{{a}}\",\"value\":\"x\"},7,{\"value\":\"{{b}}\",\"key\":\"{{a}}\"},{}]}",
         "{\"items\":[{\"key\":\"{{a}}\",\"value\":\"x\"},7,{\"value\":\"B\",\"key\":\"{{a}}\"},{}],"
         "\"output\":\"success\"}"},
        {"{\"items\":\"{{a}}\",\"deep\":{\"er\":\"{{b}}\",\"no\":\"{{b}}\"}}",
         "{\"items\":\"{{a}}\",\"deep\":{\"er\":\"B\",\"no\":\"{{b}}\"},\"output\":\"success\"}"},
        {"{\"map\":{\"{{a}}\":\"{{a}}\",\"x\":{\"y\":[\"{{b}}\"]},\"z\":null}}",
         "{\"map\":{\"{{a}}\":\"A\",\"x\":{\"y\":[\"B\"]},\"z\":null},\"output\":\"success\"}"},
        {"{\"map\":[\"{{a}}\"],\"maps\":{\"x\":[{\"value\":\"{{a}}\"},{\"key\":\"{{a}}\"}],\"y\":\"{{a}}\"}}",
         "{\"map\":[\"{{a}}\"],\"maps\":{\"x\":[{\"value\":\"A\"},{\"key\":\"{{a}}\"}],\"y\":\"{{a}}\"},"
         "\"output\":\"success\"}"},
        {"{\"text\":\"{{n}}\"}", "{\"text\":\"9007199254740993\",\"output\":\"success\"}"},
        {"{\"text\":\"{{none}} {{1x}}\"}", "{\"text\":\" {{1x}}\",\"output\":\"success\"}"},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_text(performed(arena, &environment, rows[i].config, "{\"a\":\"A\",\"b\":\"B\",\"n\":9007199254740993}"),
                    rows[i].expanded);
    arena_free(arena);
}

Test(perform, typed_templates_become_values)
{
    static const struct {
        const char *template, *value;
    } rows[] = {
        {"{{n}}", "900719925474099312345678901234567890.10"},
        {" {{n}}", "\" 900719925474099312345678901234567890.1\""},
        {"{{n}}{{n}}", "\"900719925474099312345678901234567890.1900719925474099312345678901234567890.1\""},
        {"{{yes}}", "true"},
        {"{{nil}}", "null"},
        {"{{none}}", "null"},
        {"{{none | default:5}}", "\"5\""},
        {"{{list}}", "[1,\"{{n}}\"]"}, /* values are not scanned */
        {"{{ object }}", "{\"b\":2,\"a\":{}}"},
        {"{{object.b}}", "2"},
        {"{{text}}", "\"5\""},
        {"{{expr: 2 * 1.50}}", "3"},
        {"{{expr: text +}}", "\"{{expr: text +}}\""},
        {"{{1x}}", "\"{{1x}}\""},
        {"{{text | nope}}", "\"5\""},
        {"{{list", "\"{{list\""},
        {"none", "\"none\""},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buffer config = buffer_in(arena, 1000), expected = buffer_in(arena, 1000);
        buffer_print(&config, "{\"typed\":[\"%s\"],\"each\":{\"x\":\"%s\"}}", rows[i].template, rows[i].template);
        buffer_print(&expected, "{\"typed\":[%s],\"each\":{\"x\":%s},\"output\":\"success\"}", rows[i].value,
                     rows[i].value);
        assert_text(
            performed(arena, &environment, buffer_text(&config).data,
                      "{\"n\":900719925474099312345678901234567890.10,\"yes\":true,\"nil\":null,\"list\":[1,\"{{n}}\"],"
                      "\"object\":{\"b\":2,\"a\":{}},\"text\":\"5\"}"),
            buffer_text(&expected).data);
    }
    arena_free(arena);
}

Test(perform, values_without_templates_are_shared)
{
    struct arena *arena = test_arena();
    const struct action_request request =
        request_of(arena, "echo", "{\"text\":[\"a\",{\"b\":\"c\"}],\"items\":[{\"value\":1}],\"output\":1}", "{}");
    struct action_report report;
    action_perform(&environment, arena, &request, &report);
    cr_expect_eq(report.result.object.members, request.config.object.members);
    arena_free(arena);
}

Test(perform, names_of_templates)
{
    static const char context[] =
        "{\"user_id\":\"" GUEST "\",\"status\":\"new\",\"old_total\":\"of the entity\",\"old_status\":\"replaced\","
        "\"new_other\":\"kept\",\"field_changes\":{\"status\":{\"old_value\":\"draft\",\"new_value\":\"new\"},"
        "\"count\":{\"new_value\":2},\"odd\":7}}";
    static const struct {
        const char *template, *text;
    } rows[] = {
        {"{{rule_id}}", RULE},
        {"{{rule_name}} {{execution_id}}", "Big order " RUN},
        {"{{old_status}}>{{new_status}}", "draft>new"},
        {"{{old_count | default:none}}>{{new_count}}", "none>2"},
        {"{{old_total}} {{new_other}}", "of the entity kept"},
        {"{{old_odd | default:-}}", "-"},
        {"{{$me}} {{$now}} {{timestamp}}", GUEST " 2026-02-10T21:18:31Z 2026-02-10T21:18:31Z"},
        {"{{field_changes.status.old_value}}", "draft"},
    };
    struct arena *arena = test_arena();
    const struct action_environment timed = {.catalog = &catalog, .now = TEXT("2026-02-10T21:18:31Z")};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buffer config = buffer_in(arena, 1000), expected = buffer_in(arena, 1000);
        buffer_print(&config, "{\"text\":\"%s\"}", rows[i].template);
        buffer_print(&expected, "{\"text\":\"%s\",\"output\":\"success\"}", rows[i].text);
        assert_text(performed(arena, &timed, buffer_text(&config).data, context), buffer_text(&expected).data);
    }

    /* the context takes precedence over extra names, and without a clock $now is missing */
    assert_text(performed(arena, &environment, "{\"text\":\"{{rule_name}}{{timestamp}}{{$now}}\"}",
                          "{\"rule_name\":\"mine\",\"timestamp\":\"t\"}"),
                "{\"text\":\"minet\",\"output\":\"success\"}");
    arena_free(arena);
}

Test(perform, template_warnings_are_in_the_report_without_values)
{
    struct arena *arena = test_arena();
    struct action_request request =
        request_of(arena, "echo", "{\"text\":\"{{none}} {{name | currency}}\"}", "{\"name\":\"secret\"}");
    struct action_report report;
    action_perform(&environment, arena, &request, &report);
    cr_assert_eq(report.notes.warning_count, 2);
    assert_text(report.notes.warnings[0].text, "missing variable: none");
    assert_text(report.notes.warnings[1].text, "filter currency does not fit its value");
    arena_free(arena);
}

Test(perform, what_of_a_failure_is_public)
{
    struct arena *arena = test_arena();
    struct action_request request = request_of(arena, "refuse", "{}", "{}");
    struct action_report report;
    action_perform(&environment, arena, &request, &report);
    struct failure failure = action_report_failure(&report);
    assert_text(failure_redact(arena, &failure, 1000), "action check (" ID "): execute: boom \xE2\x80\xA6 (1 bytes)");
    request.action_name = TEXT_NONE;
    action_perform(&environment, arena, &request, &report);
    failure = action_report_failure(&report);
    assert_text(failure_redact(arena, &failure, 1000), "action  (" ID "): invalid input: action_name is required");
    arena_free(arena);
}

Test(perform, templates_that_expand_to_too_much)
{
    struct arena *arena = test_arena();
    char *word = arena_alloc(arena, LIMIT_TEMPLATE_OUTPUT + 1, 1);
    memset(word, 'x', LIMIT_TEMPLATE_OUTPUT);
    const struct json_member member = {TEXT("a"), json_string(text_from(word))};
    struct action_request request = request_of(arena, "echo", "{\"text\":\"{{a}}{{a}}\"}", "{}");
    request.context = json_object(&member, 1);
    struct action_report report;
    action_perform(&environment, arena, &request, &report);
    cr_expect_eq(report.outcome, ACTION_OUTCOME_REFUSED);
    assert_text(report.failure, "action check (" ID "): execute: a text with its placeholders filled in is larger than "
                                "1048576 bytes, or out of memory");
    arena_free(arena);
}

/* ---- from the n-th allocation on all fail: an outcome with its text, or the right result ---- */

Test(perform, no_memory)
{
    struct arena *arena = test_arena();
    static const char config[] =
        "{\"text\":[\"{{old_status | uppercase}}\",{\"k\":\"{{expr: n * 2}}\"}],\"items\":[{\"value\":\"{{none}}\"}],"
        "\"deep\":{\"er\":\"{{rule_name}}\"}}";
    struct action_request request = request_of(
        arena, "echo", config, "{\"n\":1.5,\"field_changes\":{\"status\":{\"old_value\":\"draft\",\"new_value\":1}}}");
    struct json_member *members = ARENA_ARRAY(arena, request.config.object.count + 1, struct json_member);
    memcpy(members, request.config.object.members, request.config.object.count * sizeof *members);
    members[request.config.object.count] = (struct json_member){TEXT("large"), test_long_text(arena, 60000, "")};
    request.config = json_object(members, request.config.object.count + 1);

    struct action_report report = {.outcome = ACTION_OUTCOME_REFUSED};
    size_t allocations = 1;
    for (; report.outcome != ACTION_OUTCOME_DONE; allocations++) {
        cr_assert_lt(allocations, 200);
        arena_fail_after(arena, allocations);
        action_perform(&environment, arena, &request, &report);
        arena_fail_after(arena, 0);
        cr_assert(report.outcome == ACTION_OUTCOME_DONE || report.outcome == ACTION_OUTCOME_REFUSED);
        cr_assert(report.outcome == ACTION_OUTCOME_DONE || report.failure.size > 0);
    }
    cr_expect_gt(allocations, 10);
    assert_text(json_to_text(arena, json_get(&report.result, TEXT("text"))), "[\"DRAFT\",{\"k\":\"3\"}]");
    assert_text(json_get_text(json_get(&report.result, TEXT("deep")), TEXT("er")), "Big order");
    assert_text(json_get_text(&report.result, TEXT("output")), "success");
    cr_expect(json_get(&report.result, TEXT("large_truncated"))->boolean);

    struct action_request refused = request_of(arena, "refuse", "{}", "{}");
    arena_fail_after(arena, 1);
    action_perform(&environment, arena, &refused, &report);
    cr_expect_eq(report.outcome, ACTION_OUTCOME_REFUSED);
    assert_text(report.failure, "action: out of the memory budget of this task");
    arena_fail_after(arena, 2);
    action_perform(&environment, arena, &refused, &report);
    assert_text(report.failure, "action: out of the memory budget of this task");
    arena_free(arena);
}
