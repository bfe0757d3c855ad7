/* Finds files of test cases. */
#include "authoring/test_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"

#define RULE_SUFFIX  ".json"
#define TESTS_FOLDER "tests/"

static bool has_suffix(const char *path, const char *suffix)
{
    return text_ends(text_from(path), text_from(suffix));
}

static bool exists(const char *path)
{
    struct stat found;
    return path != NULL && stat(path, &found) == 0;
}

/* The folder of a path, with its slash; empty when it has none. */
static struct text folder_of(struct text path)
{
    while (path.size > 0 && path.data[path.size - 1] != '/')
        path.size--;
    return path;
}

const char *test_files_rule(struct arena *arena, const char *cases)
{
    if (!has_suffix(cases, CASES_SUFFIX))
        return NULL;
    struct text stem = text_slice(text_from(cases), 0, strlen(cases) - strlen(CASES_SUFFIX));
    const char *beside = arena_print(arena, "%.*s" RULE_SUFFIX, TEXT_ARG(stem)).data;
    struct text folder = folder_of(stem);
    bool in_tests = text_equal(folder, TEXT(TESTS_FOLDER)) || text_ends(folder, TEXT("/" TESTS_FOLDER));
    if (!in_tests || exists(beside))
        return beside;
    struct text above = text_slice(folder, 0, folder.size - strlen(TESTS_FOLDER));
    struct text name = text_slice(stem, folder.size, stem.size);
    return arena_print(arena, "%.*s%.*s" RULE_SUFFIX, TEXT_ARG(above), TEXT_ARG(name)).data;
}

/* The cases of a rule; NULL when there are none, or past the arena's cap. */
static const char *find_cases(struct arena *arena, const char *rule)
{
    struct text stem = text_slice(text_from(rule), 0, strlen(rule) - strlen(RULE_SUFFIX));
    struct text folder = folder_of(stem), name = text_slice(stem, folder.size, stem.size);
    const char *beside = arena_print(arena, "%.*s" CASES_SUFFIX, TEXT_ARG(stem)).data;
    if (exists(beside))
        return beside;
    const char *below =
        arena_print(arena, "%.*s" TESTS_FOLDER "%.*s" CASES_SUFFIX, TEXT_ARG(folder), TEXT_ARG(name)).data;
    return exists(below) ? below : NULL;
}

const char *test_files_beside(struct arena *arena, const char *file, struct text name)
{
    const char *slash = strrchr(file, '/');
    size_t folder = slash != NULL && !text_starts(name, TEXT("/")) ? (size_t)(slash - file) + 1 : 0;
    return arena_print(arena, "%.*s%.*s", (int)folder, file, TEXT_ARG(name)).data;
}

static enum status add(struct arena *arena, const char ***list, size_t *count, size_t *capacity, const char *path,
                       struct error *error)
{
    if (path == NULL)
        return error_budget(error);
    if (*count == *capacity) {
        size_t larger = *capacity == 0 ? 32 : *capacity * 2;
        const char **grown = arena_grow(arena, *list, *capacity * sizeof **list, larger * sizeof **list);
        if (grown == NULL)
            return error_budget(error);
        *list = grown;
        *capacity = larger;
    }
    (*list)[(*count)++] = path;
    return STATUS_OK;
}

static enum status add_cases(struct arena *arena, const char *path, struct test_files *files, struct error *error)
{
    return add(arena, &files->cases, &files->case_count, &files->case_capacity, path, error);
}

static enum status add_rule(struct arena *arena, const char *path, struct test_files *files, struct error *error)
{
    return add(arena, &files->rules, &files->rule_count, &files->rule_capacity, path, error);
}

static enum status cannot_read(const char *path, struct error *error)
{
    return error_set(error, STATUS_NOT_FOUND, TEXT_NONE, "cannot read %s: %s", path, strerrordesc_np(errno));
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static enum status add_folder(struct arena *arena, const char *folder, unsigned depth, struct test_files *files,
                              struct error *error);

/* Adds what a folder has under that name. */
static enum status add_entry(struct arena *arena, const char *folder, const char *name, unsigned depth,
                             struct test_files *files, struct error *error)
{
    const char *slash = has_suffix(folder, "/") ? "" : "/";
    const char *path = arena_print(arena, "%s%s%s", folder, slash, name).data;
    struct stat found;
    if (path == NULL)
        return error_budget(error);
    if (stat(path, &found) != 0)
        return cannot_read(path, error);
    if (S_ISDIR(found.st_mode))
        return add_folder(arena, path, depth + 1, files, error);
    if (has_suffix(path, CASES_SUFFIX))
        return add_cases(arena, path, files, error);
    if (!has_suffix(path, RULE_SUFFIX))
        return STATUS_OK;
    return find_cases(arena, path) != NULL ? STATUS_OK : add_rule(arena, path, files, error);
}

static enum status add_folder(struct arena *arena, const char *folder, unsigned depth, struct test_files *files,
                              struct error *error)
{
    if (depth > LIMIT_FOLDER_DEPTH)
        return error_set(error, STATUS_BUDGET, TEXT_NONE, "%s: folders are nested more than %d deep", folder,
                         LIMIT_FOLDER_DEPTH);
    struct dirent **entries;
    int count = scandir(folder, &entries, is_visible, alphasort);
    if (count < 0)
        return cannot_read(folder, error);
    enum status status = STATUS_OK;
    for (int i = 0; i < count; i++) {
        if (status == STATUS_OK)
            status = add_entry(arena, folder, entries[i]->d_name, depth, files, error);
        free(entries[i]);
    }
    free(entries);
    return status;
}

enum status test_files_add(struct arena *arena, const char *path, struct test_files *files, struct error *error)
{
    struct stat found;
    if (stat(path, &found) != 0)
        return cannot_read(path, error);
    if (S_ISDIR(found.st_mode))
        return add_folder(arena, path, 1, files, error);
    bool is_rule = has_suffix(path, RULE_SUFFIX) && !has_suffix(path, CASES_SUFFIX);
    const char *cases = is_rule ? find_cases(arena, path) : path;
    if (cases == NULL)
        return error_set(error, STATUS_NOT_FOUND, TEXT_NONE,
                         "%s has no cases: neither beside it nor in the folder " TESTS_FOLDER " is its " CASES_SUFFIX,
                         path);
    return add_cases(arena, cases, files, error);
}
