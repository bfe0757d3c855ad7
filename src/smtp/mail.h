/* Mail for handlers, over SMTP: a bounded pool of connections to one relay, which are kept between messages, with TLS
   if the relay offers it. An outcome says that a message was accepted, that it was not, or that this is unknown. Any
   thread; a call blocks its thread at most until its deadline, plus the time to resolve the relay's name. */
#ifndef SMTP_MAIL_H
#define SMTP_MAIL_H

#include "base/arena.h"
#include "base/status.h"
#include "base/uuid.h"
#include "base/wait_limit.h"

struct mail;

struct mail_options {
    struct text url;      /* smtp://[user[;AUTH=MECHANISM]:password@]host[:port] or smtps://..., percent-encoded */
    struct text from;     /* name@host, or Name <name@host> */
    struct text ca_file;  /* PEM: trusted CAs; the relay must then offer TLS; empty: the system's list */
    unsigned connections; /* maximum of open connections; 0: 4 */
    int64_t connect_timeout_ms;  /* until the relay is ready for a message; 0: 10 s */
    int64_t transfer_timeout_ms; /* for a connection and a message; 0: 60 s */
};

/* Copies the options and opens no connection yet. NULL: the error says why, never with the password. With smtp://, TLS
   is used if the relay offers it. Without TLS, nothing is sent if ca_file is set, and a password is sent only to this
   machine. Certificates are always verified. Unless the URL names a mechanism, the login is PLAIN or LOGIN if the relay
   offers one of them. Free with mail_free when nothing uses it any more. */
struct mail *mail_new(const struct mail_options *options, struct error *error) MUST_CHECK;
void mail_free(struct mail *mail); /* accepts NULL; closes every connection */

/* Check whether mail_new would accept the URL or the sender. STATUS_INVALID: it would not; the error says why, never
   with the password. error->arena must be set. */
enum status mail_url_check(struct text url, struct error *error) MUST_CHECK;
enum status mail_sender_check(struct text from, struct error *error) MUST_CHECK;

/* mail_new with the options from the settings. *mail is NULL if no mail server is set. */
struct settings;
enum status mail_start(const struct settings *settings, struct mail **mail, struct error *error) MUST_CHECK;

/* A message; texts are UTF-8. A recipient has the form of `from` above. */
struct mail_message {
    struct uuid id; /* the same on every attempt to send this message, so that relays recognize a duplicate */
    const struct text *recipients;
    size_t recipient_count;
    struct text subject, body;
};

enum mail_outcome {
    MAIL_ACCEPTED,    /* the relay has the message, for all its recipients */
    MAIL_REFUSED,     /* permanently: a 5xx reply to the message, or an invalid message */
    MAIL_DEFERRED,    /* not now: a 4xx reply to the message, or an error that waiting does not solve, such as a
                         refused login. The message has reached nobody */
    MAIL_UNAVAILABLE, /* the relay was not reached, does not serve now, or was lost before it accepted the message; or
                         the call was canceled */
    MAIL_UNKNOWN,     /* the relay was lost while it was accepting the message, which may have been delivered */
};

/* Sends the message to all of its recipients or to none. With `retry`, an unavailable relay is retried until the limit
   is over; otherwise the call fails at once. If the limit has no deadline, each attempt has the transfer timeout.
   Unless MAIL_ACCEPTED, *why is filled from the arena: the relay's reply as "<code> <text>", or the error. */
enum mail_outcome mail_send(struct mail *mail, struct arena *arena, const struct mail_message *message,
                            const struct wait_limit *limit, bool retry, struct failure *why) MUST_CHECK;

/* Checks whether the relay accepts messages from the sender: connects, with TLS and the password as for a message,
   names the sender and quits. Blocks at most for the timeout. STATUS_UNAVAILABLE: it does not; the error says why,
   never with the password. error->arena must be set. */
enum status mail_check(struct mail *mail, int64_t timeout_ms, struct error *error) MUST_CHECK;

/* Checks the addresses and the subject. STATUS_INVALID: one of them has a line break or a NUL, which could add a
   header. mail_send checks this too. */
enum status mail_message_check(const struct mail_message *message, struct error *error) MUST_CHECK;

#endif
