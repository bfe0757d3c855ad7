/* One of libcurl's handles, with the connections that it keeps. One thread at a time. Internal to the http room. */
#ifndef HTTP_HTTP_TRANSFER_H
#define HTTP_HTTP_TRANSFER_H

#include "base/lease.h"
#include "http/http_client.h"
#include "http/http_url.h"

struct http_transfer {
    struct lease_item item;
    void *handle;
};

/* Opens nothing yet. NULL when out of memory. */
struct http_transfer *http_transfer_new(void) MUST_CHECK;
void http_transfer_free(struct http_transfer *transfer); /* accepts NULL */

/* Sends a request to its URL, as http_client_send. ca_file: NULL for the system's list alone. */
enum http_outcome http_transfer_run(struct http_transfer *transfer, const char *ca_file,
                                    const struct http_policy *policy, struct arena *arena, const struct http_url *url,
                                    const struct http_request *request, const struct wait_limit *limit,
                                    struct http_answer *answer, struct failure *why) MUST_CHECK;

#endif
