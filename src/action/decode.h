/* What generated decoders are made of: reading members of a JSON object into typed fields, collecting every fault of
   the document instead of stopping at the first. Total on any JSON. Pure; any thread. */
#ifndef ACTION_DECODE_H
#define ACTION_DECODE_H

#include "base/json.h"

struct decode_fault {
    struct text pointer; /* RFC 6901, "" for the document */
    struct text message; /* "target_entity is required"; "/count: expected integer, found string" */
};

struct decode_faults {
    struct arena *arena;
    struct decode_fault *items;
    size_t count;
    size_t capacity;
    bool exhausted; /* the arena's cap was met; more faults may exist */
};

/* More is declared by the room itself for the generator's use: see the rest of this header. */

#endif
