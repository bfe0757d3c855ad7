/* Reads and writes the header of a trace context. */
#include "temporal/trace.h"

#include "base/json.h"
#include "base/limits.h"
#include "temporal/payload.h"

#define HEADER   "_tracer-data"
#define ID_START 3 /* after the version */
#define ID_SIZE  32

struct text trace_read(const Api__Header *header)
{
    for (size_t i = 0; header != NULL && i < header->n_fields; i++) {
        if (!text_is(proto_text(header->fields[i]->key), HEADER))
            continue;
        bool foreign;
        struct text trace = payload_read(header->fields[i]->value, &foreign);
        return trace.size <= LIMIT_TRACE ? trace : TEXT_NONE;
    }
    return TEXT_NONE;
}

Api__Header *trace_write(struct trace_header *header, struct text trace)
{
    if (trace.size == 0)
        return NULL;
    header->payload = payload_json(trace);
    header->entry = (Api__HeaderFieldsEntry)API__HEADER_FIELDS_ENTRY__INIT;
    header->entry.key = proto_bytes(TEXT(HEADER));
    header->entry.value = &header->payload;
    header->entries[0] = &header->entry;
    header->header = (Api__Header)API__HEADER__INIT;
    header->header.fields = header->entries;
    header->header.n_fields = 1;
    return &header->header;
}

static bool is_hex(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f');
}

struct text trace_id(struct arena *arena, struct text trace)
{
    struct json_value json;
    struct error error = ERROR_IN(arena);
    if (trace.size == 0 || json_read(arena, trace, &json, &error) != STATUS_OK)
        return TEXT_NONE;
    struct text parent = json_get_text(&json, TEXT("traceparent"));
    struct text id = text_slice(parent, ID_START, ID_SIZE);
    if (id.size != ID_SIZE || parent.size <= ID_START + ID_SIZE || parent.data[ID_START + ID_SIZE] != '-')
        return TEXT_NONE;
    for (size_t i = 0; i < ID_SIZE; i++) {
        if (!is_hex(id.data[i]))
            return TEXT_NONE;
    }
    return id;
}
