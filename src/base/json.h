/* Strict JSON: RFC 8259 grammar, valid UTF-8, no duplicate keys, no \u0000, bounded depth and size. Numbers keep their
   original text, so nothing is lost between reading and writing. Values are immutable and live in an arena; copying
   a struct json_value copies a view. Pure; any thread. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/status.h"

enum json_type { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* How json_get finds a member of an object. */
enum json_lookup {
    JSON_LOOKUP_SCAN = 0, /* compares the members one by one */
    JSON_LOOKUP_SORTED,   /* the members are sorted by key */
    JSON_LOOKUP_INDEXED,  /* an index follows the last member: the positions, as uint32_t, sorted by key */
};

struct json_value {
    enum json_type type;
    enum json_lookup lookup; /* of an object */
    union {
        bool boolean;
        struct text number; /* as written, e.g. 1e3; always within the range of a double */
        struct text string; /* decoded; UTF-8 without NUL */
        struct {
            const struct json_value *items;
            size_t count;
        } array;
        struct {
            const struct json_member *members; /* in the order of the document */
            size_t count;
        } object;
    };
};

struct json_member {
    struct text key;
    struct json_value value;
};

/* Reads one document. The value and its texts, each NUL-terminated past its size, live in the arena; the input need not
   outlive the call. *value is set only on success.
   STATUS_INVALID  the document is not valid, or is deeper or longer than limits.h allows; error.where is line:column
                   (both from 1, columns in bytes), the message says what was expected and what was found
   STATUS_BUDGET   the arena's cap was reached. Scratch memory, at most as much as the cap leaves, is taken outside of
                   the arena and freed before the call returns. */
enum status json_read(struct arena *arena, struct text document, struct json_value *value,
                      struct error *error) MUST_CHECK;
/* The same, read with cJSON, which takes five times the memory: for files that people wrote. */
enum status json_read_file(struct arena *arena, struct text document, struct json_value *value,
                           struct error *error) MUST_CHECK;

/* Writes without blanks, members in the order of the object, '<' '>' '&' unescaped. json_write_sorted sorts members
   bytewise by key, at every depth. buffer->failed reports a failure. */
void json_write(struct buffer *buffer, const struct json_value *value);
void json_write_sorted(struct buffer *buffer, const struct json_value *value);
void json_write_string(struct buffer *buffer, struct text string); /* with quotes; invalid UTF-8 becomes U+FFFD */
/* The written form in the arena; .data NULL past the budget. */
struct text json_to_text(struct arena *arena, const struct json_value *value) MUST_CHECK;

/* The member with exactly this key; NULL if absent, if the value is not an object, or if it is NULL.
   O(log n) in a large object made by json_read, json_object_ordered or json_object_sorted. */
const struct json_value *json_get(const struct json_value *object, struct text key);
/* Tries the exact key first, then ignores ASCII case, as Go's decoder does. */
const struct json_value *json_get_lenient(const struct json_value *object, struct text key);
/* The member's string; TEXT_NONE when the member is absent or not a string. */
struct text json_get_text(const struct json_value *object, struct text key);

struct json_value json_null(void);
struct json_value json_boolean(bool value);
struct json_value json_string(struct text string);
struct json_value json_number(struct text as_written);
struct json_value json_integer(struct arena *arena, int64_t value); /* JSON_NULL past the budget */
struct json_value json_array(const struct json_value *items, size_t count);
struct json_value json_object(const struct json_member *members, size_t count);
/* An object whose members are already sorted by key, without duplicates, so that json_get need not scan them. */
struct json_value json_object_ordered(const struct json_member *members, size_t count);
/* Sorts the members of a large object for json_get; a small object keeps their order. */
struct json_value json_object_sorted(struct json_member *members, size_t count);

/* A deep copy that shares nothing with the source. */
enum status json_copy(struct arena *arena, const struct json_value *from, struct json_value *to) MUST_CHECK;
/* Compares numbers by their text, and members in any order. */
bool json_equal(const struct json_value *a, const struct json_value *b);

/* False unless the value is a whole number that fits an int64_t (1, -0, 1.0, 1e3). */
bool json_to_int64(const struct json_value *value, int64_t *number);
const char *json_type_name(enum json_type type); /* "null", "boolean", "number", "string", "array", "object" */

#endif
