/* Hides values in a result that its handler must not reveal. */
#include "action/action.h"

struct hiding {
    const struct action_mask *mask;
    struct arena *arena;
    bool failed; /* the arena is full */
};

static struct text hide_text(struct hiding *hiding, struct text text)
{
    if (text.size == 0)
        return text;
    const struct text hidden = hiding->mask->hide(hiding->mask, hiding->arena, text);
    hiding->failed = hiding->failed || hidden.data == NULL;
    return hidden;
}

/* The value without secrets; lists and objects are copied. The JSON depth limit bounds the recursion. */
static struct json_value hide_value(struct hiding *hiding, struct json_value value);

static struct json_value hide_items(struct hiding *hiding, const struct json_value *array)
{
    const size_t count = array->array.count;
    struct json_value *items = ARENA_ARRAY(hiding->arena, count, struct json_value);
    hiding->failed = hiding->failed || items == NULL;
    for (size_t i = 0; i < count && !hiding->failed; i++)
        items[i] = hide_value(hiding, array->array.items[i]);
    return json_array(items, count);
}

static struct json_value hide_members(struct hiding *hiding, const struct json_value *object)
{
    const size_t count = object->object.count;
    struct json_member *members = ARENA_ARRAY(hiding->arena, count, struct json_member);
    hiding->failed = hiding->failed || members == NULL;
    for (size_t i = 0; i < count && !hiding->failed; i++)
        members[i] = (struct json_member){.key = hide_text(hiding, object->object.members[i].key),
                                          .value = hide_value(hiding, object->object.members[i].value)};
    return json_object(members, count);
}

static struct json_value hide_value(struct hiding *hiding, struct json_value value)
{
    switch (value.type) {
    case JSON_NULL:
    case JSON_BOOLEAN: break;
    case JSON_NUMBER: {
        const struct text hidden = hide_text(hiding, value.number);
        return text_equal(hidden, value.number) ? value : json_string(hidden);
    }
    case JSON_STRING: return json_string(hide_text(hiding, value.string));
    case JSON_ARRAY: return hide_items(hiding, &value);
    case JSON_OBJECT: return hide_members(hiding, &value);
    }
    return value;
}

bool action_mask_result(struct action_call *call, struct json_value *result)
{
    if (call->mask == NULL)
        return true;
    struct hiding hiding = {.mask = call->mask, .arena = call->arena};
    const struct json_value hidden = hide_value(&hiding, *result);
    if (hiding.failed) {
        (void)action_refuse(call, "out of the memory budget of this task");
        return false;
    }
    *result = hidden;
    return true;
}
