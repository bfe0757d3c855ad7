/* json_read: the scanner checks the grammar, cJSON builds a tree, which becomes our values here. */
#include "base/json.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <threads.h>

#include "base/json_lookup.h"
#include "base/json_scan.h"
#include "base/limits.h"

/* Bytes of a duplicate key that are reported. */
#define SHOWN_KEY 100

/* The library knows only hooks for the whole process. Ours take from the scratch arena of the document that this thread
   is reading, so that its tree counts against the budget and is freed as a whole. */
static _Thread_local struct arena *library_memory;

static void *library_alloc(size_t size)
{
    return arena_alloc(library_memory, size, _Alignof(max_align_t));
}

static void library_free(void *block)
{
    (void)block;
}

static void library_set_up(void)
{
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = library_alloc, .free_fn = library_free});
}

struct reader {
    struct arena *arena; /* of the values */
    struct json_scan scan;
    size_t next_mark;
};

/* A key of a large object, its mark and its position. */
struct marked_key {
    struct text key;
    uint32_t mark, position;
};

static bool convert(struct reader *reader, const cJSON *node, struct json_value *value);

static bool out_of_budget(struct reader *reader)
{
    reader->scan.status = error_budget(reader->scan.error);
    return false;
}

static bool copy_text(struct reader *reader, struct text from, struct text *to)
{
    *to = arena_copy(reader->arena, from);
    return to->data != NULL || out_of_budget(reader);
}

static size_t count_children(const cJSON *node)
{
    size_t count = 0;
    for (const cJSON *child = node->child; child != NULL; child = child->next)
        count++;
    return count;
}

static bool fail_duplicate(struct reader *reader, struct text key, uint32_t mark)
{
    struct text shown = text_cut_utf8(key, SHOWN_KEY);
    return json_scan_fail(&reader->scan, mark, "duplicate key '%.*s'", TEXT_ARG(shown));
}

static int compare_keys(const void *a, const void *b)
{
    const struct marked_key *left = a, *right = b;
    int order = text_compare(left->key, right->key);
    return order != 0 ? order : (left->mark > right->mark) - (left->mark < right->mark);
}

static bool index_large(struct reader *reader, struct marked_key *keys, size_t count, uint32_t *index)
{
    qsort(keys, count, sizeof(keys[0]), compare_keys);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && text_equal(keys[i - 1].key, keys[i].key))
            return fail_duplicate(reader, keys[i].key, keys[i].mark);
        index[i] = keys[i].position;
    }
    return true;
}

static bool check_small(struct reader *reader, const struct json_member *members, size_t index, uint32_t mark)
{
    for (size_t i = 0; i < index; i++)
        if (text_equal(members[i].key, members[index].key))
            return fail_duplicate(reader, members[index].key, mark);
    return true;
}

static bool convert_object(struct reader *reader, const cJSON *node, struct json_value *value)
{
    size_t count = count_children(node);
    bool large = count > JSON_SMALL_OBJECT;
    uint32_t *index = NULL;
    struct json_member *members = large ? json_indexed_members(reader->arena, count, &index)
                                        : ARENA_ARRAY(reader->arena, count, struct json_member);
    struct marked_key *keys = large ? ARENA_ARRAY(reader->scan.memory, count, struct marked_key) : NULL;
    if (members == NULL || (large && keys == NULL))
        return out_of_budget(reader);

    uint32_t at = 0;
    for (const cJSON *child = node->child; child != NULL; child = child->next, at++) {
        uint32_t mark = reader->scan.marks[reader->next_mark++];
        if (!copy_text(reader, text_from(child->string), &members[at].key))
            return false;
        if (large)
            keys[at] = (struct marked_key){.key = members[at].key, .mark = mark, .position = at};
        else if (!check_small(reader, members, at, mark))
            return false;
        if (!convert(reader, child, &members[at].value))
            return false;
    }
    *value = json_object(members, count);
    if (!large)
        return true;
    value->lookup = JSON_LOOKUP_INDEXED;
    return index_large(reader, keys, count, index);
}

static bool convert_array(struct reader *reader, const cJSON *node, struct json_value *value)
{
    size_t count = count_children(node);
    struct json_value *items = ARENA_ARRAY(reader->arena, count, struct json_value);
    if (items == NULL)
        return out_of_budget(reader);
    size_t index = 0;
    for (const cJSON *child = node->child; child != NULL; child = child->next, index++)
        if (!convert(reader, child, &items[index]))
            return false;
    *value = json_array(items, count);
    return true;
}

/* The scan has bounded the depth of this recursion. */
static bool convert(struct reader *reader, const cJSON *node, struct json_value *value)
{
    switch (node->type & 0xFF) {
    case cJSON_Object: return convert_object(reader, node, value);
    case cJSON_Array: return convert_array(reader, node, value);
    case cJSON_String:
        *value = json_string(TEXT_NONE);
        return copy_text(reader, text_from(node->valuestring), &value->string);
    case cJSON_Number: {
        *value = json_number(TEXT_NONE);
        uint32_t mark = reader->scan.marks[reader->next_mark++];
        return copy_text(reader, json_scan_number(&reader->scan, mark), &value->number);
    }
    case cJSON_True:
    case cJSON_False: *value = json_boolean((node->type & 0xFF) == cJSON_True); return true;
    default: *value = json_null(); return true;
    }
}

static enum status read_with(struct reader *reader, struct arena *memory, struct text document,
                             struct json_value *value, struct error *error)
{
    enum status status = json_scan(&reader->scan, memory, document, error);
    if (status != STATUS_OK)
        return status;
    static once_flag set_up = ONCE_FLAG_INIT;
    call_once(&set_up, library_set_up);
    library_memory = memory;
    const cJSON *root = cJSON_ParseWithLengthOpts(reader->scan.copy, document.size + 1, NULL, true);
    library_memory = NULL;
    /* The grammar was checked, so only memory can be short. */
    if (root == NULL)
        return error_budget(error);
    struct json_value converted;
    if (!convert(reader, root, &converted))
        return reader->scan.status;
    *value = converted;
    return STATUS_OK;
}

enum status json_read(struct arena *arena, struct text document, struct json_value *value, struct error *error)
{
    if (document.size > LIMIT_JSON_BYTES)
        return error_set(error, STATUS_INVALID, TEXT("1:1"), PUBLIC("the document has %zu bytes, more than %zu"),
                         document.size, LIMIT_JSON_BYTES);
    /* Enough for the copy and the library's tree of a usual document, in one block. */
    size_t usual = document.size < KIB(128) ? KIB(1) + document.size * 8 : MIB(1);
    struct arena *memory = arena_new(arena_left(arena), usual);
    if (memory == NULL)
        return error_budget(error);
    struct reader reader = {.arena = arena};
    enum status status = read_with(&reader, memory, document, value, error);
    arena_free(memory);
    return status;
}
