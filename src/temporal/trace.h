/* The W3C trace context that the interceptors of the SDKs pass from caller to callee: the header _tracer-data, a JSON
   object with traceparent 00-<trace id>-<span id>-<flags>. Pure; any thread. */
#ifndef TEMPORAL_TRACE_H
#define TEMPORAL_TRACE_H

#include "temporal/proto.h"

/* The JSON of the header, a view. Empty if it is absent or over LIMIT_TRACE. */
struct text trace_read(const Api__Header *header);

/* A field of type Header with a trace context. It points into itself, so it must not be moved once it is filled. */
struct trace_header {
    Api__Header header;
    Api__HeaderFieldsEntry entry;
    Api__HeaderFieldsEntry *entries[1];
    Api__Payload payload;
};
/* Fills the header and returns the value of the field; NULL (no header) for an empty trace. The text is not copied. */
Api__Header *trace_write(struct trace_header *header, struct text trace);

/* The trace id, 32 hexadecimal digits, in the arena; empty when the trace has none. */
struct text trace_id(struct arena *arena, struct text trace);

#endif
