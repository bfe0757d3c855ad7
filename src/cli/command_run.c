/* run: the worker itself. */
#include <getopt.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/certificates.h"
#include "cli/check.h"
#include "cli/connect.h"
#include "cli/signals.h"
#include "erp/approval_requests.h"
#include "erp/execution.h"
#include "generated/services.h"
#include "ops/http.h"
#include "worker/debug.h"

#define PING_MS 3000

struct process {
    struct ops_server *ops;
    struct services services;
    struct worker *worker;
};

static enum status services_ping(void *hook, struct error *error)
{
    const struct process *process = hook;
    return services_health(&process->services, PING_MS, error);
}

static enum status execution_changed(void *hook, const struct execution_change *change, struct arena *arena,
                                     struct error *error)
{
    const struct process *process = hook;
    return execution_mark(process->services.database, change, arena, error);
}

static enum status approvals_ended(void *hook, const struct approval_end *end, struct arena *arena, struct error *error)
{
    const struct process *process = hook;
    return approval_requests_end(process->services.database, end, arena, error);
}

static void ready_changed(void *hook, bool ready)
{
    const struct process *process = hook;
    ops_set_ready(process->ops, ready);
}

static bool tell_debug(void *hook, struct buffer *json)
{
    return worker_debug(hook, json);
}

static void stop(void *hook)
{
    worker_stop(hook);
}

/* One that takes only workflow tasks performs nothing, but may write down what becomes of runs. */
static bool needs_services(const struct settings *settings)
{
    return settings->mode != SETTINGS_MODE_WORKFLOW || settings->track_executions;
}

/* A bit set of enum service_id: a database that is not needed is used where there is one. */
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

static bool open_all(struct process *process, const struct settings *settings, const struct connect *connect)
{
    process->worker = worker_new(&(struct worker_options){
        .target = settings->temporal_target,
        .security = &connect->security,
        .keys = &connect->keys,
        .deployment = {.name = settings->deployment,
                       .build_id = settings->build_id,
                       .auto_upgrade = settings->versioning == SETTINGS_VERSIONING_AUTO_UPGRADE},
        .only_activities = settings->mode == SETTINGS_MODE_ACTIVITY,
        .namespace_ = settings->temporal_namespace,
        .queues = settings->task_queues.items,
        .queue_count = settings->task_queues.count,
        .catalog = catalog_of(settings),
        .services = &process->services,
        .local = settings->dispatch == SETTINGS_DISPATCH_AUTO && settings->mode == SETTINGS_MODE_BOTH,
        .cache_bytes = (size_t)settings->cache_bytes,
        .activities = settings->mode == SETTINGS_MODE_WORKFLOW ? 0 : (unsigned)settings->activities,
        .local_threads = (unsigned)settings->database_connections,
        .async_threads = (unsigned)settings->async_threads,
        .stop_timeout_ms = settings->stop_timeout_ms,
        .services_ping = needs_services(settings) ? services_ping : NULL,
        .execution_changed = settings->track_executions ? execution_changed : NULL,
        .approvals_ended = process->services.database != NULL ? approvals_ended : NULL,
        .ready_changed = ready_changed,
        .hook = process,
    });
    return process->worker != NULL && signals_start(stop, process->worker);
}

static enum cli_exit work(const struct cli_command *command, struct process *process, const struct settings *settings,
                          const struct connect *connect)
{
    if (!open_all(process, settings, connect)) {
        worker_free(process->worker);
        return cli_fail(command, "out of memory");
    }
    ops_set_debug(process->ops, tell_debug, process->worker);
    if (worker_run(process->worker) == WORKER_ABANDONED)
        _exit(CLI_GOOD); /* threads of handlers still use what would be freed */
    ops_set_debug(process->ops, NULL, NULL);
    signals_end();
    services_stop(&process->services);
    worker_free(process->worker);
    return CLI_GOOD;
}

static void tell_unknown(struct text variable, const char *other)
{
    if (other != NULL)
        log_line(LOG_WARN, "A variable is no setting, but its name is much like one", LOG_TEXT("variable", variable),
                 LOG_STRING("did_you_mean", other));
    else
        log_line(LOG_WARN, "A variable is no setting of this worker", LOG_TEXT("variable", variable));
}

static void tell_alone(struct text variable, const char *other)
{
    log_line(LOG_WARN, "A setting has no use without another one", LOG_TEXT("variable", variable),
             LOG_STRING("needs", other));
}

static void tell_doubled(struct text variable, const char *other)
{
    log_line(LOG_WARN, "A variable is not used, as another one is set for the same", LOG_TEXT("variable", variable),
             LOG_STRING("used", other));
}

