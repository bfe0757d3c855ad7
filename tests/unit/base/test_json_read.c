/* What is valid JSON, where faults are, and limits: of both readers, which must agree. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new(MIB(256), 0);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(json_read, .init = set_up, .fini = tear_down);

static enum status read_text(struct text document, struct json_value *value, struct error *error)
{
    struct arena *apart = arena_new(MIB(256), 0);
    struct json_value other = *value;
    struct error other_error = ERROR_IN(apart);
    *error = ERROR_IN(arena);
    enum status status = json_read(arena, document, value, error);
    cr_assert_eq(json_read_file(apart, document, &other, &other_error), status);
    if (status == STATUS_OK)
        cr_assert(json_equal(value, &other));
    cr_assert(text_equal(error->where, other_error.where));
    cr_assert(text_equal(error->message, other_error.message));
    arena_free(apart);
    return status;
}

static void expect_same(const char *document)
{
    struct json_value value;
    struct error error;
    cr_assert_eq(read_text(text_from(document), &value, &error), STATUS_OK, "%s: %.*s", document,
                 TEXT_ARG(error.message));
    cr_expect_str_eq(json_to_text(arena, &value).data, document);
}

static void expect_invalid(struct text document, const char *where, const char *message)
{
    struct json_value value = json_string(TEXT("untouched"));
    struct error error;
    enum status status = read_text(document, &value, &error);
    document = text_slice(document, 0, 100); /* for the messages of asserts */
    cr_expect_eq(status, STATUS_INVALID, "%.*s", TEXT_ARG(document));
    cr_expect_eq(error.status, STATUS_INVALID);
    cr_expect(text_is(error.where, where), "%.*s: at %.*s, not %s", TEXT_ARG(document), TEXT_ARG(error.where), where);
    cr_expect(text_is(error.message, message), "%.*s: '%.*s', not '%s'", TEXT_ARG(document), TEXT_ARG(error.message),
              message);
    cr_expect(value.type == JSON_STRING && text_is(value.string, "untouched"));
}

static struct text repeated(const char *front, const char *middle, const char *back, size_t times)
{
    struct buffer buffer = buffer_in(arena, MIB(16));
    for (size_t i = 0; i < times; i++)
        buffer_add(&buffer, text_from(front));
    buffer_add(&buffer, text_from(middle));
    for (size_t i = 0; i < times; i++)
        buffer_add(&buffer, text_from(back));
    struct text text = buffer_text(&buffer);
    cr_assert_not_null(text.data);
    return text;
}

Test(json_read, builds_the_tree)
{
    struct json_value value;
    struct error error;
    struct text document = TEXT(" {\"name\" : \"Order\\n\\u00e9\\ud83d\\ude00\",\t\"lines\":[1, -2.50e1,\r\n{}],"
                                "\"open\":true,\"closed\":false,\"note\":null, \"\":[]} \n");
    cr_assert_eq(read_text(document, &value, &error), STATUS_OK);
    cr_assert(value.type == JSON_OBJECT && value.object.count == 6);
    cr_expect(text_is(value.object.members[0].key, "name"), "in the order of the document");
    cr_expect(text_is(json_get_text(&value, TEXT("name")), "Order\n\xC3\xA9\xF0\x9F\x98\x80"));
    const struct json_value *lines = json_get(&value, TEXT("lines"));
    cr_assert(lines != NULL && lines->type == JSON_ARRAY && lines->array.count == 3);
    cr_expect(lines->array.items[1].type == JSON_NUMBER && text_is(lines->array.items[1].number, "-2.50e1"));
    cr_expect(lines->array.items[2].type == JSON_OBJECT && lines->array.items[2].object.count == 0);
    cr_expect(json_get(&value, TEXT("open"))->boolean);
    cr_expect_not(json_get(&value, TEXT("closed"))->boolean);
    cr_expect_eq(json_get(&value, TEXT("note"))->type, JSON_NULL);
    cr_expect_eq(json_get(&value, TEXT(""))->array.count, 0);
}

