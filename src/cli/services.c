#include "cli/services.h"

struct database *services_database(const struct settings *settings)
{
    return database_new(&(struct database_options){
        .host = settings->database_host,
        .user = settings->database_user,
        .password = settings->database_password,
        .name = settings->database_name,
        .disable_tls = settings->database_disable_tls,
        .ca_file = settings->database_ca_file,
        .cert_file = settings->database_cert_file,
        .key_file = settings->database_key_file,
        .connections = (unsigned)settings->database_connections,
    });
}

enum status services_mail(const struct settings *settings, struct mail **mail, struct error *error)
{
    *mail = NULL;
    if (settings->mail_url.size == 0)
        return STATUS_OK;
    const struct mail_options options = {
        .url = settings->mail_url, .from = settings->mail_from, .ca_file = settings->mail_ca_file};
    *mail = mail_new(&options, error);
    return *mail != NULL ? STATUS_OK : error_prefix(error, "ICHOR_SMTP_URL, ICHOR_SMTP_FROM");
}
