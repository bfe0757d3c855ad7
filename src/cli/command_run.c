/* run: the worker itself. */
#include <getopt.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory_limit.h"
#include "cli/certificate_expiry.h"
#include "cli/commands.h"
#include "cli/connection_check.h"
#include "console/signals.h"
#include "erp/approval_requests.h"
#include "erp/effect_ledger.h"
#include "erp/execution.h"
#include "generated/services.h"
#include "ops/http.h"
#include "runs/connection_settings.h"
#include "worker/debug.h"

#define PING_MS 3000

struct process {
    struct ops_server *ops;
    struct services services;
    struct worker *worker;
    int64_t effects_keep_ms;
};

static enum status services_ping(void *userdata, struct error *error)
{
    const struct process *process = userdata;
    return services_health(&process->services, PING_MS, error);
}

static enum status execution_changed(void *userdata, const struct execution_change *change, struct arena *arena,
                                     struct error *error)
{
    const struct process *process = userdata;
    return execution_mark(process->services.database, change, arena, error);
}

static enum status approvals_ended(void *userdata, const struct approval_end *end, struct arena *arena,
                                   struct error *error)
{
    const struct process *process = userdata;
    return approval_requests_end(process->services.database, end, arena, error);
}

static enum status approvals_take_turn(void *userdata, int64_t period_ms, struct arena *arena, bool *taken,
                                       struct error *error)
{
    const struct process *process = userdata;
    return approval_requests_take_turn(process->services.database, period_ms, arena, taken, error);
}

static enum status approvals_read(void *userdata, struct text after, struct arena *arena, struct approval_page *page,
                                  struct error *error)
{
    const struct process *process = userdata;
    return approval_requests_read(process->services.database, after, arena, page, error);
}

static enum status approvals_expire(void *userdata, const struct approval_pending *requests, size_t count,
                                    struct arena *arena, int64_t *changed, struct error *error)
{
    const struct process *process = userdata;
    return approval_requests_expire(process->services.database, requests, count, arena, changed, error);
}

static enum status effects_prune(void *userdata, int64_t max, int64_t *deleted, struct error *error)
{
    const struct process *process = userdata;
    return effect_ledger_prune(process->services.database, (process->effects_keep_ms + 999) / 1000, max, deleted,
                               error);
}

static void ready_changed(void *userdata, bool ready)
{
    const struct process *process = userdata;
    ops_set_ready(process->ops, ready);
}

static void due_changed(void *userdata, int64_t due_us)
{
    const struct process *process = userdata;
    ops_set_due(process->ops, due_us);
}

static bool write_debug(void *userdata, struct buffer *json)
{
    return worker_debug(userdata, json);
}

static void stop(void *userdata)
{
    worker_stop(userdata);
}

/* A worker that takes only workflow tasks performs no actions, but may record the status of runs. */
static bool needs_services(const struct settings *settings)
{
    return settings->mode != SETTINGS_MODE_WORKFLOW || settings->track_executions;
}

/* A bit set of enum service_id. A worker that does not need a database uses one that is configured. */
static unsigned services_of(const struct settings *settings)
{
    if (settings->mode != SETTINGS_MODE_WORKFLOW)
        return SERVICES_ALL;
    bool database = settings->track_executions || settings_variable("ICHOR_DB_HOST", cli_lookup) != NULL;
    return database ? 1u << SERVICE_DATABASE : 0;
}

static const struct action_catalog *catalog_of(const struct settings *settings)
{
    return settings->actions == SETTINGS_ACTIONS_CORE ? &action_catalog_core : &action_catalog_all;
}

