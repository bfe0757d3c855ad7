#include "action/perform.h"
#include "base/log.h"
#include "support.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ID    "a0000000-0000-4000-8000-000000000001"
#define RUN   "22222222-2222-4222-8222-222222222222"
#define RULE  "11111111-1111-4111-8111-111111111111"
#define GUEST "5cf37266-3473-4006-984f-9325122678b7"

/* ---- types to perform ---- */

static struct action_call seen; /* what the last handler was given */

static enum action_outcome echo(struct action_call *call, const struct services *services,
                                const struct json_value *config, struct json_value *result)
{
    (void)services;
    seen = *call;
    *result = *config;
    return ACTION_DONE;
}

static enum action_outcome later(struct action_call *call, const struct services *services,
                                 const struct json_value *config, struct json_value *result)
{
    (void)call, (void)services, (void)config, (void)result;
    return ACTION_PENDING;
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

static enum action_outcome silent(struct action_call *call, const struct services *services,
                                  const struct json_value *config, struct json_value *result)
{
    (void)call, (void)services, (void)config, (void)result;
    return ACTION_RETRY;
}

static enum action_outcome nothing(struct action_call *call, const struct services *services,
                                   const struct json_value *config, struct json_value *result)
{
    (void)call, (void)services, (void)config;
    *result = json_null();
    return ACTION_DONE;
}

static const struct action_reference references[] = {
    {"text", REFERENCE_TEMPLATE},
    {"items[].value", REFERENCE_TEMPLATE},
    {"deep.er", REFERENCE_TEMPLATE},
    {"items[].key", REFERENCE_CONTEXT_KEY},
};
static const struct action_type types[] = {
    {.name = "echo", .perform = echo, .references = references, .reference_count = 4},
    {.name = "later", .mode = ACTION_ASYNC, .perform = later},
    {.name = "nothing", .perform = nothing},
    {.name = "person", .mode = ACTION_HUMAN, .perform = refuse},
    {.name = "refuse", .perform = refuse},
    {.name = "retry", .perform = retry},
    {.name = "silent", .perform = silent},
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

/* ---- travelling ---- */

Test(perform, request_written_and_read)
{
    struct arena *arena = test_arena();
    const char *json = "{\"action_id\":\"" ID "\",\"action_name\":\"che\\\"ck\",\"action_type\":\"echo\","
                       "\"config\":{\"b\":1.50,\"a\":[\"<&>\"]},\"context\":{\"z\":9007199254740993},"
                       "\"rule_id\":\"" RULE "\",\"execution_id\":\"" RUN "\",\"rule_name\":\"Big order\"}";
    struct action_request request;
    cr_assert_eq(action_request_read(arena, text_from(json), &request, NULL), STATUS_OK);
    assert_text(request.action_name, "che\"ck");
    struct buffer buffer = buffer_in(arena, 10000);
    action_request_write(&buffer, &request);
    assert_text(buffer_text(&buffer), json);
    arena_free(arena);
}

/* The Go worker reads ids as UUIDs and refuses an empty one. */
Test(perform, absent_ids_are_written_as_nil)
{
    struct arena *arena = test_arena();
    struct action_request request = {
        .action_id = TEXT(ID), .action_name = TEXT("n"), .action_type = TEXT("t"), .context = json_object(NULL, 0)};
    struct buffer buffer = buffer_in(arena, 10000);
    action_request_write(&buffer, &request);
    assert_text(buffer_text(&buffer),
                "{\"action_id\":\"" ID "\",\"action_name\":\"n\",\"action_type\":\"t\",\"config\":null,\"context\":{},"
                "\"rule_id\":\"00000000-0000-0000-0000-000000000000\","
                "\"execution_id\":\"00000000-0000-0000-0000-000000000000\",\"rule_name\":\"\"}");
    arena_free(arena);
}

Test(perform, requests_that_are_odd)
{
    static const struct {
        const char *json, *fault; /* NULL: read */
    } rows[] = {
        {"{}", NULL},
        {"{\"action_id\":null,\"context\":null,\"config\":null,\"more\":1}", NULL},
        {"{\"ACTION_ID\":\"x\",\"Context\":{}}", NULL},
        {"[]", "expected object, found array"},
        {"null", "expected object, found null"},
        {"{\"action_id\":7}", "action_id: expected string, found number"},
        {"{\"rule_name\":{}}", "rule_name: expected string, found object"},
        {"{\"context\":[]}", "context: expected object, found array"},
        {"{\"context\":\"\"}", "context: expected object, found string"},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct action_request request;
        struct error error = ERROR_IN(arena);
        enum status status = action_request_read(arena, text_from(rows[i].json), &request, &error);
        cr_expect_eq(status, rows[i].fault == NULL ? STATUS_OK : STATUS_INVALID, "%s", rows[i].json);
        if (rows[i].fault != NULL)
            assert_text(error.message, rows[i].fault);
        else
            cr_expect_eq(request.context.type, JSON_OBJECT);
    }
    struct action_request request;
    struct error error = ERROR_IN(arena);
    cr_expect_eq(action_request_read(arena, TEXT("{"), &request, &error), STATUS_INVALID);
    cr_expect_gt(error.message.size, 0);
    arena_free(arena);
}

Test(perform, output_written)
{
    struct arena *arena = test_arena();
    const struct action_request request = request_of(arena, "echo", "{}", "{}");
    const struct json_value result = test_json(arena, "{\"b\":1,\"output\":\"true\"}");
    struct buffer buffer = buffer_in(arena, 1000);
    action_output_write(&buffer, &request, &result);
    assert_text(buffer_text(&buffer), "{\"action_id\":\"" ID "\",\"action_name\":\"check\",\"result\":{\"b\":1,"
                                      "\"output\":\"true\"},\"success\":true}");
    arena_free(arena);
}

/* ---- performing ---- */

Test(perform, failing_texts)
{
    static const struct {
        const char *id, *name, *type;
        bool async;
        enum action_outcome outcome;
        const char *failure, *failure_type;
    } rows[] = {
        {"", "n", "echo", false, ACTION_REFUSED,
         "action n (00000000-0000-0000-0000-000000000000): invalid input: action_id is required", "wrapError"},
        {"00000000-0000-0000-0000-000000000000", "n", "echo", false, ACTION_REFUSED,
         "action n (00000000-0000-0000-0000-000000000000): invalid input: action_id is required", "wrapError"},
        {"no uuid", "n", "echo", false, ACTION_REFUSED,
         "action n (00000000-0000-0000-0000-000000000000): invalid input: action_id is required", "wrapError"},
        {ID, "", "echo", false, ACTION_REFUSED, "action  (" ID "): invalid input: action_name is required",
         "wrapError"},
        {ID, "n", "", false, ACTION_REFUSED, "action n (" ID "): invalid input: action_type is required", "wrapError"},
        {ID, "n", "", true, ACTION_REFUSED, "async action n (" ID "): invalid input: action_type is required",
         "wrapError"},
        {"{A0000000-0000-4000-8000-000000000001}", "n", "credit_check", false, ACTION_REFUSED,
         "action n (" ID "): no handler registered for type credit_check", ""},
        {ID, "n", "manager_approval", true, ACTION_REFUSED,
         "async action n (" ID "): no handler registered for type manager_approval", ""},
        {ID, "n", "echo", true, ACTION_REFUSED, "async action n (" ID "): no handler registered for type echo", ""},
        {ID, "n", "refuse", false, ACTION_REFUSED, "action n (" ID "): execute: boom 1", "wrapError"},
        {ID, "n", "retry", false, ACTION_RETRY, "action n (" ID "): execute: server away", "wrapError"},
        {ID, "n", "silent", false, ACTION_RETRY, "action n (" ID "): execute: no reason given", "wrapError"},
        {ID, "n", "person", false, ACTION_REFUSED, "action n (" ID "): execute: boom 1", "wrapError"},
        {ID, "n", "person", true, ACTION_REFUSED, "async action n (" ID "): start: boom 1", "wrapError"},
        {ID, "n", "later", true, ACTION_PENDING, "", ""},
        {ID, "n", "later", false, ACTION_PENDING, "", ""},
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

static struct text performed(struct arena *arena, const struct action_environment *where, const char *config,
                             const char *context)
{
    const struct action_request request = request_of(arena, "echo", config, context);
    struct action_report report;
    action_perform(where, arena, &request, &report);
    cr_assert_eq(report.outcome, ACTION_DONE, "%.*s", TEXT_ARG(report.failure));
    return json_to_text(arena, &report.result);
}

Test(perform, output_is_filled_in)
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

Test(perform, what_a_handler_is_given)
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

    /* the key: the same whenever this action of this run is performed, unlike any other's */
    struct uuid run, key;
    cr_assert(uuid_parse(TEXT(RUN), &run));
    key = uuid_from_name(run, TEXT(ID));
    cr_expect(uuid_equal(seen.idempotency_key, key));
    request.action_id = TEXT("A0000000-0000-4000-8000-000000000001");
    action_perform(&environment, arena, &request, &report);
    cr_expect(uuid_equal(seen.idempotency_key, key));
    request.action_id = TEXT("a0000000-0000-4000-8000-000000000002");
    action_perform(&environment, arena, &request, &report);
    cr_expect_not(uuid_equal(seen.idempotency_key, key));

    request.rule_id = TEXT_NONE;
    const struct action_environment local = {.catalog = &catalog, .local = true, .deadline_us = 77};
    action_perform(&local, arena, &request, &report);
    cr_expect(uuid_is_nil(seen.rule_id));
    cr_expect(seen.local);
    cr_expect_eq(seen.deadline_us, 77);
    arena_free(arena);
}

/* ---- templates in a config ---- */

Test(perform, templates_are_filled_in_where_the_type_says)
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
        {"{\"text\":\"{{n}}\"}", "{\"text\":\"9007199254740993\",\"output\":\"success\"}"},
        {"{\"text\":\"{{none}} {{1x}}\"}", "{\"text\":\" {{1x}}\",\"output\":\"success\"}"},
    };
    struct arena *arena = test_arena();
    log_set_level(LOG_ERROR);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_text(performed(arena, &environment, rows[i].config, "{\"a\":\"A\",\"b\":\"B\",\"n\":9007199254740993}"),
                    rows[i].expanded);
    arena_free(arena);
}

Test(perform, what_has_no_template_is_shared)
{
    struct arena *arena = test_arena();
    const struct action_request request =
        request_of(arena, "echo", "{\"text\":[\"a\",{\"b\":\"c\"}],\"items\":[{\"value\":1}],\"output\":1}", "{}");
    struct action_report report;
    action_perform(&environment, arena, &request, &report);
    cr_expect_eq(report.result.object.members, request.config.object.members);
    arena_free(arena);
}

Test(perform, what_templates_may_name)
{
    static const char context[] =
        "{\"user_id\":\"" GUEST "\",\"status\":\"new\",\"old_total\":\"of the entity\",\"old_status\":\"beaten\","
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
    log_set_level(LOG_ERROR);
    const struct action_environment timed = {.catalog = &catalog, .now = TEXT("2026-02-10T21:18:31Z")};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buffer config = buffer_in(arena, 1000), expected = buffer_in(arena, 1000);
        buffer_print(&config, "{\"text\":\"%s\"}", rows[i].template);
        buffer_print(&expected, "{\"text\":\"%s\",\"output\":\"success\"}", rows[i].text);
        assert_text(performed(arena, &timed, buffer_text(&config).data, context), buffer_text(&expected).data);
    }

    /* the context beats what is only there besides, and without a clock there is no now */
    assert_text(performed(arena, &environment, "{\"text\":\"{{rule_name}}{{timestamp}}{{$now}}\"}",
                          "{\"rule_name\":\"mine\",\"timestamp\":\"t\"}"),
                "{\"text\":\"minet\",\"output\":\"success\"}");
    arena_free(arena);
}

