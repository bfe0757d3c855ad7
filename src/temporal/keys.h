/* The keys that payloads are encrypted with; see temporal/codec.h. Any thread. */
#ifndef TEMPORAL_KEYS_H
#define TEMPORAL_KEYS_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/status.h"

#define PAYLOAD_KEY_BYTES 32

struct payload_key {
    struct text id;
    unsigned char secret[PAYLOAD_KEY_BYTES];
};

/* The first key encrypts, all of them decrypt. */
struct payload_keys {
    struct payload_key items[LIMIT_PAYLOAD_KEYS];
    size_t count; /* 0: nothing is encrypted */
};

/* Reads "id:base64,id:base64...", separated by commas or line breaks. Ids are copied into error->arena. STATUS_INVALID:
   the message lists every wrong key by its number, never its content. STATUS_BUDGET: the arena is full. */
enum status payload_keys_read(struct text text, struct payload_keys *keys, struct error *error) MUST_CHECK;

/* The key with this id, or NULL. Borrowed from keys. */
const struct payload_key *payload_keys_find(const struct payload_keys *keys, struct text id);

#endif