Test(json_read, needs_the_input_no_longer_and_ends_texts_with_nul)
{
    char document[] = "{\"key\":[\"string\",12.50]}";
    struct json_value value;
    struct error error;
    cr_assert_eq(read_text(text_from(document), &value, &error), STATUS_OK);
    memset(document, '#', sizeof(document) - 1);
    cr_expect_str_eq(value.object.members[0].key.data, "key");
    cr_expect_str_eq(value.object.members[0].value.array.items[0].string.data, "string");
    cr_expect_str_eq(value.object.members[0].value.array.items[1].number.data, "12.50");
}

Test(json_read, a_document_may_be_any_value)
{
    static const char *const documents[] = {"null", "true", "false", "0", "\"\"", "[]", "{}", "-1.5e-7"};
    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
        expect_same(documents[i]);
}

Test(json_read, numbers_come_out_as_they_went_in)
{
    static const char *const numbers[] = {
        "0",
        "-0",
        "-0.0",
        "0.1",
        "1.50",
        "1E5",
        "1e+05",
        "1e-7",
        "1e308",
        "-1e308",
        "1.7976931348623157e308",
        "1.7976931348623158e308", /* rounds to the greatest double */
        "1e-999",                 /* a double can be nearly that: 0 */
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "18446744073709551616",
        "9007199254740991",
        "9007199254740992",
        "9007199254740993",
        "-9007199254740993",
        "1234567890123460",
        "0.12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        "123456789012345678901234567890123456789012345678901234567890123456789012345678901",
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        expect_same(numbers[i]);
    /* side by side, so that a mixed up order would show */
    expect_same("[1,{\"a\":2.0,\"b\":[3e0,\"4\",-5]},\"6\",7.00,[[8]],{\"9\":10}]");
    expect_same("{\"1\":\"2\",\"3\":4.40,\"-5\":[-5.50],\"e\":\"1e5\",\"f\":1e5}");
}

Test(json_read, numbers_end_with_the_doubles)
{
    expect_invalid(TEXT("1e999"), "1:1", "the number 1e999 is out of the range of a double");
    expect_invalid(TEXT("[0, -1e309]"), "1:5", "the number -1e309 is out of the range of a double");
    expect_invalid(TEXT("1.7976931348623159e308"), "1:1",
                   "the number 1.7976931348623159.. is out of the range of a double");
    expect_invalid(TEXT("1e99999999999999999999"), "1:1",
                   "the number 1e9999999999999999.. is out of the range of a double");
    struct json_value value;
    struct error error;
    cr_expect_eq(read_text(repeated("9", "", "", 308), &value, &error), STATUS_OK);
    cr_expect_eq(read_text(repeated("9", "", "", 309), &value, &error), STATUS_INVALID);
    cr_expect_eq(read_text(repeated("0", ".", "9", 1), &value, &error), STATUS_OK);
    cr_expect_eq(read_text(repeated("", "0.", "9", 5000), &value, &error), STATUS_OK);
    cr_expect_eq(value.number.size, 5002);
}

Test(json_read, malformed_numbers)
{
    expect_invalid(TEXT("01"), "1:1", "a number must not begin with a zero that more digits follow");
    expect_invalid(TEXT("-012"), "1:1", "a number must not begin with a zero that more digits follow");
    expect_invalid(TEXT("-"), "1:2", "expected a digit, found the end of the document");
    expect_invalid(TEXT("-x"), "1:2", "expected a digit, found 'x'");
    expect_invalid(TEXT("1."), "1:3", "expected a digit, found the end of the document");
    expect_invalid(TEXT("[1.]"), "1:4", "expected a digit, found ']'");
    expect_invalid(TEXT("1e"), "1:3", "expected a digit, found the end of the document");
    expect_invalid(TEXT("1e+"), "1:4", "expected a digit, found the end of the document");
    expect_invalid(TEXT("+1"), "1:1", "expected a value, found '+'");
    expect_invalid(TEXT(".5"), "1:1", "expected a value, found '.'");
    expect_invalid(TEXT("0x10"), "1:2", "expected the end of the document, found 'x'");
    expect_invalid(TEXT("NaN"), "1:1", "expected a value, found 'NaN'");
    expect_invalid(TEXT("-Infinity"), "1:2", "expected a digit, found 'Infinity'");
    expect_invalid(TEXT("1 2"), "1:3", "expected the end of the document, found '2'");
}

Test(json_read, malformed_documents)
{
    expect_invalid(TEXT(""), "1:1", "expected a value, found the end of the document");
    expect_invalid(TEXT_NONE, "1:1", "expected a value, found the end of the document");
    expect_invalid(TEXT(" \n\t "), "2:3", "expected a value, found the end of the document");
    expect_invalid(TEXT("{\"a\":1 x}"), "1:8", "expected ',' or '}', found 'x'");
    expect_invalid(TEXT("{\n  \"a\": 1,\n  \"b\" 2\n}"), "3:7", "expected ':', found '2'");
    expect_invalid(TEXT("{a:1}"), "1:2", "expected a key in '\"', found 'a'");
    expect_invalid(TEXT("{'a':1}"), "1:2", "expected a key in '\"', found '''");
    expect_invalid(TEXT("{\"a\":1,}"), "1:8", "expected a key in '\"', found '}'");
    expect_invalid(TEXT("{\"a\":}"), "1:6", "expected a value, found '}'");
    expect_invalid(TEXT("{\"a\""), "1:5", "expected ':', found the end of the document");
    expect_invalid(TEXT("{"), "1:2", "expected a key in '\"', found the end of the document");
    expect_invalid(TEXT("[1,]"), "1:4", "expected a value, found ']'");
    expect_invalid(TEXT("[,1]"), "1:2", "expected a value, found ','");
    expect_invalid(TEXT("[1 2]"), "1:4", "expected ',' or ']', found '2'");
    expect_invalid(TEXT("[1}"), "1:3", "expected ',' or ']', found '}'");
    expect_invalid(TEXT("["), "1:2", "expected a value, found the end of the document");
    expect_invalid(TEXT("]"), "1:1", "expected a value, found ']'");
    expect_invalid(TEXT("tru"), "1:1", "expected a value, found 'tru'");
    expect_invalid(TEXT("True"), "1:1", "expected a value, found 'True'");
    expect_invalid(TEXT("nulll"), "1:5", "expected the end of the document, found 'l'");
    expect_invalid(TEXT("abcdefghijklmnopqrstuvwxyz"), "1:1", "expected a value, found 'abcdefghijklmnopqrst'");
    expect_invalid(TEXT("[1] // no"), "1:5", "expected the end of the document, found '/'");
    expect_invalid(TEXT("{}{}"), "1:3", "expected the end of the document, found '{'");
    expect_invalid(TEXT("\xEF\xBB\xBF{}"), "1:1", "expected a value, found byte 0xef");
    expect_invalid(TEXT("\xC2\xA0"), "1:1", "expected a value, found byte 0xc2");
    expect_invalid(TEXT("1\0"), "1:2", "expected the end of the document, found byte 0x00");
    expect_invalid(TEXT("\0"), "1:1", "expected a value, found byte 0x00");
    expect_invalid(TEXT("[1,\f2]"), "1:4", "expected a value, found byte 0x0c");
}

Test(json_read, malformed_strings)
{
    expect_invalid(TEXT("\"abc"), "1:5", "expected '\"', found the end of the document");
    expect_invalid(TEXT("\"a\nb\""), "1:3", "control byte 0x0a in a string is not escaped");
    expect_invalid(TEXT("\"a\0b\""), "1:3", "control byte 0x00 in a string is not escaped");
    expect_invalid(TEXT("\"\\"), "1:3", "expected an escape (one of \"\\/bfnrtu), found the end of the document");
    expect_invalid(TEXT("\"\\x\""), "1:3", "expected an escape (one of \"\\/bfnrtu), found 'x'");
    expect_invalid(TEXT("\"\\\0\""), "1:3", "expected an escape (one of \"\\/bfnrtu), found byte 0x00");
    expect_invalid(TEXT("\"\\u12"), "1:2", "expected four hex digits after '\\u'");
    expect_invalid(TEXT("\"\\u12g4\""), "1:2", "expected four hex digits after '\\u'");
    expect_invalid(TEXT("\"\\u-123\""), "1:2", "expected four hex digits after '\\u'");
    expect_invalid(TEXT("\"\\u\""), "1:2", "expected four hex digits after '\\u'");
    for (int byte = 1; byte < 128; byte++) {
        /* The neighbours of the hex digits in ASCII are not hex digits. */
        struct text document = arena_print(arena, "\"\\u004%c\"", byte);
        struct json_value value;
        bool good = text_hex_digit((char)byte) >= 0;
        cr_expect_eq(json_read(arena, document, &value, NULL) == STATUS_OK, good, "%d", byte);
        cr_expect_eq(json_read_file(arena, document, &value, NULL) == STATUS_OK, good, "%d", byte);
    }
    expect_invalid(TEXT("\"a\\u0000b\""), "1:3", "the character \\u0000 is not allowed");
    expect_invalid(TEXT("{\"\\u0000\":1}"), "1:3", "the character \\u0000 is not allowed");
}

Test(json_read, surrogates_come_in_pairs)
{
    expect_invalid(TEXT("\"\\ud800\""), "1:2", "the surrogate \\ud800 stands alone");
    expect_invalid(TEXT("\"\\uDBFF\\u0041\""), "1:2", "the surrogate \\udbff stands alone");
    expect_invalid(TEXT("\"\\ud800\\ud800\""), "1:2", "the surrogate \\ud800 stands alone");
    expect_invalid(TEXT("\"x\\udc00\""), "1:3", "the surrogate \\udc00 stands alone");
    expect_invalid(TEXT("\"\\ud83d"), "1:2", "the surrogate \\ud83d stands alone");
    expect_invalid(TEXT("\"\\ud83d\\u"), "1:2", "the surrogate \\ud83d stands alone");
    expect_invalid(TEXT("\"\\ud83dude00\""), "1:2", "the surrogate \\ud83d stands alone");
    struct json_value value;
    struct error error;
    cr_assert_eq(read_text(TEXT("\"\\uD83D\\uDE00\\ud800\\udc00\\udbff\\udfff\\uffff\\u0001\""), &value, &error),
                 STATUS_OK);
    cr_expect(text_is(value.string, "\xF0\x9F\x98\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\xEF\xBF\xBF\x01"));
}

Test(json_read, every_escape)
{
    struct json_value value;
    struct error error;
    cr_assert_eq(read_text(TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20AC\""), &value, &error), STATUS_OK);
    cr_expect(text_is(value.string, "\"\\/\b\f\n\r\tA\xC3\xA9\xE2\x82\xAC"));
}

