/* One connection to the relay, and letters over it one after the other. One thread at a time. Nobody outside of this
   room includes it. */
#ifndef SMTP_MAIL_TRANSFER_H
#define SMTP_MAIL_TRANSFER_H

#include "smtp/mail_message.h"

/* Where the relay is. Texts NUL-terminated. */
struct mail_relay {
    char *url, *ca_file; /* ca_file NULL: the system's list */
    bool requires_tls;
    int64_t connect_timeout_ms, transfer_timeout_ms;
};

struct mail_transfer {
    void *handle; /* libcurl's, with its connection; NULL: none yet */
    struct mail_transfer *next;
};

/* Opens nothing yet. NULL when out of memory. */
struct mail_transfer *mail_transfer_new(void) MUST_CHECK;
void mail_transfer_free(struct mail_transfer *transfer); /* accepts NULL */

/* One attempt, over at the patience's deadline; does not wait for a relay that is away. The relay is the same each time.
   As mail_send. */
enum mail_outcome mail_transfer_run(struct mail_transfer *transfer, const struct mail_relay *relay, struct arena *arena,
                                    const struct mail_message *message, const struct mail_patience *patience,
                                    struct text *why) MUST_CHECK;

/* Greets the relay as for a letter of that sender, with TLS and the password where they are asked for, and says good-bye
   before there is one; over at the patience's deadline. As mail_send. */
enum mail_outcome mail_transfer_check(struct mail_transfer *transfer, const struct mail_relay *relay,
                                      struct arena *arena, struct text sender, const struct mail_patience *patience,
                                      struct text *why) MUST_CHECK;

#endif
