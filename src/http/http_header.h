/* Headers of requests and answers. Pure; any thread. */
#ifndef HTTP_HTTP_HEADER_H
#define HTTP_HTTP_HEADER_H

#include "base/status.h"

struct http_header {
    struct text name, value;
};

/* Checks the name of a header of a request. STATUS_INVALID: the name is not a token (RFC 9110 5.6.2), or the client
   itself sets the header: Host, Content-Length, Transfer-Encoding, Connection, Upgrade, Proxy-... */
enum status http_header_name_check(struct text name, struct error *error) MUST_CHECK;
/* Checks the value of a header. STATUS_INVALID: the value has a line break or another control character, which could
   begin another header, or name and value together are larger than LIMIT_WEBHOOK_HEADER. The error never contains the
   value. */
enum status http_header_value_check(struct text name, struct text value, struct error *error) MUST_CHECK;

/* Finds a header by its name, ignoring case. NULL if absent. */
const struct http_header *http_header_find(const struct http_header *headers, size_t count, const char *name);

/* Returns the time that Retry-After (RFC 9110 10.2.3) asks for, in milliseconds. The value is a number of seconds or a
   date. The result is 0 for a past date, at most LIMIT_WEBHOOK_RETRY_AFTER_S, and -1 when the value is neither. now_us:
   microseconds since 1970. */
int64_t http_retry_after_ms(struct text value, int64_t now_us);

#endif
