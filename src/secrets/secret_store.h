/* The secrets that handlers may send: files of ICHOR_SECRETS_DIR, and lines of ICHOR_WEBHOOK_SECRETS. Any thread. */
#ifndef SECRETS_SECRET_STORE_H
#define SECRETS_SECRET_STORE_H

#include "action/action.h"
#include "base/arena.h"
#include "base/status.h"

struct secret_store;

struct secret_options {
    struct text lines; /* NAME=value each, for any host; empty lines and those that begin with # are skipped */
    struct text
        folder; /* of a file NAME for each secret, and a file NAME.hosts that says where it may go; empty: none */
};

/* STATUS_INVALID: a line is not valid, or there is no such folder; the error never has what a line holds. Copies the
   options. Free with secret_store_free. */
enum status secret_store_new(const struct secret_options *options, struct secret_store **store,
                             struct error *error) MUST_CHECK;
void secret_store_free(struct secret_store *store); /* accepts NULL; overwrites the values */

/* secret_store_new by the settings of the process. */
struct settings;
enum status secret_store_start(const struct settings *settings, struct secret_store **store,
                               struct error *error) MUST_CHECK;

enum secret_answer {
    SECRET_FOUND,
    SECRET_UNKNOWN,    /* no file and no line has that name */
    SECRET_FORBIDDEN,  /* its file .hosts does not list the destination, or there is none */
    SECRET_UNREADABLE, /* errno says why its file, or its file .hosts, cannot be read */
    SECRET_UNFIT,      /* its file has less than 8 bytes, more than 4 KiB, or control characters */
    SECRET_TOO_MANY,   /* more secrets are in use than LIMIT_SECRETS */
    SECRET_BUDGET,     /* past the cap of the arena */
};

/* The value of a secret for one destination: a host, or the name of a service. Its files are read each time, so that a
   new value counts at once; a file takes precedence over a line. The value is a copy in the arena. May read from a
   disk. */
enum secret_answer secret_store_find(struct secret_store *store, struct arena *arena, struct text name,
                                     struct text destination, struct text *value) MUST_CHECK;
/* The text with [secret] in place of each value that was found, and of each line: what a server may send back. In the
   arena, or shared; .data NULL past its cap. */
struct text secret_store_hide(struct secret_store *store, struct arena *arena, struct text text) MUST_CHECK;
/* The text without the beginning of such a value at its end, where a text that was cut may have one. A view. */
struct text secret_store_trim(struct secret_store *store, struct text text);
/* Bytes of the longest of these values. */
size_t secret_store_longest(struct secret_store *store);
/* Hides the same in the failure and the result of a call. */
const struct action_mask *secret_store_mask(const struct secret_store *store);

#endif
