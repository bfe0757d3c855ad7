/* Packs and unpacks protobuf messages in arenas, and the small values in them. Bytes from the wire are checked before
   protobuf-c unpacks them, since it recurses as deeply as the bytes demand. Pure; any thread. */
#ifndef TEMPORAL_PROTO_H
#define TEMPORAL_PROTO_H

#include "base/arena.h"
#include "temporal_api.pb-c.h"

/* Checks the structure of a message: tags, lengths, at most LIMIT_PROTO_DEPTH nested messages, and at most
   LIMIT_PROTO_BYTES. STATUS_INVALID or, over a bound, STATUS_BUDGET; error.message names the byte. */
enum status proto_check(const ProtobufCMessageDescriptor *type, struct text bytes, struct error *error) MUST_CHECK;

/* Checks and unpacks. The message and all that it points to live in the arena. STATUS_INVALID; STATUS_BUDGET: over a
   bound, or the arena is full. */
enum status proto_unpack(const ProtobufCMessageDescriptor *type, struct text bytes, struct arena *arena,
                         const void **message, struct error *error) MUST_CHECK;

/* For a response that cannot be unpacked: the wire form of the same message with only its small fields and those that
   name a workflow, a workflow type or an activity type. It is on the heap and freed by the caller; .data NULL when the
   bytes are malformed. */
struct text proto_names(const ProtobufCMessageDescriptor *type, struct text bytes) MUST_CHECK;

/* The wire form in the arena; .data NULL when the arena is full. */
struct text proto_pack(const ProtobufCMessage *message, struct arena *arena) MUST_CHECK;

/* Views. Strings of the API are bytes fields here (see codegen/protos.py). */
static inline struct text proto_text(ProtobufCBinaryData bytes)
{
    return (struct text){.data = (const char *)bytes.data, .size = bytes.len};
}

static inline ProtobufCBinaryData proto_bytes(struct text text)
{
    return (ProtobufCBinaryData){.len = text.size, .data = (uint8_t *)(uintptr_t)text.data};
}

/* Text for a field that the server requires to be UTF-8: cut at limit bytes between characters, and with '?' for each
   invalid byte. A view when the text needs no change, else in the arena; empty when the arena is full. */
ProtobufCBinaryData proto_string(struct arena *arena, struct text text, size_t limit);

/* When reading, NULL is 0, and a value out of range becomes the nearest int64. */
Api__Duration proto_duration(int64_t milliseconds);
int64_t proto_milliseconds(const Api__Duration *duration);
/* Microseconds since 1970, by the same rules. */
Api__Timestamp proto_timestamp(int64_t us);
/* Microseconds from one timestamp to the other; the nearest int64 when out of range. */
int64_t proto_elapsed_us(const Api__Timestamp *from, const Api__Timestamp *to);
int64_t proto_microseconds(const Api__Timestamp *timestamp);

#endif
