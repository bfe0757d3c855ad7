/* Base64 (RFC 4648). Pure; any thread. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/arena.h"

/* Standard alphabet, padded; in the arena, .data NULL past its cap. */
struct text base64_encode(struct arena *arena, struct text bytes) MUST_CHECK;

/* Bytes that a text of this size decodes to, at most. */
#define BASE64_BYTES_MAX(text_size_) ((text_size_) / 4 * 3 + 2)
/* Either alphabet (+/ or -_); padding may be left out. bytes: room for BASE64_BYTES_MAX(text.size). *size: the bytes
   written; when the text is not base64: the index of the first wrong byte, or text.size when it is cut short. */
bool base64_decode(struct text text, uint8_t *bytes, size_t *size) MUST_CHECK;

#endif
