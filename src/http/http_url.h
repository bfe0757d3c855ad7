/* The URL of a request. libcurl reads it once; the same reading is checked here and requested, so that no two readers
   can differ about its host. Any thread. Internal to the http room, but for http_url_check and http_url_host. */
#ifndef HTTP_HTTP_URL_H
#define HTTP_HTTP_URL_H

#include "base/arena.h"
#include "http/http_policy.h"

struct http_url {
    void *handle;     /* libcurl's CURLU */
    struct text host; /* in small letters, a number as an address; in the arena */
    bool listed;      /* the policy lists the host */
};

/* Reads a complete URL. STATUS_INVALID: it is no URL of https (or of http to a listed host, where the policy allows
   that), has a user, or is larger than LIMIT_WEBHOOK_URL. The error has nothing of the URL but its scheme. Free with
   http_url_free. */
enum status http_url_read(struct arena *arena, struct text text, const struct http_policy *policy, struct http_url *url,
                          struct error *error) MUST_CHECK;
void http_url_free(struct http_url *url);

/* Checks one that may still hold templates: they must stand behind the host. error->arena must be set. */
enum status http_url_check(struct text text, const struct http_policy *policy, struct error *error) MUST_CHECK;
/* The same, and the host of such a URL, as in struct http_url. */
enum status http_url_host(struct arena *arena, struct text text, const struct http_policy *policy, struct text *host,
                          struct error *error) MUST_CHECK;

#endif
