/* Names of hosts in the form that SMTP and DNS know. Any thread. Internal to the smtp room. */
#ifndef SMTP_MAIL_DOMAIN_H
#define SMTP_MAIL_DOMAIN_H

#include "base/arena.h"
#include "base/status.h"

/* The ASCII form (RFC 5891) of a domain, NUL-terminated; ASCII stays as it is. Whatever the locale of the process.
   STATUS_INVALID: it has none. STATUS_BUDGET. */
enum status mail_domain_to_ascii(struct arena *arena, struct text domain, struct text *ascii) MUST_CHECK;

#endif
