/* Reports when certificates expire. */
#include "cli/certificate_expiry.h"

#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/metrics.h"
#include "console/input_file.h"

#define WARN_DAYS 30
#define DAY_S     INT64_C(86400)

static void report(struct metric_family *gauge, const char *peer, int64_t end)
{
    if (end == 0)
        return;
    metric_set(metric_get(gauge, "%s", ""), end);
    int64_t days = (end - time(NULL)) / DAY_S;
    if (days < WARN_DAYS)
        log_line(LOG_WARN, "Certificate expires soon", LOG_STRING("for", peer), LOG_INTEGER("days", days));
}

/* Empty when there is no file; the settings have checked that it can be read. */
static struct text read_content(struct arena *arena, struct text path)
{
    struct text name = arena_copy(arena, path), content = TEXT_NONE;
    if (path.size == 0 || name.data == NULL ||
        input_file_read(arena, name.data, LIMIT_SETTING_FILE, &content, NULL) != STATUS_OK)
        return TEXT_NONE;
    return content;
}

static int64_t database_end(const struct settings *settings)
{
    struct arena *arena = settings->database_disable_tls ? NULL : arena_new(MIB(2), 0);
    if (arena == NULL)
        return 0;
    struct text ca = read_content(arena, settings->database_ca_file);
    struct text own = read_content(arena, settings->database_cert_file);
    int64_t end = security_certificates_end(ca, own);
    arena_free(arena);
    return end;
}

void certificate_expiry_report(const struct settings *settings, const struct temporal_security *security)
{
    static struct metric_family temporal = {.name = "workflow_worker_certificates_end_seconds",
                                            .help =
                                                "When the first of the certificates for Temporal ends, since the epoch",
                                            .kind = METRIC_GAUGE};
    static struct metric_family database = {
        .name = "workflow_worker_database_certificates_end_seconds",
        .help = "When the first of the certificates for PostgreSQL ends that were there at the start, since the epoch",
        .kind = METRIC_GAUGE};
    report(&temporal, "Temporal", security_ends(security));
    report(&database, "PostgreSQL", database_end(settings));
}
