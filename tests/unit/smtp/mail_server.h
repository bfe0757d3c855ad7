/* For tests beside real SMTP servers (tests/handlers/with_mail.py, zarf/dev/mail.py): what they got, and taking them
   away. One thread uses it at a time. */
#ifndef SMTP_MAIL_SERVER_H
#define SMTP_MAIL_SERVER_H

#include "base/arena.h"
#include "base/json.h"

/* Which: PLAIN, STARTTLS, SMTPS, LOGIN, OPEN. */

/* <scheme>://<before>localhost:<port>, e.g. of "smtp" and "ann:secret@". */
struct text mail_server_url(struct arena *arena, const char *which, const char *scheme, const char *before);
const char *mail_server_port(const char *which);
const char *mail_server_certificate(void);

/* Takes the server away, and brings it back at the same address. */
void mail_server_stop(const char *which);
void mail_server_start(const char *which);

/* The messages that came since the last call, in their order: objects as with_mail.py writes them. */
struct json_value mail_server_take(struct arena *arena, const char *which);
/* The one message that came, or the test fails. */
struct json_value mail_server_take_one(struct arena *arena, const char *which);
/* A header of a message as a reader sees it. `name` in lower case. */
struct text mail_server_header(const struct json_value *message, const char *name);

#endif
