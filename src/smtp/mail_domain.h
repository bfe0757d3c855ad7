/* Host names in the form of SMTP and DNS. Any thread. Internal to src/smtp. */
#ifndef SMTP_MAIL_DOMAIN_H
#define SMTP_MAIL_DOMAIN_H

#include "base/arena.h"
#include "base/status.h"

/* Converts a domain to its ASCII form (RFC 5891), NUL-terminated; an ASCII domain stays unchanged. Does not depend on
   the locale of the process. STATUS_INVALID: the domain has no ASCII form. STATUS_BUDGET: the memory budget is
   exceeded. */
enum status mail_domain_to_ascii(struct arena *arena, struct text domain, struct text *ascii) MUST_CHECK;

#endif
