/* What handlers are handed, opened from the settings. */
#ifndef CLI_SERVICES_H
#define CLI_SERVICES_H

#include "base/settings.h"
#include "service/database.h"
#include "service/mail.h"

/* Opens nothing yet. NULL when out of memory. Free with database_free. */
struct database *services_database(const struct settings *settings) MUST_CHECK;

/* Likewise; *mail is NULL where no mail server is set. Else the error says what is wrong. Free with mail_free. */
enum status services_mail(const struct settings *settings, struct mail **mail, struct error *error) MUST_CHECK;

#endif
