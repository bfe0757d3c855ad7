/* Faults of documents that people write. */
#include "rule/case_faults.h"

#include "action/suggestion.h"
#include "base/duration.h"
#include "base/limits.h"

#define NANOSECONDS_PER_MILLISECOND 1000000

void case_fault_add(struct case_faults *faults, struct text pointer, const char *format, ...)
{
    if (faults->count == LIMIT_CASE_FAULTS) {
        faults->exhausted = true;
        return;
    }
    va_list arguments;
    va_start(arguments, format);
    struct text message = arena_vprint(faults->arena, format, arguments);
    va_end(arguments);
    if (faults->count == faults->capacity) {
        size_t capacity = faults->capacity == 0 ? 8 : faults->capacity * 2;
        struct case_fault *grown =
            arena_grow(faults->arena, faults->items, faults->capacity * sizeof *grown, capacity * sizeof *grown);
        if (grown == NULL) {
            faults->exhausted = true;
            return;
        }
        faults->items = grown;
        faults->capacity = capacity;
    }
    faults->items[faults->count++] = (struct case_fault){.pointer = pointer, .message = message};
    faults->exhausted = faults->exhausted || message.data == NULL;
}

struct text case_pointer(struct arena *arena, struct text pointer, struct text key)
{
    struct buffer buffer = buffer_in(arena, LIMIT_JSON_BYTES);
    buffer_add(&buffer, pointer);
    buffer_add_byte(&buffer, '/');
    for (size_t i = 0; i < key.size; i++) {
        if (key.data[i] == '~')
            buffer_add(&buffer, TEXT("~0"));
        else if (key.data[i] == '/')
            buffer_add(&buffer, TEXT("~1"));
        else
            buffer_add_byte(&buffer, key.data[i]);
    }
    return buffer_text(&buffer);
}

struct text case_pointer_index(struct arena *arena, struct text pointer, size_t index)
{
    return arena_print(arena, "%.*s/%zu", TEXT_ARG(pointer), index);
}

static struct text known_at(const void *names, size_t index)
{
    return text_from(((const char *const *)names)[index]);
}

static bool is_known(struct text key, const char *const *known, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_is(key, known[i]))
            return true;
    return false;
}

static struct text join(struct arena *arena, const char *const *names, size_t count)
{
    struct buffer buffer = buffer_in(arena, KIB(4));
    for (size_t i = 0; i < count; i++)
        buffer_print(&buffer, "%s%s", i > 0 ? ", " : "", names[i]);
    return buffer_text(&buffer);
}

void case_check_keys(struct case_faults *faults, const struct json_value *object, struct text pointer,
                     const char *const *known, size_t known_count)
{
    for (size_t i = 0; object->type == JSON_OBJECT && i < object->object.count; i++) {
        struct text key = object->object.members[i].key;
        if (is_known(key, known, known_count))
            continue;
        struct text nearest = suggest_nearest(key, known_at, known, known_count);
        struct text where = case_pointer(faults->arena, pointer, key);
        if (nearest.size > 0)
            case_fault_add(faults, where, "unknown key '%.*s'; did you mean '%.*s'?", TEXT_ARG(key), TEXT_ARG(nearest));
        else
            case_fault_add(faults, where, "unknown key '%.*s'; the keys are %.*s", TEXT_ARG(key),
                           TEXT_ARG(join(faults->arena, known, known_count)));
    }
}

const struct json_value *case_member(struct case_faults *faults, const struct json_value *object, struct text pointer,
                                     const char *key, enum json_type type)
{
    const struct json_value *value = json_get(object, text_from(key));
    if (value == NULL || value->type == type)
        return value;
    case_fault_add(faults, case_pointer(faults->arena, pointer, text_from(key)), "expected %s, found %s",
                   json_type_name(type), json_type_name(value->type));
    return NULL;
}

bool case_duration(struct case_faults *faults, struct text text, struct text pointer, int64_t *milliseconds)
{
    int64_t nanoseconds;
    if (!duration_parse_rule(text, &nanoseconds)) {
        case_fault_add(faults, pointer, "expected a duration such as 1h30m, 20s or 2d, found \"%.*s\"",
                       TEXT_ARG(text_cut_utf8(text, LIMIT_FAULT_VALUE)));
        return false;
    }
    *milliseconds = nanoseconds / NANOSECONDS_PER_MILLISECOND;
    if (*milliseconds <= LIMIT_ANSWER_TIME_MS)
        return true;
    case_fault_add(faults, pointer, "expected at most ten years, found \"%.*s\"", TEXT_ARG(text));
    return false;
}
