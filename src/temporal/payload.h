/* Payloads of the encoding json/plain, the only one that this worker writes. Pure; any thread. */
#ifndef TEMPORAL_PAYLOAD_H
#define TEMPORAL_PAYLOAD_H

#include "temporal/proto.h"

/* The encoding of encrypted payloads, see temporal/codec.h. */
#define PAYLOAD_ENCRYPTED "binary/encrypted"

/* A field of type Payloads with one payload. It points into itself, so it must not be moved once it is filled. */
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
/* The same for the first payload in a list. Empty for NULL and for an empty list. */
struct text payload_list_read(const Api__Payloads *list, bool *foreign);

/* Whether the payload is encrypted; false for NULL. After codec_decrypt only a worker without keys sees such
   payloads. */
bool payload_is_encrypted(const Api__Payload *payload);
bool payload_list_is_encrypted(const Api__Payloads *list);
/* Why a worker without any key cannot read such a payload. */
struct text payload_without_keys(void);

#endif
