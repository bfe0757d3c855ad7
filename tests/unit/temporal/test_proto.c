#include <criterion/criterion.h>
#include <pthread.h>
#include <string.h>

#include "base/limits.h"
#include "temporal/payload.h"
#include "temporal/proto.h"

#define FAILURE &api__failure__descriptor

/* A Failure with `depth - 1` causes in it: the innermost is empty. */
static struct text nested_failure(struct arena *arena, size_t depth)
{
    size_t capacity = depth * 8 + 8;
    uint8_t *bytes = arena_alloc(arena, capacity, 1);
    size_t at = capacity;
    for (size_t i = 1; i < depth; i++) {
        size_t size = capacity - at;
        uint8_t length[5];
        size_t width = 0;
        for (size_t rest = size;; rest >>= 7) {
            length[width++] = (uint8_t)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
            if (rest <= 0x7f)
                break;
        }
        at -= width;
        memcpy(bytes + at, length, width);
        bytes[--at] = 4 << 3 | 2; /* Failure.cause */
    }
    return (struct text){.data = (const char *)bytes + at, .size = capacity - at};
}

static enum status check(const char *bytes, size_t size)
{
    return proto_check(FAILURE, (struct text){.data = bytes, .size = size}, NULL);
}
#define CHECK(literal) check((literal), sizeof(literal) - 1)

