/* Checks a config along the types of its fields: unknown keys, templates and the types of their values, conditions. */
#include "action/template_syntax.h"
#include "check/check_internal.h"

static void report_unknown_key(struct checker *checker, const struct check_path *path, const struct field_type *fields,
                               size_t count, struct text key)
{
    struct text nearest = TEXT_NONE;
    size_t nearest_distance = key.size / 3 + 2;
    for (size_t i = 0; i < count; i++) {
        size_t distance = text_distance(key, text_from(fields[i].name));
        if (distance < nearest_distance) {
            nearest_distance = distance;
            nearest = text_from(fields[i].name);
        }
    }
    check_fault_add(checker->faults, CHECK_WARNING, "unknown_key", path, 0, "unknown key '%.*s' has no effect%.*s",
                    TEXT_ARG(key), TEXT_ARG(check_advice(checker->scratch, nearest)));
}

/* ---- templates ---- */

/* Reports a template that never gives a value that the field accepts. The decoder reports absent and empty values. */
static void check_result(struct checker *checker, const struct field_type *field, const struct check_path *path,
                         const struct value_shape *shape)
{
    unsigned wanted = check_readable_forms(field->kind), forms = shape->forms & ~(unsigned)SHAPE_NOTHING;
    if (wanted == 0 || forms == 0 || forms == SHAPE_OPEN || (forms & wanted) != 0)
        return;
    check_fault_add(checker->faults, CHECK_ERROR, "template_type", path, 1, "expected %s, and the template gives %.*s",
                    check_kind_name(field->kind), TEXT_ARG(shape_describe(checker->scratch, forms)));
}

/* Reports a template in a field whose texts are not expanded. */
static void check_plain_text(struct checker *checker, const struct field_type *field, const struct check_path *path,
                             struct text source)
{
    struct template_placeholder placeholder;
    struct checked_text text = {.path = path, .source = source};
    size_t from = 0;
    do {
        if (!template_next(source, from, &placeholder))
            return;
        from = placeholder.end;
    } while (check_is_late_name(field, text_trim(placeholder.inner)));
    CHECK_PART(checker, &text, text_slice(source, placeholder.start, source.size), CHECK_ERROR, "no_template",
               "templates are not expanded in this key: {{%.*s}} is kept as text",
               TEXT_ARG(text_cut_utf8(text_trim(placeholder.inner), 80)));
}

static void check_text(struct checker *checker, const struct field_type *field, const struct check_path *path,
                       struct text source)
{
    struct value_shape whole;
    if (field->text == FIELD_TEXT_PLAIN) {
        check_plain_text(checker, field, path, source);
        return;
    }
    check_template(checker, field, path, source, &whole);
    check_result(checker, field, path, &whole);
}

/* Checks every text in a value whose parts have no types of their own. */
static void check_texts(struct checker *checker, const struct field_type *field, const struct check_path *path,
                        const struct json_value *value)
{
    if (value->type == JSON_STRING)
        check_text(checker, field, path, value->string);
    for (size_t i = 0; value->type == JSON_ARRAY && i < value->array.count; i++) {
        const struct check_path place = {.parent = path, .index = i};
        check_texts(checker, field, &place, &value->array.items[i]);
    }
    for (size_t i = 0; value->type == JSON_OBJECT && i < value->object.count; i++) {
        const struct check_path place = {.parent = path, .key = value->object.members[i].key};
        check_texts(checker, field, &place, &value->object.members[i].value);
    }
}

/* ---- fields ---- */

static void check_object(struct checker *checker, const struct check_path *path, const struct field_type *type,
                         struct text tag, const struct json_value *object);

/* Checks the fields of the variant that the tag names. The decoder reports faults of the tag. */
static void check_variant(struct checker *checker, const struct field_type *field, const struct check_path *path,
                          const struct json_value *value)
{
    const struct json_value *tag = json_get_lenient(value, text_from(field->tag));
    for (size_t i = 0; tag != NULL && tag->type == JSON_STRING && i < field->field_count; i++)
        if (text_is(tag->string, field->fields[i].name))
            check_object(checker, path, &field->fields[i], text_from(field->tag), value);
}

static void check_field(struct checker *checker, const struct field_type *field, const struct check_path *path,
                        const struct json_value *value)
{
    if (field->of != NULL) {
        for (size_t i = 0; value->type == JSON_ARRAY && i < value->array.count; i++) {
            const struct check_path place = {.parent = path, .index = i};
            check_field(checker, field->of, &place, &value->array.items[i]);
        }
        for (size_t i = 0; value->type == JSON_OBJECT && i < value->object.count; i++) {
            const struct check_path place = {.parent = path, .key = value->object.members[i].key};
            check_field(checker, field->of, &place, &value->object.members[i].value);
        }
    } else if (field->kind == FIELD_VARIANT) {
        check_variant(checker, field, path, value);
    } else if (field->fields != NULL) {
        check_object(checker, path, field, TEXT_NONE, value);
    } else if (field->text != FIELD_TEXT_CONTEXT_KEY) {
        check_texts(checker, field, path, value);
    }
}

/* Checks the members of an object with these fields; the tag of a variant is not among the fields. */
static void check_object(struct checker *checker, const struct check_path *path, const struct field_type *type,
                         struct text tag, const struct json_value *object)
{
    for (size_t i = 0; object->type == JSON_OBJECT && i < object->object.count; i++) {
        const struct json_member *member = &object->object.members[i];
        const struct check_path place = {.parent = path, .key = member->key};
        const struct field_type *field = check_find_field(type->fields, type->field_count, member->key);
        if (field == NULL && tag.data != NULL && text_equal_ignoring_case(member->key, tag))
            continue;
        if (field == NULL)
            report_unknown_key(checker, &place, type->fields, type->field_count, member->key);
        else if (field->text == FIELD_TEXT_CONTEXT_KEY)
            check_condition(checker, path, object, &member->value, member->key);
        else
            check_field(checker, field, &place, &member->value);
    }
}

void check_config(struct checker *checker, const struct check_path *path, const struct json_value *config)
{
    const struct action_type *type = checker->scope->types[checker->action];
    const struct field_type whole = {
        .kind = FIELD_OBJECT, .fields = type->config_fields, .field_count = type->config_field_count};
    if (whole.field_count > 0)
        check_object(checker, path, &whole, TEXT_NONE, config);
    check_columns(checker, path, config);
    check_needed_names(checker, path, config);
}
