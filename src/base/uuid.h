/* UUIDs. Pure except for uuid_random; any thread. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/arena.h"
#include "base/text.h"

struct uuid {
    uint8_t bytes[16];
};

#define UUID_TEXT_SIZE 36

/* Accepts the forms of Go's google/uuid: 8-4-4-4-12, the same after "urn:uuid:" or in braces, or 32 hex digits. */
bool uuid_parse(struct text text, struct uuid *uuid);
/* Why a text that uuid_parse rejects is not a UUID, in the words of the ERP: "invalid UUID length: 9". In the arena or
   static; .data NULL past the arena's cap. */
struct text uuid_fault(struct arena *arena, struct text text) MUST_CHECK;
/* Lower case 8-4-4-4-12, NUL-terminated. */
void uuid_format(struct uuid uuid, char out[UUID_TEXT_SIZE + 1]);
/* Likewise, in the arena; .data NULL past its cap. */
struct text uuid_text(struct arena *arena, struct uuid uuid) MUST_CHECK;
bool uuid_is_nil(struct uuid uuid);
bool uuid_equal(struct uuid a, struct uuid b);
int uuid_compare(struct uuid a, struct uuid b); /* bytewise; <0, 0, >0 */
/* RFC 9562 version 5: the UUID of a name in a namespace, the same on every machine. Aborts when libcrypto has no SHA-1
   or no memory. */
struct uuid uuid_from_name(struct uuid space, struct text name);
/* Version 4, from base/random.h. */
struct uuid uuid_random(void);

#endif
