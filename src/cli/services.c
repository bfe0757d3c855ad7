#include "cli/services.h"

struct database *services_database(const struct settings *settings)
{
    return database_new(&(struct database_options){
        .host = settings->database_host,
        .user = settings->database_user,
        .password = settings->database_password,
        .name = settings->database_name,
        .disable_tls = settings->database_disable_tls,
        .connections = (unsigned)settings->database_connections,
    });
}
