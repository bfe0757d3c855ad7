#include "cli/connect.h"

#include <string.h>

#include "base/log.h"

static const char *setting_of(struct text member)
{
    static const char *const settings[][2] = {{"ca", "ICHOR_TEMPORAL_TLS_CA"},
                                              {"certificate", "ICHOR_TEMPORAL_TLS_CERT"},
                                              {"key", "ICHOR_TEMPORAL_TLS_KEY"},
                                              {"api_key", "ICHOR_TEMPORAL_API_KEY"}};
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (text_is(member, settings[i][0]))
            return settings[i][1];
    }
    return "ICHOR_TEMPORAL_TLS";
}

bool connect_security(const struct cli_command *command, struct arena *arena, const struct settings *settings,
                      struct temporal_security *security)
{
    *security = (struct temporal_security){
        .ca_pem = settings->temporal_ca,
        .certificate_pem = settings->temporal_certificate,
        .key_pem = settings->temporal_key,
        .server_name = settings->temporal_server_name,
        .api_key = settings->temporal_api_key,
    };
    bool secured = security->ca_pem.size + security->certificate_pem.size + security->key_pem.size +
                       security->server_name.size + security->api_key.size >
                   0;
    security->tls = settings->temporal_tls == SETTINGS_TEMPORAL_TLS_AUTO
                        ? secured
                        : settings->temporal_tls == SETTINGS_TEMPORAL_TLS_TRUE;
    struct error error = ERROR_IN(arena);
    if (security_check(security, &error) != STATUS_OK) {
        cli_usage(command, "%s %.*s", setting_of(error.where), TEXT_ARG(error.message));
        return false;
    }
    if (secured && !security->tls)
        log_line(LOG_WARN,
                 "TLS to Temporal is off: what is set for it is not used, and an API key is sent in the clear");
    return true;
}
