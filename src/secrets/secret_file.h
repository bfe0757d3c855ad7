/* The files of a secret. Only src/secrets includes this. */
#ifndef SECRETS_SECRET_FILE_H
#define SECRETS_SECRET_FILE_H

#include "secrets/secret_store.h"

/* Reads FOLDER/NAME into `bytes`, which has room for LIMIT_SECRET + 1 bytes; *size excludes a trailing newline.
   SECRET_UNREADABLE: errno says why. */
enum secret_answer secret_file_read(const char *folder, struct text name, char *bytes, size_t *size);
/* SECRET_FOUND when FOLDER/NAME.hosts lists the destination, SECRET_FORBIDDEN when it does not or there is no such
   file. The file has one host per line; `*.example.com` stands for the hosts of a domain, `*` for all hosts. */
enum secret_answer secret_file_allows(const char *folder, struct text name, struct text destination);
/* Whether the value may appear in a header: LIMIT_SECRET_SHORTEST to LIMIT_SECRET bytes without control characters. */
bool secret_value_is(struct text value);

#endif
