/* Makes, looks up, copies and compares JSON values. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/json_lookup.h"

struct json_value json_null(void)
{
    return (struct json_value){.type = JSON_NULL};
}

struct json_value json_boolean(bool value)
{
    return (struct json_value){.type = JSON_BOOLEAN, .boolean = value};
}

struct json_value json_string(struct text string)
{
    return (struct json_value){.type = JSON_STRING, .string = string};
}

struct json_value json_number(struct text as_written)
{
    return (struct json_value){.type = JSON_NUMBER, .number = as_written};
}

struct json_value json_integer(struct arena *arena, int64_t value)
{
    struct text number = arena_print(arena, "%" PRId64, value);
    return number.data != NULL ? json_number(number) : json_null();
}

struct json_value json_array(const struct json_value *items, size_t count)
{
    return (struct json_value){.type = JSON_ARRAY, .array = {.items = items, .count = count}};
}

struct json_value json_object(const struct json_member *members, size_t count)
{
    return (struct json_value){.type = JSON_OBJECT, .object = {.members = members, .count = count}};
}

static int compare_in_place(const void *a, const void *b)
{
    return text_compare(((const struct json_member *)a)->key, ((const struct json_member *)b)->key);
}

struct json_value json_object_ordered(const struct json_member *members, size_t count)
{
    struct json_value object = json_object(members, count);
    object.lookup = count > JSON_SMALL_OBJECT ? JSON_LOOKUP_SORTED : JSON_LOOKUP_SCAN;
    return object;
}

struct json_value json_object_sorted(struct json_member *members, size_t count)
{
    if (count > JSON_SMALL_OBJECT)
        qsort(members, count, sizeof(members[0]), compare_in_place);
    return json_object_ordered(members, count);
}

static const struct json_value *find_member(const struct json_value *object, struct text key,
                                            bool (*equal)(struct text, struct text))
{
    for (size_t i = 0; i < object->object.count; i++)
        if (equal(object->object.members[i].key, key))
            return &object->object.members[i].value;
    return NULL;
}

uint32_t *json_index(const struct json_value *object)
{
    return object->lookup == JSON_LOOKUP_INDEXED
               ? (uint32_t *)(uintptr_t)(object->object.members + object->object.count)
               : NULL;
}

static const struct json_value *search_member(const struct json_value *object, struct text key)
{
    const struct json_member *members = object->object.members;
    const uint32_t *index = json_index(object);
    size_t low = 0, high = object->object.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2, at = index != NULL ? index[middle] : middle;
        int order = text_compare(members[at].key, key);
        if (order == 0)
            return &members[at].value;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct json_value *json_get(const struct json_value *object, struct text key)
{
    if (object == NULL || object->type != JSON_OBJECT)
        return NULL;
    return object->lookup == JSON_LOOKUP_SCAN ? find_member(object, key, text_equal) : search_member(object, key);
}

const struct json_value *json_get_lenient(const struct json_value *object, struct text key)
{
    const struct json_value *exact = json_get(object, key);
    if (exact != NULL || object == NULL || object->type != JSON_OBJECT)
        return exact;
    return find_member(object, key, text_equal_ignoring_case);
}

struct text json_get_text(const struct json_value *object, struct text key)
{
    const struct json_value *value = json_get(object, key);
    return value != NULL && value->type == JSON_STRING ? value->string : TEXT_NONE;
}

static enum status copy_array(struct arena *arena, const struct json_value *from, struct json_value *to)
{
    size_t count = from->array.count;
    struct json_value *items = ARENA_ARRAY(arena, count, struct json_value);
    if (items == NULL)
        return STATUS_BUDGET;
    for (size_t i = 0; i < count; i++) {
        enum status status = json_copy(arena, &from->array.items[i], &items[i]);
        if (status != STATUS_OK)
            return status;
    }
    *to = json_array(items, count);
    return STATUS_OK;
}

static enum status copy_object(struct arena *arena, const struct json_value *from, struct json_value *to)
{
    size_t count = from->object.count;
    const uint32_t *index = json_index(from);
    uint32_t *index_copy = NULL;
    struct json_member *members =
        index != NULL ? json_indexed_members(arena, count, &index_copy) : ARENA_ARRAY(arena, count, struct json_member);
    if (members == NULL)
        return STATUS_BUDGET;
    if (index != NULL)
        memcpy(index_copy, index, count * sizeof(index[0]));
    for (size_t i = 0; i < count; i++) {
        members[i].key = arena_copy(arena, from->object.members[i].key);
        if (members[i].key.data == NULL)
            return STATUS_BUDGET;
        enum status status = json_copy(arena, &from->object.members[i].value, &members[i].value);
        if (status != STATUS_OK)
            return status;
    }
    *to = json_object(members, count);
    to->lookup = from->lookup;
    return STATUS_OK;
}

struct json_member *json_indexed_members(struct arena *arena, size_t count, uint32_t **index)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, sizeof(struct json_member) + sizeof(uint32_t), &bytes))
        return NULL;
    struct json_member *members = arena_alloc(arena, bytes, _Alignof(struct json_member));
    *index = (uint32_t *)(void *)(members + count);
    return members;
}

enum status json_copy(struct arena *arena, const struct json_value *from, struct json_value *to)
{
    struct text copy;
    switch (from->type) {
    case JSON_NULL:
    case JSON_BOOLEAN: *to = *from; return STATUS_OK;
    case JSON_NUMBER:
        copy = arena_copy(arena, from->number);
        *to = json_number(copy);
        return copy.data != NULL ? STATUS_OK : STATUS_BUDGET;
    case JSON_STRING:
        copy = arena_copy(arena, from->string);
        *to = json_string(copy);
        return copy.data != NULL ? STATUS_OK : STATUS_BUDGET;
    case JSON_ARRAY: return copy_array(arena, from, to);
    case JSON_OBJECT: return copy_object(arena, from, to);
    }
    return STATUS_INTERNAL;
}

static int compare_members(const void *a, const void *b)
{
    const struct json_member *const *left = a, *const *right = b;
    return text_compare((*left)->key, (*right)->key);
}

static bool equal_one_by_one(const struct json_value *a, const struct json_value *b)
{
    for (size_t i = 0; i < a->object.count; i++) {
        const struct json_member *member = &a->object.members[i], *same = &b->object.members[i];
        const struct json_value *other = text_equal(member->key, same->key) ? &same->value : json_get(b, member->key);
        if (other == NULL || !json_equal(&member->value, other))
            return false;
    }
    return true;
}

static bool equal_objects(const struct json_value *a, const struct json_value *b)
{
    size_t count = a->object.count;
    if (count != b->object.count)
        return false;
    const struct json_member **sorted = count > JSON_SMALL_OBJECT ? calloc(count * 2, sizeof(sorted[0])) : NULL;
    /* Without memory the comparison is only slower. */
    if (sorted == NULL)
        return equal_one_by_one(a, b);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &a->object.members[i];
        sorted[count + i] = &b->object.members[i];
    }
    qsort(sorted, count, sizeof(sorted[0]), compare_members);
    qsort(sorted + count, count, sizeof(sorted[0]), compare_members);
    bool equal = true;
    for (size_t i = 0; i < count && equal; i++)
        equal = text_equal(sorted[i]->key, sorted[count + i]->key) &&
                json_equal(&sorted[i]->value, &sorted[count + i]->value);
    free(sorted);
    return equal;
}

bool json_equal(const struct json_value *a, const struct json_value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case JSON_NULL: return true;
    case JSON_BOOLEAN: return a->boolean == b->boolean;
    case JSON_NUMBER: return text_equal(a->number, b->number);
    case JSON_STRING: return text_equal(a->string, b->string);
    case JSON_ARRAY:
        if (a->array.count != b->array.count)
            return false;
        for (size_t i = 0; i < a->array.count; i++)
            if (!json_equal(&a->array.items[i], &b->array.items[i]))
                return false;
        return true;
    case JSON_OBJECT: return equal_objects(a, b);
    }
    return false;
}

bool json_to_int64(const struct json_value *value, int64_t *number)
{
    return value->type == JSON_NUMBER && decimal_to_int64(value->number, number);
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {"null", "boolean", "number", "string", "array", "object"};
    return names[type];
}
