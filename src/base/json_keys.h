/* Duplicate keys of an object. For the readers of base/json.h only. */
#ifndef BASE_JSON_KEYS_H
#define BASE_JSON_KEYS_H

#include "base/json_scan.h"

/* Objects up to this size need no memory for the check. */
#define JSON_KEYS_FEW 16

struct json_key {
    struct text key;
    uint32_t place; /* where it begins in the document */
};

/* False: two of the keys are equal; the scan then has the error. The keys may change their order. */
bool json_keys_differ(struct json_scan *scan, struct json_key *keys, size_t count) MUST_CHECK;

#endif
