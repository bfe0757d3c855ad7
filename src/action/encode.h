/* Runtime of the generated encoders: writes typed fields into a JSON object. A failure is sticky: check once at the
   end. Pure; any thread. */
#ifndef ACTION_ENCODE_H
#define ACTION_ENCODE_H

#include "action/action.h"

struct encoder {
    struct arena *arena;
    struct json_member *members;
    size_t count, capacity;
    bool failed;       /* the object cannot be written: the arena is full, or a value is invalid */
    bool invalid;      /* a value is not allowed by its type in the spec; about the first such value: */
    bool placed;       /* whether `path` begins with a member of this object */
    struct text path;  /* its path, like "steps[2].colour" */
    struct text fault; /* what is wrong with it */
};

/* An encoder for an object of at most `capacity` members. */
struct encoder encode_begin(struct arena *arena, size_t capacity);
/* `key` is a literal. Past the capacity the encoder fails. */
void encode_member(struct encoder *encoder, const char *key, struct json_value value);
/* Likewise, with a key that the config names, followed by `suffix`. */
void encode_named(struct encoder *encoder, struct text name, const char *suffix, struct json_value value);
/* The finished `object` as a value for `encoder`. If the object has failed, the value is null and `encoder` fails
   too. */
struct json_value encode_end(struct encoder *encoder, const struct encoder *object) MUST_CHECK;

/* Values. A value that cannot be written is null, and encoder->failed is set. */
struct json_value encode_text(struct text text); /* "" when .data is NULL */
/* A text from a handler; a text that is not UTF-8 or contains a NUL is invalid. */
struct json_value encode_string(struct encoder *encoder, struct text text);
/* JSON from a handler; its texts must be valid in the same way. */
struct json_value encode_any(struct encoder *encoder, struct json_value value);
struct json_value encode_scalar(struct encoder *encoder, struct json_value value);     /* no array, no object */
struct json_value encode_any_object(struct encoder *encoder, struct json_value value); /* an object, or null */
struct json_value encode_integer(struct encoder *encoder, int64_t number);
struct json_value encode_number(struct encoder *encoder, double number);       /* null when infinite or not a number */
struct json_value encode_decimal(struct encoder *encoder, struct text number); /* a decimal; 0 when .data is NULL */
struct json_value encode_uuid(struct encoder *encoder, struct uuid uuid);
struct json_value encode_timestamp(struct encoder *encoder, int64_t us); /* RFC 3339, UTC; null past the year 9999 */
struct json_value encode_duration(struct encoder *encoder, int64_t ms);  /* 1h30m; 0s when negative */
/* The text of an enum value, from a table. A number outside of the table is invalid. */
struct json_value encode_choice(struct encoder *encoder, const char *const *values, size_t count, size_t value);
#define ENCODE_CHOICE(encoder_, values_, value_)                                                                       \
    encode_choice((encoder_), (values_), sizeof(values_) / sizeof(*(values_)), (size_t)(value_))
/* The text of an enum value; TEXT_NONE for a number outside of the table. */
#define TEXT_OF_CHOICE(values_, value_)                                                                                \
    ((size_t)(value_) < sizeof(values_) / sizeof(*(values_)) ? text_from((values_)[value_]) : TEXT_NONE)
/* Memory for the items of a list; NULL past the budget, and the encoder fails. */
struct json_value *encode_items(struct encoder *encoder, size_t count);
/* Likewise for the items of a handler; a count without items is invalid. Also NULL once a value is invalid. */
struct json_value *encode_items_of(struct encoder *encoder, const void *items, size_t count);
/* Likewise for the entries of a map. */
struct json_member *encode_members_of(struct encoder *encoder, const void *items, size_t count);
/* For a list or map with an invalid item: puts the index into the path of the fault and returns null. The items after
   it are not written. */
struct json_value encode_invalid_item(struct encoder *encoder, size_t index);
/* The object of a map. A duplicate key, or a key that is not valid text, is invalid. */
struct json_value encode_map(struct encoder *encoder, const struct json_member *members, size_t count);
/* STATUS_OK; STATUS_BUDGET; STATUS_INVALID: the error says which field is invalid and why. */
enum status encode_finish(const struct encoder *encoder, struct error *error) MUST_CHECK;

#endif
