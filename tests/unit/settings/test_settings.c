/* Each kind of setting, its faults, and where values come from. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settings/settings.h"
#include "variables.h"

/* Groups of services that others add may ask for more. */
#define OURS (SETTINGS_TEMPORAL | SETTINGS_DATABASE | SETTINGS_WORKER | SETTINGS_LOG | SETTINGS_MAIL)

static struct arena *arena;
static struct settings settings;
static struct text report; /* every fault */

static void set_up(void)
{
    arena = arena_new(MIB(1), 0);
    set("ICHOR_TEMPORAL_HOSTPORT", "temporal:7233");
    set("ICHOR_DB_HOST", "database");
    set("ICHOR_DB_USER", "ichor");
    set("ICHOR_DB_PASSWORD", "secret word");
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(settings, .init = set_up, .fini = tear_down);

static bool read_groups(unsigned groups)
{
    settings = (struct settings){0};
    struct settings_faults faults = {.arena = arena};
    settings_read(groups, lookup, &settings, &faults);
    report = faults.count > 0 ? settings_faults_text(&faults) : TEXT_NONE;
    return faults.count == 0;
}

static void assert_good(void)
{
    cr_assert(read_groups(OURS), "%.*s", TEXT_ARG(report));
}

static void assert_fault(const char *text)
{
    cr_assert_not(read_groups(OURS));
    cr_assert_neq(text_find(report, text_from(text)), SIZE_MAX, "%.*s", TEXT_ARG(report));
}

Test(settings, defaults)
{
    assert_good();
    cr_assert(text_is(settings.temporal_target, "temporal:7233"));
    cr_assert(text_is(settings.temporal_namespace, "default"));
    cr_assert_eq(settings.task_queues.count, 1);
    cr_assert(text_is(settings.task_queues.items[0], "ichor-workflow"));
    cr_assert(text_is(settings.database_name, "ichor"));
    cr_assert(text_is(settings.database_password, "secret word"));
    cr_assert_not(settings.database_disable_tls, "TLS is on by default");
    cr_assert_eq(settings.database_connections, 10);
    cr_assert_eq(settings.dispatch, SETTINGS_DISPATCH_AUTO);
    cr_assert_eq(settings.actions, SETTINGS_ACTIONS_ALL);
    cr_assert_eq(settings.stop_timeout_ms, 50000);
    cr_assert_eq(settings.health_port, 4001);
    cr_assert_eq(settings.cache_bytes, 256 * 1024 * 1024);
    cr_assert_eq(settings.activities, 100);
    cr_assert_eq(settings.async_threads, 16);
    cr_assert_eq(settings.polls_max, 50);
    cr_assert_eq(settings.activity_polls_max, 2);
    cr_assert_not(settings.track_executions);
    cr_assert_eq(settings.log_level, 1);
}

Test(settings, a_user_stands_in_where_one_is_named)
{
    struct uuid user;
    cr_assert(read_groups(SETTINGS_RULES));
    cr_assert(uuid_is_nil(settings.stand_in_user));
    cr_assert(uuid_parse(TEXT("f3c95789-ace1-4954-ac5d-6baed2eac902"), &user));
    set("ICHOR_WORKER_USER", "F3C95789-ACE1-4954-AC5D-6BAED2EAC902");
    cr_assert(read_groups(SETTINGS_RULES), "%.*s", TEXT_ARG(report));
    cr_assert(uuid_equal(settings.stand_in_user, user));
}

Test(settings, a_user_is_a_uuid)
{
    static const char *const wrong[] = {"ana", "f3c95789-ace1-4954-ac5d-6baed2eac90",
                                        "00000000-0000-0000-0000-000000000000"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        set("ICHOR_WORKER_USER", wrong[i]);
        cr_assert_not(read_groups(SETTINGS_RULES));
        cr_assert_neq(text_find(report, TEXT("expected a UUID, not the nil one")), SIZE_MAX, "%.*s", TEXT_ARG(report));
    }
}

Test(settings, executions_are_tracked_where_it_says_so)
{
    set("ICHOR_WORKFLOW_TRACK_EXECUTIONS", "true");
    assert_good();
    cr_assert(settings.track_executions);
    set("ICHOR_WORKFLOW_TRACK_EXECUTIONS", "yes");
    assert_fault("\n  ICHOR_WORKFLOW_TRACK_EXECUTIONS=yes: expected true or false");
}

Test(settings, every_fault_is_told_at_once_by_name)
{
    variable_count = 0;
    set("ICHOR_WORKER_DISPATCH", "by pigeon");
    set("ICHOR_DB_DISABLE_TLS", "perhaps");
    set("ICHOR_DB_CA_FILE", "/nowhere/ca.pem");
    set("ICHOR_PAYLOAD_KEYS_FILE", "/nowhere/keys");
    cr_assert_not(read_groups(OURS));
    cr_assert(text_is(report,
                      "8 settings are missing or wrong:"
                      "\n  ICHOR_DB_CA_FILE=/nowhere/ca.pem: No such file or directory"
                      "\n  ICHOR_DB_DISABLE_TLS=perhaps: expected true or false"
                      "\n  ICHOR_DB_HOST is required: PostgreSQL host, optionally with :port, or a socket folder"
                      "\n  ICHOR_DB_PASSWORD is required: database password"
                      "\n  ICHOR_DB_USER is required: database user"
                      "\n  ICHOR_PAYLOAD_KEYS_FILE: No such file or directory"
                      "\n  ICHOR_TEMPORAL_HOSTPORT is required: Temporal server as host:port, e.g. temporal:7233"
                      "\n  ICHOR_WORKER_DISPATCH=by pigeon: expected auto|activity"),
              "%.*s", TEXT_ARG(report));
}

Test(settings, faults_found_elsewhere_are_sorted_in)
{
    struct settings_faults faults = {.arena = arena};
    settings_fault(&faults, "B", " is %d", 2);
    cr_assert(text_is(settings_faults_text(&faults), "1 setting is missing or wrong:\n  B is 2"));
    settings_fault(&faults, "C", ": why");
    settings_fault(&faults, "A", "=x");
    settings_fault(&faults, "B", " is what came of it");
    cr_assert_eq(faults.count, 3);
    cr_assert(text_is(settings_faults_text(&faults), "3 settings are missing or wrong:\n  A=x\n  B is 2\n  C: why"));
}

Test(settings, a_fault_counts_even_without_memory)
{
    struct settings_faults faults = {.arena = arena};
    arena_fail_after(arena, 1);
    settings_fault(&faults, "A", " is wrong");
    cr_assert_eq(faults.count, 1);
    cr_assert(text_starts(settings_faults_text(&faults), TEXT("settings are missing or wrong")));
}

Test(settings, only_what_is_asked_for_is_judged)
{
    variable_count = 0;
    set("ICHOR_TEMPORAL_HOSTPORT", "temporal:7233");
    cr_assert(read_groups(SETTINGS_TEMPORAL), "%.*s", TEXT_ARG(report));
    cr_assert_eq(settings.database_host.size, 0);
    cr_assert_not(read_groups(SETTINGS_DATABASE));
    cr_assert_eq(text_find(report, TEXT("TEMPORAL")), SIZE_MAX);
}

Test(settings, an_empty_value_is_no_value)
{
    set("ICHOR_DB_USER", "");
    set("ICHOR_DB_NAME", "  ");
    assert_fault("\n  ICHOR_DB_USER is required");
    set("ICHOR_DB_USER", "me");
    assert_good();
    cr_assert(text_is(settings.database_name, "ichor"));
}

Test(settings, aliases_are_read_in_order)
{
    set("ICHOR_TEMPORAL_HOST_PORT", "second:1");
    set("ICHOR_TEMPORAL_HOST", "third:1");
    assert_good();
    cr_assert(text_is(settings.temporal_target, "temporal:7233"));
    set("ICHOR_TEMPORAL_HOSTPORT", "");
    assert_good();
    cr_assert(text_is(settings.temporal_target, "second:1"));
    set("ICHOR_TEMPORAL_HOST_PORT", NULL);
    assert_good();
    cr_assert(text_is(settings.temporal_target, "third:1"));
    set("ICHOR_TEMPORAL_HOST", "no port");
    assert_fault("\n  ICHOR_TEMPORAL_HOST=no port: expected host:port");
}

Test(settings, addresses)
{
    static const char *const good[] = {"t:1",
                                       "[::1]:7233",
                                       "temporal.svc.cluster.local:65535",
                                       "127.0.0.1:7233",
                                       "dns:///temporal:7233",
                                       "dns:53",
                                       "ipv6:[::1]:7233",
                                       "ipv4:127.0.0.1:7233",
                                       "[fe80::1%eth0]:7233",
                                       "gr\u00f6\u00dfe.example:7233"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        set("ICHOR_TEMPORAL_HOSTPORT", good[i]);
        assert_good();
    }
    static const char *const bad[] = {"temporal",
                                      "temporal:",
                                      "temporal:0",
                                      "temporal:65536",
                                      "temporal:port",
                                      ":7233",
                                      "[::1]",
                                      "a b:1",
                                      "temporal:-1",
                                      "temporal:7233/",
                                      "http://temporal:7233",
                                      "::1:7233",
                                      "fe80::1",
                                      "2001:db8::1:7233",
                                      "[::g]:7233",
                                      "[127.0.0.1]:7233",
                                      "[]:1",
                                      "[::1]7233",
                                      "[::1]:",
                                      "a:1,b:2",
                                      "a,b:7233",
                                      "a;b:1",
                                      "a:1:2",
                                      "temporal :7233",
                                      "temporal:+7233",
                                      "te\"mporal:1",
                                      "dns:///a:1,b:2",
                                      "ipv4:a:1,b:2"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        set("ICHOR_TEMPORAL_HOSTPORT", bad[i]);
        assert_fault("expected host:port");
    }
}

Test(settings, the_database_host_may_carry_a_port_or_be_a_folder)
{
    static const char *const good[] = {"database",    "database:5432", "/run/postgresql",
                                       "127.0.0.1:1", "[::1]",         "[::1]:5432"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        set("ICHOR_DB_HOST", good[i]);
        assert_good();
    }
    static const char *const bad[] = {"database:x", "::1", "::1:5432", "fe80::1", "a,b", "a:1,b:2", "a b", "[::1"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        set("ICHOR_DB_HOST", bad[i]);
        assert_fault(arena_print(arena, "\n  ICHOR_DB_HOST=%s: expected host or host:port", bad[i]).data);
    }
}

Test(settings, a_url_for_a_host_is_told_without_the_password_in_it)
{
    set("ICHOR_DB_HOST", "postgres://ichor:secret@database:5432");
    assert_fault("\n  ICHOR_DB_HOST: expected host or host:port");
    cr_assert_eq(text_find(report, TEXT("secret")), SIZE_MAX);
    set("ICHOR_DB_HOST", "postgres://database:5432");
    assert_fault("\n  ICHOR_DB_HOST=postgres://database:5432: expected host or host:port");
}

Test(settings, queues)
{
    set("ICHOR_TEMPORAL_TASK_QUEUE", "ichor-workflow, ichor-workflow-queue");
    assert_good();
    cr_assert_eq(settings.task_queues.count, 2);
    cr_assert(text_is(settings.task_queues.items[1], "ichor-workflow-queue"));
    static const char *const bad[] = {"a,", ",a", "a,,b", "a,a", "1,2,3,4,5,6,7,8,9"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        set("ICHOR_TEMPORAL_TASK_QUEUE", bad[i]);
        assert_fault("expected names separated by commas");
    }
    set("ICHOR_TEMPORAL_TASK_QUEUE", "1,2,3,4,5,6,7,8");
    assert_good();
    cr_assert_eq(settings.task_queues.count, LIMIT_TASK_QUEUES);
}

Test(settings, numbers_at_below_and_above_their_bounds)
{
    set("ICHOR_WORKER_ACTIVITIES", "1");
    set("ICHOR_WORKER_HEALTH_PORT", "65535");
    set("ICHOR_WORKER_CACHE_BYTES", "0");
    assert_good();
    cr_assert_eq(settings.activities, 1);
    cr_assert_eq(settings.health_port, 65535);
    cr_assert_eq(settings.cache_bytes, 0);
    set("ICHOR_WORKER_ACTIVITIES", "0");
    assert_fault("\n  ICHOR_WORKER_ACTIVITIES=0: expected a whole number from 1 to 10000");
    set("ICHOR_WORKER_ACTIVITIES", "10001");
    assert_fault("\n  ICHOR_WORKER_ACTIVITIES=10001: ");
    set("ICHOR_WORKER_HEALTH_PORT", "65536");
    assert_fault("\n  ICHOR_WORKER_HEALTH_PORT=65536: ");
    set("ICHOR_WORKER_HEALTH_PORT", "4001.5");
    assert_fault("\n  ICHOR_WORKER_HEALTH_PORT=4001.5: ");
}

Test(settings, bytes)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } good[] = {{"1", 1}, {"64KiB", 65536}, {"64 MiB", 67108864}, {"2GiB", 2147483648}, {"1024GiB", 1099511627776}};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        set("ICHOR_WORKER_CACHE_BYTES", good[i].text);
        assert_good();
        cr_assert_eq(settings.cache_bytes, good[i].bytes);
    }
    static const char *const bad[] = {"-1", "MiB", "1MB", "1.5GiB", "1025GiB", "9223372036854775807GiB", "1 MiB x"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        set("ICHOR_WORKER_CACHE_BYTES", bad[i]);
        assert_fault("\n  ICHOR_WORKER_CACHE_BYTES=");
    }
}

