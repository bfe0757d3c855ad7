/* W3C trace context as the interceptors of the SDKs hand it on: the header _tracer-data, a JSON object whose traceparent
   is 00-<trace id>-<span id>-<flags>. Pure; any thread. */
#ifndef TEMPORAL_TRACE_H
#define TEMPORAL_TRACE_H

#include "temporal/proto.h"

/* The JSON: a view; empty when there is none, or none that is to be handed on (LIMIT_TRACE). */
struct text trace_read(const Api__Header *header);

/* A message field of the kind `Header` with that. It points into itself: fill it where it stays. */
struct trace_header {
    Api__Header header;
    Api__HeaderFieldsEntry entry;
    Api__HeaderFieldsEntry *entries[1];
    Api__Payload payload;
};
/* What to put into a field; NULL, which means no header, when the trace is empty. The text is not copied. */
Api__Header *trace_write(struct trace_header *header, struct text trace);

/* The trace id, 32 hexadecimal digits; empty when the trace has none. In the arena. */
struct text trace_id(struct arena *arena, struct text trace);

#endif
