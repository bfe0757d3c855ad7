/* The grammar of JSON, which leaves no document that two readers could understand differently. For the readers and the
   writer of base/json.h. */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/arena.h"

/* What a scan notes for the reader. */
enum json_scan_notes {
    /* The number of items or members of each array and object, in the order in which these begin. */
    JSON_SCAN_COUNTS,
    /* The position of each key and each number, in the order of the document; every number in the copy is overwritten
       with 0 and blanks, because cJSON would lose its digits. */
    JSON_SCAN_PLACES,
};

struct json_scan {
    struct arena *memory; /* lives as long as the scan */
    enum json_scan_notes noted;
    struct text document;
    char *copy; /* NUL-terminated */
    uint32_t *notes;
    size_t note_count, note_capacity;
    size_t at;
    unsigned depth;
    enum status status;
    struct error *error;
};

/* Bytes that stand for themselves in a string: ASCII except control bytes, '"' and '\\'. */
static const bool json_plain_bytes[256] = {[' '] = true, ['!'] = true, ['#' ... '['] = true, [']' ... 0x7F] = true};

static inline bool json_is_plain(char byte)
{
    return json_plain_bytes[(unsigned char)byte];
}

/* Checks grammar, UTF-8, \u0000, surrogates, the range of numbers, depth and size; not duplicate keys. */
enum status json_scan(struct json_scan *scan, enum json_scan_notes noted, struct arena *memory, struct text document,
                      struct error *error) MUST_CHECK;
/* Fills the error with the line and column of a position in the document and sets scan->status; always returns
   false. */
bool json_scan_fail(struct json_scan *scan, size_t at, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