/* Those of the services are read when it is known which ones are needed. */
static bool read_settings(const struct cli_command *command, struct arena *arena, struct settings *settings,
                          struct connect *connect)
{
    const unsigned own = SETTINGS_TEMPORAL | SETTINGS_WORKER | SETTINGS_LOG;
    struct settings_faults faults = {.arena = arena};
    *settings = (struct settings){0};
    settings_read(own, cli_lookup, settings, &faults);
    unsigned groups = own | services_settings(services_of(settings));
    settings_read(groups & ~own, cli_lookup, settings, &faults);
    connect_read(settings, connect, &faults);
    bool settled = connect_settled(command, settings, connect, &faults);
    settings_unknown((const char *const *)environ, tell_unknown);
    settings_alone(groups, cli_lookup, tell_alone);
    settings_doubled(groups, cli_lookup, tell_doubled);
    return settled;
}

static void tell_start(const struct process *process, const struct settings *settings, const struct connect *connect)
{
    log_line(LOG_INFO, "starting service", LOG_STRING("version", WORKER_VERSION),
             LOG_TEXT("temporal_host", settings->temporal_target), LOG_TEXT("database_host", settings->database_host),
             LOG_BOOLEAN("temporal_tls", connect->security.tls), LOG_INTEGER("payload_keys", connect->keys.count),
             LOG_INTEGER("health_port", ops_port(process->ops)));
    if (process->services.mail == NULL && settings->mode != SETTINGS_MODE_WORKFLOW)
        log_line(LOG_WARN, "no mail server: send_email only logs what it would send; ICHOR_SMTP_URL sets one");
    certificates_tell(settings, &connect->security);
}

static enum cli_exit serve(const struct cli_command *command, struct arena *arena, bool check)
{
    struct settings settings;
    struct connect connect;
    if (!read_settings(command, arena, &settings, &connect))
        return CLI_USAGE;
    struct process process = {0};
    struct error error = ERROR_IN(arena);
    enum status status = services_start(&settings, services_of(&settings), &process.services, &error);
    if (status != STATUS_OK)
        return (status == STATUS_INVALID ? cli_usage : cli_fail)(command, "%.*s", TEXT_ARG(error.message));
    if (check) {
        enum cli_exit code = check_connections(command, arena, &settings, &connect, &process.services);
        services_stop(&process.services);
        return code;
    }
    process.ops = ops_start((uint16_t)settings.health_port, &error);
    if (process.ops == NULL) {
        services_stop(&process.services);
        return cli_fail(command, "%.*s; ICHOR_WORKER_HEALTH_PORT sets another port", TEXT_ARG(error.message));
    }
    tell_start(&process, &settings, &connect);
    enum cli_exit code = work(command, &process, &settings, &connect);
    ops_stop(process.ops);
    services_stop(&process.services);
    return code;
}

static enum cli_exit run(const struct cli_command *command, int argc, char **argv)
{
    static const struct option options[] = {
        {"check", no_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    bool check = false;
    int option;
    while ((option = cli_option(command, argc, argv, options)) != -1) {
        if (option != 'c')
            return cli_option_end(command, option);
        check = true;
    }
    if (optind < argc)
        return cli_usage(command, "unexpected argument '%s'", argv[optind]);
    struct arena *arena = arena_new(MIB(1), 0);
    if (arena == NULL)
        return cli_fail(command, "out of memory");
    if (!check) {
        signals_block();               /* as process 1 of a container, one that came sooner would be lost */
        log_set_output(STDOUT_FILENO); /* of every other command stdout has the results */
    }
    enum cli_exit code = serve(command, arena, check);
    arena_free(arena);
    return code;
}

const struct cli_command command_run = {
    .name = "run",
    .synopsis = "[--check]",
    .summary = "Execute rules until SIGINT or SIGTERM (the default command)",
    .help = "Polls Temporal for runs of rules and performs their actions. A server or database that is away is waited\n"
            "for. The first SIGINT or SIGTERM takes no more work and lets what is under way end; a second one ends at\n"
            "once.\n"
            "\n"
            "  --check   only see whether the settings are good, Temporal, PostgreSQL and the mail server answer,\n"
            "            and the database is the ERP's, and end; no mail is sent\n"
            "\n"
            "The log goes to stdout. Answers on the health port: /healthz/live, /healthz/ready, /metrics, /debug.\n"
            "\n"
            "Example:\n"
            "  ICHOR_TEMPORAL_HOSTPORT=localhost:7233 ICHOR_DB_HOST=localhost ICHOR_DB_USER=postgres \\\n"
            "  ICHOR_DB_PASSWORD=... ICHOR_DB_DISABLE_TLS=true " PROGRAM " run\n"
            "\n"
            "Exit code: 0 stopped by a signal, or all is well; 1 could not start, or a second signal, or not all is "
            "well; 2 wrong usage or settings.\n",
    .settings = SETTINGS_ALL,
    .run = run,
};
