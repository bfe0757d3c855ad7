#include "action/perform.h"
#include "support.h"

#define ID   "a0000000-0000-4000-8000-000000000001"
#define RUN  "22222222-2222-4222-8222-222222222222"
#define RULE "11111111-1111-4111-8111-111111111111"

Test(request, request_written_and_read)
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

Test(request, effect_id_written_where_it_is_another_one)
{
    struct arena *arena = test_arena();
    const char *json = "{\"action_id\":\"" ID "\",\"action_name\":\"n\",\"action_type\":\"t\",\"config\":{},"
                       "\"context\":{},\"rule_id\":\"" RULE "\",\"execution_id\":\"" RUN "\",\"effect_id\":\"" ID
                       "\",\"rule_name\":\"r\"}";
    struct action_request request;
    cr_assert_eq(action_request_read(arena, text_from(json), &request, NULL), STATUS_OK);
    assert_text(request.effect_id, ID);
    struct buffer buffer = buffer_in(arena, 10000);
    action_request_write(&buffer, &request);
    assert_text(buffer_text(&buffer), json);
    arena_free(arena);
}

/* The Go worker reads ids as UUIDs and does not accept an empty one. */
Test(request, absent_ids_are_written_as_nil)
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

Test(request, unusual_requests)
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

Test(request, output_written)
{
    struct arena *arena = test_arena();
    const struct action_request request = {.action_id = TEXT(ID), .action_name = TEXT("check")};
    struct action_report report = {.result = test_json(arena, "{\"b\":1,\"output\":\"true\"}")};
    struct buffer buffer = buffer_in(arena, 1000);
    action_output_write(&buffer, &request, &report);
    assert_text(buffer_text(&buffer), "{\"action_id\":\"" ID "\",\"action_name\":\"check\",\"result\":{\"b\":1,"
                                      "\"output\":\"true\"},\"success\":true}");
    report.stored_result = true;
    buffer = buffer_in(arena, 1000);
    action_output_write(&buffer, &request, &report);
    assert_text(buffer_text(&buffer), "{\"action_id\":\"" ID "\",\"action_name\":\"check\",\"result\":{\"b\":1,"
                                      "\"output\":\"true\"},\"success\":true,\"stored_result\":true}");
    arena_free(arena);
}

Test(request, reading_without_memory)
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
