/* Finds fields of configs, and the forms of values that they accept. */
#include "check/check_internal.h"

static bool has_key(const struct field_type *field, struct text key)
{
    if (text_equal_ignoring_case(key, text_from(field->name)))
        return true;
    for (const char *const *alias = field->aliases; alias != NULL && *alias != NULL; alias++)
        if (text_equal_ignoring_case(key, text_from(*alias)))
            return true;
    return false;
}

const struct field_type *check_find_field(const struct field_type *fields, size_t count, struct text key)
{
    for (size_t i = 0; i < count; i++)
        if (has_key(&fields[i], key))
            return &fields[i];
    return NULL;
}

unsigned check_readable_forms(enum field_kind kind)
{
    switch (kind) {
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_DECIMAL: return SHAPE_NUMERIC;
    case FIELD_BOOLEAN: return SHAPE_BOOLEAN | SHAPE_WORDS;
    case FIELD_UUID:
    case FIELD_DURATION: return SHAPE_WORDS;
    case FIELD_TIMESTAMP: return SHAPE_DATE;
    case FIELD_ENUM: return SHAPE_TEXT;
    default: return 0;
    }
}

const char *check_kind_name(enum field_kind kind)
{
    switch (kind) {
    case FIELD_INTEGER: return "an integer";
    case FIELD_NUMBER:
    case FIELD_DECIMAL: return "a number";
    case FIELD_BOOLEAN: return "true or false";
    case FIELD_UUID: return "a UUID";
    case FIELD_DURATION: return "a duration";
    case FIELD_TIMESTAMP: return "a timestamp";
    default: return "one of certain texts";
    }
}
