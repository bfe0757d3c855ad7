/* Payloads of the encoding json/plain, the only one that this worker writes. Pure; any thread. */
#ifndef TEMPORAL_PAYLOAD_H
#define TEMPORAL_PAYLOAD_H

#include "temporal/proto.h"

/* A field of type Payloads with one payload. It points into itself: fill it where it stays. */
struct payload_list {
    Api__Payload payload;
    Api__Payload *items[1];
    Api__Payloads list;
};

/* The text is not copied. */
Api__Payload payload_json(struct text json);
/* Fills the list and returns the value of the field; NULL (no payload) for an empty text. The text is not copied. */
Api__Payloads *payload_list_json(struct payload_list *list, struct text json);

/* The JSON text of a payload, a view. Empty for NULL, for binary/null, and for any other encoding, for which *foreign
   is set. */
struct text payload_read(const Api__Payload *payload, bool *foreign);
/* Likewise of the first payload in a list; NULL and an empty list have none. */
struct text payload_list_read(const Api__Payloads *list, bool *foreign);

#endif
