/* Reads the limits of control groups: of the process's own group and of its ancestors, as far as they are visible. */
#include "base/memory_limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

/* Version 1 has no word for "no limit": the kernel writes a number larger than this one. */
#define UNLIMITED  ((long long)1 << 50)
#define PATH_BYTES 4096

struct version {
    const char *folder, *file; /* the path of a limit is: folder, path of the group, file */
};
static const struct version version_1 = {"/sys/fs/cgroup/memory", "memory.limit_in_bytes"};
static const struct version version_2 = {"/sys/fs/cgroup", "memory.max"};

/* The limit in a file; 0: none. */
static size_t read_limit(const char *path)
{
    FILE *file = fopen(path, "re");
    char line[64] = "";
    if (file == NULL)
        return 0;
    bool got = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    int64_t limit;
    line[strcspn(line, "\n")] = '\0';
    if (!got || !text_to_int64(text_from(line), &limit) || limit <= 0 || limit >= UNLIMITED)
        return 0;
    return (size_t)limit;
}

/* The smallest limit of the group at this path and of its ancestors. In a container the path may be that of the host:
   then only the outermost folder exists, which is the container's own group. */
static size_t least_limit(const char *root, const struct version *version, char *group)
{
    size_t least = 0;
    for (;;) {
        char path[PATH_BYTES];
        int size = snprintf(path, sizeof path, "%s%s%s/%s", root, version->folder, group, version->file);
        size_t limit = size > 0 && (size_t)size < sizeof path ? read_limit(path) : 0;
        if (limit > 0 && (least == 0 || limit < least))
            least = limit;
        char *end = strrchr(group, '/');
        if (end == NULL)
            return least;
        *end = '\0';
    }
}

/* The limit of the group that a line of /proc/self/cgroup names, "number:controllers:path"; 0: none. */
static size_t limit_of_line(const char *root, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':');
    char *group = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
    if (group == NULL)
        return 0;
    controllers++;
    *group++ = '\0';
    if (*controllers == '\0')
        return least_limit(root, &version_2, group);
    char *rest = NULL;
    for (char *name = strtok_r(controllers, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
        if (strcmp(name, "memory") == 0)
            return least_limit(root, &version_1, group);
    }
    return 0;
}

size_t memory_limit_read(const char *root)
{
    char path[PATH_BYTES], line[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    size_t least = 0;
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL) {
        size_t limit = limit_of_line(root, line);
        if (limit > 0 && (least == 0 || limit < least))
            least = limit;
    }
    (void)fclose(file);
    return least;
}
