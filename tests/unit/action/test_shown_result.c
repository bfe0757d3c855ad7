/* Results without what the spec keeps out of sight. */
#include "action/shown_result.h"
#include "support.h"

static const char *const keys[] = {"code", "gone", NULL};
static const struct action_type open_type = {.name = "open"}, type = {.name = "close", .sensitive = keys};

Test(shown_result, texts)
{
    static const struct {
        const char *result, *shown;
    } rows[] = {
        {"{\"code\":\"1234\",\"a\":{\"code\":5},\"output\":\"success\"}",
         "{\"code\":\"[sensitive]\",\"a\":{\"code\":5},\"output\":\"success\"}"},
        {"{\"code\":null}", "{\"code\":\"[sensitive]\"}"},
        {"{}", "{}"},
        {"[\"code\"]", "[\"code\"]"},
        {"", ""},
        {"no JSON", "\"[sensitive]\""},
    };
    struct arena *arena = test_arena();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct text result = text_from(rows[i].result);
        assert_text(shown_result_text(arena, &type, result), rows[i].shown);
        assert_text(shown_result_text(arena, &open_type, result), rows[i].result);
        assert_text(shown_result_text(arena, NULL, result), rows[i].result);
    }
    arena_free(arena);
}

Test(shown_result, no_memory)
{
    struct arena *arena = test_arena();
    struct text shown = TEXT_NONE;
    for (size_t allocations = 1; shown.data == NULL; allocations++) {
        cr_assert_lt(allocations, 100u);
        arena_fail_after(arena, allocations);
        shown = shown_result_text(arena, &type, TEXT("{\"code\":\"1234\"}"));
        arena_fail_after(arena, 0);
    }
    assert_text(shown, "{\"code\":\"[sensitive]\"}");
    arena_free(arena);
}
