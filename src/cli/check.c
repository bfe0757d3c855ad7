#include "cli/check.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "erp/erp_features.h"
#include "temporal/client.h"

#define PING_MS 5000

struct checking {
    const struct settings *settings;
    struct arena *arena;
    struct client *client;
    struct text fault; /* of Temporal; empty: there is none */
};

static void tell(const char *what, struct text where, struct text fault)
{
    printf("%-10s %.*s: %s%.*s\n", what, TEXT_ARG(where), fault.size == 0 ? "good" : "", TEXT_ARG(fault));
}

static void namespace_checked(void *context, const struct client_result *result)
{
    struct checking *checking = context;
    if (result->code != RPC_OK)
        checking->fault = arena_print(checking->arena, "namespace %.*s: %.*s",
                                      TEXT_ARG(checking->settings->temporal_namespace), TEXT_ARG(result->message));
}

static void pinged(void *context, const struct client_result *result)
{
    struct checking *checking = context;
    if (result->code == RPC_OK)
        client_check_namespace(checking->client, checking->arena, namespace_checked, checking);
    else
        checking->fault = arena_copy(checking->arena, result->message);
}

static bool check_temporal(struct checking *checking, const struct temporal_security *security)
{
    const struct settings *settings = checking->settings;
    checking->client = client_new(&(struct client_options){
        .target = settings->temporal_target,
        .namespace_ = settings->temporal_namespace,
        .identity = arena_print(checking->arena, "%ld@" PROGRAM "-check", (long)getpid()),
        .security = *security,
    });
    if (checking->client == NULL) {
        checking->fault = TEXT("out of memory");
    } else {
        client_ping(checking->client, checking->arena, pinged, checking);
        channel_run(client_channel(checking->client), true);
        client_free(checking->client);
    }
    tell("Temporal", settings->temporal_target, checking->fault);
    return checking->fault.size == 0;
}

static void tell_certificates(const struct temporal_security *security)
{
    time_t ends = security_ends(security);
    struct tm day;
    char text[16];
    if (ends != 0 && gmtime_r(&ends, &day) != NULL && strftime(text, sizeof(text), "%F", &day) > 0)
        printf("%-10s certificates are good until %s\n", "TLS", text);
    else
        printf("%-10s %s\n", "TLS", security->tls ? "on" : "off");
}

static void tell_encryption(const struct payload_keys *keys)
{
    if (keys->count == 0)
        printf("%-10s in the clear: ICHOR_PAYLOAD_KEYS is not set\n", "payloads");
    else
        printf("%-10s encrypted with key %.*s, one of %zu\n", "payloads", TEXT_ARG(keys->items[0].id), keys->count);
}

/* The URL without a password. */
static struct text relay_of(struct text url)
{
    struct text host = text_slice(url, text_find(url, TEXT("://")) + 3, SIZE_MAX);
    for (size_t at = text_find_byte(host, '@'); at != SIZE_MAX; at = text_find_byte(host, '@'))
        host = text_slice(host, at + 1, SIZE_MAX);
    return host;
}

static bool check_mail(struct checking *checking, struct mail *mail)
{
    if (mail == NULL) {
        if (checking->settings->mode != SETTINGS_MODE_WORKFLOW)
            printf("%-10s no server is set, mails are only logged\n", "mail");
        return true;
    }
    struct error error = ERROR_IN(checking->arena);
    enum status status = mail_check(mail, PING_MS, &error);
    tell("mail", relay_of(checking->settings->mail_url), error.message);
    return status == STATUS_OK;
}

/* Why not; empty: it answers, and is the ERP's. */
static struct text database_trouble(const struct checking *checking, struct database *database)
{
    struct error error = ERROR_IN(checking->arena);
    if (database_ping(database, PING_MS, &error) != STATUS_OK)
        return error.message;
    struct database_fault fault = {.arena = checking->arena};
    struct database_patience patience = {.deadline_us = clock_monotonic_us() + PING_MS * 1000};
    struct erp_features features;
    if (erp_features_read(database, checking->arena, &patience, &features, &fault) != DATABASE_OK)
        return fault.message;
    if (features.alerts)
        return TEXT_NONE;
    return arena_print(checking->arena,
                       "database %.*s has no table workflow.alerts: ICHOR_DB_NAME is another's, or neither the ERP's "
                       "migrations nor `" PROGRAM " migrate` have run",
                       TEXT_ARG(checking->settings->database_name));
}

/* A worker that only decides does without. */
static bool check_database(struct checking *checking, struct database *database)
{
    if (database == NULL) {
        printf("%-10s not needed\n", "PostgreSQL");
        return true;
    }
    struct text trouble = database_trouble(checking, database);
    tell("PostgreSQL", checking->settings->database_host, trouble);
    return trouble.size == 0;
}

static bool check_services(struct checking *checking, const struct services *services)
{
    if (!check_database(checking, services->database))
        return false;
    struct error error = ERROR_IN(checking->arena);
    enum status status = services_health(services, PING_MS, &error);
    if (status != STATUS_OK)
        tell("services", TEXT("what actions need"), error.message);
    return status == STATUS_OK;
}

enum cli_exit check_connections(const struct cli_command *command, struct arena *arena, const struct settings *settings,
                                const struct connect *connect, const struct services *services)
{
    struct checking checking = {.settings = settings, .arena = arena};
    printf("%-10s good\n", "settings");
    tell_certificates(&connect->security);
    tell_encryption(&connect->keys);
    bool temporal = check_temporal(&checking, &connect->security);
    bool handed = check_services(&checking, services);
    bool mailed = check_mail(&checking, services->mail);
    return cli_end(command, temporal && handed && mailed ? CLI_GOOD : CLI_BAD);
}