Test(settings, truth_values_are_those_of_go)
{
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
    static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};
    for (size_t i = 0; i < 6; i++) {
        set("ICHOR_DB_DISABLE_TLS", yes[i]);
        assert_good();
        cr_assert(settings.database_disable_tls);
        set("ICHOR_DB_DISABLE_TLS", no[i]);
        assert_good();
        cr_assert_not(settings.database_disable_tls);
    }
    set("ICHOR_DB_DISABLE_TLS", "yes");
    assert_fault("expected true or false");
}

Test(settings, durations)
{
    static const struct {
        const char *text;
        int64_t milliseconds;
    } good[] = {{"0", 0},     {"50s", 50000},       {"1m30s", 90000},       {"1.5s", 1500},
                {".5s", 500}, {"300ms", 300},       {"2h45m", 9900000},     {"1000000ns", 1},
                {"999us", 0}, {"1500\302\265s", 1}, {"8784h", 31622400000}, {"+1.0000000001s", 1000}};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t milliseconds = -1;
        cr_assert(settings_duration(text_from(good[i].text), &milliseconds), "%s", good[i].text);
        cr_assert_eq(milliseconds, good[i].milliseconds, "%s: %lld", good[i].text, (long long)milliseconds);
    }
    static const char *const bad[] = {"",
                                      "5",
                                      "s",
                                      "-1s",
                                      "1 s",
                                      "1s ",
                                      ".s",
                                      "1..5s",
                                      "1m 2s",
                                      "8785h",
                                      "99999999999999999999s",
                                      "1e3s",
                                      "9223372036854775807h",
                                      "9223372036.9s"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t milliseconds;
        cr_assert_not(settings_duration(text_from(bad[i]), &milliseconds), "%s", bad[i]);
    }
    set("ICHOR_WORKER_STOP_TIMEOUT", "366d");
    assert_good();
    set("ICHOR_WORKER_STOP_TIMEOUT", "367d");
    assert_fault("\n  ICHOR_WORKER_STOP_TIMEOUT=367d: expected a duration");
}

