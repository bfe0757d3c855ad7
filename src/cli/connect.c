#include "cli/connect.h"

#include "base/log.h"
#include "smtp/mail.h"

/* Is something set that only a connection with TLS has a use for? */
static bool is_secured(const struct temporal_security *security)
{
    return security->ca_pem.size + security->certificate_pem.size + security->key_pem.size +
               security->server_name.size + security->api_key.size >
           0;
}

/* The variable that the setting is taken from, or would be. */
static const char *variable_of(const char *setting)
{
    const char *variable = settings_variable(setting, cli_lookup);
    return variable != NULL ? variable : setting;
}

static void tell(struct settings_faults *faults, const char *setting, const char *fault)
{
    if (fault != NULL)
        settings_fault(faults, variable_of(setting), " %s", fault);
}

static void read_security(const struct settings *settings, struct temporal_security *security,
                          struct settings_faults *faults)
{
    *security = (struct temporal_security){
        .ca_pem = settings->temporal_ca,
        .certificate_pem = settings->temporal_certificate,
        .key_pem = settings->temporal_key,
        .server_name = settings->temporal_server_name,
        .api_key = settings->temporal_api_key,
    };
    security->tls = settings->temporal_tls == SETTINGS_TEMPORAL_TLS_AUTO
                        ? is_secured(security)
                        : settings->temporal_tls == SETTINGS_TEMPORAL_TLS_TRUE;
    struct security_faults found;
    if (security_check(security, &found))
        return;
    tell(faults, "ICHOR_TEMPORAL_TLS_CA", found.ca);
    tell(faults, "ICHOR_TEMPORAL_TLS_CERT", found.certificate);
    tell(faults, "ICHOR_TEMPORAL_TLS_KEY", found.key);
    tell(faults, "ICHOR_TEMPORAL_API_KEY", found.api_key);
}

/* Beyond the forms of their values, which settings_read has seen. */
static void check_mail(const struct settings *settings, struct settings_faults *faults)
{
    struct error url = ERROR_IN(faults->arena), sender = url;
    if (settings->mail_url.size == 0)
        return;
    if (mail_url_check(settings->mail_url, &url) != STATUS_OK)
        settings_fault(faults, variable_of("ICHOR_SMTP_URL"), ": %.*s", TEXT_ARG(url.message));
    if (settings->mail_from.size > 0 && mail_sender_check(settings->mail_from, &sender) != STATUS_OK)
        settings_fault(faults, variable_of("ICHOR_SMTP_FROM"), ": %.*s", TEXT_ARG(sender.message));
}

void connect_read(const struct settings *settings, struct connect *connect, struct settings_faults *faults)
{
    read_security(settings, &connect->security, faults);
    struct error error = ERROR_IN(faults->arena);
    if (payload_keys_read(settings->payload_keys, &connect->keys, &error) != STATUS_OK)
        settings_fault(faults, variable_of("ICHOR_PAYLOAD_KEYS"), ": %.*s", TEXT_ARG(error.message));
    check_mail(settings, faults);
}

bool connect_settled(const struct cli_command *command, const struct settings *settings, const struct connect *connect,
                     const struct settings_faults *faults)
{
    if (!cli_settled(command, settings, faults))
        return false;
    if (is_secured(&connect->security) && !connect->security.tls)
        log_line(LOG_WARN,
                 "TLS to Temporal is off: what is set for it is not used, and an API key is sent in the clear");
    return true;
}

bool connect_settings(const struct cli_command *command, struct arena *arena, struct settings *settings,
                      struct connect *connect)
{
    *settings = (struct settings){0};
    struct settings_faults faults = {.arena = arena};
    settings_read(command->settings, cli_lookup, settings, &faults);
    connect_read(settings, connect, &faults);
    return connect_settled(command, settings, connect, &faults);
}
