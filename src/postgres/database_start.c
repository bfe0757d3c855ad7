/* Makes the database from the settings of the worker. */
#include "postgres/database.h"
#include "settings/settings.h"

enum status database_start(const struct settings *settings, struct database **database, struct error *error)
{
    *database = database_new(&(struct database_options){
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
    return *database != NULL ? STATUS_OK : error_set(error, STATUS_BUDGET, TEXT_NONE, "out of memory");
}
