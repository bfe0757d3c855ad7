#include "cli/certificates.h"

#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "cli/cli.h"

#define WARN_DAYS 30
#define DAY_S     INT64_C(86400)

static void tell_end(struct metric_family *gauge, const char *peer, int64_t end)
{
    if (end == 0)
        return;
    metric_set(metric_new(gauge, "%s", ""), end);
    int64_t days = (end - time(NULL)) / DAY_S;
    if (days < WARN_DAYS)
        log_line(LOG_WARN, "A certificate ends soon", LOG_STRING("for", peer), LOG_INTEGER("days", days));
}

/* Empty where there is none: that a file can be read was seen when the settings were. */
static struct text content_of(struct arena *arena, struct text path)
{
    struct text name = arena_copy(arena, path), content = TEXT_NONE;
    if (path.size == 0 || name.data == NULL ||
        cli_read_file(arena, name.data, LIMIT_SETTING_FILE, &content, NULL) != STATUS_OK)
        return TEXT_NONE;
    return content;
}

static int64_t database_end(const struct settings *settings)
{
    struct arena *arena = settings->database_disable_tls ? NULL : arena_new(MIB(2), 0);
    if (arena == NULL)
        return 0;
    struct text ca = content_of(arena, settings->database_ca_file);
    struct text own = content_of(arena, settings->database_cert_file);
    int64_t end = security_certificates_end(ca, own);
    arena_free(arena);
    return end;
}

void certificates_tell(const struct settings *settings, const struct temporal_security *security)
{
    static struct metric_family temporal = {.name = "workflow_worker_certificates_end_seconds",
                                            .help =
                                                "When the first of the certificates for Temporal ends, since the epoch",
                                            .kind = METRIC_GAUGE};
    static struct metric_family database = {
        .name = "workflow_worker_database_certificates_end_seconds",
        .help = "When the first of the certificates for PostgreSQL ends that were there at the start, since the epoch",
        .kind = METRIC_GAUGE};
    tell_end(&temporal, "Temporal", security_ends(security));
    tell_end(&database, "PostgreSQL", database_end(settings));
}
