/* One connection to the relay, which sends one message after another. One thread at a time. Internal to src/smtp. */
#ifndef SMTP_MAIL_TRANSFER_H
#define SMTP_MAIL_TRANSFER_H

#include "base/lease.h"
#include "smtp/mail_message.h"

/* How to reach the relay. Texts are NUL-terminated. */
struct mail_relay {
    char *url, *ca_file; /* ca_file NULL: the system's list */
    bool requires_tls;
    bool names_login; /* the URL names the login mechanism */
    int64_t connect_timeout_ms, transfer_timeout_ms;
};

struct mail_transfer {
    struct lease_item item;
    void *handle;   /* libcurl's, with its connection; NULL before the first use and after a failure */
    bool any_login; /* the relay offers neither PLAIN nor LOGIN */
};

/* Opens no connection yet. NULL when out of memory. */
struct mail_transfer *mail_transfer_new(void) MUST_CHECK;
void mail_transfer_free(struct mail_transfer *transfer); /* accepts NULL */

/* Sends the message in one attempt, within the limit and the relay's timeouts. A kept connection that the relay has
   closed is replaced. Every call must pass the same relay. Otherwise as mail_send. */
enum mail_outcome mail_transfer_run(struct mail_transfer *transfer, const struct mail_relay *relay, struct arena *arena,
                                    const struct mail_object *object, const struct wait_limit *limit,
                                    struct failure *why) MUST_CHECK;

/* Greets the relay as for a message from the sender, with TLS and the password as for a message, and quits before the
   message. Otherwise as mail_transfer_run. */
enum mail_outcome mail_transfer_check(struct mail_transfer *transfer, const struct mail_relay *relay,
                                      struct arena *arena, struct text sender, const struct wait_limit *limit,
                                      struct failure *why) MUST_CHECK;

#endif
