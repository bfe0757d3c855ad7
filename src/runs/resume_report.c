/* Reads and writes reports of resumptions. */
#include "runs/resume_report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "console/input_file.h"

#define REPORT_BYTES MIB(256)

static int by_text(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

/* Complete lines only. */
static enum status read_lines(struct resume_report *report, struct text content, struct arena *arena,
                              struct error *error)
{
    size_t capacity = 0, line = 0;
    while (content.data != NULL) {
        struct json_value value;
        struct text written = text_split(&content, '\n');
        struct error fault = ERROR_IN(arena);
        line++;
        if (content.data == NULL || text_trim(written).size == 0)
            continue;
        if (json_read(arena, written, &value, &fault) != STATUS_OK || json_get(&value, TEXT("outcome")) == NULL)
            return error_set(error, STATUS_INVALID, TEXT_NONE, "%s:%zu: this is no line of a report", report->path,
                             line);
        if (!text_is(json_get_text(&value, TEXT("outcome")), resume_outcome_name(RESUME_DONE)))
            continue;
        report->done = arena_reserve(arena, report->done, report->done_count, &capacity, sizeof *report->done);
        if (report->done == NULL)
            return error_budget(error);
        report->done[report->done_count++] = json_get_text(&value, TEXT("workflow_id"));
    }
    if (report->done_count > 0)
        qsort(report->done, report->done_count, sizeof *report->done, by_text);
    return STATUS_OK;
}

/* The size of what ends with a newline. */
static size_t complete_size(struct text content)
{
    size_t size = content.size;
    while (size > 0 && content.data[size - 1] != '\n')
        size--;
    return size;
}

static enum status open_file(struct resume_report *report, size_t size, struct error *error)
{
    report->file = open(report->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (report->file < 0 || ftruncate(report->file, (off_t)size) != 0)
        return error_set(error, STATUS_INVALID, TEXT_NONE, "%s: cannot be written: %s", report->path,
                         strerrordesc_np(errno));
    return STATUS_OK;
}

enum status resume_report_open(struct resume_report *report, const char *path, bool append, struct arena *arena,
                               struct error *error)
{
    struct text content = TEXT("");
    *report = (struct resume_report){.path = path, .file = -1};
    enum status status =
        access(path, F_OK) == 0 ? input_file_read(arena, path, REPORT_BYTES, &content, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = read_lines(report, content, arena, error);
    return status == STATUS_OK && append ? open_file(report, complete_size(content), error) : status;
}

void resume_report_close(struct resume_report *report)
{
    if (report->file >= 0)
        (void)close(report->file);
    report->file = -1;
}

bool resume_report_has(const struct resume_report *report, struct text workflow_id)
{
    return report->done_count > 0 &&
           bsearch(&workflow_id, report->done, report->done_count, sizeof *report->done, by_text) != NULL;
}

bool resume_report_add(const struct resume_report *report, struct text line)
{
    ssize_t written = write(report->file, line.data, line.size);
    if (written >= 0 && (size_t)written < line.size)
        errno = ENOSPC;
    return written >= 0 && (size_t)written == line.size;
}
