/* Where a text names secrets, and what a mask hides in results and failures. */
#include "action/action.h"
#include "support.h"

Test(secret_text, where_a_text_names_one)
{
    static const struct {
        const char *text, *before, *name, *behind;
    } rows[] = {
        {"{{secret:A}}", "", "A", ""},
        {"{{secret.A}}", "", "A", ""},
        {"Bearer {{ secret:TOKEN\t}}!", "Bearer ", "TOKEN", "!"},
        {"{{a}}{{secret:B_1}}{{secret.C}}", "{{a}}", "B_1", "{{secret.C}}"},
        {"{{x | default:{{secret:A}}", "{{x | default:", "A", ""},
        {"{{{secret:A}}}", "{", "A", "}"},
        {"{{{{secret:A}}", "{{", "A", ""},
        {"{{secret:}}x", "", "", "}}x"},
        {"{{ secret:A | uppercase}}", "", "", "A | uppercase}}"},
        {"{{secret:1}}", "", "", "1}}"},
        {"{{secret:A}", "", "", "A}"},
        {"{{secret:", "", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text text = text_from(rows[i].text);
        struct secret_reference reference;
        cr_assert(secret_text_next(text, &reference), "%s", rows[i].text);
        assert_text(text_slice(text, 0, reference.begin), rows[i].before);
        assert_text(reference.name, rows[i].name);
        assert_text(text_slice(text, reference.end, SIZE_MAX), rows[i].behind);
        cr_expect_eq(secret_text_is_valid(text), rows[i].name[0] != '\0', "%s", rows[i].text);
    }
    static const char *const none[] = {
        "", "secret:A", "{ {secret:A}}", "{{ secretA }}", "{secret:A}}", "{{a.secret:b}}"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct secret_reference reference;
        cr_expect_not(secret_text_next(text_from(none[i]), &reference), "%s", none[i]);
        cr_expect(secret_text_is_valid(text_from(none[i])));
    }
    cr_expect_not(secret_text_is_valid(TEXT("{{secret:A}} {{secret:B C}}")));
}

Test(secret_text, names)
{
    struct arena *arena = test_arena();
    for (size_t size = LIMIT_SECRET_NAME; size <= LIMIT_SECRET_NAME + 1; size++) {
        char *name = arena_alloc(arena, size + 1, 1);
        memset(name, 'x', size);
        cr_expect_eq(secret_name_is(text_from(name)), size == LIMIT_SECRET_NAME);
        const struct text text = arena_print(arena, "{{secret:%s}}", name);
        cr_expect_eq(secret_text_is_valid(text), size == LIMIT_SECRET_NAME);
    }
    cr_expect_not(secret_name_is(TEXT("")));
    cr_expect_not(secret_name_is(TEXT("../A")));
    cr_expect_not(secret_name_is(TEXT("A.hosts")));
    arena_free(arena);
}

/* Hides "hunter2". */
static struct text hide(const struct action_mask *mask, struct arena *arena, struct text text)
{
    (void)mask;
    const size_t at = text_find(text, TEXT("hunter2"));
    if (at == SIZE_MAX)
        return text;
    return arena_print(arena, "%.*s***%.*s", TEXT_ARG(text_slice(text, 0, at)),
                       TEXT_ARG(text_slice(text, at + 7, SIZE_MAX)));
}
static const struct action_mask mask = {.hide = hide};
static const char shown[] = "{\"a\":[\"x hunter2\",1.5,{\"hunter2\":null}],\"b\":\"\",\"c\":true}";

Test(mask, results_and_failures)
{
    struct arena *arena = test_arena();
    struct action_call call = {.arena = arena};
    struct json_value result = test_json(arena, shown);
    cr_assert(action_mask_result(&call, &result));
    assert_text(json_to_text(arena, &result), shown);
    (void)action_refuse(&call, "hunter2");
    assert_text(call.failure, "hunter2");

    call.mask = &mask;
    cr_assert(action_mask_result(&call, &result));
    assert_text(json_to_text(arena, &result), "{\"a\":[\"x ***\",1.5,{\"***\":null}],\"b\":\"\",\"c\":true}");
    (void)action_refuse(&call, PUBLIC("no hunter2 here"));
    assert_text(call.failure, "no *** here");
    cr_expect_eq(call.failure_head + call.failure_tail, 0u);
    (void)action_retry(&call, PUBLIC("nothing"));
    assert_text(call.failure, "nothing");
    cr_expect_eq(call.failure_head, 7u);
    arena_free(arena);
}

Test(mask, a_number_that_is_a_secret_becomes_a_text)
{
    static const struct action_mask all = {.hide = hide};
    struct arena *arena = test_arena();
    struct action_call call = {.arena = arena, .mask = &all};
    struct json_value number = json_number(TEXT("1hunter2"));
    cr_assert(action_mask_result(&call, &number));
    cr_expect_eq(number.type, JSON_STRING);
    arena_free(arena);
}

Test(mask, no_memory)
{
    struct arena *arena = test_arena();
    bool done = false;
    for (size_t allocations = 1; !done; allocations++) {
        cr_assert_lt(allocations, 100u);
        struct action_call call = {.arena = arena, .mask = &mask};
        struct json_value result = test_json(arena, shown);
        arena_fail_after(arena, allocations);
        done = action_mask_result(&call, &result);
        arena_fail_after(arena, 0);
        cr_assert(done || call.failure.size > 0);
    }
    arena_free(arena);
}
