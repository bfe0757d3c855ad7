/* Secrets for requests, from the setting ICHOR_WEBHOOK_SECRETS: a line NAME=value each. They are filled in for
   {{secret.NAME}} in the last step before a request is sent, so that they are in no history, log, result or error. */
#ifndef HTTP_HTTP_SECRETS_H
#define HTTP_HTTP_SECRETS_H

#include "base/arena.h"
#include "base/status.h"

struct http_secrets;

/* Empty lines and those that begin with # are skipped. STATUS_INVALID: the error has the line's number and never what
   it holds. Free with http_secrets_free. */
enum status http_secrets_read(struct text lines, struct http_secrets **secrets, struct error *error) MUST_CHECK;
void http_secrets_free(struct http_secrets *secrets); /* accepts NULL; overwrites the values */

/* False when there is no secret of that name. A view. Any thread, as all below. */
bool http_secrets_find(const struct http_secrets *secrets, struct text name, struct text *value);
/* The first {{secret.NAME}} of a text: where it begins and ends, and the name. False when there is none. */
bool http_secret_next(struct text text, size_t *begin, size_t *end, struct text *name);
/* Bytes of the longest value. */
size_t http_secrets_longest(const struct http_secrets *secrets);
/* Without the beginning of a secret at its end, where a text that was cut may have one. A view. */
struct text http_secrets_trim(const struct http_secrets *secrets, struct text text);
/* The text with [secret] in place of each value, as a server may send back what it was sent. In the arena, or shared;
   .data NULL past its cap. */
struct text http_secrets_hide(const struct http_secrets *secrets, struct arena *arena, struct text text) MUST_CHECK;

/* The hexadecimal HMAC-SHA256 of "<seconds>.<body>", NUL-terminated, with the value as the key. False when libcrypto
   fails. */
enum { HTTP_SIGNATURE_TEXT = 65 };
bool http_secret_sign(struct text value, int64_t seconds, struct text body,
                      char signature[HTTP_SIGNATURE_TEXT]) MUST_CHECK;

#endif
