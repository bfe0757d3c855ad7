/* Files that arguments name: whole, missing, faulty, too large, endless. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "console/input_file.h"

static struct arena *arena;
static struct error error;
static char path[] = "/tmp/input-file-XXXXXX";

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
    error = ERROR_IN(arena);
    cr_assert_geq(mkstemp(path), 0);
}

static void tear_down(void)
{
    unlink(path);
    arena_free(arena);
}

TestSuite(input_file, .init = set_up, .fini = tear_down, .timeout = 30);

static void write_file(const char *content)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(content, file), 0);
    cr_assert_eq(fclose(file), 0);
}

static void assert_message(const char *expected)
{
    cr_assert(text_is(error.message, expected), "%.*s", TEXT_ARG(error.message));
}

Test(input_file, is_read_to_its_end)
{
    struct text content;
    write_file("12345");
    cr_assert_eq(input_file_read(arena, path, 5, &content, &error), STATUS_OK);
    cr_assert(text_is(content, "12345"));
}

Test(input_file, may_not_be_larger_than_the_limit)
{
    struct text content;
    write_file("123456");
    cr_assert_eq(input_file_read(arena, path, 5, &content, &error), STATUS_BUDGET);
    assert_message(arena_print(arena, "%s is larger than 5 bytes", path).data);
}

Test(input_file, may_not_be_endless)
{
    struct text content;
    cr_assert_eq(input_file_read(arena, "/dev/zero", MIB(1), &content, &error), STATUS_BUDGET);
    assert_message("/dev/zero is larger than 1048576 bytes");
}

Test(input_file, stdin_may_not_be_endless)
{
    struct text content;
    int endless = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    cr_assert_eq(dup2(endless, STDIN_FILENO), STDIN_FILENO);
    cr_assert_eq(input_file_read(arena, "-", MIB(1), &content, &error), STATUS_BUDGET);
    assert_message("stdin is larger than 1048576 bytes");
    close(endless);
}

Test(input_file, must_exist)
{
    struct json_value value;
    cr_assert_eq(input_file_read_json(arena, "/nowhere/config.json", &value, &error), STATUS_NOT_FOUND);
    assert_message("cannot read /nowhere/config.json: No such file or directory");
}

Test(input_file, must_hold_json)
{
    struct json_value value;
    write_file("{\"a\": 1,\n \"b\" 2}");
    cr_assert_eq(input_file_read_json(arena, path, &value, &error), STATUS_INVALID);
    cr_assert(text_starts(error.message, arena_print(arena, "%s: 2:6: ", path)), "%.*s", TEXT_ARG(error.message));
}
