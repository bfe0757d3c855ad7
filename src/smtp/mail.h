/* Mail for handlers, over SMTP: a bounded pool of connections to one relay that are kept between letters, TLS where the
   relay offers it, and an honest word about what became of a letter. Any thread; a call blocks its thread until its
   deadline at most (plus what the system takes to resolve the relay's name). */
#ifndef SMTP_MAIL_H
#define SMTP_MAIL_H

#include "base/arena.h"
#include "base/status.h"
#include "base/uuid.h"

struct mail;

struct mail_options {
    struct text url;             /* smtp://[user:password@]host[:port] or smtps://..., both percent-encoded */
    struct text from;            /* name@host, or Name <name@host> */
    struct text ca_file;         /* PEM: who may vouch for the relay; empty: the system's list */
    unsigned connections;        /* most open at once; 0: 4 */
    int64_t connect_timeout_ms;  /* until the relay is ready for a letter; 0: 10 s */
    int64_t transfer_timeout_ms; /* for a connection and a letter; 0: 60 s */
};

/* Opens nothing yet; copies the options. NULL: the error says why, never with the password. With smtp:// TLS is used
   when the relay offers it, and no password is sent without it except to this machine itself. A certificate is always
   checked. Free with mail_free, after its last user. */
struct mail *mail_new(const struct mail_options *options, struct error *error) MUST_CHECK;
void mail_free(struct mail *mail); /* accepts NULL; closes every connection */

/* Would mail_new take them? STATUS_INVALID says why not, never with the password. error->arena must be set. */
enum status mail_url_check(struct text url, struct error *error) MUST_CHECK;
enum status mail_sender_check(struct text from, struct error *error) MUST_CHECK;

/* The service of the spec: mail_new by the settings. *mail is NULL where no mail server is set. */
struct settings;
enum status mail_start(const struct settings *settings, struct mail **mail, struct error *error) MUST_CHECK;

/* UTF-8. A recipient is written as `from` above. */
struct mail_letter {
    struct uuid id; /* the same for every attempt to send this letter: relays can tell a double by it */
    const struct text *recipients;
    size_t recipient_count;
    struct text subject, body;
};

/* How long, and whether to wait for a relay that is away. */
struct mail_patience {
    int64_t deadline_us;             /* monotonic clock; 0: one attempt's timeout only */
    bool wait;                       /* the relay is away: try again until the deadline, else fail at once */
    bool (*is_canceled)(void *hook); /* asked while waiting; may be NULL */
    void *hook;
};

enum mail_outcome {
    MAIL_ACCEPTED, /* the relay has the letter, for all its recipients */
    MAIL_REFUSED,  /* it never will: an answer 5xx, or this is no letter */
    MAIL_DEFERRED, /* not now: an answer 4xx, or a fault that waiting does not mend. Nobody has got it */
    MAIL_AWAY,     /* the relay was not reached, or lost before it took the letter; or canceled */
    MAIL_UNKNOWN,  /* lost while it took the letter: somebody may have got it */
};

/* Sends the letter to all of its recipients or to none. *why is filled with anything but MAIL_ACCEPTED: the relay's
   answer as "<code> <text>", or what is wrong; from the arena. */
enum mail_outcome mail_send(struct mail *mail, struct arena *arena, const struct mail_letter *letter,
                            const struct mail_patience *patience, struct text *why) MUST_CHECK;

/* Would the relay take letters from us? Connects, with TLS and the password as for a letter, names the sender and
   says good-bye; blocks for the timeout at most. STATUS_UNAVAILABLE says why not, never with the password. error->arena
   must be set. */
enum status mail_check(struct mail *mail, int64_t timeout_ms, struct error *error) MUST_CHECK;

/* STATUS_INVALID: a line break or a NUL in an address or the subject, which would make a header of its own. mail_send
   asks this by itself. */
enum status mail_letter_check(const struct mail_letter *letter, struct error *error) MUST_CHECK;

#endif
