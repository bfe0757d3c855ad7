/* The grammar of JSON, checked in one pass. */
#include "base/json_scan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/* A number of at most this many bytes without an exponent always fits a double. */
#define PLAIN_NUMBER_SAFE 300
/* The most bytes of a wrong word or number that a message shows. */
#define SHOWN_WORD 20

_Static_assert(LIMIT_JSON_BYTES <= UINT32_MAX, "a note holds every place of a document");

static bool scan_value(struct json_scan *scan);

bool json_scan_fail(struct json_scan *scan, size_t at, const char *format, ...)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < at; i++) {
        column = scan->document.data[i] == '\n' ? 1 : column + 1;
        line += scan->document.data[i] == '\n' ? 1 : 0;
    }
    char where[48];
    (void)snprintf(where, sizeof(where), "%zu:%zu", line, column);

    struct failure failure = {0};
    if (scan->error != NULL && scan->error->arena != NULL) {
        va_list arguments;
        va_start(arguments, format);
        failure = failure_vprint(scan->error->arena, format, arguments);
        va_end(arguments);
    }
    scan->status = failure.text.data != NULL
                       ? error_set_failure(scan->error, STATUS_INVALID, text_from(where), failure)
                       : error_set(scan->error, STATUS_INVALID, text_from(where), "not valid JSON");
    return false;
}

/* Reports what was expected at the current position, and what was found. */
static bool fail_expected(struct json_scan *scan, const char *expected)
{
    unsigned char byte = (unsigned char)scan->copy[scan->at];
    size_t word = scan->at;
    while (word - scan->at < SHOWN_WORD && ((scan->copy[word] | 0x20) >= 'a' && (scan->copy[word] | 0x20) <= 'z'))
        word++;
    if (scan->at >= scan->document.size)
        return json_scan_fail(scan, scan->at, PUBLIC("expected %s") ", found the end of the document", expected);
    if (word > scan->at)
        return json_scan_fail(scan, scan->at, PUBLIC("expected %s") ", found '%.*s'", expected, (int)(word - scan->at),
                              scan->copy + scan->at);
    if (byte > 0x20 && byte < 0x7F)
        return json_scan_fail(scan, scan->at, PUBLIC("expected %s") ", found '%c'", expected, byte);
    return json_scan_fail(scan, scan->at, PUBLIC("expected %s") ", found byte 0x%02x", expected, byte);
}

static void skip_blanks(struct json_scan *scan)
{
    for (;; scan->at++) {
        char byte = scan->copy[scan->at];
        if (byte != ' ' && byte != '\n' && byte != '\t' && byte != '\r')
            return;
    }
}

static bool add_note(struct json_scan *scan, size_t note)
{
    if (scan->note_count == scan->note_capacity) {
        size_t capacity = scan->note_capacity == 0 ? 64 : scan->note_capacity * 2;
        uint32_t *notes =
            arena_grow(scan->memory, scan->notes, scan->note_capacity * sizeof(uint32_t), capacity * sizeof(uint32_t));
        if (notes == NULL) {
            scan->status = error_budget(scan->error);
            return false;
        }
        scan->notes = notes;
        scan->note_capacity = capacity;
    }
    scan->notes[scan->note_count++] = (uint32_t)note;
    return true;
}

static bool note_place(struct json_scan *scan)
{
    return scan->noted != JSON_SCAN_PLACES || add_note(scan, scan->at);
}

