/* A webhook: one request of a rule to a web service. What the rule wrote becomes a request: templates and secrets are
   filled in, headers checked, the key added by which the server knows a repeat; and its answer becomes the outcome of
   the action. Any thread. */
#ifndef HTTP_WEBHOOK_H
#define HTTP_WEBHOOK_H

#include "action/decode.h"
#include "http/http_client.h"

/* As the rule has it: url, values of headers and body may hold templates, url and values also {{secret:NAME}}. */
struct webhook {
    struct text url;
    struct text method;                /* in any case; empty: POST */
    const struct http_header *headers; /* of their names templates are no part */
    size_t header_count;
    struct text body;
    const struct json_value *json; /* instead of the body: sent as it is, without templates; may be NULL */
    struct text signature;         /* name of the secret that signs the body; empty: it is not signed */
    int64_t timeout_s;             /* 0 or less: 30 */
    const int64_t *expected;
    size_t expected_count; /* 0: 200, 201, 202, 204 */
};

/* Adds every fault that can be seen before templates are filled in, at the config's keys (/url, /headers, ...). */
void webhook_check(struct decoder *decoder, const struct webhook *webhook);

enum webhook_verdict {
    WEBHOOK_EXPECTED,
    WEBHOOK_CLIENT_ERROR, /* a status from 400 */
    WEBHOOK_SERVER_ERROR, /* from 500 */
    WEBHOOK_UNEXPECTED,   /* any other status */
    WEBHOOK_TIMEOUT,      /* no answer in time: the request may have been done */
};

struct webhook_answer {
    enum webhook_verdict verdict;
    int64_t status;                 /* 0 for WEBHOOK_TIMEOUT */
    struct text body, content_type; /* UTF-8, without secrets */
    bool body_truncated;
};

/* Sends it. DONE: the answer is filled in. RETRY: no answer, or a status by which a server asks for another attempt
   (408, 425, 429, 500, 502, 503, 504) that is not expected, while attempts are left; after the time that Retry-After
   names. REFUSED: it cannot be sent, or what came back cannot be read. A secret is sent only where it may go. */
enum action_outcome webhook_send(struct action_call *call, struct http_client *client, const struct webhook *webhook,
                                 struct webhook_answer *answer) MUST_CHECK;

#endif