Test(settings, a_secret_is_taken_as_it_is_and_never_shown)
{
    set("ICHOR_DB_PASSWORD", " with blanks ");
    assert_good();
    cr_assert(text_is(settings.database_password, " with blanks "));
    set("ICHOR_DB_USER", "");
    cr_assert_not(read_groups(OURS));
    cr_assert_eq(text_find(report, TEXT("blanks")), SIZE_MAX);
}

Test(settings, help_names_each_with_its_default)
{
    struct buffer buffer = buffer_in(arena, KIB(64));
    settings_describe(&buffer, SETTINGS_DATABASE | SETTINGS_WORKER);
    struct text help = buffer_text(&buffer);
    cr_assert_neq(text_find(help, TEXT("ICHOR_DB_NAME ")), SIZE_MAX);
    cr_assert_neq(text_find(help, TEXT("; default ichor\n")), SIZE_MAX);
    cr_assert_neq(text_find(help, TEXT("(auto|activity); default auto\n")), SIZE_MAX);
    cr_assert_neq(text_find(help, TEXT("database password; required\n")), SIZE_MAX);
    cr_assert_eq(text_find(help, TEXT("ICHOR_TEMPORAL")), SIZE_MAX);
}

Test(settings, a_mail_server_is_optional)
{
    assert_good();
    cr_assert_eq(settings.mail_url.size + settings.mail_from.size + settings.mail_ca_file.size, 0);
    set("ICHOR_SMTP_FROM", "erp@example.com");
    assert_good();
    set("ICHOR_SMTP_FROM", "");
    set("ICHOR_SMTP_URL", "smtp://ann:pass-word@mail.example.com:587\n");
    assert_fault("\n  ICHOR_SMTP_FROM is required: sender of mails");
    cr_assert_eq(text_find(report, TEXT("pass-word")), SIZE_MAX);
    set("ICHOR_SMTP_FROM", "Ichor <erp@example.com>");
    assert_good();
    cr_assert(text_is(settings.mail_url, "smtp://ann:pass-word@mail.example.com:587"));
    cr_assert(text_is(settings.mail_from, "Ichor <erp@example.com>"));
}

