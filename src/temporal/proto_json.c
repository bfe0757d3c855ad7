/* Reads the JSON form of messages by their tables. */
#include "temporal/proto_json.h"

#include "base/base64.h"
#include "base/duration.h"

/* ---- single values ---- */

static enum status wrong_type(struct error *error, const char *expected, const struct json_value *found)
{
    return error_set(error, STATUS_INVALID, TEXT_NONE, "expected %s, found %s", expected, json_type_name(found->type));
}

static enum status read_base64(struct arena *arena, struct text text, ProtobufCBinaryData *bytes, struct error *error)
{
    bytes->data = arena_alloc(arena, BASE64_BYTES_MAX(text.size), 1);
    if (bytes->data == NULL)
        return error_budget(error);
    if (base64_decode(text, bytes->data, &bytes->len))
        return STATUS_OK;
    return bytes->len == text.size
               ? error_set(error, STATUS_INVALID, TEXT_NONE, "expected base64, found one that is cut short")
               : error_set(error, STATUS_INVALID, TEXT_NONE, "expected base64, found something else at byte %zu",
                           bytes->len);
}

bool proto_json_number(const struct json_value *value, int64_t *number)
{
    return value->type == JSON_STRING ? text_to_int64(value->string, number) : json_to_int64(value, number);
}

/* "3600s", "0.250s": seconds are the only unit. */
static bool read_duration(struct text text, Api__Duration *duration)
{
    int64_t nanoseconds;
    for (size_t i = 0; i + 1 < text.size; i++)
        if (text.data[i] >= 'A')
            return false;
    if (!text_ends(text, TEXT("s")) || !duration_parse(text, &nanoseconds))
        return false;
    duration->seconds = nanoseconds / 1000000000;
    duration->nanos = (int32_t)(nanoseconds % 1000000000);
    return true;
}

static enum status read_number_32(const struct json_value *value, int32_t *number, struct error *error)
{
    int64_t wide;
    if (!proto_json_number(value, &wide) || wide < INT32_MIN || wide > INT32_MAX)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "expected a whole number of 32 bits");
    *number = (int32_t)wide;
    return STATUS_OK;
}

/* ---- messages ---- */

static void *new_message(struct arena *arena, const struct proto_message *described)
{
    ProtobufCMessage *message = arena_alloc(arena, described->descriptor->sizeof_message, _Alignof(max_align_t));
    if (message != NULL)
        message->descriptor = described->descriptor;
    return message;
}

/* protobuf-c keeps the count of a repeated field right before its pointer. */
static enum status new_list(struct arena *arena, void *to, size_t count, void ***items, struct error *error)
{
    *items = ARENA_ARRAY(arena, count, void *);
    if (*items == NULL)
        return error_budget(error);
    *((size_t *)to - 1) = count;
    *(void ***)to = *items;
    return STATUS_OK;
}

static enum status read_list(struct arena *arena, const struct proto_field *field, const struct json_value *value,
                             void *to, struct error *error)
{
    if (value->type != JSON_ARRAY)
        return wrong_type(error, "array", value);
    void **items;
    enum status status = new_list(arena, to, value->array.count, &items, error);
    for (size_t i = 0; i < value->array.count && status == STATUS_OK; i++)
        status = proto_json_read(arena, field->message, &value->array.items[i], &items[i], error);
    return status;
}

static enum status read_map(struct arena *arena, const struct proto_field *field, const struct json_value *value,
                            void *to, struct error *error)
{
    if (value->type != JSON_OBJECT)
        return wrong_type(error, "object", value);
    void **items;
    enum status status = new_list(arena, to, value->object.count, &items, error);
    for (size_t i = 0; i < value->object.count && status == STATUS_OK; i++) {
        const struct json_member *member = &value->object.members[i];
        struct json_member entry[] = {{TEXT("key"), json_string(member->key)}, {TEXT("value"), member->value}};
        struct json_value object = json_object(entry, 2);
        status = proto_json_read(arena, field->message, &object, &items[i], error);
    }
    return status;
}

static enum status read_text(struct arena *arena, const struct proto_field *field, struct text text, void *to,
                             struct error *error)
{
    if (field->kind == FIELD_BYTES)
        return read_base64(arena, text, to, error);
    if (field->kind == FIELD_TEXT) {
        *(ProtobufCBinaryData *)to = proto_bytes(text);
        return STATUS_OK;
    }
    static const struct proto_message described = {.descriptor = &api__duration__descriptor};
    Api__Duration *duration = new_message(arena, &described);
    if (duration == NULL)
        return error_budget(error);
    *(Api__Duration **)to = duration;
    return read_duration(text, duration) ? STATUS_OK
                                         : error_set(error, STATUS_INVALID, TEXT_NONE,
                                                     "expected seconds, such as 1.5s, found '%.*s'", TEXT_ARG(text));
}

static void read_enum(const struct proto_enum_value *values, struct text name, int32_t *to)
{
    for (size_t i = 0; values[i].name != NULL; i++) {
        if (text_is(name, values[i].name))
            *to = values[i].value;
    }
}

static enum status read_field(struct arena *arena, const struct proto_field *field, const struct json_value *value,
                              void *to, struct error *error)
{
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_BYTES:
    case FIELD_DURATION:
        return value->type == JSON_STRING ? read_text(arena, field, value->string, to, error)
                                          : wrong_type(error, "string", value);
    case FIELD_NUMBER:
        return proto_json_number(value, to)
                   ? STATUS_OK
                   : error_set(error, STATUS_INVALID, TEXT_NONE, "expected a whole number of 64 bits");
    case FIELD_NUMBER_32: return read_number_32(value, to, error);
    case FIELD_FLAG:
        if (value->type != JSON_BOOLEAN)
            return wrong_type(error, "boolean", value);
        *(protobuf_c_boolean *)to = value->boolean;
        return STATUS_OK;
    case FIELD_ENUM:
        if (value->type != JSON_STRING)
            return wrong_type(error, "string", value);
        read_enum(field->values, value->string, to);
        return STATUS_OK;
    case FIELD_MESSAGE: return proto_json_read(arena, field->message, value, to, error);
    case FIELD_LIST: return read_list(arena, field, value, to, error);
    case FIELD_MAP: return read_map(arena, field, value, to, error);
    case FIELD_CASE: *(int *)to = field->oneof_case; return STATUS_OK;
    }
    return STATUS_OK;
}

enum status proto_json_read(struct arena *arena, const struct proto_message *described, const struct json_value *value,
                            void **message, struct error *error)
{
    if (value->type != JSON_OBJECT)
        return wrong_type(error, "object", value);
    *message = new_message(arena, described);
    if (*message == NULL)
        return error_budget(error);
    for (size_t i = 0; i < described->count; i++) {
        const struct proto_field *field = &described->fields[i];
        const struct json_value *member = json_get(value, text_from(field->key));
        if (member == NULL || member->type == JSON_NULL)
            continue;
        enum status status = read_field(arena, field, member, (char *)*message + field->offset, error);
        if (status != STATUS_OK) {
            (void)error_prefix(error, "%s", field->key);
            return status;
        }
    }
    return STATUS_OK;
}
