#include "codegen/generated_support.h"

#include "base/limits.h"

struct arena *test_arena(void)
{
    struct arena *arena = arena_new(MIB(64), 0);
    cr_assert_not_null(arena);
    return arena;
}

struct json_value read_json(struct arena *arena, const char *text)
{
    struct json_value value = {0};
    struct error error = ERROR_IN(arena);
    cr_assert_eq(json_read(arena, text_from(text), &value, &error), STATUS_OK, "%.*s: %.*s", TEXT_ARG(error.where),
                 TEXT_ARG(error.message));
    return value;
}

struct uuid test_uuid(void)
{
    struct uuid uuid = {0};
    cr_assert(uuid_parse(TEXT("5cf37266-3473-4006-984f-9325122678b7"), &uuid));
    return uuid;
}

void expect_text(struct text text, const char *expected)
{
    cr_assert(text_is(text, expected), "found \"%.*s\", expected \"%s\"", TEXT_ARG(text), expected);
}

void expect_json(struct arena *arena, const struct json_value *value, const char *expected)
{
    const struct json_value wanted = read_json(arena, expected);
    cr_assert(json_equal(value, &wanted), "found %.*s, expected %s", TEXT_ARG(json_to_text(arena, value)), expected);
}

static void expect_faults(struct arena *arena, const struct test_document *document, const struct decode_faults *faults,
                          const char *expected, const char *when)
{
    const struct text text = decode_faults_text(faults, arena);
    cr_expect(text_is(text, expected != NULL ? expected : ""), "%s, %s: %s\n  found    \"%.*s\"\n  expected \"%s\"",
              document->title, when, document->config, TEXT_ARG(text), expected != NULL ? expected : "");
}

void expect_verdicts(const struct test_document *documents, size_t count, test_check *check, test_read *read)
{
    struct arena *arena = test_arena();

    for (size_t i = 0; i < count; i++) {
        const struct test_document *document = &documents[i];
        const struct json_value config = read_json(arena, document->config);

        struct decode_faults checked = {.arena = arena};
        check(arena, &config, &checked);
        expect_faults(arena, document, &checked, document->checking, "checking");

        struct decode_faults performed = {.arena = arena};
        struct decoder decoder = {.arena = arena, .faults = &performed};
        cr_expect_eq(read(&decoder, &config), document->performing == NULL, "%s: %s", document->title,
                     document->config);
        expect_faults(arena, document, &performed, document->performing, "performing");
        arena_reset(arena);
    }
    arena_free(arena);
}

void expect_every_allocation_fails_well(const char *config, test_read *read)
{
    struct arena *documents = test_arena(), *arena = test_arena();
    const struct json_value json = read_json(documents, config);

    for (size_t n = 1;; n++) {
        struct decode_faults faults = {.arena = arena};
        struct decoder decoder = {.arena = arena, .faults = &faults};
        arena_fail_after(arena, n);
        const bool good = read(&decoder, &json);
        arena_fail_after(arena, 0);
        cr_assert_eq(faults.count, 0u);
        cr_assert_eq(good, !faults.exhausted);
        if (good)
            break;
        arena_reset(arena);
        cr_assert_lt(n, 10000u);
    }
    arena_free(arena);
    arena_free(documents);
}
