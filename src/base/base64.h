/* Base64 (RFC 4648). Pure; any thread. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/arena.h"

/* Standard alphabet, padded. In the arena; .data NULL past its cap. */
struct text base64_encode(struct arena *arena, struct text bytes) MUST_CHECK;

/* The most bytes that a text of this size decodes to. */
#define BASE64_BYTES_MAX(text_size_) ((text_size_) / 4 * 3 + 2)
/* Accepts either alphabet (+/ or -_); padding is optional. bytes: room for BASE64_BYTES_MAX(text.size). *size: the
   number of bytes written. False when the text is not base64; *size is then the index of the first wrong byte, or
   text.size when the text is cut short. */
bool base64_decode(struct text text, uint8_t *bytes, size_t *size) MUST_CHECK;

#endif
