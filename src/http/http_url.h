/* The URL of a request. libcurl parses it once, and the parsed URL is both checked here and requested, so that two
   parsers cannot disagree about its host. Any thread. Internal to src/http, except http_url_check and http_url_host. */
#ifndef HTTP_HTTP_URL_H
#define HTTP_HTTP_URL_H

#include "base/arena.h"
#include "http/http_policy.h"

struct http_url {
    void *handle;     /* libcurl's CURLU */
    struct text host; /* in lower case; a number is written as an address; in the arena */
    bool listed;      /* the policy lists the host */
};

/* Reads a complete URL. STATUS_INVALID: it is not an https URL (or an http URL to a listed host, if the policy allows
   that), it has a user, or it is larger than LIMIT_WEBHOOK_URL. The error contains nothing of the URL but its scheme.
   Free with http_url_free. */
enum status http_url_read(struct arena *arena, struct text text, const struct http_policy *policy, struct http_url *url,
                          struct error *error) MUST_CHECK;
void http_url_free(struct http_url *url);

/* Checks a URL that may still hold templates, which must come after the host. error->arena must be set. */
enum status http_url_check(struct text text, const struct http_policy *policy, struct error *error) MUST_CHECK;
/* The same, and returns the host of the URL, as in struct http_url. */
enum status http_url_host(struct arena *arena, struct text text, const struct http_policy *policy, struct text *host,
                          struct error *error) MUST_CHECK;

#endif
