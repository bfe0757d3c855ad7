#include "base/json_keys.h"

#include <stdlib.h>

/* The most bytes of a duplicate key that a message shows. */
#define SHOWN_KEY 100

static bool fail_duplicate(struct json_scan *scan, const struct json_key *key)
{
    struct text shown = text_cut_utf8(key->key, SHOWN_KEY);
    return json_scan_fail(scan, key->place, "duplicate key '%.*s'", TEXT_ARG(shown));
}

static int compare_keys(const void *a, const void *b)
{
    const struct json_key *left = a, *right = b;
    int order = text_compare(left->key, right->key);
    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

struct json_member *json_keys_members(struct arena *arena, size_t count)
{
    uint32_t *index;
    return count > JSON_KEYS_FEW ? json_indexed_members(arena, count, &index)
                                 : ARENA_ARRAY(arena, count, struct json_member);
}

static bool differ_one_by_one(struct json_scan *scan, const struct json_key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (text_equal(keys[j].key, keys[i].key))
                return fail_duplicate(scan, &keys[i]);
    return true;
}

bool json_keys_index(struct json_scan *scan, struct json_key *keys, struct json_value *object)
{
    size_t count = object->object.count;
    if (count <= JSON_KEYS_FEW)
        return differ_one_by_one(scan, keys, count);
    qsort(keys, count, sizeof(keys[0]), compare_keys);
    object->lookup = JSON_LOOKUP_INDEXED;
    uint32_t *index = json_index(object);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && text_equal(keys[i - 1].key, keys[i].key))
            return fail_duplicate(scan, &keys[i]);
        index[i] = keys[i].position;
    }
    return true;
}
