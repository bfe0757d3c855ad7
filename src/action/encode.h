/* Runtime of the generated encoders: writes typed fields into a JSON object. Failing is sticky: check once at the end.
   Pure; any thread. */
#ifndef ACTION_ENCODE_H
#define ACTION_ENCODE_H

#include "action/action.h"

struct encoder {
    struct arena *arena;
    struct json_member *members;
    size_t count, capacity;
    bool failed;       /* cannot be written: the arena is full, or it is invalid */
    bool invalid;      /* has a value that its type in the spec does not allow; of the first: */
    bool placed;       /* whether `path` begins with a member of this object */
    struct text path;  /* where it is, like "steps[2].colour" */
    struct text fault; /* what is wrong with it */
};

/* An encoder of an object of at most `capacity` members. */
struct encoder encode_begin(struct arena *arena, size_t capacity);
/* `key` is a literal. Past the capacity the encoder fails. */
void encode_member(struct encoder *encoder, const char *key, struct json_value value);
/* The same with a key that the config names, followed by `suffix`. */
void encode_named(struct encoder *encoder, struct text name, const char *suffix, struct json_value value);
/* The object, as a value for `encoder`. When anything in it failed it is null, and `encoder` has failed too. */
struct json_value encode_end(struct encoder *encoder, const struct encoder *object) MUST_CHECK;

/* Values. Those that cannot be written are null and set *failed. */
struct json_value encode_text(struct text text); /* "" when .data is NULL */
/* The same of a handler: a text that is not UTF-8, or has a NUL in it, is invalid. */
struct json_value encode_string(struct encoder *encoder, struct text text);
/* JSON of a handler, whose texts must be the same. */
struct json_value encode_any(struct encoder *encoder, struct json_value value);
struct json_value encode_scalar(struct encoder *encoder, struct json_value value);     /* no array, no object */
struct json_value encode_any_object(struct encoder *encoder, struct json_value value); /* an object, or null */
struct json_value encode_integer(struct encoder *encoder, int64_t number);
struct json_value encode_number(struct encoder *encoder, double number);       /* null when infinite or not a number */
struct json_value encode_decimal(struct encoder *encoder, struct text number); /* a decimal; 0 when .data is NULL */
struct json_value encode_uuid(struct encoder *encoder, struct uuid uuid);
struct json_value encode_timestamp(struct encoder *encoder, int64_t us); /* RFC 3339, UTC; null past the year 9999 */
struct json_value encode_duration(struct encoder *encoder, int64_t ms);  /* 1h30m; 0s when negative */
/* The value of an enum: its text in a table. Any other number is invalid. */
struct json_value encode_choice(struct encoder *encoder, const char *const *values, size_t count, size_t value);
#define ENCODE_CHOICE(encoder_, values_, value_)                                                                       \
    encode_choice((encoder_), (values_), sizeof(values_) / sizeof(*(values_)), (size_t)(value_))
/* The text of such a value; TEXT_NONE for any other number. */
#define TEXT_OF_CHOICE(values_, value_)                                                                                \
    ((size_t)(value_) < sizeof(values_) / sizeof(*(values_)) ? text_from((values_)[value_]) : TEXT_NONE)
/* Room for the items of a list; NULL, and failed, past the budget. */
struct json_value *encode_items(struct encoder *encoder, size_t count);
/* The same for items of a handler; a count without items is invalid. NULL also behind an invalid value. */
struct json_value *encode_items_of(struct encoder *encoder, const void *items, size_t count);
/* The same for the entries of a map. */
struct json_member *encode_members_of(struct encoder *encoder, const void *items, size_t count);
/* Null, for a list or map with an invalid item: says which one it is. Nothing behind it is written. */
struct json_value encode_invalid_item(struct encoder *encoder, size_t index);
/* The object of a map. A key that appears twice, or is no text, is invalid. */
struct json_value encode_map(struct encoder *encoder, const struct json_member *members, size_t count);
/* STATUS_OK; STATUS_BUDGET; STATUS_INVALID: the error says which field is invalid and why. */
enum status encode_finish(const struct encoder *encoder, struct error *error) MUST_CHECK;

#endif
