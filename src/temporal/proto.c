/* Checks, unpacks and packs messages. */
#include "temporal/proto.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct cursor {
    const uint8_t *start, *at, *end;
};

static bool read_varint(struct cursor *cursor, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && cursor->at < cursor->end; shift += 7) {
        uint8_t byte = *cursor->at++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return true;
    }
    return false;
}

static enum status fault_at(const struct cursor *cursor, enum status status, const char *what, struct error *error)
{
    (void)error_set(error, status, TEXT_NONE, PUBLIC("protobuf: %s at byte %zu"), what,
                    (size_t)(cursor->at - cursor->start));
    return status;
}

/* Reads a tag, and the number of bytes of the value after it. *inner: the type of a value that is a known message, or
   NULL. */
static bool read_field(struct cursor *cursor, const ProtobufCMessageDescriptor *type, uint64_t *size,
                       const ProtobufCMessageDescriptor **inner)
{
    uint64_t tag;
    *inner = NULL;
    if (!read_varint(cursor, &tag) || tag > UINT32_MAX || tag >> 3 == 0)
        return false;
    switch (tag & 7) {
    case WIRE_VARINT: *size = 0; return read_varint(cursor, &tag);
    case WIRE_FIXED64: *size = 8; return true;
    case WIRE_FIXED32: *size = 4; return true;
    case WIRE_BYTES: break;
    default: return false;
    }
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(type, (unsigned)(tag >> 3));
    if (field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE)
        *inner = field->descriptor;
    return read_varint(cursor, size);
}

enum status proto_check(const ProtobufCMessageDescriptor *type, struct text bytes, struct error *error)
{
    struct {
        const ProtobufCMessageDescriptor *type;
        const uint8_t *end;
    } outer[LIMIT_PROTO_DEPTH];
    size_t depth = 0;
    if (bytes.size == 0)
        return STATUS_OK;
    const uint8_t *start = (const uint8_t *)bytes.data;
    struct cursor cursor = {.start = start, .at = start, .end = start + bytes.size};
    if (bytes.size > LIMIT_PROTO_BYTES)
        return fault_at(&cursor, STATUS_BUDGET, "the message is too large", error);
    for (;;) {
        while (cursor.at == cursor.end) {
            if (depth == 0)
                return STATUS_OK;
            depth--;
            type = outer[depth].type;
            cursor.end = outer[depth].end;
        }
        uint64_t size;
        const ProtobufCMessageDescriptor *inner;
        if (!read_field(&cursor, type, &size, &inner))
            return fault_at(&cursor, STATUS_INVALID, "a field is broken", error);
        if (size > (uint64_t)(cursor.end - cursor.at))
            return fault_at(&cursor, STATUS_INVALID, "a field is longer than what holds it", error);
        if (inner == NULL) {
            cursor.at += size;
            continue;
        }
        /* The outermost message is level 1 itself. */
        if (depth + 1 >= LIMIT_PROTO_DEPTH)
            return fault_at(&cursor, STATUS_BUDGET, "messages are nested too deep", error);
        outer[depth].type = type;
        outer[depth].end = cursor.end;
        depth++;
        type = inner;
        cursor.end = cursor.at + size;
    }
}

struct arena_allocator {
    struct arena *arena;
    bool full;
};

static void *allocate(void *userdata, size_t size)
{
    struct arena_allocator *allocator = userdata;
    void *memory = arena_alloc(allocator->arena, size, _Alignof(int64_t));
    if (memory == NULL)
        allocator->full = true;
    return memory;
}

static void leave_to_arena(void *userdata, void *memory)
{
    (void)userdata;
    (void)memory;
}

enum status proto_unpack(const ProtobufCMessageDescriptor *type, struct text bytes, struct arena *arena,
                         const void **message, struct error *error)
{
    enum status status = proto_check(type, bytes, error);
    if (status != STATUS_OK)
        return status;
    struct arena_allocator memory = {.arena = arena};
    ProtobufCAllocator allocator = {.alloc = allocate, .free = leave_to_arena, .allocator_data = &memory};
    *message = protobuf_c_message_unpack(type, &allocator, bytes.size, (const uint8_t *)bytes.data);
    if (*message != NULL)
        return STATUS_OK;
    if (memory.full)
        return error_budget(error);
    return error_set(error, STATUS_INVALID, TEXT_NONE, "protobuf: a field has a wrong type");
}

