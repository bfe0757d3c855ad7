/* Reads and checks the config of call_webhook. */
#include "handlers/call_webhook_internal.h"

bool call_webhook_read(struct arena *arena, const struct call_webhook_config *config, struct webhook *webhook)
{
    struct http_header *headers = ARENA_ARRAY(arena, config->headers.count, struct http_header);
    for (size_t i = 0; headers != NULL && i < config->headers.count; i++)
        headers[i] =
            (struct http_header){.name = config->headers.items[i].key, .value = config->headers.items[i].value.source};
    *webhook = (struct webhook){
        .url = config->url.source,
        .method = config->method,
        .headers = headers,
        .header_count = config->headers.count,
        .body = config->body,
        .signature = config->signature,
        .timeout_s = config->timeout_seconds,
        .expected = config->expected_status_codes.items,
        .expected_count = config->expected_status_codes.count,
    };
    return headers != NULL;
}

void check_call_webhook(struct decoder *decoder, const struct call_webhook_config *config)
{
    struct webhook webhook;
    if (call_webhook_read(decoder->arena, config, &webhook))
        webhook_check(decoder, &webhook);
    else
        decode_exhausted(decoder);
}
