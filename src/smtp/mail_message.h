/* The text of a mail: addresses, header lines, the body's lines. Pure; any thread. Outside of this room use mail.h. */
#ifndef SMTP_MAIL_MESSAGE_H
#define SMTP_MAIL_MESSAGE_H

#include "smtp/mail.h"

struct mail_address {
    struct text name;    /* of the person; may be empty */
    struct text address; /* name@host */
};

/* Reads `name@host` or `Name <name@host>`: one @, at most 254 bytes, nothing that has a meaning in a header.
   STATUS_INVALID: the message says what was expected and found. Views of the text. */
enum status mail_address_read(struct text text, struct mail_address *address, struct error *error) MUST_CHECK;

enum { MAIL_HEADER_COUNT = 6 };

/* NUL-terminated, all of it. */
struct mail_message {
    struct text sender;      /* of the envelope */
    struct text *recipients; /* of the envelope */
    size_t recipient_count;
    struct text headers[MAIL_HEADER_COUNT]; /* lines without their end; folded where they are long */
    struct text body;                       /* every line end is CRLF */
    const char *encoding;                   /* how the body is best sent: a Content-Transfer-Encoding */
};

/* now_us: since 1970, for the Date. STATUS_INVALID: this is no letter. STATUS_BUDGET. */
enum status mail_message_write(struct arena *arena, const struct mail_letter *letter, const struct mail_address *from,
                               int64_t now_us, struct mail_message *message, struct error *error) MUST_CHECK;

#endif
