/* Writes and reads numbers of failures. */
#include "temporal/failure_count.h"

#include "base/json.h"

#define HEADER "workflow-worker-attempts"

Api__HeaderFieldsEntry *granted_failures_write(struct granted_failures *to, struct arena *arena, int32_t count)
{
    struct text json = arena_print(arena, "%d", (int)count);
    to->payload = payload_json(json);
    to->entry = (Api__HeaderFieldsEntry)API__HEADER_FIELDS_ENTRY__INIT;
    to->entry.key = proto_bytes(TEXT(HEADER));
    to->entry.value = &to->payload;
    return json.data != NULL ? &to->entry : NULL;
}

unsigned granted_failures_read(const Api__Header *header)
{
    for (size_t i = 0; header != NULL && i < header->n_fields; i++) {
        bool foreign;
        int64_t count;
        if (!text_is(proto_text(header->fields[i]->key), HEADER))
            continue;
        if (text_to_int64(payload_read(header->fields[i]->value, &foreign), &count) && count > 0 && count <= INT32_MAX)
            return (unsigned)count;
    }
    return 0;
}

bool failure_count_write(struct payload_list *list, struct arena *arena, unsigned failures, Api__Payloads **details)
{
    *details = NULL;
    if (failures == 0)
        return true;
    struct text json = arena_print(arena, "{\"failures\":%u}", failures);
    *details = payload_list_json(list, json);
    return json.data != NULL;
}

unsigned failure_count_read(const Api__Payloads *details, unsigned earlier_attempts, struct arena *arena)
{
    bool foreign;
    int64_t failures;
    struct json_value json;
    struct text text = payload_list_read(details, &foreign);
    if (text.size == 0 && !foreign)
        return 0;
    if (foreign || json_read(arena, text, &json, NULL) != STATUS_OK)
        return earlier_attempts;
    const struct json_value *value = json_get(&json, TEXT("failures"));
    if (value == NULL || !json_to_int64(value, &failures) || failures < 0 || failures > earlier_attempts)
        return earlier_attempts;
    return (unsigned)failures;
}