Test(proto, depth_ends_at_the_limit)
{
    struct arena *arena = arena_new(MIB(4), 0);
    const void *message = NULL;
    struct error error = ERROR_IN(arena);
    struct text deep = nested_failure(arena, LIMIT_PROTO_DEPTH);
    cr_expect_eq(proto_unpack(FAILURE, deep, arena, &message, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    size_t depth = 0;
    for (const Api__Failure *failure = message; failure != NULL; failure = failure->cause)
        depth++;
    cr_expect_eq(depth, LIMIT_PROTO_DEPTH);
    deep = nested_failure(arena, LIMIT_PROTO_DEPTH + 1);
    cr_expect_eq(proto_unpack(FAILURE, deep, arena, &message, &error), STATUS_BUDGET);
    cr_expect_neq(text_find(error.message, TEXT("nested too deep")), SIZE_MAX);
    arena_free(arena);
}

static void *check_on_small_stack(void *userdata)
{
    struct text *deep = userdata;
    const void *message;
    struct arena *arena = arena_new(MIB(16), 0);
    enum status status = proto_unpack(FAILURE, *deep, arena, &message, NULL);
    arena_free(arena);
    return (void *)(uintptr_t)(status == STATUS_BUDGET);
}

Test(proto, deep_nesting_does_not_overflow_the_stack)
{
    struct arena *arena = arena_new(MIB(16), 0);
    struct text deep = nested_failure(arena, 1000000);
    pthread_attr_t attributes;
    pthread_t thread;
    void *refused;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, KIB(256));
    cr_assert_eq(pthread_create(&thread, &attributes, check_on_small_stack, &deep), 0);
    pthread_join(thread, &refused);
    pthread_attr_destroy(&attributes);
    cr_expect_not_null(refused);
    arena_free(arena);
}

Test(proto, broken_bytes_are_refused)
{
    cr_expect_eq(proto_check(FAILURE, TEXT_NONE, NULL), STATUS_OK);
    cr_expect_eq(CHECK(""), STATUS_OK);
    cr_expect_eq(CHECK("\x0a\x01x"), STATUS_OK);
    cr_expect_eq(CHECK("\x0a"), STATUS_INVALID, "a tag without a length");
    cr_expect_eq(CHECK("\x0a\x02x"), STATUS_INVALID, "longer than what is there");
    cr_expect_eq(CHECK("\x22\x03\x0a\x05x"), STATUS_INVALID, "longer than the message around it");
    cr_expect_eq(CHECK("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), STATUS_INVALID, "a length near 2^64");
    cr_expect_eq(CHECK("\x0b"), STATUS_INVALID, "a group");
    cr_expect_eq(CHECK("\x0c"), STATUS_INVALID, "the end of a group");
    cr_expect_eq(CHECK("\x0f"), STATUS_INVALID, "an unknown wire type");
    cr_expect_eq(CHECK("\x02\x01x"), STATUS_INVALID, "field 0");
    cr_expect_eq(CHECK("\x09"
                       "1234567"),
                 STATUS_INVALID, "half a fixed64");
    cr_expect_eq(CHECK("\x0d"
                       "123"),
                 STATUS_INVALID, "half a fixed32");
    cr_expect_eq(CHECK("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), STATUS_INVALID, "a tag of 11 bytes");
    cr_expect_eq(CHECK("\xfa\xff\xff\xff\x7f\x01x"), STATUS_INVALID, "a field number over 29 bits");
    cr_expect_eq(CHECK("\xfa\x3f\x01x"), STATUS_OK, "an unknown field");
}

Test(proto, a_known_field_of_a_wrong_type_is_refused)
{
    struct arena *arena = arena_new(MIB(1), 0);
    const void *message = NULL;
    /* Failure.cause as a number */
    cr_expect_eq(proto_unpack(FAILURE, TEXT("\x20\x01"), arena, &message, NULL), STATUS_INVALID);
    arena_free(arena);
}

Test(proto, packs_and_unpacks_and_survives_every_cut)
{
    struct arena *arena = arena_new(MIB(4), 0);
    struct payload_list list;
    Api__ApplicationFailureInfo info = API__APPLICATION_FAILURE_INFO__INIT;
    info.type = proto_bytes(TEXT("wrapError"));
    info.non_retryable = true;
    info.details = payload_list_json(&list, TEXT("[1,2]"));
    Api__Failure cause = API__FAILURE__INIT, failure = API__FAILURE__INIT;
    cause.message = proto_bytes(TEXT("inner"));
    failure.message = proto_bytes(TEXT("outer"));
    failure.cause = &cause;
    failure.failure_info_case = API__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO;
    failure.application_failure_info = &info;
    struct text packed = proto_pack(&failure.base, arena);
    cr_assert_not_null(packed.data);

    const void *message = NULL;
    cr_assert_eq(proto_unpack(FAILURE, packed, arena, &message, NULL), STATUS_OK);
    const Api__Failure *read = message;
    cr_expect(text_is(proto_text(read->message), "outer"));
    cr_expect(text_is(proto_text(read->cause->message), "inner"));
    cr_assert_eq(read->failure_info_case, API__FAILURE__FAILURE_INFO_APPLICATION_FAILURE_INFO);
    cr_expect(read->application_failure_info->non_retryable);
    cr_expect(text_is(proto_text(read->application_failure_info->details->payloads[0]->data), "[1,2]"));

    for (size_t size = 0; size < packed.size; size++) {
        /* A copy of its own, so that a read past its end is seen. */
        char *cut = malloc(size + 1);
        memcpy(cut, packed.data, size);
        enum status status = proto_unpack(FAILURE, (struct text){.data = cut, .size = size}, arena, &message, NULL);
        cr_expect(status == STATUS_OK || status == STATUS_INVALID, "cut at %zu", size);
        free(cut);
    }
    arena_free(arena);
}

Test(proto, a_full_arena_is_not_taken_for_broken_bytes)
{
    struct arena *arena = arena_new(MIB(4), 0);
    struct text deep = nested_failure(arena, 20);
    const void *message = NULL;
    for (size_t allowed = 1;; allowed++) {
        arena_fail_after(arena, allowed);
        enum status status = proto_unpack(FAILURE, deep, arena, &message, NULL);
        arena_fail_after(arena, 0);
        if (status == STATUS_OK)
            break;
        cr_assert_eq(status, STATUS_BUDGET, "allocation %zu", allowed);
    }
    arena_fail_after(arena, 1);
    Api__Failure failure = API__FAILURE__INIT;
    cr_expect_null(proto_pack(&failure.base, arena).data);
    arena_free(arena);
}

Test(proto, text_becomes_valid_utf8)
{
    static const struct {
        const char *text, *expected;
        size_t limit;
    } cases[] = {{"plain", "plain", 100},
                 {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", 100},
                 {"a\xff"
                  "b",
                  "a?b", 100},
                 {"\xc3", "?", 100},
                 {"\xc3\xbc\xc3", "\xc3\xbc?", 100},
                 {"a\xed\xa0\x80z", "a???z", 100},
                 {"gr\xc3\xbc", "gr", 3},
                 {"abcdef", "abc", 3},
                 {"\xf0\x9f\x98\x80\xff", "\xf0\x9f\x98\x80?", 100}};
    struct arena *arena = arena_new(MIB(1), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text made = proto_text(proto_string(arena, text_from(cases[i].text), cases[i].limit));
        cr_expect(text_is(made, cases[i].expected), "case %zu: '%.*s'", i, TEXT_ARG(made));
    }
    arena_free(arena);
}

Test(proto, times_do_not_overflow)
{
    Api__Duration duration = proto_duration(61500);
    cr_expect_eq(duration.seconds, 61);
    cr_expect_eq(duration.nanos, 500000000);
    cr_expect_eq(proto_milliseconds(&duration), 61500);
    cr_expect_eq(proto_milliseconds(NULL), 0);
    cr_expect_eq(proto_microseconds(NULL), 0);
    duration.seconds = INT64_MAX;
    cr_expect_eq(proto_milliseconds(&duration), INT64_MAX);
    duration.seconds = INT64_MIN;
    cr_expect_eq(proto_milliseconds(&duration), INT64_MIN);
    Api__Timestamp timestamp = API__TIMESTAMP__INIT;
    timestamp.seconds = 1700000000;
    timestamp.nanos = 123456789;
    cr_expect_eq(proto_microseconds(&timestamp), 1700000000123456);
}
