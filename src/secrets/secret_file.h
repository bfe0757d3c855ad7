/* The files of a secret. Internal to the room. */
#ifndef SECRETS_SECRET_FILE_H
#define SECRETS_SECRET_FILE_H

#include "secrets/secret_store.h"

/* Reads FOLDER/NAME into bytes, which has LIMIT_SECRET bytes and one more; without a newline at its end. */
enum secret_answer secret_file_read(const char *folder, struct text name, char *bytes, size_t *size);
/* Whether FOLDER/NAME.hosts lists the destination: a line each, `*.example.com` for the hosts of a domain, `*` for all.
   SECRET_FOUND: it does. */
enum secret_answer secret_file_allows(const char *folder, struct text name, struct text destination);
/* What may stand in a header: 8 bytes to LIMIT_SECRET without control characters. */
bool secret_value_is(struct text value);

#endif
