/* A webhook: one request of a rule to a web service. The request is made from the rule: templates and secrets are
   filled in, headers are checked, and a key is added by which the server recognizes a repeated request. The answer
   decides the outcome of the action. Any thread. */
#ifndef HTTP_WEBHOOK_H
#define HTTP_WEBHOOK_H

#include "action/decode.h"
#include "http/http_client.h"

/* The webhook as the rule defines it. The URL, the values of headers and the body may hold templates; the URL and the
   values may also hold {{secret:NAME}}. */
struct webhook {
    struct text url;
    struct text method;                /* in any case; empty: POST */
    const struct http_header *headers; /* their names may not hold templates */
    size_t header_count;
    struct text body;
    const struct json_value *json; /* replaces the body: sent unchanged, without templates; may be NULL */
    struct text signature;         /* name of the secret that signs the body; empty: no signature */
    int64_t timeout_s;             /* 0 or less: 30 */
    const int64_t *expected;
    size_t expected_count; /* 0: 200, 201, 202, 204 */
};

/* Adds every fault that is visible before templates are filled in, at the config's keys (/url, /headers, ...). */
void webhook_check(struct decoder *decoder, const struct webhook *webhook);

enum webhook_verdict {
    WEBHOOK_EXPECTED,
    WEBHOOK_CLIENT_ERROR, /* another status from 400 to 499 */
    WEBHOOK_SERVER_ERROR, /* another status from 500 on */
    WEBHOOK_UNEXPECTED,   /* any other status */
    WEBHOOK_TIMEOUT,      /* no answer in time: the server may have acted on the request */
};

struct webhook_answer {
    enum webhook_verdict verdict;
    int64_t status;                 /* 0 for WEBHOOK_TIMEOUT */
    struct text body, content_type; /* UTF-8, without secrets */
    bool body_truncated;
};

/* Sends the webhook. DONE: the answer is filled in. RETRY, after the time that Retry-After names: attempts are left,
   and there was no answer or an unexpected status by which a server asks for another attempt (408, 425, 429, 500, 502,
   503, 504). REFUSED: the webhook cannot be sent, or the answer cannot be read. A secret is sent only to hosts that may
   receive it. */
enum action_outcome webhook_send(struct action_call *call, struct http_client *client, const struct webhook *webhook,
                                 struct webhook_answer *answer) MUST_CHECK;

#endif
