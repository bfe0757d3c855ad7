/* The grammar of JSON: what it accepts can be read in one way only. For the readers of base/json.h only. */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include "base/arena.h"

/* What a scan notes for the reader. */
enum json_scan_notes {
    /* How many items or members each array and object has, in the order in which they begin. */
    JSON_SCAN_COUNTS,
    /* Where each key and each number begins, in the order of the document; every number is overwritten with 0 and blanks,
       because cJSON would lose its digits. */
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

/* Checks grammar, UTF-8, \u0000, surrogates, the range of numbers, depth and size; not duplicate keys. */
enum status json_scan(struct json_scan *scan, enum json_scan_notes noted, struct arena *memory, struct text document,
                      struct error *error) MUST_CHECK;
/* Fills the error with the line and column of a place in the document and sets scan->status; always false. */
bool json_scan_fail(struct json_scan *scan, size_t at, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
