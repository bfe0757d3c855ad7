/* For tests with real SMTP servers (tests/handlers/with_mail.py, zarf/dev/mail.py): the messages they received, and
   control of the servers. Used by one thread at a time. */
#ifndef SMTP_MAIL_SERVER_H
#define SMTP_MAIL_SERVER_H

#include "base/arena.h"
#include "base/json.h"

/* Which: PLAIN, STARTTLS, SMTPS, LOGIN, OPEN. */

/* <scheme>://<before>localhost:<port>, e.g. of "smtp" and "ann:secret@". */
struct text mail_server_url(struct arena *arena, const char *which, const char *scheme, const char *before);
const char *mail_server_port(const char *which);
const char *mail_server_certificate(void);

/* Stops the server, and starts it at the same address. */
void mail_server_stop(const char *which);
void mail_server_start(const char *which);

/* The messages received since the last call, in order: objects as with_mail.py prints them. */
struct json_value mail_server_take(struct arena *arena, const char *which);
/* The only message received; fails the test when there is not exactly one. */
struct json_value mail_server_take_one(struct arena *arena, const char *which);
/* A decoded header of a message. `name` in lower case. */
struct text mail_server_header(const struct json_value *message, const char *name);

#endif
