/* The index of a large object. Only the files of json.h include this. */
#ifndef BASE_JSON_LOOKUP_H
#define BASE_JSON_LOOKUP_H

#include "base/json.h"

/* The members of objects up to this size are compared one by one; larger ones are sorted first. */
#define JSON_SMALL_OBJECT 16

/* Zeroed memory for members, followed by *index. NULL past the arena's cap. */
struct json_member *json_indexed_members(struct arena *arena, size_t count, uint32_t **index) MUST_CHECK;
/* The positions of the members, sorted by key, for the readers to fill; NULL without JSON_LOOKUP_INDEXED. */
uint32_t *json_index(const struct json_value *object);

#endif