/* The value of four hex digits, or -1. */
static int hex4(const char *digits)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = text_hex_digit(digits[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* scan->at is at the backslash. */
static bool scan_escape(struct json_scan *scan)
{
    const char *escape = scan->copy + scan->at;
    if (escape[1] != 'u') {
        if (escape[1] != '\0' && strchr("\"\\/bfnrt", escape[1]) != NULL) {
            scan->at += 2;
            return true;
        }
        scan->at++;
        return fail_expected(scan, "an escape (one of \"\\/bfnrtu)");
    }
    int unit = hex4(escape + 2);
    if (unit < 0)
        return json_scan_fail(scan, scan->at, "expected four hex digits after '\\u'");
    if (unit == 0)
        return json_scan_fail(scan, scan->at, "the character \\u0000 is not allowed");
    bool high = unit >= 0xD800 && unit <= 0xDBFF, low = unit >= 0xDC00 && unit <= 0xDFFF;
    int second = high && escape[6] == '\\' && escape[7] == 'u' ? hex4(escape + 8) : -1;
    if (low || (high && (second < 0xDC00 || second > 0xDFFF)))
        return json_scan_fail(scan, scan->at, PUBLIC("the surrogate \\u%04x stands alone"), (unsigned)unit);
    scan->at += high ? 12 : 6;
    return true;
}

/* scan->at is at the opening quote. */
static bool scan_string(struct json_scan *scan)
{
    scan->at++;
    for (;;) {
        while (json_is_plain(scan->copy[scan->at]))
            scan->at++;
        unsigned char byte = (unsigned char)scan->copy[scan->at];
        if (byte == '"') {
            scan->at++;
            return true;
        }
        if (byte == '\\') {
            if (!scan_escape(scan))
                return false;
        } else if (byte >= 0x80) {
            size_t size = text_utf8_size(scan->document, scan->at);
            if (size == 0)
                return json_scan_fail(scan, scan->at, PUBLIC("byte 0x%02x in a string is not valid UTF-8"), byte);
            scan->at += size;
        } else if (scan->at >= scan->document.size) {
            return fail_expected(scan, "'\"'");
        } else {
            return json_scan_fail(scan, scan->at, PUBLIC("control byte 0x%02x in a string is not escaped"), byte);
        }
    }
}

static bool scan_digits(struct json_scan *scan)
{
    size_t start = scan->at;
    while (scan->copy[scan->at] >= '0' && scan->copy[scan->at] <= '9')
        scan->at++;
    return scan->at > start || fail_expected(scan, "a digit");
}

static bool fail_range(struct json_scan *scan, size_t start, size_t size)
{
    bool cut = size > SHOWN_WORD;
    return json_scan_fail(scan, start, "the number %.*s%s is out of the range of a double",
                          (int)(cut ? SHOWN_WORD - 2 : size), scan->copy + start, cut ? ".." : "");
}

static bool scan_number(struct json_scan *scan)
{
    size_t start = scan->at;
    if (!note_place(scan))
        return false;
    if (scan->copy[scan->at] == '-')
        scan->at++;
    size_t first = scan->at;
    if (!scan_digits(scan))
        return false;
    if (scan->copy[first] == '0' && scan->at > first + 1)
        return json_scan_fail(scan, start, "a number must not begin with a zero that more digits follow");
    if (scan->copy[scan->at] == '.') {
        scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    bool exponent = (scan->copy[scan->at] | 0x20) == 'e';
    if (exponent) {
        scan->at++;
        if (scan->copy[scan->at] == '-' || scan->copy[scan->at] == '+')
            scan->at++;
        if (!scan_digits(scan))
            return false;
    }
    size_t size = scan->at - start;
    /* strtod stops at the end of the number: the next byte cannot continue one. */
    if ((exponent || size > PLAIN_NUMBER_SAFE) && isinf(strtod(scan->copy + start, NULL)))
        return fail_range(scan, start, size);
    if (scan->noted == JSON_SCAN_PLACES) {
        memset(scan->copy + start, ' ', size);
        scan->copy[start] = '0';
    }
    return true;
}

static bool scan_word(struct json_scan *scan, struct text word)
{
    if (!text_starts(text_slice(scan->document, scan->at, word.size), word))
        return fail_expected(scan, "a value");
    scan->at += word.size;
    return true;
}

/* scan->at is after the opening brace or bracket. */
static bool scan_members(struct json_scan *scan, bool object, size_t *count)
{
    char close = object ? '}' : ']';
    skip_blanks(scan);
    if (scan->copy[scan->at] == close) {
        scan->at++;
        return true;
    }
    for (;;) {
        ++*count;
        if (object) {
            if (scan->copy[scan->at] != '"')
                return fail_expected(scan, "a key in '\"'");
            if (!note_place(scan) || !scan_string(scan))
                return false;
            skip_blanks(scan);
            if (scan->copy[scan->at] != ':')
                return fail_expected(scan, "':'");
            scan->at++;
        }
        if (!scan_value(scan))
            return false;
        skip_blanks(scan);
        char byte = scan->copy[scan->at];
        if (byte != ',' && byte != close)
            return fail_expected(scan, object ? "',' or '}'" : "',' or ']'");
        scan->at++;
        if (byte == close)
            return true;
        skip_blanks(scan);
    }
}

static bool scan_container(struct json_scan *scan)
{
    if (scan->depth == LIMIT_JSON_DEPTH)
        return json_scan_fail(scan, scan->at, "nested deeper than %d levels", LIMIT_JSON_DEPTH);
    bool counted = scan->noted == JSON_SCAN_COUNTS, object = scan->copy[scan->at++] == '{';
    size_t count = 0, note = scan->note_count;
    if (counted && !add_note(scan, 0))
        return false;
    scan->depth++;
    if (!scan_members(scan, object, &count))
        return false;
    scan->depth--;
    if (counted)
        scan->notes[note] = (uint32_t)count;
    return true;
}

static bool scan_value(struct json_scan *scan)
{
    skip_blanks(scan);
    switch (scan->copy[scan->at]) {
    case '{':
    case '[': return scan_container(scan);
    case '"': return scan_string(scan);
    case 't': return scan_word(scan, TEXT("true"));
    case 'f': return scan_word(scan, TEXT("false"));
    case 'n': return scan_word(scan, TEXT("null"));
    default:
        if (scan->copy[scan->at] == '-' || (scan->copy[scan->at] >= '0' && scan->copy[scan->at] <= '9'))
            return scan_number(scan);
        return fail_expected(scan, "a value");
    }
}

enum status json_scan(struct json_scan *scan, enum json_scan_notes noted, struct arena *memory, struct text document,
                      struct error *error)
{
    *scan = (struct json_scan){.memory = memory, .noted = noted, .document = document, .error = error};
    scan->copy = (char *)arena_copy(memory, document).data;
    if (scan->copy == NULL)
        return error_budget(error);
    if (!scan_value(scan))
        return scan->status;
    skip_blanks(scan);
    if (scan->at < document.size) {
        (void)fail_expected(scan, "the end of the document");
        return scan->status;
    }
    return STATUS_OK;
}
