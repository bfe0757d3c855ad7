/* Names of variables: slips, and settings that are of no use alone. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/settings.h"

static char doubts[512];

static void note_doubt(struct text variable, const char *other)
{
    size_t size = strlen(doubts);
    snprintf(doubts + size, sizeof(doubts) - size, "%.*s>%s ", TEXT_ARG(variable), other);
}

Test(settings_names, a_name_that_is_nearly_one_is_told)
{
    static const char *const environment[] = {"ICHOR_DB_HOTS=db",                  /* two neighbours are one slip */
                                              "ICHOR_DB_PASWORD=x",                /* one too few */
                                              "ICHOR_TEMPORAL_NAME_SPACES=x",      /* two in a long name */
                                              "TEMPORAL_ADDRES=x:1",               /* of Temporal's own */
                                              "ICHOR_PAYLOAD_KEYS_FILES=/x",       /* of a file */
                                              "ICHOR_WORKER_ACTIVITIE=",           /* nothing is said there */
                                              "ICHOR_DB_HOST=db",                  /* one of ours */
                                              "TEMPORAL_TLS_SERVER_CA_CERT_PATH=", /* the same */
                                              "ICHOR_DB_PORT=5432",    /* two slips in a short name: another's */
                                              "ICHOR_RABBIT_MQ_URL=x", /* the ERP's */
                                              "CHOR_DB_HOST=db",       /* not our kind of name */
                                              "ICHOR_",
                                              NULL};
    settings_misspelled(environment, note_doubt);
    cr_assert_str_eq(doubts, "ICHOR_DB_HOTS>ICHOR_DB_HOST ICHOR_DB_PASWORD>ICHOR_DB_PASSWORD "
                             "ICHOR_TEMPORAL_NAME_SPACES>ICHOR_TEMPORAL_NAMESPACE TEMPORAL_ADDRES>TEMPORAL_ADDRESS "
                             "ICHOR_PAYLOAD_KEYS_FILES>ICHOR_PAYLOAD_KEYS_FILE ");
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
    settings_misspelled(environment, note_doubt);
    cr_assert_str_eq(doubts, "ICHOR_TEMPORAL_TASK_QUEUES>ICHOR_TEMPORAL_TASK_QUEUE ");
}

static const char *const *set; /* NULL behind the last */

static const char *lookup(const char *name)
{
    for (size_t i = 0; set[i] != NULL; i++) {
        if (strcmp(set[i], name) == 0)
            return "x";
    }
    return NULL;
}

static void expect_alone(unsigned groups, const char *const *names, const char *told)
{
    set = names;
    doubts[0] = '\0';
    settings_alone(groups, lookup, note_doubt);
    cr_assert_str_eq(doubts, told);
}

Test(settings_names, what_has_no_use_alone_is_told)
{
    static const char *const alone[] = {"ICHOR_DB_KEY_FILE", "ICHOR_WORKER_BUILD_ID", "ICHOR_SMTP_FROM", NULL};
    static const char *const both[] = {"ICHOR_WORKER_BUILD_ID", "ICHOR_WORKER_DEPLOYMENT", "ICHOR_SMTP_FROM",
                                       "ICHOR_SMTP_URL_FILE", NULL};
    expect_alone(SETTINGS_DATABASE | SETTINGS_WORKER, alone,
                 "ICHOR_DB_KEY_FILE>ICHOR_DB_CERT_FILE ICHOR_WORKER_BUILD_ID>ICHOR_WORKER_DEPLOYMENT ");
    expect_alone(SETTINGS_WORKER | SETTINGS_MAIL, both, "");
}
