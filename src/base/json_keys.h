/* Finds duplicate keys of an object and makes its index. For the readers of base/json.h only. */
#ifndef BASE_JSON_KEYS_H
#define BASE_JSON_KEYS_H

#include "base/json_lookup.h"
#include "base/json_scan.h"

/* Objects up to this size need no memory for the check, and have no index. */
#define JSON_KEYS_FEW JSON_SMALL_OBJECT

struct json_key {
    struct text key;
    uint32_t position; /* of the member */
    uint32_t place;    /* where the key begins in the document */
};

/* Members for an object of that size, with room for an index when it is large; NULL past the arena's cap. */
struct json_member *json_keys_members(struct arena *arena, size_t count) MUST_CHECK;
/* Checks the keys of an object, one for each member, for duplicates, and fills the index of a large object, which
   json_keys_members made room for. May reorder the keys. False: two keys are equal; the error is then in the scan. */
bool json_keys_index(struct json_scan *scan, struct json_key *keys, struct json_value *object) MUST_CHECK;

#endif
