/* Writes and reads payloads. */
#include "temporal/payload.h"

#define METADATA_KEY "encoding"

static Api__PayloadMetadataEntry json_plain = {
    .base = PROTOBUF_C_MESSAGE_INIT(&api__payload_metadata_entry__descriptor),
    .key = {.len = sizeof METADATA_KEY - 1, .data = (uint8_t *)METADATA_KEY},
    .value = {.len = sizeof "json/plain" - 1, .data = (uint8_t *)"json/plain"},
};
static Api__PayloadMetadataEntry *json_plain_metadata[] = {&json_plain};

Api__Payload payload_json(struct text json)
{
    Api__Payload payload = API__PAYLOAD__INIT;
    payload.metadata = json_plain_metadata;
    payload.n_metadata = 1;
    payload.data = proto_bytes(json);
    return payload;
}

Api__Payloads *payload_list_json(struct payload_list *list, struct text json)
{
    if (json.size == 0)
        return NULL;
    list->payload = payload_json(json);
    list->items[0] = &list->payload;
    list->list = (Api__Payloads)API__PAYLOADS__INIT;
    list->list.payloads = list->items;
    list->list.n_payloads = 1;
    return &list->list;
}

static struct text encoding_of(const Api__Payload *payload)
{
    struct text encoding = TEXT_NONE;
    for (size_t i = 0; i < payload->n_metadata; i++) {
        if (text_is(proto_text(payload->metadata[i]->key), METADATA_KEY))
            encoding = proto_text(payload->metadata[i]->value);
    }
    return encoding;
}

struct text payload_read(const Api__Payload *payload, bool *foreign)
{
    *foreign = false;
    if (payload == NULL)
        return TEXT_NONE;
    struct text encoding = encoding_of(payload);
    if (text_is(encoding, "json/plain"))
        return proto_text(payload->data);
    *foreign = !text_is(encoding, "binary/null");
    return TEXT_NONE;
}

struct text payload_list_read(const Api__Payloads *list, bool *foreign)
{
    return payload_read(list != NULL && list->n_payloads > 0 ? list->payloads[0] : NULL, foreign);
}

bool payload_is_encrypted(const Api__Payload *payload)
{
    return payload != NULL && text_is(encoding_of(payload), PAYLOAD_ENCRYPTED);
}

bool payload_list_is_encrypted(const Api__Payloads *list)
{
    return list != NULL && list->n_payloads > 0 && payload_is_encrypted(list->payloads[0]);
}

struct text payload_without_keys(void)
{
    return TEXT("a payload is encrypted, and this worker has no keys: ICHOR_PAYLOAD_KEYS");
}
