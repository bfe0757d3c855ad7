/* Mail for handlers, over SMTP: a bounded pool of connections to one relay that are kept between messages, with TLS
   where the relay offers it. The outcome says whether a message was accepted, was not, or is unknown. Any thread; a
   call blocks its thread until its deadline at most, plus the time to resolve the relay's name. */
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
    struct text ca_file;  /* PEM: trusted for the relay, which must offer TLS then; empty: the system's list */
    unsigned connections; /* open at the same time, at most; 0: 4 */
    int64_t connect_timeout_ms;  /* until the relay is ready for a message; 0: 10 s */
    int64_t transfer_timeout_ms; /* for a connection and a message; 0: 60 s */
};

/* Copies the options, opens nothing yet. NULL: the error says why, never with the password. With smtp:// TLS is used
   when the relay offers it; without TLS nothing is sent where there is a ca_file, and no password except to this
   machine. A certificate is always checked. The login is PLAIN or LOGIN where the relay offers one of them, unless the
   URL names a mechanism. Free with mail_free, after its last user. */
struct mail *mail_new(const struct mail_options *options, struct error *error) MUST_CHECK;
void mail_free(struct mail *mail); /* accepts NULL; closes every connection */

/* Whether mail_new would accept them. STATUS_INVALID says why not, never with the password. error->arena must be set.
   */
enum status mail_url_check(struct text url, struct error *error) MUST_CHECK;
enum status mail_sender_check(struct text from, struct error *error) MUST_CHECK;

/* mail_new by the settings. *mail is NULL where no mail server is set. */
struct settings;
enum status mail_start(const struct settings *settings, struct mail **mail, struct error *error) MUST_CHECK;

/* UTF-8. A recipient is written as `from` above. */
struct mail_message {
    struct uuid id; /* the same for every attempt to send this message: relays recognize a duplicate by it */
    const struct text *recipients;
    size_t recipient_count;
    struct text subject, body;
};

enum mail_outcome {
    MAIL_ACCEPTED, /* the relay has the message, for all its recipients */
    MAIL_REFUSED,  /* for good: an answer 5xx to the message, or an invalid message */
    MAIL_DEFERRED, /* not now: an answer 4xx to the message, or an error that waiting does not mend, such as a refused
                         login. Nobody has got it */
    MAIL_UNAVAILABLE, /* the relay was not reached, serves nobody now, or was lost before it accepted the message; or
                         canceled */
    MAIL_UNKNOWN,     /* lost while it was accepting the message: it may have been delivered */
};

/* Sends the message to all of its recipients or to none. `retry`: an unavailable relay is tried again until the limit
   is over, else the call fails at once. Without a deadline in the limit, the transfer timeout is that of each
   attempt. *why is filled with anything but MAIL_ACCEPTED: the relay's answer as "<code> <text>", or the error; from
   the arena. */
enum mail_outcome mail_send(struct mail *mail, struct arena *arena, const struct mail_message *message,
                            const struct wait_limit *limit, bool retry, struct failure *why) MUST_CHECK;

/* Whether the relay accepts messages from us: connects, with TLS and the password as for a message, names the sender
   and quits; blocks for the timeout at most. STATUS_UNAVAILABLE says why not, never with the password. error->arena
   must be set. */
enum status mail_check(struct mail *mail, int64_t timeout_ms, struct error *error) MUST_CHECK;

/* STATUS_INVALID: a line break or a NUL in an address or the subject, which would make a header of its own. mail_send
   checks it too. */
enum status mail_message_check(const struct mail_message *message, struct error *error) MUST_CHECK;

#endif
