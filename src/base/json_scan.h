/* The strict reader in front of cJSON: what it accepts, cJSON can read in one way only. For json.c only. */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/arena.h"

struct json_scan {
    struct arena *memory; /* lives as long as the scan */
    struct text document;
    /* NUL-terminated; after the scan every number reads as 0 and blanks, because the library would lose its digits. */
    char *copy;
    uint32_t *marks; /* where each key and each number begins, in the order of the document */
    size_t mark_count, mark_capacity;
    size_t at;
    unsigned depth;
    enum status status;
    struct error *error;
};

/* Checks grammar, UTF-8, \u0000, surrogates, the range of numbers, depth and size; not duplicate keys. */
enum status json_scan(struct json_scan *scan, struct arena *memory, struct text document,
                      struct error *error) MUST_CHECK;
/* The text of the number that begins at a mark, as it was written. */
struct text json_scan_number(const struct json_scan *scan, uint32_t mark);
/* Fills the error with the line and column of a place in the document and sets scan->status; always false. */
bool json_scan_fail(struct json_scan *scan, size_t at, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
