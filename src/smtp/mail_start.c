/* Makes the mail service from the settings of the worker. */
#include "settings/settings.h"
#include "smtp/mail.h"

enum status mail_start(const struct settings *settings, struct mail **mail, struct error *error)
{
    *mail = NULL;
    if (settings->mail_url.size == 0)
        return STATUS_OK;
    const struct mail_options options = {
        .url = settings->mail_url, .from = settings->mail_from, .ca_file = settings->mail_ca_file};
    *mail = mail_new(&options, error);
    return *mail != NULL ? STATUS_OK : error_prefix(error, "ICHOR_SMTP_URL, ICHOR_SMTP_FROM");
}