/* Larger fields do not name anything. */
#define NAME_BYTES KIB(16)

static bool is_name(const ProtobufCMessageDescriptor *inner)
{
    return inner == NULL || inner == &api__workflow_execution__descriptor || inner == &api__workflow_type__descriptor ||
           inner == &api__activity_type__descriptor;
}

struct text proto_names(const ProtobufCMessageDescriptor *type, struct text bytes)
{
    const uint8_t *start = (const uint8_t *)bytes.data;
    struct cursor cursor = {.start = start, .at = start, .end = start + bytes.size};
    uint8_t *names = NULL;
    size_t filled = 0;
    while (cursor.at < cursor.end) {
        const uint8_t *field = cursor.at;
        uint64_t size;
        const ProtobufCMessageDescriptor *inner;
        if (!read_field(&cursor, type, &size, &inner) || size > (uint64_t)(cursor.end - cursor.at))
            break;
        cursor.at += size;
        size_t whole = (size_t)(cursor.at - field);
        if (!is_name(inner) || whole > NAME_BYTES || filled + whole > 8 * NAME_BYTES)
            continue;
        if (names == NULL && (names = malloc(8 * NAME_BYTES)) == NULL)
            break;
        memcpy(names + filled, field, whole);
        filled += whole;
    }
    return (struct text){.data = (const char *)names, .size = filled};
}

struct text proto_pack(const ProtobufCMessage *message, struct arena *arena)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    char *bytes = arena_alloc(arena, size, 1);
    if (bytes == NULL)
        return TEXT_NONE;
    return (struct text){.data = bytes, .size = protobuf_c_message_pack(message, (uint8_t *)bytes)};
}

ProtobufCBinaryData proto_string(struct arena *arena, struct text text, size_t limit)
{
    text = text_cut_utf8(text, limit);
    if (text_is_utf8(text))
        return proto_bytes(text);
    struct text copy = arena_copy(arena, text);
    if (copy.data == NULL)
        return proto_bytes(TEXT_NONE);
    for (size_t at = 0; at < copy.size;) {
        size_t width = 1;
        while (width <= 4 && at + width <= copy.size && !text_is_utf8(text_slice(copy, at, width)))
            width++;
        if (width <= 4 && at + width <= copy.size) {
            at += width;
            continue;
        }
        ((char *)(uintptr_t)copy.data)[at++] = '?';
    }
    return proto_bytes(copy);
}

Api__Duration proto_duration(int64_t milliseconds)
{
    Api__Duration duration = API__DURATION__INIT;
    duration.seconds = milliseconds / 1000;
    duration.nanos = (int32_t)(milliseconds % 1000) * 1000000;
    return duration;
}

/* seconds + nanos in units of 1/per_second s. */
static int64_t in_units(int64_t seconds, int32_t nanos, int64_t per_second)
{
    int64_t whole, sum;
    if (__builtin_mul_overflow(seconds, per_second, &whole) ||
        __builtin_add_overflow(whole, nanos / (1000000000 / per_second), &sum))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

int64_t proto_milliseconds(const Api__Duration *duration)
{
    return duration == NULL ? 0 : in_units(duration->seconds, duration->nanos, 1000);
}

Api__Timestamp proto_timestamp(int64_t us)
{
    Api__Timestamp timestamp = API__TIMESTAMP__INIT;
    timestamp.seconds = us / 1000000;
    timestamp.nanos = (int32_t)(us % 1000000) * 1000;
    return timestamp;
}

int64_t proto_microseconds(const Api__Timestamp *timestamp)
{
    return timestamp == NULL ? 0 : in_units(timestamp->seconds, timestamp->nanos, 1000000);
}

int64_t proto_elapsed_us(const Api__Timestamp *from, const Api__Timestamp *to)
{
    int64_t elapsed;
    if (__builtin_sub_overflow(proto_microseconds(to), proto_microseconds(from), &elapsed))
        return proto_microseconds(to) < 0 ? INT64_MIN : INT64_MAX;
    return elapsed;
}