Test(perform, template_warnings_are_logged_without_values)
{
    struct arena *arena = test_arena();
    int file = memfd_create("log", MFD_CLOEXEC);
    cr_assert_geq(file, 0);
    log_set_output(file);
    log_set_level(LOG_INFO);
    (void)performed(arena, &environment, "{\"text\":\"{{none}} {{name | currency}}\"}", "{\"name\":\"secret\"}");
    char lines[4096] = {0};
    cr_assert_gt(pread(file, lines, sizeof lines - 1, 0), 0);
    cr_expect_not_null(strstr(lines, "missing variable: none"), "%s", lines);
    cr_expect_not_null(strstr(lines, "filter currency does not fit its value"), "%s", lines);
    cr_expect_not_null(strstr(lines, "\"check\""), "%s", lines);
    cr_expect_not_null(strstr(lines, ID), "%s", lines);
    cr_expect_null(strstr(lines, "secret"), "%s", lines);
    close(file);
    arena_free(arena);
}

Test(perform, templates_that_become_too_large)
{
    struct arena *arena = test_arena();
    char *word = arena_alloc(arena, LIMIT_TEMPLATE_OUTPUT + 1, 1);
    memset(word, 'x', LIMIT_TEMPLATE_OUTPUT);
    const struct json_member member = {TEXT("a"), json_string(text_from(word))};
    struct action_request request = request_of(arena, "echo", "{\"text\":\"{{a}}{{a}}\"}", "{}");
    request.context = json_object(&member, 1);
    struct action_report report;
    action_perform(&environment, arena, &request, &report);
    cr_expect_eq(report.outcome, ACTION_REFUSED);
    assert_text(report.failure, "action check (" ID "): execute: a text with its placeholders filled in is larger than "
                                "1048576 bytes, or out of memory");
    arena_free(arena);
}

