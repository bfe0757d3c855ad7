#include "action/registry.h"
#include "support.h"

Test(action, refusing_and_retrying_say_why)
{
    struct arena *arena = test_arena();
    struct action_call call = {.arena = arena};
    cr_expect_eq(action_refuse(&call, "row %d of %s", 7, "x"), ACTION_OUTCOME_REFUSED);
    assert_text(call.failure, "row 7 of x");
    cr_expect_eq(action_retry(&call, "later"), ACTION_OUTCOME_RETRY);
    assert_text(call.failure, "later");
    cr_expect_eq(call.retry_delay_ms, 0);
    cr_expect_eq(action_retry_after(&call, 1500, "in %d ms", 1500), ACTION_OUTCOME_RETRY);
    assert_text(call.failure, "in 1500 ms");
    cr_expect_eq(call.retry_delay_ms, 1500);

    arena_fail_after(arena, 1);
    cr_expect_eq(action_refuse(&call, "row %d", 7), ACTION_OUTCOME_REFUSED);
    assert_text(call.failure, "out of the memory budget of this task");
    arena_free(arena);
}

static bool answer(void *userdata)
{
    return *(bool *)userdata;
}

Test(action, canceled)
{
    bool canceled = false;
    struct action_call call = {0};
    cr_expect_not(action_canceled(&call));
    call.limit.is_canceled = answer;
    call.limit.userdata = &canceled;
    cr_expect_not(action_canceled(&call));
    canceled = true;
    cr_expect(action_canceled(&call));
}

Test(action, who_acts)
{
    struct arena *arena = test_arena();
    struct action_call call = {.arena = arena};
    struct uuid user, ana, robot;
    cr_assert(uuid_parse(TEXT("f3c95789-ace1-4954-ac5d-6baed2eac902"), &ana));
    cr_assert(uuid_parse(TEXT("cbf27734-ac10-4525-8b66-402800e03d2c"), &robot));
    cr_assert_not(action_user(&call, "ring bell", &user));
    assert_text(call.failure, "ring bell: no user: the event names none");
    cr_assert_eq(call.failure_head, call.failure.size, "it is public");
    call.stand_in = robot;
    cr_assert(action_user(&call, "ring bell", &user));
    cr_assert(uuid_equal(user, robot));
    call.user_id = ana;
    cr_assert(action_user(&call, "ring bell", &user));
    cr_assert(uuid_equal(user, ana));
    arena_free(arena);
}

Test(action, a_result_that_is_json_is_taken_once)
{
    const struct json_member member = {TEXT("output"), json_string(TEXT("success"))};
    const struct json_value object = json_object(&member, 1);
    struct action_call call = {0};
    struct json_value result = json_null();
    cr_expect_not(action_take_result(&call, &result));
    cr_expect_eq(result.type, JSON_NULL);
    cr_expect_eq(action_return(&call, &object), ACTION_OUTCOME_DONE);
    cr_assert(action_take_result(&call, &result));
    cr_expect(json_equal(&result, &object));
    cr_expect_not(action_take_result(&call, &result), "a transaction that starts over has no result yet");
}

Test(action, row_ids)
{
    struct action_call call = {0}, other = {0};
    cr_assert(uuid_parse(TEXT("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), &call.effect_id));
    cr_assert(uuid_parse(TEXT("6ba7b811-9dad-11d1-80b4-00c04fd430c8"), &other.effect_id));
    struct uuid first = action_row_id(&call, "alert", 0);
    cr_expect(uuid_equal(first, action_row_id(&call, "alert", 0)));
    cr_expect_not(uuid_equal(first, action_row_id(&call, "alert", 1)));
    cr_expect_not(uuid_equal(first, action_row_id(&call, "recipient", 0)));
    cr_expect_not(uuid_equal(first, action_row_id(&other, "alert", 0)));
    cr_expect_not(uuid_equal(action_row_id(&call, "a1", 1), action_row_id(&call, "a", 11)));
    cr_expect_not(uuid_equal(first, action_idempotency_key(&call)));
}

/* A request of each person and each reminder has rows of its own. */
Test(action, keys_of_parts)
{
    static const struct {
        uint32_t ask, reminder;
    } parts[] = {{0, 0}, {1, 0}, {2, 0}, {0, 1}, {0, 2}};
    enum { COUNT = sizeof parts / sizeof parts[0] };
    struct uuid keys[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        const struct action_call call = {.ask = parts[i].ask, .reminder = parts[i].reminder};
        keys[i] = action_idempotency_key(&call);
        for (size_t k = 0; k < i; k++)
            cr_expect_not(uuid_equal(keys[i], keys[k]), "%zu and %zu", i, k);
    }
}

Test(action, found_by_name)
{
    static const struct action_type types[] = {{.name = "a"}, {.name = "ab"}, {.name = "b"}, {.name = "d"}};
    for (size_t count = 0; count <= 4; count++) {
        const struct action_catalog catalog = {types, count};
        for (size_t i = 0; i < 4; i++)
            cr_expect_eq(action_catalog_find(&catalog, text_from(types[i].name)), i < count ? &types[i] : NULL);
        cr_expect_null(action_catalog_find(&catalog, TEXT("c")));
        cr_expect_null(action_catalog_find(&catalog, TEXT("")));
        cr_expect_null(action_catalog_find(&catalog, TEXT("abc")));
    }
}
