/* Protobuf in and out of arenas. Bytes from the wire are checked before protobuf-c unpacks them: it recurses as deep as
   they tell it to. Pure; any thread. */
#ifndef TEMPORAL_PROTO_H
#define TEMPORAL_PROTO_H

#include "base/arena.h"
#include "temporal_api.pb-c.h"

/* Is this a message of that type as far as its structure goes: tags, lengths, and messages in messages no deeper than
   LIMIT_PROTO_DEPTH, LIMIT_PROTO_BYTES in all? STATUS_INVALID or STATUS_BUDGET; the message names the byte. */
enum status proto_check(const ProtobufCMessageDescriptor *type, struct text bytes, struct error *error) MUST_CHECK;

/* Checks and unpacks: *message and all it points to live in the arena; nothing is to be freed. STATUS_INVALID,
   STATUS_BUDGET (also: the arena is full). */
enum status proto_unpack(const ProtobufCMessageDescriptor *type, struct text bytes, struct arena *arena,
                         const void **message, struct error *error) MUST_CHECK;

/* The wire form in the arena; .data NULL when the arena is full. */
struct text proto_pack(const ProtobufCMessage *message, struct arena *arena) MUST_CHECK;

/* Views. The API's strings are bytes here too (codegen/protos.py). */
static inline struct text proto_text(ProtobufCBinaryData bytes)
{
    return (struct text){.data = (const char *)bytes.data, .size = bytes.len};
}

static inline ProtobufCBinaryData proto_bytes(struct text text)
{
    return (ProtobufCBinaryData){.len = text.size, .data = (uint8_t *)(uintptr_t)text.data};
}

/* Text for a field that the server will have as valid UTF-8: what is not becomes '?', and it is cut at `limit` bytes.
   A view when it is in order as it stands; empty when the arena is full. */
ProtobufCBinaryData proto_string(struct arena *arena, struct text text, size_t limit);

/* Milliseconds; an absent one is 0, and what does not fit is cut to the int64 limits. */
Api__Duration proto_duration(int64_t milliseconds);
int64_t proto_milliseconds(const Api__Duration *duration);
/* Microseconds since 1970; an absent one is 0. */
Api__Timestamp proto_timestamp(int64_t us);
int64_t proto_microseconds(const Api__Timestamp *timestamp);

#endif