Test(json_read, bad_utf8)
{
    static const struct {
        struct text document;
        const char *where, *message;
    } bad[] = {
        {TEXT("\"\xFF\""), "1:2", "byte 0xff in a string is not valid UTF-8"},
        {TEXT("\"a\x80\""), "1:3", "byte 0x80 in a string is not valid UTF-8"},
        {TEXT("\"\xC0\x80\""), "1:2", "byte 0xc0 in a string is not valid UTF-8"},
        {TEXT("\"\xC3\""), "1:2", "byte 0xc3 in a string is not valid UTF-8"},
        {TEXT("\"\xC3"), "1:2", "byte 0xc3 in a string is not valid UTF-8"},
        {TEXT("\"\xE0\x80\x80\""), "1:2", "byte 0xe0 in a string is not valid UTF-8"},
        {TEXT("\"\xED\xA0\x80\""), "1:2", "byte 0xed in a string is not valid UTF-8"},
        {TEXT("\"\xF0\x80\x80\x80\""), "1:2", "byte 0xf0 in a string is not valid UTF-8"},
        {TEXT("\"\xF4\x90\x80\x80\""), "1:2", "byte 0xf4 in a string is not valid UTF-8"},
        {TEXT("\"\xF0\x9F\x98\""), "1:2", "byte 0xf0 in a string is not valid UTF-8"},
        {TEXT("{\"\xE2\x82\":1}"), "1:3", "byte 0xe2 in a string is not valid UTF-8"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect_invalid(bad[i].document, bad[i].where, bad[i].message);
}

Test(json_read, duplicate_keys)
{
    expect_invalid(TEXT("{\"a\":1,\n \"a\":2}"), "2:2", "duplicate key 'a'");
    expect_invalid(TEXT("{\"a\":1,\"\\u0061\":2}"), "1:8", "duplicate key 'a'");
    expect_invalid(TEXT("{\"\":1,\"\":2}"), "1:7", "duplicate key ''");
    expect_invalid(TEXT("[{\"x\":{\"k\":[1,2],\"l\":{\"k\":3},\"k\":4}}]"), "1:30", "duplicate key 'k'");
    expect_same("{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"A\":3}");
}

/* {"k0":0,...} and at the end, when it is not NULL, one more member. */
static struct text large_object(size_t count, const char *last)
{
    struct buffer buffer = buffer_in(arena, MIB(8));
    for (size_t i = 0; i < count; i++)
        buffer_print(&buffer, "%c\"k%zu\":%zu", i == 0 ? '{' : ',', i * 7919 % count, i);
    if (last != NULL)
        buffer_print(&buffer, ",\n%s", last);
    buffer_add_byte(&buffer, '}');
    return buffer_text(&buffer);
}

Test(json_read, duplicate_keys_in_objects_of_every_size)
{
    for (size_t count = 1; count < 40; count++) {
        struct json_value value;
        struct error error;
        cr_assert_eq(read_text(large_object(count, NULL), &value, &error), STATUS_OK, "%zu keys", count);
        cr_assert_eq(value.object.count, count);
        expect_invalid(large_object(count, "\"k0\":[]"), "2:1", "duplicate key 'k0'");
    }
}

Test(json_read, very_large_objects)
{
    struct json_value value;
    struct error error;
    cr_assert_eq(read_text(large_object(200000, NULL), &value, &error), STATUS_OK);
    cr_expect_eq(value.object.count, 200000);
    expect_invalid(large_object(200000, "\"k199999\":1"), "2:1", "duplicate key 'k199999'");
}

Test(json_read, a_long_duplicate_key_is_cut_in_the_message)
{
    struct text key = repeated("x", "", "", 1000);
    struct text document = arena_print(arena, "{\"%s\":1,\"%s\":2}", key.data, key.data);
    struct json_value value;
    struct error error;
    cr_assert_eq(read_text(document, &value, &error), STATUS_INVALID);
    cr_expect_lt(error.message.size, 150);
}

Test(json_read, depth)
{
    struct json_value value;
    struct error error;
    cr_expect_eq(read_text(repeated("[", "", "]", LIMIT_JSON_DEPTH), &value, &error), STATUS_OK);
    cr_expect_eq(read_text(repeated("{\"a\":", "1", "}", LIMIT_JSON_DEPTH), &value, &error), STATUS_OK);
    expect_invalid(repeated("[", "", "]", LIMIT_JSON_DEPTH + 1), "1:201", "nested deeper than 200 levels");
    expect_invalid(repeated("[{\"a\":", "[1]", "}]", LIMIT_JSON_DEPTH / 2), "1:601", "nested deeper than 200 levels");
    expect_invalid(repeated("[", "", "", MIB(1)), "1:201", "nested deeper than 200 levels");
    /* depth is how deep, not how many */
    cr_expect_eq(read_text(repeated("", "[[],[],[[]],{},{}]", "", 1), &value, &error), STATUS_OK);
    struct text many = repeated("[],", "[]", "", 1000);
    cr_expect_eq(read_text(arena_print(arena, "[%s]", many.data), &value, &error), STATUS_OK);
}

Test(json_read, size)
{
    char *blanks = malloc(LIMIT_JSON_BYTES + 1);
    cr_assert_not_null(blanks);
    memset(blanks, ' ', LIMIT_JSON_BYTES + 1);
    blanks[0] = '1';
    struct json_value value;
    struct error error;
    cr_expect_eq(read_text((struct text){.data = blanks, .size = LIMIT_JSON_BYTES}, &value, &error), STATUS_OK);
    struct text message =
        arena_print(arena, "the document has %zu bytes, more than %zu", LIMIT_JSON_BYTES + 1, LIMIT_JSON_BYTES);
    expect_invalid((struct text){.data = blanks, .size = LIMIT_JSON_BYTES + 1}, "1:1", message.data);
    free(blanks);
}

typedef enum status reader_function(struct arena *arena, struct text document, struct json_value *value,
                                    struct error *error);
static reader_function *const readers[] = {json_read, json_read_file};

/* In a trigger of 1.5 MB: numbers of four digits and a comma. */
Test(json_read, numbers_take_six_bytes_of_memory_a_byte)
{
    struct text numbers = repeated("1234,", "5678", "", MIB(3) / 2 / 5);
    struct text document = arena_print(arena, "[%s]", numbers.data);
    struct arena *fresh = arena_new(MIB(256), 0);
    struct json_value value;
    cr_assert_eq(json_read(fresh, document, &value, NULL), STATUS_OK);
    cr_expect_lt(arena_bytes(fresh), 7 * document.size);
    arena_free(fresh);
}

Test(json_read, cap_holds_for_what_the_library_takes_too)
{
    /* Four million numbers: the library's tree alone is 256 MiB. */
    struct text inner = repeated("0,", "0", "", MIB(4));
    char *document = arena_alloc(arena, inner.size + 2, 1);
    cr_assert_not_null(document);
    memcpy(document + 1, inner.data, inner.size);
    document[0] = '[';
    document[inner.size + 1] = ']';
    struct arena *small = arena_new(MIB(32), 0);
    struct error error = ERROR_IN(arena);
    struct json_value value;
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
        cr_expect_eq(readers[i](small, (struct text){.data = document, .size = inner.size + 2}, &value, &error),
                     STATUS_BUDGET);
        cr_expect(text_is(error.message, "out of the memory budget of this task"));
    }
    arena_free(small);
}

static const char sweep_document[] =
    "{\"rule\":\"r\",\"actions\":[{\"id\":1,\"config\":{\"a\":[1.5,true,null,\"x\"]}},{\"id\":2,\"config\":{}}],"
    "\"k1\":1,\"k2\":2,\"k3\":3,\"k4\":4,\"k5\":5,\"k6\":6,\"k7\":7,\"k8\":8,\"k9\":9,\"k10\":10,\"k11\":11,\"k12\":12,"
    "\"k13\":13,\"k14\":14,\"k15\":15,\"k16\":16,\"k17\":17}";

/* The number of allocations. */
static size_t sweep_allocations(reader_function *read)
{
    bool done = false;
    size_t n = 0;
    while (!done) {
        n++;
        struct arena *failing = arena_new(MIB(1), 0);
        arena_fail_after(failing, n);
        struct error error = ERROR_IN(failing);
        struct json_value value;
        enum status status = read(failing, text_from(sweep_document), &value, &error);
        done = status == STATUS_OK;
        if (!done) {
            cr_assert_eq(status, STATUS_BUDGET, "allocation %zu", n);
            cr_assert(text_is(error.message, "out of the memory budget of this task"));
        } else {
            arena_fail_after(failing, 0);
            cr_expect_str_eq(json_to_text(failing, &value).data, sweep_document);
        }
        arena_free(failing);
        cr_assert_lt(n, 1000);
    }
    return n;
}

Test(json_read, every_allocation_may_fail)
{
    cr_expect_gt(sweep_allocations(json_read), 7, "fewer allocations than arrays and objects");
    cr_expect_gt(sweep_allocations(json_read_file), 40, "fewer allocations than texts");
}

Test(json_read, every_cap_may_be_met)
{
    size_t passed = 0, failed = 0;
    for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
        for (size_t cap = 0; cap < KIB(32); cap += 61) {
            struct arena *capped = arena_new(cap, 128);
            struct error error = {0};
            struct json_value value;
            enum status status = readers[i](capped, text_from(sweep_document), &value, &error);
            cr_assert(status == STATUS_OK || status == STATUS_BUDGET, "cap %zu: %s", cap, status_name(status));
            *(status == STATUS_OK ? &passed : &failed) += 1;
            arena_free(capped);
        }
    cr_expect_gt(passed, 0);
    cr_expect_gt(failed, 0);
}

Test(json_read, a_fault_is_reported_even_without_memory_for_its_text)
{
    struct json_value value;
    struct error error = {0};
    cr_expect_eq(json_read(arena, TEXT("[1,"), &value, &error), STATUS_INVALID);
    cr_expect(text_is(error.message, "not valid JSON"));
    cr_expect_eq(json_read(arena, TEXT("[1,"), &value, NULL), STATUS_INVALID);
    for (size_t n = 1; n < 4; n++) {
        struct arena *texts = arena_new(KIB(4), 0);
        arena_fail_after(texts, n);
        error = ERROR_IN(texts);
        cr_expect_eq(json_read(arena, TEXT("[1,"), &value, &error), STATUS_INVALID);
        cr_expect_gt(error.message.size, 0);
        arena_free(texts);
    }
}
