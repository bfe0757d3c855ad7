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

static void expect_said(const struct test_document *document, struct text found, const char *expected, const char *when)
{
    cr_expect(text_is(found, expected != NULL ? expected : ""), "%s, %s: %s\n  found    \"%.*s\"\n  expected \"%s\"",
              document->title, when, document->config, TEXT_ARG(found), expected != NULL ? expected : "");
}

static struct text pointers_of(const struct decode_faults *faults, struct arena *arena)
{
    struct buffer joined = buffer_in(arena, MIB(1));
    for (size_t i = 0; i < faults->count; i++)
        buffer_print(&joined, "%s%.*s", i == 0 ? "" : "; ", TEXT_ARG(faults->items[i].pointer));
    return buffer_text(&joined);
}

void expect_verdicts(const struct test_document *documents, size_t count, test_check *check, test_read *read)
{
    struct arena *arena = test_arena();

    for (size_t i = 0; i < count; i++) {
        const struct test_document *document = &documents[i];
        const struct json_value config = read_json(arena, document->config);

        struct decode_faults checked = {.arena = arena};
        check(arena, &config, &checked);
        expect_said(document, decode_faults_text(&checked, arena), document->checking, "checking");
        expect_said(document, pointers_of(&checked, arena), document->pointers, "places");

        struct decode_faults performed = {.arena = arena};
        struct decoder decoder = {.arena = arena, .faults = &performed};
        cr_expect_eq(read(&decoder, &config), document->performing == NULL, "%s: %s", document->title,
                     document->config);
        expect_said(document, decode_faults_text(&performed, arena), document->performing, "performing");
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

static const char *const no_utf8[] = {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80"};

/* Each byte after a quote belongs to a text, or follows a text. */
static void expect_no_json(struct arena *arena, const char *config)
{
    struct text text = arena_copy(arena, text_from(config));
    char *bytes = (char *)(uintptr_t)text.data;

    for (size_t i = 1; i < text.size; i++) {
        struct json_value value;
        struct error error = ERROR_IN(arena);
        const char was = bytes[i];
        if (bytes[i - 1] != '"')
            continue;
        bytes[i] = '\xff';
        cr_expect_eq(json_read(arena, text, &value, &error), STATUS_INVALID, "byte %zu of %s", i, config);
        bytes[i] = was;
    }
}

/* Replaces the text that follows *left other texts. False when there are not that many texts. */
static bool replace_text(struct json_value *value, size_t *left, const char *with)
{
    if (value->type == JSON_STRING && (*left)-- == 0) {
        value->string = text_from(with);
        return true;
    }
    if (value->type == JSON_ARRAY)
        for (size_t i = 0; i < value->array.count; i++)
            if (replace_text((struct json_value *)(uintptr_t)&value->array.items[i], left, with))
                return true;
    if (value->type == JSON_OBJECT)
        for (size_t i = 0; i < value->object.count; i++)
            if (replace_text((struct json_value *)(uintptr_t)&value->object.members[i].value, left, with))
                return true;
    return false;
}

void expect_bad_utf8_is_read_well(const char *config, test_check *check, test_read *read)
{
    struct arena *arena = test_arena();

    expect_no_json(arena, config);
    for (size_t n = 0;; n++)
        for (size_t i = 0; i < sizeof no_utf8 / sizeof *no_utf8; i++) {
            size_t left = n;
            arena_reset(arena);
            struct json_value json = read_json(arena, config);
            if (!replace_text(&json, &left, no_utf8[i])) {
                arena_free(arena);
                return;
            }
            struct decode_faults checked = {.arena = arena}, performed = {.arena = arena};
            struct decoder decoder = {.arena = arena, .faults = &performed};
            check(arena, &json, &checked);
            cr_expect_not(checked.exhausted, "text %zu of %s", n, config);
            cr_expect_eq(read(&decoder, &json), performed.count == 0, "text %zu of %s", n, config);
            cr_expect_not(performed.exhausted, "text %zu of %s", n, config);
        }
}
