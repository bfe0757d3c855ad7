/* The keys of payloads. */
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

/* The first one writes, all of them read. */
struct payload_keys {
    struct payload_key items[LIMIT_PAYLOAD_KEYS];
    size_t count; /* 0: nothing is encrypted */
};

/* Reads id:base64,id:base64... (line breaks do for commas). Ids are copied into error->arena. STATUS_INVALID says which
   keys are wrong, all of them, never what they are. */
enum status payload_keys_read(struct text text, struct payload_keys *keys, struct error *error) MUST_CHECK;

/* NULL: there is none of that id. */
const struct payload_key *payload_keys_find(const struct payload_keys *keys, struct text id);

#endif
