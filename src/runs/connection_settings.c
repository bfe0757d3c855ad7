/* The settings of a connection to Temporal, checked before anything connects. */
#include "runs/connection_settings.h"

#include "base/log.h"
#include "smtp/mail.h"

/* The variable that gives the setting, or would give it. */
static const char *variable_of(const char *setting)
{
    const char *variable = settings_variable(setting, cli_lookup);
    return variable != NULL ? variable : setting;
}

static void add_fault(struct settings_faults *faults, const char *setting, const char *fault)
{
    if (fault != NULL)
        settings_fault(faults, variable_of(setting), " %s", fault);
}

static void read_security(const struct settings *settings, struct temporal_security *security,
                          struct settings_faults *faults)
{
    *security = security_of(settings);
    struct security_faults found;
    if (security_check(security, &found))
        return;
    add_fault(faults, "ICHOR_TEMPORAL_TLS_CA", found.ca);
    add_fault(faults, "ICHOR_TEMPORAL_TLS_CERT", found.certificate);
    add_fault(faults, "ICHOR_TEMPORAL_TLS_KEY", found.key);
    add_fault(faults, "ICHOR_TEMPORAL_API_KEY", found.api_key);
}

/* settings_read has checked only the form of the values. */
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

void connection_settings_check(const struct settings *settings, struct connection_settings *connection,
                               struct settings_faults *faults)
{
    read_security(settings, &connection->security, faults);
    struct error error = ERROR_IN(faults->arena);
    if (payload_keys_read(settings->payload_keys, &connection->keys, &error) != STATUS_OK)
        settings_fault(faults, variable_of("ICHOR_PAYLOAD_KEYS"), ": %.*s", TEXT_ARG(error.message));
    check_mail(settings, faults);
}

bool connection_settings_accept(const struct cli_command *command, const struct settings *settings,
                                const struct connection_settings *connection, const struct settings_faults *faults)
{
    if (!cli_accept_settings(command, settings, faults))
        return false;
    if (security_wants_tls(&connection->security) && !connection->security.tls)
        log_line(LOG_WARN,
                 "TLS to Temporal is off: its other TLS settings are ignored and an API key is sent in the clear");
    return true;
}

bool connection_settings_read(const struct cli_command *command, struct arena *arena, struct settings *settings,
                              struct connection_settings *connection)
{
    *settings = (struct settings){0};
    struct settings_faults faults = {.arena = arena};
    settings_read(command->settings, cli_lookup, settings, &faults);
    connection_settings_check(settings, connection, &faults);
    return connection_settings_accept(command, settings, connection, &faults);
}