static bool open_worker(struct process *process, const struct settings *settings,
                        const struct connection_settings *connection)
{
    process->effects_keep_ms = settings->effects_keep_ms;
    process->worker = worker_new(&(struct worker_options){
        .target = settings->temporal_target,
        .security = &connection->security,
        .keys = &connection->keys,
        .deployment = {.name = settings->deployment,
                       .build_id = settings->build_id,
                       .auto_upgrade = settings->versioning == SETTINGS_VERSIONING_AUTO_UPGRADE},
        .only_activities = settings->mode == SETTINGS_MODE_ACTIVITY,
        .namespace_ = settings->temporal_namespace,
        .queues = settings->task_queues.items,
        .queue_count = settings->task_queues.count,
        .catalog = catalog_of(settings),
        .services = &process->services,
        .stand_in = settings->stand_in_user,
        .hold = settings->on_failure == SETTINGS_ON_FAILURE_HOLD,
        .describe = settings->describe,
        .local = settings->dispatch == SETTINGS_DISPATCH_AUTO && settings->mode == SETTINGS_MODE_BOTH,
        .cache_bytes = (size_t)settings->cache_bytes,
        .memory_bytes = settings->memory_bytes > 0 ? (size_t)settings->memory_bytes : memory_limit_read(""),
        .activities = settings->mode == SETTINGS_MODE_WORKFLOW ? 0 : (unsigned)settings->activities,
        .local_threads = (unsigned)settings->database_connections,
        .async_threads = (unsigned)settings->async_threads,
        .polls_max = (unsigned)settings->polls_max,
        .activity_polls_max = (unsigned)settings->activity_polls_max,
        .stop_timeout_ms = settings->stop_timeout_ms,
        .services_ping = needs_services(settings) ? services_ping : NULL,
        .execution_changed = settings->track_executions ? execution_changed : NULL,
        .approvals_ended = process->services.database != NULL ? approvals_ended : NULL,
        .approvals_take_turn = process->services.database != NULL ? approvals_take_turn : NULL,
        .approvals_read = process->services.database != NULL ? approvals_read : NULL,
        .approvals_expire = process->services.database != NULL ? approvals_expire : NULL,
        .effects_prune = process->services.database != NULL && settings->effects_keep_ms > 0 ? effects_prune : NULL,
        .ready_changed = ready_changed,
        .due_changed = due_changed,
        .userdata = process,
    });
    return process->worker != NULL && signals_start(stop, process->worker);
}

static enum cli_exit run_worker(const struct cli_command *command, struct process *process,
                                const struct settings *settings, const struct connection_settings *connection)
{
    if (!open_worker(process, settings, connection)) {
        worker_free(process->worker);
        return cli_out_of_memory(command);
    }
    ops_set_debug(process->ops, write_debug, process->worker);
    if (worker_run(process->worker) == WORKER_ABANDONED)
        _exit(CLI_SUCCESS); /* threads of handlers still use this memory */
    ops_set_debug(process->ops, NULL, NULL);
    ops_set_due(process->ops, 0);
    signals_end();
    services_stop(&process->services);
    worker_free(process->worker);
    return CLI_SUCCESS;
}

static void warn_unknown(struct text variable, const char *other)
{
    if (other != NULL)
        log_line(LOG_WARN, "Variable is not a setting but resembles one", LOG_TEXT("variable", variable),
                 LOG_STRING("did_you_mean", other));
    else
        log_line(LOG_WARN, "Variable is not a setting of this worker", LOG_TEXT("variable", variable));
}

static void warn_alone(struct text variable, const char *other)
{
    log_line(LOG_WARN, "Setting has no effect without another one", LOG_TEXT("variable", variable),
             LOG_STRING("needs", other));
}

static void warn_doubled(struct text variable, const char *other)
{
    log_line(LOG_WARN, "Variable is ignored because another one sets the same", LOG_TEXT("variable", variable),
             LOG_STRING("used", other));
}

/* Reads the settings of services last: the worker's own settings decide which services are needed. */
static bool read_settings(const struct cli_command *command, struct arena *arena, struct settings *settings,
                          struct connection_settings *connection)
{
    const unsigned own = SETTINGS_TEMPORAL | SETTINGS_RULES | SETTINGS_WORKER | SETTINGS_LOG;
    struct settings_faults faults = {.arena = arena};
    *settings = (struct settings){0};
    settings_read(own, cli_lookup, settings, &faults);
    unsigned groups = own | services_settings(services_of(settings));
    settings_read(groups & ~own, cli_lookup, settings, &faults);
    connection_settings_check(settings, connection, &faults);
    bool good = connection_settings_accept(command, settings, connection, &faults);
    settings_unknown((const char *const *)environ, warn_unknown);
    settings_alone(groups, cli_lookup, warn_alone);
    settings_doubled(groups, cli_lookup, warn_doubled);
    return good;
}

