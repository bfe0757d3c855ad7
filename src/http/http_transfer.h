/* A libcurl handle with the connections that it keeps. One thread at a time. Internal to src/http. */
#ifndef HTTP_HTTP_TRANSFER_H
#define HTTP_HTTP_TRANSFER_H

#include "base/lease.h"
#include "http/http_client.h"
#include "http/http_url.h"

struct http_transfer {
    struct lease_item item;
    void *handle;
};

/* Opens no connection yet. NULL when out of memory. */
struct http_transfer *http_transfer_new(void) MUST_CHECK;
void http_transfer_free(struct http_transfer *transfer); /* accepts NULL */

/* Sends a request to the URL, as http_client_send does. ca_file: NULL to trust only the system's list. */
enum http_outcome http_transfer_run(struct http_transfer *transfer, const char *ca_file,
                                    const struct http_policy *policy, struct arena *arena, const struct http_url *url,
                                    const struct http_request *request, const struct wait_limit *limit,
                                    struct http_answer *answer, struct failure *why) MUST_CHECK;

#endif
