/* Conditions on any two values are consistent: equality is symmetric, order is strict, negations negate. */
#include <stdlib.h>

#include "action/condition.h"
#include "base/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition)
        abort();
}

/* Values are made from the bytes, so that most inputs are worth comparing. */
struct source {
    struct arena *arena;
    const uint8_t *data;
    size_t size;
};

static unsigned take(struct source *source, unsigned bound)
{
    if (source->size == 0)
        return 0;
    source->size--;
    return *source->data++ % bound;
}

static struct text take_text(struct source *source, const char *alphabet, unsigned letters)
{
    unsigned count = take(source, 24);
    char *text = arena_alloc(source->arena, count + 1U, 1);
    check(text != NULL);
    for (unsigned i = 0; i < count; i++)
        text[i] = alphabet[take(source, letters)];
    return (struct text){.data = text, .size = count};
}

static struct json_value take_number(struct source *source)
{
    struct text text = take_text(source, "0123456789.-+eE", 15);
    struct json_value value;
    if (json_read(source->arena, text, &value, NULL) == STATUS_OK && value.type == JSON_NUMBER)
        return value;
    return json_integer(source->arena, (int64_t)take(source, 256) - 128);
}

static struct json_value take_value(struct source *source, unsigned depth)
{
    switch (take(source, depth == 0 ? 5 : 7)) {
    case 0: return json_null();
    case 1: return json_boolean(take(source, 2) == 1);
    case 2: return take_number(source);
    case 3: return json_string(take_text(source, "0123456789.-+eE", 15));
    case 4: return json_string(take_text(source, "ab []:<>nilmap5.", 16));
    case 5: {
        unsigned count = take(source, 5);
        struct json_value *items = ARENA_ARRAY(source->arena, count, struct json_value);
        check(items != NULL);
        for (unsigned i = 0; i < count; i++)
            items[i] = take_value(source, depth - 1);
        return json_array(items, count);
    }
    default: {
        static const char *const keys[] = {"b", "a", "ab", ""};
        unsigned count = take(source, 5);
        struct json_member *members = ARENA_ARRAY(source->arena, count, struct json_member);
        check(members != NULL);
        for (unsigned i = 0; i < count; i++)
            members[i] = (struct json_member){text_from(keys[i]), take_value(source, depth - 1)};
        return json_object(members, count);
    }
    }
}

/* Evaluates a condition on an update that changed the field `f` from `previous` to `current`. */
static bool holds(struct arena *arena, const struct json_value *current, enum condition_operator operator,
                  const struct json_value * value, const struct json_value *previous)
{
    const struct json_member change[] = {{TEXT("old_value"), *previous}, {TEXT("new_value"), *current}};
    const struct json_member field = {TEXT("f"), json_object(change, 2)};
    const struct json_member members[] = {{TEXT("event_type"), json_string(TEXT("on_update"))},
                                          {TEXT("field_changes"), json_object(&field, 1)}};
    const struct json_value context = json_object(members, 2);
    const struct condition condition = {TEXT("f"), operator, * value, *value};
    bool result;
    check(condition_holds(arena, &condition, &context, &result) == STATUS_OK);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(64), 0);
    struct source source = {.arena = arena, .data = data, .size = size};
    const struct json_value a = take_value(&source, 3), b = take_value(&source, 3);
    const struct json_value list = json_array((const struct json_value[]){json_string(TEXT("other")), b}, 2);

    bool equal = holds(arena, &a, CONDITION_EQUALS, &b, &a);
    check(equal == holds(arena, &b, CONDITION_EQUALS, &a, &a));
    check(equal != holds(arena, &a, CONDITION_NOT_EQUALS, &b, &a));
    check(holds(arena, &a, CONDITION_EQUALS, &a, &a));

    bool greater = holds(arena, &a, CONDITION_GREATER_THAN, &b, &a);
    bool less = holds(arena, &a, CONDITION_LESS_THAN, &b, &a);
    check(greater == holds(arena, &b, CONDITION_LESS_THAN, &a, &a));
    check(less == holds(arena, &b, CONDITION_GREATER_THAN, &a, &a));
    check(!(greater && less) && !(equal && (greater || less)));

    check(!equal || holds(arena, &a, CONDITION_IN, &list, &a));
    check(equal || !holds(arena, &a, CONDITION_IN, &list, &a) ||
          holds(arena, &a, CONDITION_EQUALS, &list.array.items[0], &a));
    check(holds(arena, &a, CONDITION_IS_NULL, &b, &a) != holds(arena, &a, CONDITION_IS_NOT_NULL, &b, &a));
    check(holds(arena, &a, CONDITION_CHANGED_FROM, &b, &b));
    check(equal == holds(arena, &b, CONDITION_CHANGED_FROM, &b, &a));
    check(!holds(arena, &a, CONDITION_CHANGED_TO, &b, &b));
    check(!holds(arena, &a, CONDITION_UNKNOWN, &b, &a));
    arena_free(arena);
    return 0;
}