static void log_start(const struct process *process, const struct settings *settings,
                      const struct connection_settings *connection)
{
    log_line(LOG_INFO, "starting service", LOG_STRING("version", WORKER_VERSION),
             LOG_TEXT("temporal_host", settings->temporal_target), LOG_TEXT("database_host", settings->database_host),
             LOG_BOOLEAN("temporal_tls", connection->security.tls), LOG_INTEGER("payload_keys", connection->keys.count),
             LOG_INTEGER("health_port", ops_port(process->ops)));
    if (process->services.mail == NULL && settings->mode != SETTINGS_MODE_WORKFLOW)
        log_line(LOG_WARN, "No mail server: send_email only logs what it would send; set ICHOR_SMTP_URL");
    if (!settings->protect)
        log_line(LOG_WARN, "Protected tables and columns can be written by rules: ICHOR_WORKER_PROTECT is false");
    certificate_expiry_report(settings, &connection->security);
}

static enum cli_exit serve(const struct cli_command *command, struct arena *arena, bool check)
{
    struct settings settings;
    struct connection_settings connection;
    if (!read_settings(command, arena, &settings, &connection))
        return CLI_USAGE;
    struct process process = {0};
    struct error error = ERROR_IN(arena);
    enum status status = services_start(&settings, services_of(&settings), &process.services, &error);
    if (status != STATUS_OK)
        return (status == STATUS_INVALID ? cli_usage_error : cli_fail)(command, "%.*s", TEXT_ARG(error.message));
    if (check) {
        enum cli_exit code = connection_check(command, arena, &settings, &connection, &process.services);
        services_stop(&process.services);
        return code;
    }
    process.ops = ops_start((uint16_t)settings.health_port, &error);
    if (process.ops == NULL) {
        services_stop(&process.services);
        return cli_fail(command, "%.*s; ICHOR_WORKER_HEALTH_PORT sets another port", TEXT_ARG(error.message));
    }
    log_start(&process, &settings, &connection);
    enum cli_exit code = run_worker(command, &process, &settings, &connection);
    ops_stop(process.ops);
    services_stop(&process.services);
    return code;
}

static const struct option options[] = {
    {"check", no_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};

static enum cli_exit run(const struct cli_command *command, struct arena *arena, int argc, char **argv)
{
    bool check = false;
    int option;
    while ((option = cli_option(command, argc, argv)) != -1) {
        if (option != 'c')
            return cli_option_end(command, option);
        check = true;
    }
    if (optind < argc)
        return cli_usage_error(command, "unexpected argument '%s'", argv[optind]);
    if (!check) {
        signals_block();               /* process 1 of a container would lose an earlier signal */
        log_set_output(STDOUT_FILENO); /* stdout of every other command has its results */
    }
    return serve(command, arena, check);
}

const struct cli_command command_run = {
    .name = "run",
    .synopsis = "[--check]",
    .summary = "Execute rules until SIGINT or SIGTERM (the default command)",
    .help = "Polls Temporal for runs of rules and performs their actions. Waits for a server or database that is\n"
            "unavailable. The first SIGINT or SIGTERM takes no more work and finishes running work; a second one\n"
            "exits at once.\n"
            "\n"
            "  --check   only test whether the settings are good, Temporal, PostgreSQL and the mail server answer,\n"
            "            and the database is the ERP's; sends no mail\n"
            "\n"
            "The log goes to stdout. The health port serves /healthz/live, /healthz/ready, /metrics, /debug.\n"
            "\n"
            "Example:\n"
            "  ICHOR_TEMPORAL_HOSTPORT=localhost:7233 ICHOR_DB_HOST=localhost ICHOR_DB_USER=postgres \\\n"
            "  ICHOR_DB_PASSWORD=... ICHOR_DB_DISABLE_TLS=true " PROGRAM " run\n"
            "\n"
            "Exit code: 0 stopped by a signal, or the check succeeded; 1 could not start, second signal, or the check\n"
            "failed; 2 wrong usage or settings.\n",
    .settings = SETTINGS_ALL,
    .arena_bytes = MIB(1),
    .options = options,
    .run = run,
};
