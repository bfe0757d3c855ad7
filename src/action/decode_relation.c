/* Checks the rules that relate fields of an object. */
#include "action/decode.h"
#include "action/decode_internal.h"
#include "base/date.h"
#include "base/decimal.h"
#include "base/duration.h"
#include "base/limits.h"

static bool is_empty(const struct json_value *value)
{
    return (value->type == JSON_STRING && value->string.size == 0) ||
           (value->type == JSON_ARRAY && value->array.count == 0) ||
           (value->type == JSON_OBJECT && value->object.count == 0);
}

static bool is_given(const struct json_value *object, const struct decode_rule *rule)
{
    const struct json_value *value = decode_find(object, rule);
    return value != NULL && !is_empty(value);
}

/* The first of the others that is given (given true) or not given (false); NULL if absent. */
static const struct decode_rule *first_other(const struct decode_relation *relation, const struct json_value *object,
                                             bool given)
{
    for (const struct decode_rule *const *other = relation->others; *other != NULL; other++)
        if (is_given(object, *other) == given)
            return *other;
    return NULL;
}

static void report_none(struct decoder *decoder, const struct decode_path *path, const struct decode_relation *relation)
{
    struct buffer listed = buffer_in(decoder->faults->arena, LIMIT_FAULT_TEXT);
    for (size_t i = 0; relation->others[i] != NULL; i++)
        buffer_print(&listed, "%s%s", i == 0 ? "" : ", ", relation->others[i]->key);
    decode_fault_at(decoder, path, relation->text, PUBLIC(": one of %.*s is required"), TEXT_ARG(buffer_text(&listed)));
}

/* The text of a value, or the default when there is no value; .data NULL when there is neither. */
static struct text operand(const struct json_value *object, const struct decode_rule *rule, const char *otherwise)
{
    const struct json_value *value = decode_find(object, rule);
    if (value == NULL)
        return text_from(otherwise);
    if (value->type == JSON_NUMBER)
        return value->number;
    return value->type == JSON_STRING ? value->string : TEXT_NONE;
}

/* Also false when one of them is not a value of that kind, which is reported separately. */
static bool is_greater(const struct decode_relation *relation, struct text left, struct text right)
{
    int64_t first, second;
    switch (relation->values) {
    case RELATION_NUMBERS:
        left = text_trim(left), right = text_trim(right);
        return decimal_is(left) && decimal_is(right) && decimal_compare(left, right) > 0;
    case RELATION_TIMESTAMPS:
        return date_read_rfc3339(left, &first) && date_read_rfc3339(right, &second) && first > second;
    case RELATION_DURATIONS:
        return duration_parse_ms(left, &first) && duration_parse_ms(right, &second) && first > second;
    }
    return false;
}

static void compare(struct decoder *decoder, const struct decode_path *path, const struct json_value *object,
                    const struct decode_relation *relation)
{
    const struct decode_rule *other = relation->others[0];
    const struct decode_path at = {.parent = path, .key = relation->field->key};
    const struct text left = operand(object, relation->field, relation->field_default),
                      right = operand(object, other, relation->other_default);
    if (left.data != NULL && right.data != NULL && is_greater(relation, left, right))
        decode_fault_at(decoder, &at, relation->text, PUBLIC(": must be at most %s") ", found %.*s and %.*s",
                        other->key, TEXT_ARG(decode_shown(decoder, left)), TEXT_ARG(decode_shown(decoder, right)));
}

/* Reports a field that must, or must not, be given because of another field. */
static void follow(struct decoder *decoder, const struct decode_path *path, const struct json_value *object,
                   const struct decode_relation *relation)
{
    const bool excludes = relation->kind == RELATION_EXCLUDES;
    const struct decode_rule *other =
        is_given(object, relation->field) ? first_other(relation, object, excludes) : NULL;
    if (other == NULL)
        return;
    const struct decode_path at = {.parent = path, .key = other->key};
    decode_fault_at(decoder, &at, relation->text, PUBLIC("%s where %s is given"),
                    excludes ? ": must be absent" : " is required", relation->field->key);
}

void decode_relations(struct decoder *decoder, const struct decode_path *path, const struct json_value *object,
                      const struct decode_relation *relations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct decode_relation *relation = &relations[i];
        if (relation->check_only && !decoder->checking)
            continue;
        switch (relation->kind) {
        case RELATION_REQUIRES:
        case RELATION_EXCLUDES: follow(decoder, path, object, relation); break;
        case RELATION_AT_LEAST_ONE_OF:
            if (first_other(relation, object, true) == NULL)
                report_none(decoder, path, relation);
            break;
        case RELATION_COMPARE: compare(decoder, path, object, relation); break;
        }
    }
}