/* ---- results that are too large ---- */

static struct json_value long_text(struct arena *arena, size_t size, const char *end)
{
    char *data = arena_alloc(arena, size + 1, 1);
    memset(data, 'x', size);
    memcpy(data + size - strlen(end), end, strlen(end));
    return json_string((struct text){.data = data, .size = size});
}

Test(perform, large_texts_are_cut)
{
    struct arena *arena = test_arena();
    static const struct {
        size_t size;
        const char *end;
        size_t kept; /* SIZE_MAX: all */
    } rows[] = {
        {51200, "", SIZE_MAX}, {51201, "", 51200}, {51201, "é", 51199}, {51202, "é", 51200}, {51203, "😀", 51199},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct json_member members[] = {
            {TEXT("a"), json_boolean(true)},
            {TEXT("k"), long_text(arena, rows[i].size, rows[i].end)},
        };
        const struct json_value result = json_object(members, 2);
        struct json_value cut;
        cr_assert_eq(action_result_cut(arena, &result, &cut), STATUS_OK);
        bool whole = rows[i].kept == SIZE_MAX;
        cr_expect_eq(cut.object.count, whole ? 2 : 3);
        cr_expect_eq(cut.object.members == members, whole);
        if (whole)
            continue;
        struct text text = json_get_text(&cut, TEXT("k"));
        cr_expect_eq(text.size, rows[i].kept + strlen("...[TRUNCATED]"), "row %zu: %zu", i, text.size);
        cr_expect(text_ends(text, TEXT("...[TRUNCATED]")));
        cr_expect(text_is_utf8(text));
        cr_expect(json_get(&cut, TEXT("k_truncated"))->boolean);
        cr_expect(json_get(&cut, TEXT("a"))->boolean);
    }
    arena_free(arena);
}

