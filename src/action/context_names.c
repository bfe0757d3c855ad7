/* Collects the names that a config refers to. */
#include "action/context_names.h"

#include <stdlib.h>

#include "action/reference.h"
#include "action/template.h"

/* The names found so far, with duplicates. */
struct gathering {
    struct arena *arena;
    struct text *items;
    size_t count, capacity;
    bool failed;
};

static void gather(void *userdata, struct text name)
{
    struct gathering *names = userdata;
    if (names->count == names->capacity && !names->failed) {
        size_t capacity = names->capacity == 0 ? 8 : names->capacity * 2;
        struct text *items = names->capacity == 0
                                 ? ARENA_ARRAY(names->arena, capacity, struct text)
                                 : arena_grow(names->arena, names->items, names->capacity * sizeof *names->items,
                                              capacity * sizeof *names->items);
        names->failed = items == NULL;
        if (!names->failed) {
            names->items = items;
            names->capacity = capacity;
        }
    }
    if (!names->failed)
        names->items[names->count++] = name;
}

static enum status gather_templates(void *userdata, const struct json_value *value)
{
    struct gathering *names = userdata;
    if (value->type == JSON_STRING)
        template_variables(value->string, gather, names);
    for (size_t i = 0; value->type == JSON_ARRAY && i < value->array.count; i++)
        (void)gather_templates(names, &value->array.items[i]);
    for (size_t i = 0; value->type == JSON_OBJECT && i < value->object.count; i++)
        (void)gather_templates(names, &value->object.members[i].value);
    return names->failed ? STATUS_BUDGET : STATUS_OK;
}

static enum status gather_key(void *userdata, const struct json_value *value)
{
    struct gathering *names = userdata;
    if (value->type == JSON_STRING && value->string.size > 0)
        gather(names, value->string);
    return names->failed ? STATUS_BUDGET : STATUS_OK;
}

static int name_order(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

static size_t sort_unique(struct text *items, size_t count)
{
    if (count == 0)
        return 0;
    qsort(items, count, sizeof *items, name_order);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++)
        if (!text_equal(items[i], items[kept - 1]))
            items[kept++] = items[i];
    return kept;
}

enum status context_names(struct arena *arena, const struct action_type *type, const struct json_value *config,
                          struct text_list *names, struct error *error)
{
    struct gathering gathering = {.arena = arena};
    for (size_t i = 0; i < type->reference_count; i++) {
        const struct action_reference *reference = &type->references[i];
        enum status status =
            reference_visit(config, text_from(reference->path),
                            reference->kind == REFERENCE_CONTEXT_KEY ? gather_key : gather_templates, &gathering);
        if (status != STATUS_OK)
            return error_budget(error);
    }
    for (size_t i = 0; i < type->context_name_count; i++)
        gather(&gathering, text_from(type->context_names[i]));
    if (gathering.failed)
        return error_budget(error);
    *names = (struct text_list){.items = gathering.items, .count = sort_unique(gathering.items, gathering.count)};
    return STATUS_OK;
}
