/* Variables that may not be what was meant. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "settings/settings.h"
#include "variables.h"

static char reported[512];

static void note_report(struct text variable, const char *other)
{
    size_t size = strlen(reported);
    snprintf(reported + size, sizeof(reported) - size, "%.*s>%s ", TEXT_ARG(variable), other != NULL ? other : "");
}

Test(settings_names, names_that_seem_to_be_meant_for_settings_are_reported)
{
    static const char *const environment[] = {"ICHOR_DB_HOTS=db",                  /* two neighbours swapped */
                                              "ICHOR_DB_PASWORD=x",                /* a letter missing */
                                              "ICHOR_TEMPORAL_NAME_SPACES=x",      /* two errors in a long name */
                                              "TEMPORAL_ADDRES=x:1",               /* a name of Temporal */
                                              "ICHOR_PAYLOAD_KEYS_FILES=/x",       /* a variable that names a file */
                                              "ICHOR_WORKER_ACTIVITIE=",           /* empty */
                                              "ICHOR_DB_HOST=db",                  /* a setting */
                                              "TEMPORAL_TLS_SERVER_CA_CERT_PATH=", /* the same */
                                              "ICHOR_DB_PORT=5432", /* too unlike ICHOR_DB_HOST, but of its family */
                                              "ICHOR_WORKER_THREADS=4", /* the same */
                                              "TEMPORAL_PROFILE=x",     /* a name of Temporal that we do not read */
                                              "ICHOR_RABBIT_MQ_URL=x",  /* of the ERP */
                                              "CHOR_DB_HOST=db",        /* other prefix */
                                              "ICHOR_",
                                              NULL};
    settings_unknown(environment, note_report);
    cr_assert_str_eq(reported,
                     "ICHOR_DB_HOTS>ICHOR_DB_HOST ICHOR_DB_PASWORD>ICHOR_DB_PASSWORD "
                     "ICHOR_TEMPORAL_NAME_SPACES>ICHOR_TEMPORAL_NAMESPACE TEMPORAL_ADDRES>TEMPORAL_ADDRESS "
                     "ICHOR_PAYLOAD_KEYS_FILES>ICHOR_PAYLOAD_KEYS_FILE ICHOR_DB_PORT> ICHOR_WORKER_THREADS> ");
}

/* Of services that are called temporal, ichor-temporal and ichor-db. */
Test(settings_names, variables_that_kubernetes_sets_are_no_slips)
{
    static const char *const environment[] = {"TEMPORAL_SERVICE_HOST=10.0.0.1",
                                              "TEMPORAL_SERVICE_PORT=7233",
                                              "TEMPORAL_PORT=tcp://10.0.0.1:7233",
                                              "TEMPORAL_PORT_7233_TCP=tcp://10.0.0.1:7233",
                                              "TEMPORAL_PORT_7233_TCP_ADDR=10.0.0.1",
                                              "TEMPORAL_PORT_7233_TCP_PROTO=tcp",
                                              "ICHOR_TEMPORAL_PORT=tcp://10.0.0.1:7233",
                                              "ICHOR_TEMPORAL_SERVICE_HOST=10.0.0.1",
                                              "ICHOR_TEMPORAL_SERVICE_PORT_GRPC=7233",
                                              "ICHOR_DB_PORT=tcp://10.0.0.2:5432",
                                              "ICHOR_DB_PORT_5432_TCP_PORT=5432",
                                              "ICHOR_TEMPORAL_TASK_QUEUES=x",
                                              NULL};
    settings_unknown(environment, note_report);
    cr_assert_str_eq(reported, "ICHOR_TEMPORAL_TASK_QUEUES>ICHOR_TEMPORAL_TASK_QUEUE ");
}

Test(settings_names, what_has_no_use_alone_is_told)
{
    set("ICHOR_DB_KEY_FILE", "/dev/null");
    set("ICHOR_WORKER_BUILD_ID", "7");
    set("ICHOR_SMTP_FROM", "erp@example.com");
    settings_alone(SETTINGS_DATABASE | SETTINGS_WORKER, lookup, note_report);
    cr_assert_str_eq(reported, "ICHOR_DB_KEY_FILE>ICHOR_DB_CERT_FILE ICHOR_WORKER_BUILD_ID>ICHOR_WORKER_DEPLOYMENT ");
    set("ICHOR_WORKER_DEPLOYMENT", "workers");
    set("ICHOR_SMTP_URL_FILE", "/run/secrets/relay");
    reported[0] = '\0';
    settings_alone(SETTINGS_WORKER | SETTINGS_MAIL, lookup, note_report);
    cr_assert_str_eq(reported, "");
}

Test(settings_names, a_variable_that_another_one_beats_is_told)
{
    set("ICHOR_TEMPORAL_HOSTPORT", "temporal:7233");
    set("ICHOR_TEMPORAL_HOST", "temporal:7233"); /* says the same */
    set("ICHOR_DB_PASSWORD", "secret word");
    set("TEMPORAL_ADDRESS", "elsewhere:7233");
    set("ICHOR_DB_PASSWORD_FILE", "/run/secrets/password");
    set("ICHOR_TEMPORAL_TLS_CA_FILE", " ");
    set("TEMPORAL_TLS_SERVER_CA_CERT_PATH", "/ca.pem");
    set("ICHOR_WORKER_DEPLOYMENT", "workers");
    settings_doubled(SETTINGS_TEMPORAL | SETTINGS_DATABASE, lookup, note_report);
    cr_assert_str_eq(reported, "TEMPORAL_ADDRESS>ICHOR_TEMPORAL_HOSTPORT ICHOR_DB_PASSWORD_FILE>ICHOR_DB_PASSWORD ");
    reported[0] = '\0';
    set("ICHOR_DB_PASSWORD", "");
    settings_doubled(SETTINGS_DATABASE, lookup, note_report);
    cr_assert_str_eq(reported, "");
}
