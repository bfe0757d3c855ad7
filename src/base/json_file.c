/* json_read_file: the scan checks the grammar, then cJSON builds a tree, which is converted to values here. */
#include <cjson/cJSON.h>
#include <string.h>
#include <threads.h>

#include "base/json.h"
#include "base/json_keys.h"
#include "base/limits.h"

/* cJSON has one allocator for the whole process. This one allocates in the scratch arena of the document that the
   thread is reading, so that the tree counts against the budget and is freed as a whole. */
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
    size_t next_place;
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

static bool convert_object(struct reader *reader, const cJSON *node, struct json_value *value)
{
    size_t count = count_children(node);
    struct json_member *members = json_keys_members(reader->arena, count);
    struct json_key *keys = ARENA_ARRAY(reader->scan.memory, count, struct json_key);
    if (members == NULL || keys == NULL)
        return out_of_budget(reader);

    uint32_t index = 0;
    for (const cJSON *child = node->child; child != NULL; child = child->next, index++) {
        keys[index].position = index;
        keys[index].place = reader->scan.notes[reader->next_place++];
        if (!copy_text(reader, text_from(child->string), &members[index].key) ||
            !convert(reader, child, &members[index].value))
            return false;
        keys[index].key = members[index].key;
    }
    *value = json_object(members, count);
    return json_keys_index(&reader->scan, keys, value);
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

/* The number as written in the document. */
static struct text number_at(const struct reader *reader, size_t place)
{
    struct text document = reader->scan.document;
    size_t end = place;
    while (end < document.size && document.data[end] != '\0' && strchr("+-.0123456789eE", document.data[end]) != NULL)
        end++;
    return text_slice(document, place, end - place);
}

/* The scan limits the depth of this recursion. */
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
        return copy_text(reader, number_at(reader, reader->scan.notes[reader->next_place++]), &value->number);
    }
    case cJSON_True:
    case cJSON_False: *value = json_boolean((node->type & 0xFF) == cJSON_True); return true;
    default: *value = json_null(); return true;
    }
}

static enum status read_with(struct reader *reader, struct arena *memory, struct text document,
                             struct json_value *value, struct error *error)
{
    enum status status = json_scan(&reader->scan, JSON_SCAN_PLACES, memory, document, error);
    if (status != STATUS_OK)
        return status;
    static once_flag set_up = ONCE_FLAG_INIT;
    call_once(&set_up, library_set_up);
    library_memory = memory;
    const cJSON *root = cJSON_ParseWithLengthOpts(reader->scan.copy, document.size + 1, NULL, true);
    library_memory = NULL;
    /* The grammar has been checked, so the cause can only be memory. */
    if (root == NULL)
        return error_budget(error);
    struct json_value converted;
    if (!convert(reader, root, &converted))
        return reader->scan.status;
    *value = converted;
    return STATUS_OK;
}

enum status json_read_file(struct arena *arena, struct text document, struct json_value *value, struct error *error)
{
    if (document.size > LIMIT_JSON_BYTES)
        return error_set(error, STATUS_INVALID, TEXT("1:1"), PUBLIC("the document has %zu bytes, more than %zu"),
                         document.size, LIMIT_JSON_BYTES);
    /* Enough for the copy and the tree of a typical document, in one block. */
    size_t usual = document.size < KIB(128) ? KIB(1) + document.size * 8 : MIB(1);
    struct arena *memory = arena_new(arena_left(arena), usual);
    if (memory == NULL)
        return error_budget(error);
    struct reader reader = {.arena = arena};
    enum status status = read_with(&reader, memory, document, value, error);
    arena_free(memory);
    return status;
}
