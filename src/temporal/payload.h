/* Payloads of encoding json/plain, the only one that we write. Pure; any thread. */
#ifndef TEMPORAL_PAYLOAD_H
#define TEMPORAL_PAYLOAD_H

#include "temporal/proto.h"

/* A message field of the kind `Payloads` that holds one payload. It points into itself: fill it where it stays. */
struct payload_list {
    Api__Payload payload;
    Api__Payload *items[1];
    Api__Payloads list;
};

/* The text is not copied. */
Api__Payload payload_json(struct text json);
/* The list to put into a field; NULL, which means no payload, when there is no text. */
Api__Payloads *payload_list_json(struct payload_list *list, struct text json);

/* The JSON text of the payload: a view; empty when there is none, when it is binary/null, and when it is *foreign, of
   another encoding. NULL is no payload. */
struct text payload_read(const Api__Payload *payload, bool *foreign);
/* The first of a list. */
struct text payload_list_read(const Api__Payloads *list, bool *foreign);

#endif