Test(settings, mail_servers)
{
    set("ICHOR_SMTP_FROM", "erp@example.com");
    static const char *const good[] = {"smtp://mail", "smtps://mail:465/", "smtp://[::1]:25", "smtp://a:b%40c@d/name",
                                       "smtp://a;AUTH=LOGIN:b@c"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        set("ICHOR_SMTP_URL", good[i]);
        assert_good();
    }
    static const char *const bad[] = {"mail",
                                      "smtp://",
                                      "smtp:///x",
                                      "smtp://pass-word@",
                                      "smtp://ann:pass-word@:25",
                                      "http://mail",
                                      "smtp://mail:0",
                                      "smtp://mail:port",
                                      "smtp://ma il",
                                      "smtp://::1",
                                      "smtp://fe80::1:25",
                                      "smtp://a,b",
                                      "smtp://a:25,b:25"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        set("ICHOR_SMTP_URL", bad[i]);
        assert_fault("\n  ICHOR_SMTP_URL: expected smtp://[user[;AUTH=MECHANISM]:password@]host[:port] or smtps://...");
        cr_assert_eq(text_find(report, TEXT("pass-word")), SIZE_MAX);
    }
    set("ICHOR_SMTP_URL", "smtp://mail");
    set("ICHOR_SMTP_FROM", "erp");
    assert_fault("\n  ICHOR_SMTP_FROM=erp: expected an address like");
}

