/* Reads messages of Temporal's API from their JSON form (protojson), with the fields that tables name. Included only in
   src/temporal. Pure; any thread. */
#ifndef TEMPORAL_PROTO_JSON_H
#define TEMPORAL_PROTO_JSON_H

#include <stddef.h>

#include "base/json.h"
#include "temporal/proto.h"

enum proto_field_kind {
    FIELD_TEXT,
    FIELD_BYTES, /* base64 */
    FIELD_NUMBER,
    FIELD_NUMBER_32,
    FIELD_FLAG,
    FIELD_DURATION, /* "1.5s" */
    FIELD_MESSAGE,
    FIELD_LIST, /* of messages */
    FIELD_MAP,  /* of messages that have a key and a value */
    FIELD_ENUM, /* the name of a value in the field's table; another name leaves 0 */
    FIELD_CASE, /* its presence sets the case of a oneof; its content is ignored */
};

struct proto_message;

struct proto_enum_value {
    const char *name; /* NULL at the end of a table */
    int32_t value;
};

struct proto_field {
    const char *key; /* in JSON */
    size_t offset;   /* in the struct */
    enum proto_field_kind kind;
    const struct proto_message *message; /* of MESSAGE, LIST, MAP */
    int oneof_case;
    const struct proto_enum_value *values; /* of ENUM */
};

struct proto_message {
    const ProtobufCMessageDescriptor *descriptor;
    const struct proto_field *fields;
    size_t count;
};

#define FIELD(kind_, key_, type_, member_)                                                                             \
    {                                                                                                                  \
        .key = (key_), .offset = offsetof(Api__##type_, member_), .kind = (kind_)                                      \
    }
#define PART(kind_, key_, type_, member_, message_)                                                                    \
    {                                                                                                                  \
        .key = (key_), .offset = offsetof(Api__##type_, member_), .kind = (kind_), .message = &(message_)              \
    }
#define ENUM(key_, type_, member_, values_)                                                                            \
    {                                                                                                                  \
        .key = (key_), .offset = offsetof(Api__##type_, member_), .kind = FIELD_ENUM, .values = (values_)              \
    }
#define MESSAGE(descriptor_, fields_)                                                                                  \
    {                                                                                                                  \
        .descriptor = &(descriptor_), .fields = (fields_), .count = sizeof(fields_) / sizeof *(fields_)                \
    }

/* Reads a message into the arena, with the fields that the table names. Other members are ignored, and null counts as
   absent. STATUS_INVALID: error.message begins with the keys that lead to the fault. STATUS_BUDGET: the arena is
   full. */
enum status proto_json_read(struct arena *arena, const struct proto_message *described, const struct json_value *value,
                            void **message, struct error *error) MUST_CHECK;
/* Reads a 64-bit integer, written as a number or as a string. False: it is neither. */
bool proto_json_number(const struct json_value *value, int64_t *number);

#endif
