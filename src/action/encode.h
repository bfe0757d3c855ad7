/* What generated encoders are made of: writing typed fields into a JSON object. Failing is sticky: add as you like,
   check once at the end. Pure; any thread. */
#ifndef ACTION_ENCODE_H
#define ACTION_ENCODE_H

#include "base/json.h"
#include "base/uuid.h"

struct encoder {
    struct arena *arena;
    struct json_member *members;
    size_t count, capacity;
    bool failed; /* the arena's cap was met */
};

/* An encoder of an object of at most `capacity` members. */
struct encoder encode_begin(struct arena *arena, size_t capacity);
/* `key` is a literal. Past the capacity the encoder fails. */
void encode_member(struct encoder *encoder, const char *key, struct json_value value);
/* The object. When anything in it failed it is null, and so has `encoder`, whose value it is to be part of. */
struct json_value encode_end(struct encoder *encoder, const struct encoder *object) MUST_CHECK;

/* Values. Past the budget they are null and *failed is set. */
struct json_value encode_text(struct text text); /* no text gives "" */
struct json_value encode_integer(struct encoder *encoder, int64_t number);
struct json_value encode_number(struct encoder *encoder, double number);       /* infinite and not a number: null */
struct json_value encode_decimal(struct encoder *encoder, struct text number); /* no text: 0; must be a decimal */
struct json_value encode_uuid(struct encoder *encoder, struct uuid uuid);
struct json_value encode_timestamp(struct encoder *encoder, int64_t us); /* RFC 3339, UTC; null past the year 9999 */
struct json_value encode_duration(struct encoder *encoder, int64_t ms);  /* 1h30m; less than 0 is 0s */
/* Room for the items of a list; NULL, and failed, past the budget. */
struct json_value *encode_items(struct encoder *encoder, size_t count);

#endif