/* Sizes are those of Go's encoder: {"k":"..."} with <, > and & as \u003c. */
Test(perform, large_objects_are_replaced)
{
    struct arena *arena = test_arena();
    static const struct {
        size_t size;
        const char *end;
        bool large;
    } rows[] = {
        {51200 - 8, "", false},       {51200 - 7, "", true},      {51200 - 13, "<", false},
        {51200 - 12, "<", true},      {51200 - 9, "\n", false},   {51200 - 8, "\"", true},
        {51200 - 13, "\x01", false},  {51200 - 12, "\x01", true}, {51200 - 11, "\u2028", false},
        {51200 - 10, "\u2029", true}, {51200 - 8, "é", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct json_member inner = {TEXT("k"), long_text(arena, rows[i].size, rows[i].end)};
        const struct json_member outer = {TEXT("o"), json_object(&inner, 1)};
        const struct json_value result = json_object(&outer, 1);
        struct json_value cut;
        cr_assert_eq(action_result_cut(arena, &result, &cut), STATUS_OK);
        cr_expect_eq(cut.object.count, rows[i].large ? 2 : 1, "row %zu", i);
        if (rows[i].large)
            assert_text(json_to_text(arena, &cut), "{\"o\":\"[LARGE_OBJECT_TRUNCATED]\",\"o_truncated\":true}");
    }

    /* [1,1,...]: 25,599 ones are 51,199 bytes */
    for (size_t count = 25599; count <= 25600; count++) {
        struct json_value *items = ARENA_ARRAY(arena, count, struct json_value);
        for (size_t i = 0; i < count; i++)
            items[i] = i == 0 ? json_null() : json_number(TEXT("1"));
        items[0] = json_number(TEXT("10"));
        const struct json_member member = {TEXT("l"), json_array(items, count)};
        const struct json_value result = json_object(&member, 1);
        struct json_value cut;
        cr_assert_eq(action_result_cut(arena, &result, &cut), STATUS_OK);
        cr_expect_eq(cut.object.count, count == 25599 ? 1 : 2);
    }

    /* the smallest values of each kind are counted right: [null,true,false,{},[],{"a":1,"b":""}] is 38 bytes */
    const struct json_member sample = {TEXT("l"), test_json(arena, "[null,true,false,{},[],{\"a\":1,\"b\":\"\"}]")};
    struct json_value items[2] = {sample.value, long_text(arena, 51200 - 38 - 5, "")};
    for (size_t more = 0; more <= 1; more++) {
        items[1].string.size += more;
        const struct json_member member = {TEXT("l"), json_array(items, 2)};
        const struct json_value result = json_object(&member, 1);
        struct json_value cut;
        cr_assert_eq(action_result_cut(arena, &result, &cut), STATUS_OK);
        cr_expect_eq(cut.object.count, more == 0 ? 1 : 2);
    }
    arena_free(arena);
}

Test(perform, the_flag_wins)
{
    struct arena *arena = test_arena();
    const struct json_member members[] = {
        {TEXT("k"), long_text(arena, 60000, "")},
        {TEXT("k_truncated"), long_text(arena, 60000, "")},
        {TEXT("l"), long_text(arena, 60000, "")},
        {TEXT("l_truncated"), json_string(TEXT("no"))},
    };
    const struct json_value result = json_object(members, 4);
    struct json_value cut;
    cr_assert_eq(action_result_cut(arena, &result, &cut), STATUS_OK);
    cr_expect_eq(cut.object.count, 5);
    cr_expect_eq(json_get(&cut, TEXT("k_truncated"))->type, JSON_BOOLEAN);
    cr_expect_eq(json_get(&cut, TEXT("k_truncated_truncated"))->type, JSON_BOOLEAN);
    cr_expect_eq(json_get(&cut, TEXT("l_truncated"))->type, JSON_BOOLEAN);
    arena_free(arena);
}

/* ---- every n-th allocation fails: an outcome with its text, or the right result ---- */

Test(perform, no_memory)
{
    struct arena *arena = test_arena();
    log_set_level(LOG_ERROR);
    static const char config[] =
        "{\"text\":[\"{{old_status | uppercase}}\",{\"k\":\"{{expr: n * 2}}\"}],\"items\":[{\"value\":\"{{none}}\"}],"
        "\"deep\":{\"er\":\"{{rule_name}}\"}}";
    struct action_request request = request_of(
        arena, "echo", config, "{\"n\":1.5,\"field_changes\":{\"status\":{\"old_value\":\"draft\",\"new_value\":1}}}");
    struct json_member *members = ARENA_ARRAY(arena, request.config.object.count + 1, struct json_member);
    memcpy(members, request.config.object.members, request.config.object.count * sizeof *members);
    members[request.config.object.count] = (struct json_member){TEXT("large"), long_text(arena, 60000, "")};
    request.config = json_object(members, request.config.object.count + 1);

    struct action_report report = {.outcome = ACTION_REFUSED};
    size_t allocations = 1;
    for (; report.outcome != ACTION_DONE; allocations++) {
        cr_assert_lt(allocations, 200);
        arena_fail_after(arena, allocations);
        action_perform(&environment, arena, &request, &report);
        arena_fail_after(arena, 0);
        cr_assert(report.outcome == ACTION_DONE || report.outcome == ACTION_REFUSED);
        cr_assert(report.outcome == ACTION_DONE || report.failure.size > 0);
    }
    cr_expect_gt(allocations, 10);
    assert_text(json_to_text(arena, json_get(&report.result, TEXT("text"))), "[\"DRAFT\",{\"k\":\"3\"}]");
    assert_text(json_get_text(json_get(&report.result, TEXT("deep")), TEXT("er")), "Big order");
    assert_text(json_get_text(&report.result, TEXT("output")), "success");
    cr_expect(json_get(&report.result, TEXT("large_truncated"))->boolean);

    struct action_request refused = request_of(arena, "refuse", "{}", "{}");
    arena_fail_after(arena, 1);
    action_perform(&environment, arena, &refused, &report);
    cr_expect_eq(report.outcome, ACTION_REFUSED);
    assert_text(report.failure, "action: out of the memory budget of this task");
    arena_fail_after(arena, 2);
    action_perform(&environment, arena, &refused, &report);
    assert_text(report.failure, "action: out of the memory budget of this task");
    arena_free(arena);
}

Test(perform, reading_without_memory)
{
    struct arena *arena = test_arena();
    enum status status = STATUS_BUDGET;
    for (size_t allocations = 1; status != STATUS_OK; allocations++) {
        struct action_request request;
        struct error error = ERROR_IN(arena);
        cr_assert_lt(allocations, 200);
        arena_fail_after(arena, allocations);
        status = action_request_read(arena, TEXT("{\"action_id\":\"" ID "\",\"config\":{\"a\":[1]},\"context\":{}}"),
                                     &request, &error);
        arena_fail_after(arena, 0);
        cr_assert(status == STATUS_OK || status == STATUS_BUDGET);
    }
    arena_free(arena);
}
