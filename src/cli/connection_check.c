/* `run --check`: tests the settings and every service that they name. */
#include "cli/connection_check.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "erp/erp_features.h"
#include "temporal/client.h"

#define PING_MS 5000

struct connection_test {
    const struct settings *settings;
    struct arena *arena;
    struct client *client;
    struct text fault; /* of Temporal; empty when it is good */
};

static void print_line(const char *what, struct text where, struct text fault)
{
    printf("%-10s %.*s: %s%.*s\n", what, TEXT_ARG(where), fault.size == 0 ? "good" : "", TEXT_ARG(fault));
}

static void namespace_checked(void *userdata, const struct client_result *result)
{
    struct connection_test *test = userdata;
    if (result->code != RPC_OK)
        test->fault = arena_print(test->arena, "namespace %.*s: %.*s", TEXT_ARG(test->settings->temporal_namespace),
                                  TEXT_ARG(result->message));
}

static void pinged(void *userdata, const struct client_result *result)
{
    struct connection_test *test = userdata;
    if (result->code == RPC_OK)
        client_check_namespace(test->client, test->arena, namespace_checked, test);
    else
        test->fault = arena_copy(test->arena, result->message);
}

static bool check_temporal(struct connection_test *test, const struct temporal_security *security)
{
    const struct settings *settings = test->settings;
    test->client = client_new(&(struct client_options){
        .target = settings->temporal_target,
        .namespace_ = settings->temporal_namespace,
        .identity = arena_print(test->arena, "%ld@" PROGRAM "-check", (long)getpid()),
        .security = *security,
    });
    if (test->client == NULL) {
        test->fault = TEXT("out of memory");
    } else {
        client_ping(test->client, test->arena, pinged, test);
        channel_run(client_channel(test->client), true);
        client_free(test->client);
    }
    print_line("Temporal", settings->temporal_target, test->fault);
    return test->fault.size == 0;
}

static void print_certificates(struct arena *arena, const struct temporal_security *security)
{
    int64_t expiry_s = security_ends(security);
    if (expiry_s != 0) {
        struct text day = date_text(arena, expiry_s * 1000000, TEXT("2006-01-02"));
        printf("%-10s certificates are good until %.*s\n", "TLS", TEXT_ARG(day));
    } else {
        printf("%-10s %s\n", "TLS", security->tls ? "on" : "off");
    }
}

static void print_encryption(const struct payload_keys *keys)
{
    if (keys->count == 0)
        printf("%-10s in the clear: ICHOR_PAYLOAD_KEYS is not set\n", "payloads");
    else
        printf("%-10s encrypted with key %.*s, one of %zu\n", "payloads", TEXT_ARG(keys->items[0].id), keys->count);
}

/* The URL without a password. */
static struct text mail_host(struct text url)
{
    struct text host = text_slice(url, text_find(url, TEXT("://")) + 3, SIZE_MAX);
    for (size_t at = text_find_byte(host, '@'); at != SIZE_MAX; at = text_find_byte(host, '@'))
        host = text_slice(host, at + 1, SIZE_MAX);
    return host;
}

static bool check_mail(struct connection_test *test, struct mail *mail)
{
    if (mail == NULL) {
        if (test->settings->mode != SETTINGS_MODE_WORKFLOW)
            printf("%-10s no server is set, mails are only logged\n", "mail");
        return true;
    }
    struct error error = ERROR_IN(test->arena);
    enum status status = mail_check(mail, PING_MS, &error);
    print_line("mail", mail_host(test->settings->mail_url), error.message);
    return status == STATUS_OK;
}

/* Why the database cannot be used; empty when it answers and is the ERP's. */
static struct text find_database_fault(const struct connection_test *test, struct database *database,
                                       struct erp_features *features)
{
    struct error error = ERROR_IN(test->arena);
    if (database_ping(database, PING_MS, &error) != STATUS_OK)
        return error.message;
    struct database_fault fault = {.arena = test->arena};
    const struct database_wait wait = {.limit.deadline_us = clock_monotonic_us() + PING_MS * 1000};
    if (erp_features_ask(database, test->arena, &wait, features, &fault) != DATABASE_OK)
        return fault.message;
    if (features->alerts)
        return TEXT_NONE;
    return arena_print(test->arena,
                       "database %.*s has no table workflow.alerts: ICHOR_DB_NAME is another's, or neither the ERP's "
                       "migrations nor `" PROGRAM " migrate` have run",
                       TEXT_ARG(test->settings->database_name));
}

/* A worker that only decides needs no database. */
static bool check_database(struct connection_test *test, struct database *database)
{
    if (database == NULL) {
        printf("%-10s not needed\n", "PostgreSQL");
        return true;
    }
    struct erp_features features;
    struct text fault = find_database_fault(test, database, &features);
    print_line("PostgreSQL", test->settings->database_host, fault);
    if (database_is_pooled(database))
        printf("%-10s a connection pooler is in between: no session settings, no prepared statements\n", "");
    if (fault.size == 0)
        printf("%-10s %s\n", "effects",
               features.action_effects ? "happen once"
                                       : "may be repeated: no access to table workflow.action_effects, run `" PROGRAM
                                         " migrate`");
    return fault.size == 0;
}

static bool check_services(struct connection_test *test, const struct services *services)
{
    if (!check_database(test, services->database))
        return false;
    struct error error = ERROR_IN(test->arena);
    enum status status = services_health(services, PING_MS, &error);
    if (status != STATUS_OK)
        print_line("services", TEXT("what actions need"), error.message);
    return status == STATUS_OK;
}

enum cli_exit connection_check(const struct cli_command *command, struct arena *arena, const struct settings *settings,
                               const struct connection_settings *connection, const struct services *services)
{
    struct connection_test test = {.settings = settings, .arena = arena};
    printf("%-10s good\n", "settings");
    print_certificates(arena, &connection->security);
    print_encryption(&connection->keys);
    bool temporal_good = check_temporal(&test, &connection->security);
    bool services_good = check_services(&test, services);
    bool mail_good = check_mail(&test, services->mail);
    return cli_finish(command, temporal_good && services_good && mail_good ? CLI_SUCCESS : CLI_FAILURE);
}
