/* Differences between what a case expects and what the run gives. */
#include "rule/case_differences.h"

#include "base/decimal.h"
#include "base/limits.h"
#include "rule/case_faults.h"

void case_difference_add(struct case_differences *differences, struct text pointer, struct text expected,
                         struct text got)
{
    if (differences->count == LIMIT_CASE_DIFFERENCES) {
        differences->exhausted = true;
        return;
    }
    if (differences->count == differences->capacity) {
        size_t capacity = differences->capacity == 0 ? 4 : differences->capacity * 2;
        struct case_difference *grown = arena_grow(differences->arena, differences->items,
                                                   differences->capacity * sizeof *grown, capacity * sizeof *grown);
        if (grown == NULL) {
            differences->failed = true;
            return;
        }
        differences->items = grown;
        differences->capacity = capacity;
    }
    struct text kept = got.data != NULL ? arena_copy(differences->arena, got) : TEXT_NONE;
    if (pointer.data == NULL || expected.data == NULL || kept.data == NULL)
        differences->failed = true;
    differences->items[differences->count++] =
        (struct case_difference){.pointer = pointer, .expected = expected, .got = kept};
}

static void differ(struct case_differences *differences, struct text pointer, const struct json_value *expected,
                   const struct json_value *got)
{
    struct arena *arena = differences->arena;
    case_difference_add(differences, pointer, json_to_text(arena, expected),
                        got != NULL ? json_to_text(arena, got) : TEXT("nothing"));
}

static void compare_objects(struct case_differences *differences, struct text pointer,
                            const struct json_value *expected, const struct json_value *got)
{
    for (size_t i = 0; i < expected->object.count; i++) {
        const struct json_member *member = &expected->object.members[i];
        case_differences_find(differences, case_pointer(differences->arena, pointer, member->key), &member->value,
                              json_get(got, member->key));
    }
}

static void compare_lists(struct case_differences *differences, struct text pointer, const struct json_value *expected,
                          const struct json_value *got)
{
    if (expected->array.count != got->array.count) {
        differ(differences, pointer, expected, got);
        return;
    }
    for (size_t i = 0; i < expected->array.count; i++)
        case_differences_find(differences, case_pointer_index(differences->arena, pointer, i),
                              &expected->array.items[i], &got->array.items[i]);
}

void case_differences_find(struct case_differences *differences, struct text pointer, const struct json_value *expected,
                           const struct json_value *got)
{
    bool same = got != NULL && expected->type == got->type;
    if (same && expected->type == JSON_OBJECT)
        compare_objects(differences, pointer, expected, got);
    else if (same && expected->type == JSON_ARRAY)
        compare_lists(differences, pointer, expected, got);
    else if (same && expected->type == JSON_NUMBER && decimal_compare(expected->number, got->number) == 0)
        return;
    else if (!same || !json_equal(expected, got))
        differ(differences, pointer, expected, got);
}
