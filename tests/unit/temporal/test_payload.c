#include <criterion/criterion.h>

#include "temporal/payload.h"

static Api__Payload encoded(Api__PayloadMetadataEntry *entry, Api__PayloadMetadataEntry **items, const char *encoding)
{
    *entry = (Api__PayloadMetadataEntry)API__PAYLOAD_METADATA_ENTRY__INIT;
    entry->key = proto_bytes(TEXT("encoding"));
    entry->value = proto_bytes(text_from(encoding));
    items[0] = entry;
    Api__Payload payload = API__PAYLOAD__INIT;
    payload.metadata = items;
    payload.n_metadata = 1;
    payload.data = proto_bytes(TEXT("{}"));
    return payload;
}

Test(payload, json_is_read_as_written)
{
    bool foreign = true;
    struct payload_list list;
    Api__Payloads *payloads = payload_list_json(&list, TEXT("{\"a\":1}"));
    cr_expect(text_is(payload_list_read(payloads, &foreign), "{\"a\":1}"));
    cr_expect_not(foreign);
    cr_expect_null(payload_list_json(&list, TEXT_NONE), "no text is no payload");
}

Test(payload, absent_is_empty_and_not_foreign)
{
    bool foreign = true;
    Api__Payloads none = API__PAYLOADS__INIT;
    cr_expect_eq(payload_list_read(NULL, &foreign).size, 0);
    cr_expect_not(foreign);
    foreign = true;
    cr_expect_eq(payload_list_read(&none, &foreign).size, 0);
    cr_expect_not(foreign);
}

Test(payload, other_encodings_are_foreign)
{
    static const struct {
        const char *encoding;
        bool foreign;
        size_t size;
    } cases[] = {{"json/plain", false, 2},  {"binary/null", false, 0},     {"json/protobuf", true, 0},
                 {"binary/plain", true, 0}, {"binary/encrypted", true, 0}, {"", true, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Api__PayloadMetadataEntry entry, *items[1];
        Api__Payload payload = encoded(&entry, items, cases[i].encoding);
        bool foreign = !cases[i].foreign;
        cr_expect_eq(payload_read(&payload, &foreign).size, cases[i].size, "%s", cases[i].encoding);
        cr_expect_eq(foreign, cases[i].foreign, "%s", cases[i].encoding);
    }
    bool foreign = false;
    Api__Payload bare = API__PAYLOAD__INIT;
    cr_expect_eq(payload_read(&bare, &foreign).size, 0);
    cr_expect(foreign, "a payload without an encoding is foreign");
}
