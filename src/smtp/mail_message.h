/* Makes a mail object from a message. A mail object is what SMTP transports (RFC 5321 2.3.1): the envelope, the header
   and the body. Pure; any thread. Internal to src/smtp. */
#ifndef SMTP_MAIL_MESSAGE_H
#define SMTP_MAIL_MESSAGE_H

#include "smtp/mail.h"

struct mail_address {
    struct text name;    /* of the person; may be empty */
    struct text address; /* name@host */
};

/* Reads `name@host` or `Name <name@host>`: one @, at most 254 bytes, no character that has a meaning in a header.
   STATUS_INVALID: the error says what was expected and what was found. The results are views of the text. */
enum status mail_address_read(struct text text, struct mail_address *address, struct error *error) MUST_CHECK;

/* Replaces the domain by its ASCII form, which is the only form that relays accept. The result lives in the arena.
   STATUS_INVALID: the domain has no ASCII form. STATUS_BUDGET: the memory budget is exceeded. */
enum status mail_address_to_ascii(struct arena *arena, struct mail_address *address, struct error *error) MUST_CHECK;

enum { MAIL_HEADER_COUNT = 6 };

/* All texts are NUL-terminated. */
struct mail_object {
    struct text sender;      /* of the envelope */
    struct text *recipients; /* of the envelope */
    size_t recipient_count;
    struct text headers[MAIL_HEADER_COUNT]; /* lines without line ends; long lines are folded */
    struct text body;                       /* every line ends with CRLF */
    const char *encoding;                   /* the Content-Transfer-Encoding that suits the body */
};

/* Composes the mail object in the arena. from: an address with an ASCII domain. now_us: the time of the Date header, in
   microseconds since 1970. STATUS_INVALID: the message cannot be sent. STATUS_BUDGET: the memory budget is exceeded. */
enum status mail_message_compose(struct arena *arena, const struct mail_message *message,
                                 const struct mail_address *from, int64_t now_us, struct mail_object *object,
                                 struct error *error) MUST_CHECK;

#endif
