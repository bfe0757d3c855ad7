/* Signatures of request bodies. */
#ifndef HTTP_HTTP_SIGNATURE_H
#define HTTP_HTTP_SIGNATURE_H

#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

/* Makes the hexadecimal HMAC-SHA256 of "<seconds>.<body>", NUL-terminated, with `value` as the key. False when
   libcrypto fails. Any thread. */
enum { HTTP_SIGNATURE_TEXT = 65 };
bool http_signature_make(struct text value, int64_t seconds, struct text body,
                         char signature[HTTP_SIGNATURE_TEXT]) MUST_CHECK;

#endif
