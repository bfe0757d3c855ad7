/* Made-up results. */
#include "rule/made_up_result.h"

#include "base/uuid.h"

/* The inputs of made-up values. */
struct maker {
    struct arena *arena;
    struct text now;
    bool full; /* the arena is full */
};

static struct json_value make_value(struct maker *maker, const struct field_type *field);

static struct json_value make_text(struct maker *maker, struct text text)
{
    maker->full = maker->full || text.data == NULL;
    return json_string(text);
}

/* The field's name serves as its text; an element of a list has no name. */
static struct text name_of(const struct field_type *field)
{
    return field->name != NULL ? text_from(field->name) : TEXT("text");
}

static struct json_value make_list(struct maker *maker, const struct field_type *of)
{
    struct json_value *item = of != NULL ? ARENA_NEW(maker->arena, struct json_value) : NULL;
    if (item == NULL) {
        maker->full = maker->full || of != NULL;
        return json_array(NULL, 0);
    }
    *item = make_value(maker, of);
    return json_array(item, 1);
}

static struct json_value make_object(struct maker *maker, const struct field_type *fields, size_t count)
{
    struct json_member *members = ARENA_ARRAY(maker->arena, count, struct json_member);
    size_t used = 0;
    maker->full = maker->full || members == NULL;
    for (size_t i = 0; i < count && !maker->full; i++)
        if (!fields[i].optional)
            members[used++] = (struct json_member){text_from(fields[i].name), make_value(maker, &fields[i])};
    return json_object(members, used);
}

static struct json_value make_value(struct maker *maker, const struct field_type *field)
{
    switch (field->kind) {
    case FIELD_ANY:
    case FIELD_SCALAR:
    case FIELD_STRING: return make_text(maker, name_of(field));
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_DECIMAL: return json_number(TEXT("1"));
    case FIELD_BOOLEAN: return json_boolean(true);
    case FIELD_UUID:
        return make_text(maker, uuid_text(maker->arena, uuid_from_name((struct uuid){{0}}, name_of(field))));
    case FIELD_TIMESTAMP: return make_text(maker, maker->now);
    case FIELD_DURATION: return make_text(maker, TEXT("1h"));
    case FIELD_ENUM: return make_text(maker, field->values != NULL ? text_from(field->values[0]) : name_of(field));
    case FIELD_LIST: return make_list(maker, field->of);
    case FIELD_MAP: return json_object(NULL, 0);
    case FIELD_OBJECT: return make_object(maker, field->fields, field->field_count);
    case FIELD_VARIANT: break; /* no result has one */
    }
    return json_null();
}

/* The key of a field of the result: its name, or what the config says. */
static struct text key_of(struct maker *maker, const struct field_type *field, const struct json_value *config)
{
    if (field->key_from == NULL)
        return text_from(field->name);
    struct text key = json_get_text(config, text_from(field->key_from));
    return arena_print(maker->arena, "%.*s%s", TEXT_ARG(key), field->suffix != NULL ? field->suffix : "");
}

/* A result often repeats a value of the config, such as the table that was written. */
static bool has_value(const struct json_value *config, const struct field_type *field, struct text key,
                      struct json_value *value)
{
    const struct json_value *found = json_get(config, key);
    bool fits = found != NULL && found->type != JSON_NULL &&
                (field->kind == FIELD_ANY || (field->kind == FIELD_STRING && found->type == JSON_STRING));
    if (fits)
        *value = *found;
    return fits;
}

bool made_up_result(struct arena *arena, const struct action_type *type, const struct json_value *config,
                    struct text now, struct json_value *result)
{
    struct maker maker = {.arena = arena, .now = arena_copy(arena, now)};
    struct json_member *members = ARENA_ARRAY(arena, type->result_field_count + 1, struct json_member);
    size_t count = 0;
    maker.full = members == NULL || maker.now.data == NULL;
    for (size_t i = 0; i < type->result_field_count && !maker.full; i++) {
        const struct field_type *field = &type->result_fields[i];
        if (field->optional)
            continue;
        struct text key = key_of(&maker, field, config);
        maker.full = key.data == NULL;
        struct json_value value;
        if (!maker.full && !has_value(config, field, key, &value))
            value = make_value(&maker, field);
        if (!maker.full)
            members[count++] = (struct json_member){key, value};
    }
    if (maker.full)
        return false;
    struct text output = type->output_count > 0 ? text_from(type->outputs[0]) : TEXT("success");
    members[count++] = (struct json_member){TEXT("output"), json_string(output)};
    *result = json_object(members, count);
    return true;
}