Test(settings, which_variable_it_was)
{
    cr_assert_str_eq(settings_variable("ICHOR_TEMPORAL_HOSTPORT", lookup), "ICHOR_TEMPORAL_HOSTPORT");
    cr_assert_null(settings_variable("ICHOR_TEMPORAL_TLS_CA", lookup));
    set("TEMPORAL_TLS_SERVER_CA_CERT_PATH", "/nowhere");
    cr_assert_str_eq(settings_variable("ICHOR_TEMPORAL_TLS_CA", lookup), "TEMPORAL_TLS_SERVER_CA_CERT_PATH");
    set("TEMPORAL_TLS_SERVER_CA_CERT_DATA", "x");
    cr_assert_str_eq(settings_variable("ICHOR_TEMPORAL_TLS_CA", lookup), "TEMPORAL_TLS_SERVER_CA_CERT_DATA");
    set("ICHOR_TEMPORAL_TLS_CA_FILE", "/nowhere");
    cr_assert_str_eq(settings_variable("ICHOR_TEMPORAL_TLS_CA", lookup), "ICHOR_TEMPORAL_TLS_CA_FILE");
}

/* A file for a value; removed by the test. */
static const char *file_with(const char *content, size_t size)
{
    static char path[] = "/tmp/test-settings-XXXXXX";
    memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    cr_assert_eq(write(file, content, size), (ssize_t)size);
    close(file);
    return path;
}

