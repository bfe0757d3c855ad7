/* The index of a large object. Only the files of json.h include this. */
#ifndef BASE_JSON_LOOKUP_H
#define BASE_JSON_LOOKUP_H

#include "base/json.h"

/* The members of objects up to this size are compared one by one; larger ones are sorted first. */
#define JSON_SMALL_OBJECT 16

/* Zeroed memory for members and, behind them, for *index. NULL past the arena's cap. */
struct json_member *json_indexed_members(struct arena *arena, size_t count, uint32_t **index) MUST_CHECK;
/* Positions of the members in the order of their keys; NULL without JSON_LOOKUP_INDEXED. For the readers to fill. */
uint32_t *json_index(const struct json_value *object);

#endif
