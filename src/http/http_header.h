/* Headers of requests and answers. Pure; any thread. */
#ifndef HTTP_HTTP_HEADER_H
#define HTTP_HTTP_HEADER_H

#include "base/status.h"

struct http_header {
    struct text name, value;
};

/* STATUS_INVALID: the name is no token (RFC 9110 5.6.2), or one that belongs to the connection or to what is sent:
   Host, Content-Length, Transfer-Encoding, Connection, Upgrade, Proxy-... */
enum status http_header_name_check(struct text name, struct error *error) MUST_CHECK;
/* STATUS_INVALID: the value has a line break or another control character, which could begin a header of its own; or
   both are larger than LIMIT_WEBHOOK_HEADER. The error never has the value. */
enum status http_header_value_check(struct text name, struct text value, struct error *error) MUST_CHECK;

/* NULL when no header has the name, ignoring case. */
const struct http_header *http_header_find(const struct http_header *headers, size_t count, const char *name);

/* The milliseconds that Retry-After (RFC 9110 10.2.3) asks for, as seconds or as a date: 0 for a date that has passed,
   at most LIMIT_WEBHOOK_RETRY_AFTER_S; -1 when it is neither. now_us: since 1970. */
int64_t http_retry_after_ms(struct text value, int64_t now_us);

#endif