Test(settings, a_file_may_hold_a_secret)
{
    set("ICHOR_DB_PASSWORD", NULL);
    const char *path = file_with(" from a file \r\n", 15);
    set("ICHOR_DB_PASSWORD_FILE", path);
    assert_good();
    cr_assert(text_is(settings.database_password, " from a file "));
    set("ICHOR_DB_PASSWORD", "said outright");
    assert_good();
    cr_assert(text_is(settings.database_password, "said outright"));
    unlink(path);
    assert_good();
    set("ICHOR_DB_PASSWORD", "");
    assert_fault("\n  ICHOR_DB_PASSWORD_FILE: No such file or directory");
}

Test(settings, a_file_without_a_value_is_a_fault)
{
    set("ICHOR_DB_PASSWORD", NULL);
    const char *path = file_with("\n\n", 2);
    set("ICHOR_DB_PASSWORD_FILE", path);
    assert_fault("\n  ICHOR_DB_PASSWORD_FILE: the file is empty");
    unlink(path);
    set("ICHOR_DB_PASSWORD_FILE", "/");
    assert_fault("\n  ICHOR_DB_PASSWORD_FILE: Is a directory");

    static char large[LIMIT_SETTING_FILE + 1];
    memset(large, 'x', sizeof(large));
    path = file_with(large, sizeof(large) - 1);
    set("ICHOR_DB_PASSWORD_FILE", path);
    assert_good();
    cr_assert_eq(settings.database_password.size, LIMIT_SETTING_FILE);
    unlink(path);
    path = file_with(large, sizeof(large));
    set("ICHOR_DB_PASSWORD_FILE", path);
    assert_fault("\n  ICHOR_DB_PASSWORD_FILE: the file is too large");
    unlink(path);
    set("ICHOR_DB_PASSWORD_FILE", "/dev/zero"); /* has no end */
    assert_fault("\n  ICHOR_DB_PASSWORD_FILE: the file is too large");
}

Test(settings, a_path_leads_to_a_file)
{
    const char *path = file_with("x", 1);
    set("ICHOR_DB_CA_FILE", path);
    assert_good();
    cr_assert(text_is(settings.database_ca_file, path));
    unlink(path);
    set("ICHOR_DB_CA_FILE", "/");
    assert_fault("\n  ICHOR_DB_CA_FILE=/: Is a directory");
    set("ICHOR_DB_CA_FILE", "/dev/null");
    assert_fault("\n  ICHOR_DB_CA_FILE=/dev/null: the file is empty");
}

Test(settings, names_of_temporals_own_tools_are_read_last)
{
    set("TEMPORAL_ADDRESS", "theirs:7233");
    set("TEMPORAL_NAMESPACE", "theirs");
    assert_good();
    cr_assert(text_is(settings.temporal_target, "temporal:7233"));
    cr_assert(text_is(settings.temporal_namespace, "theirs"));
    set("ICHOR_TEMPORAL_HOSTPORT", "");
    set("ICHOR_TEMPORAL_NAMESPACE", "ours");
    assert_good();
    cr_assert(text_is(settings.temporal_target, "theirs:7233"));
    cr_assert(text_is(settings.temporal_namespace, "ours"));
}
