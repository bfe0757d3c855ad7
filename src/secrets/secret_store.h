/* The secrets that handlers may send: files of ICHOR_SECRETS_DIR, and lines of ICHOR_WEBHOOK_SECRETS. Any thread. */
#ifndef SECRETS_SECRET_STORE_H
#define SECRETS_SECRET_STORE_H

#include "action/action.h"
#include "base/arena.h"
#include "base/status.h"

struct secret_store;

struct secret_options {
    struct text lines; /* each NAME=value, for any host; empty lines and lines that begin with # are skipped */
    struct text
        folder; /* has a file NAME for each secret, and NAME.hosts, which lists where it may be sent; empty: none */
};

/* STATUS_INVALID: a line is not valid, or the folder does not exist; the error never shows the content of a line.
   Copies the options. *store is NULL on failure. Free the store with secret_store_free. */
enum status secret_store_new(const struct secret_options *options, struct secret_store **store,
                             struct error *error) MUST_CHECK;
void secret_store_free(struct secret_store *store); /* accepts NULL; overwrites the values */

/* secret_store_new with the settings of the process. */
struct settings;
enum status secret_store_start(const struct settings *settings, struct secret_store **store,
                               struct error *error) MUST_CHECK;

enum secret_answer {
    SECRET_FOUND,
    SECRET_UNKNOWN,    /* no file and no line has that name */
    SECRET_FORBIDDEN,  /* its .hosts file does not list the destination, or does not exist */
    SECRET_UNREADABLE, /* its file or its .hosts file cannot be read; errno says why */
    SECRET_UNFIT,      /* its file has fewer than 8 bytes, more than 4 KiB, or control characters */
    SECRET_TOO_MANY,   /* more secrets are in use than LIMIT_SECRETS */
    SECRET_BUDGET,     /* past the cap of the arena */
};

/* The value of a secret for one destination: a host, or the name of a service. The files are read on each call, so that
   a new value takes effect at once; a file takes precedence over a line. The value is a copy in the arena. May read
   from a disk. */
enum secret_answer secret_store_find(struct secret_store *store, struct arena *arena, struct text name,
                                     struct text destination, struct text *value) MUST_CHECK;
/* A text that a server sent back, with [secret] in place of each value that secret_store_find has returned and of the
   value of each line. In the arena, or shared; .data NULL past its cap. */
struct text secret_store_hide(struct secret_store *store, struct arena *arena, struct text text) MUST_CHECK;
/* The text without a part of such a value at its end, which a text that was cut may have. A view. */
struct text secret_store_trim(struct secret_store *store, struct text text);
/* The size in bytes of the longest such value; 0 if absent. */
size_t secret_store_longest(struct secret_store *store);
/* A mask that does what secret_store_hide does, for the failure and the result of a call. Lives as long as the
   store. */
const struct action_mask *secret_store_mask(const struct secret_store *store);

#endif
