#include "secrets/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

/* Reads at most `room` bytes of a regular file. Other kinds are rejected, since a pipe could block the thread. */
static enum secret_answer read_file(const char *folder, struct text name, const char *suffix, char *bytes, size_t room,
                                    size_t *size)
{
    char path[PATH_MAX];
    struct stat about;
    if (snprintf(path, sizeof path, "%s/%.*s%s", folder, TEXT_ARG(name), suffix) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return SECRET_UNREADABLE;
    }
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return errno == ENOENT ? SECRET_UNKNOWN : SECRET_UNREADABLE;
    ssize_t got = fstat(file, &about) == 0 ? 0 : -1;
    if (got == 0 && !S_ISREG(about.st_mode)) {
        errno = EINVAL;
        got = -1;
    }
    for (*size = 0; got >= 0 && *size < room; *size += (size_t)got) {
        got = read(file, bytes + *size, room - *size);
        if (got == 0)
            break;
    }
    const int fault = errno;
    (void)close(file);
    errno = fault;
    return got >= 0 ? SECRET_FOUND : SECRET_UNREADABLE;
}

bool secret_value_is(struct text value)
{
    for (size_t i = 0; i < value.size; i++) {
        unsigned char byte = (unsigned char)value.data[i];
        if (byte < ' ' || byte == 0x7f)
            return false;
    }
    return value.size >= LIMIT_SECRET_SHORTEST && value.size <= LIMIT_SECRET;
}

enum secret_answer secret_file_read(const char *folder, struct text name, char *bytes, size_t *size)
{
    const enum secret_answer answer = read_file(folder, name, "", bytes, LIMIT_SECRET + 1, size);
    if (answer != SECRET_FOUND)
        return answer;
    if (*size > 0 && bytes[*size - 1] == '\n')
        --*size;
    if (*size > 0 && bytes[*size - 1] == '\r')
        --*size;
    return secret_value_is((struct text){.data = bytes, .size = *size}) ? SECRET_FOUND : SECRET_UNFIT;
}

static bool line_allows(struct text line, struct text destination)
{
    if (text_is(line, "*") || text_equal_ignoring_case(line, destination))
        return line.size > 0;
    if (!text_starts(line, TEXT("*.")) || destination.size < line.size)
        return false;
    const struct text domain = text_slice(line, 1, line.size);
    return text_equal_ignoring_case(text_slice(destination, destination.size - domain.size, domain.size), domain);
}

enum secret_answer secret_file_allows(const char *folder, struct text name, struct text destination)
{
    char bytes[LIMIT_SECRET_HOSTS];
    size_t size = 0;
    const enum secret_answer answer = read_file(folder, name, ".hosts", bytes, sizeof bytes, &size);
    if (answer != SECRET_FOUND)
        return answer == SECRET_UNKNOWN ? SECRET_FORBIDDEN : answer;
    if (size == sizeof bytes) /* the last line may be cut, for instance to `*` */
        return SECRET_FORBIDDEN;
    struct text rest = {.data = bytes, .size = size};
    while (rest.data != NULL)
        if (line_allows(text_trim(text_split(&rest, '\n')), destination))
            return SECRET_FOUND;
    return SECRET_FORBIDDEN;
}
