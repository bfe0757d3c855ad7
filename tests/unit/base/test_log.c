/* Lines as JSON and for a terminal, redaction, context, limits. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"

static struct arena *arena;

static void set_up(void)
{
    arena = arena_new(MIB(64), 0);
}

static void tear_down(void)
{
    arena_free(arena);
}

TestSuite(log, .init = set_up, .fini = tear_down);

/* Where lines go that are read back with read_all. */
static int open_file(void)
{
    int file = memfd_create("log", MFD_CLOEXEC);
    cr_assert_geq(file, 0);
    log_set_output(file);
    return file;
}

static struct text read_all(int file)
{
    off_t size = lseek(file, 0, SEEK_END);
    cr_assert_geq(size, 0);
    char *data = arena_alloc(arena, (size_t)size + 1, 1);
    cr_assert_not_null(data);
    cr_assert_eq(pread(file, data, (size_t)size, 0), size);
    return (struct text){.data = data, .size = (size_t)size};
}

/* Texts of this many bytes, each character of these bytes. */
static struct text text_of(const char *character, size_t size)
{
    struct buffer buffer = buffer_in(arena, MIB(16));
    while (buffer.size < size)
        buffer_add(&buffer, text_from(character));
    return buffer_text(&buffer);
}

static struct json_value parsed(struct text line)
{
    struct json_value value;
    struct error error = ERROR_IN(arena);
    cr_assert_eq(json_read(arena, line, &value, &error), STATUS_OK, "%.*s: %.*s", TEXT_ARG(line),
                 TEXT_ARG(error.message));
    return value;
}

static bool matches(struct text text, const char *pattern) /* 'd': a digit */
{
    if (text.size != strlen(pattern))
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (pattern[i] == 'd' ? text.data[i] < '0' || text.data[i] > '9' : text.data[i] != pattern[i])
            return false;
    return true;
}

Test(log, one_json_object_a_line_in_one_write)
{
    /* O_DIRECT: one read gives what one write gave. */
    int ends[2];
    cr_assert_eq(pipe2(ends, O_DIRECT), 0);
    log_set_output(ends[1]);
    log_line(LOG_WARN, "Action \"x\" failed", LOG_STRING("action_name", "notify\n"), LOG_INTEGER("attempt", -3),
             LOG_BOOLEAN("success", false), LOG_TEXT("error", TEXT_NONE));
    log_line(LOG_ERROR, "second");
    int line_number = __LINE__ - 1;
    char *first = arena_alloc(arena, KIB(4), 1), *second = arena_alloc(arena, KIB(4), 1);
    ssize_t first_size = read(ends[0], first, KIB(4)), second_size = read(ends[0], second, KIB(4));
    cr_assert(first_size > 0 && second_size > 0);
    cr_expect(first[first_size - 1] == '\n' && second[second_size - 1] == '\n');

    struct json_value value = parsed((struct text){.data = first, .size = (size_t)first_size});
    static const char *const keys[] = {"time",        "level",   "file",    "msg",   "service",
                                       "action_name", "attempt", "success", "error", "trace_id"};
    cr_assert_eq(value.object.count, sizeof(keys) / sizeof(keys[0]));
    for (size_t i = 0; i < value.object.count; i++)
        cr_expect(text_is(value.object.members[i].key, keys[i]), "%zu", i);
    cr_expect(text_is(json_get_text(&value, TEXT("level")), "WARN"));
    cr_expect(text_is(json_get_text(&value, TEXT("msg")), "Action \"x\" failed"));
    cr_expect(text_is(json_get_text(&value, TEXT("service")), "WORKFLOW-WORKER"));
    cr_expect(text_is(json_get_text(&value, TEXT("action_name")), "notify\n"));
    cr_expect(text_is(json_get(&value, TEXT("attempt"))->number, "-3"));
    cr_expect_eq(json_get(&value, TEXT("success"))->type, JSON_BOOLEAN);
    cr_expect(text_is(json_get_text(&value, TEXT("error")), ""));
    cr_expect(text_is(json_get_text(&value, TEXT("trace_id")), ""));

    value = parsed((struct text){.data = second, .size = (size_t)second_size});
    cr_expect_eq(value.object.count, 6);
    cr_expect(text_is(json_get_text(&value, TEXT("level")), "ERROR"));
    cr_expect(text_equal(json_get_text(&value, TEXT("file")), arena_print(arena, "test_log.c:%d", line_number)),
              "the file without its folder: %s", json_get_text(&value, TEXT("file")).data);
}

static const struct log_context about = {.workflow_id = {.data = "wf-1", .size = 4},
                                         .run_id = {.data = "r-1", .size = 3},
                                         .rule_name = {.data = "a rule", .size = 6},
                                         .action_name = {.data = "notify", .size = 6},
                                         .trace_id = {.data = "4bf92f3577b34da6a3ce929d0e0e4736", .size = 32}};

Test(log, lines_tell_what_they_are_about_once)
{
    int file = open_file();
    cr_expect_null(log_set_context(&about));
    log_line(LOG_WARN, "Action failed", LOG_STRING("action_name", "its own"), LOG_INTEGER("attempt", 1));
    cr_expect_eq(log_get_context(), &about);
    cr_expect_eq(log_set_context(NULL), &about);
    log_line(LOG_WARN, "Action failed");
    struct text lines = read_all(file);
    struct json_value value = parsed(text_split(&lines, '\n'));
    static const char *const keys[] = {"time",   "level",     "file",        "msg",     "service", "workflow_id",
                                       "run_id", "rule_name", "action_name", "attempt", "trace_id"};
    cr_assert_eq(value.object.count, sizeof(keys) / sizeof(keys[0]));
    for (size_t i = 0; i < value.object.count; i++)
        cr_expect(text_is(value.object.members[i].key, keys[i]), "%zu", i);
    cr_expect(text_is(json_get_text(&value, TEXT("run_id")), "r-1"));
    cr_expect(text_is(json_get_text(&value, TEXT("action_name")), "its own"));
    cr_expect(text_equal(json_get_text(&value, TEXT("trace_id")), about.trace_id));
    value = parsed(lines);
    cr_expect_null(json_get(&value, TEXT("run_id")));
    cr_expect(text_is(json_get_text(&value, TEXT("trace_id")), ""));
    close(file);
}

static void *log_alone(void *unused)
{
    (void)unused;
    log_line(LOG_WARN, "of another thread");
    return NULL;
}

Test(log, what_lines_are_about_is_each_threads_own)
{
    int file = open_file();
    (void)log_set_context(&about);
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, log_alone, NULL), 0);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    (void)log_set_context(NULL);
    struct json_value value = parsed(read_all(file));
    cr_expect_eq(value.object.count, 6);
    close(file);
}

Test(log, long_names_leave_room_for_the_error)
{
    struct text name = text_of("\x01", MIB(1));
    const struct log_context context = {
        .workflow_id = name, .run_id = name, .rule_id = name, .rule_name = name, .action_id = name};
    int file = open_file();
    (void)log_set_context(&context);
    log_line(LOG_WARN, "Action failed", LOG_FAILURE("error", FAILURE_TEXT("the reason")));
    (void)log_set_context(NULL);
    struct json_value value = parsed(read_all(file));
    cr_expect(text_is(json_get_text(&value, TEXT("error")), "the reason"));
    cr_expect_eq(json_get_text(&value, TEXT("rule_name")).size, LIMIT_LOG_NAME);
    close(file);
}

Test(log, failures_show_only_their_public_parts)
{
    int file = open_file();
    log_line(LOG_WARN, "Action failed",
             LOG_FAILURE("some", failure_print(arena, PUBLIC("%s: ") "found \"%s\" here", "a", "secret")),
             LOG_FAILURE("all", (struct failure){.text = TEXT("secret")}),
             LOG_FAILURE("none", FAILURE_TEXT("no data")));
    struct json_value value = parsed(read_all(file));
    cr_expect(text_is(json_get_text(&value, TEXT("some")), "a: found \"\xE2\x80\xA6 (6 bytes)\" here"));
    cr_expect(text_is(json_get_text(&value, TEXT("all")), "\xE2\x80\xA6 (6 bytes)"));
    cr_expect(text_is(json_get_text(&value, TEXT("none")), "no data"));
    log_set_level(LOG_DEBUG);
    log_line(LOG_WARN, "Action failed", LOG_FAILURE("all", (struct failure){.text = TEXT("secret")}));
    log_set_level(LOG_INFO);
    cr_expect_neq(text_find(read_all(file), TEXT("\"all\":\"secret\"")), SIZE_MAX);
    close(file);
}

static struct text logged_time(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
    int file = open_file();
    log_line(LOG_INFO, "now");
    struct json_value value = parsed(read_all(file));
    close(file);
    return json_get_text(&value, TEXT("time"));
}

Test(log, time_is_rfc3339_with_nanoseconds_and_the_local_zone)
{
    cr_expect(matches(logged_time("UTC"), "dddd-dd-ddTdd:dd:dd.dddddddddZ"));
    cr_expect(matches(logged_time("XST-5:30"), "dddd-dd-ddTdd:dd:dd.ddddddddd+05:30"));
    cr_expect(matches(logged_time("XST+3:30"), "dddd-dd-ddTdd:dd:dd.ddddddddd-03:30"));
}

Test(log, levels)
{
    enum log_level level = LOG_INFO;
    cr_expect(log_level_parse(TEXT("debug"), &level) && level == LOG_DEBUG);
    cr_expect(log_level_parse(TEXT("info"), &level) && level == LOG_INFO);
    cr_expect(log_level_parse(TEXT("error"), &level) && level == LOG_ERROR);
    cr_expect(log_level_parse(TEXT("warn"), &level) && level == LOG_WARN);
    cr_expect_not(log_level_parse(TEXT("loud"), &level));
    cr_expect_not(log_level_parse(TEXT_NONE, &level));
    cr_expect_eq(level, LOG_WARN, "a wrong name leaves no trace");

    cr_expect(log_enabled(LOG_INFO));
    cr_expect_not(log_enabled(LOG_DEBUG), "info is the default");
    int file = open_file();
    log_set_level(LOG_WARN);
    log_line(LOG_INFO, "quiet");
    cr_expect_eq(read_all(file).size, 0);
    log_line(LOG_WARN, "heard");
    cr_expect_gt(read_all(file).size, 0);
    log_set_level(LOG_DEBUG);
    cr_expect(log_enabled(LOG_DEBUG));
    close(file);
}

Test(log, keeps_errno)
{
    log_set_output(-1);
    errno = ENOENT;
    log_line(LOG_ERROR, "nowhere to go");
    cr_expect_eq(errno, ENOENT);
}

Test(log, long_lines_are_cut_between_characters_and_stay_json)
{
    static const char *const characters[] = {"x", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\x01", "\xFF", "\""};
    static const size_t sizes[] = {1000, KIB(60), LIMIT_LOG_LINE - 200, LIMIT_LOG_LINE, LIMIT_LOG_LINE + 1, MIB(3)};
    for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++) {
        for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
            struct text text = text_of(characters[i], sizes[j]);
            int file = open_file();
            log_line(LOG_INFO, "long", LOG_INTEGER("before", 1), LOG_TEXT("text", text), LOG_INTEGER("after", 2));
            struct text line = read_all(file);
            cr_expect_leq(line.size, LIMIT_LOG_LINE);
            cr_expect(text_is_utf8(line));
            log_line(LOG_INFO, "long", LOG_FAILURE("error", failure_public(text)));
            struct text second = text_slice(read_all(file), line.size, SIZE_MAX);
            cr_expect(second.size <= LIMIT_LOG_LINE && text_is_utf8(second));
            struct json_value failed = parsed(second);
            cr_expect_not_null(json_get(&failed, TEXT("error")));
            struct json_value value = parsed(line);
            struct text shown = json_get_text(&value, TEXT("text"));
            cr_expect(characters[i][0] == '\xFF' || text_starts(text, shown));
            cr_expect(sizes[j] > 1000 || characters[i][0] == '\xFF' || text_equal(text, shown));
            cr_expect_not_null(json_get(&value, TEXT("trace_id")));
            close(file);
            arena_reset(arena);
        }
    }
}

Test(log, a_long_message_or_many_fields_stay_within_the_line)
{
    struct text text = text_of("m", MIB(1));
    int file = open_file();
    log_line(LOG_INFO, text.data, LOG_STRING("key", "value"));
    struct log_field fields[5001] = {0};
    for (size_t i = 0; i < 5000; i++)
        fields[i] = LOG_TEXT(arena_print(arena, "field_%zu", i).data, TEXT("the value of a field"));
    log_write(LOG_INFO, "many.c", 7, "many", fields);
    struct text lines = read_all(file);
    size_t count = 0;
    while (lines.size > 0) {
        struct text line = text_split(&lines, '\n');
        cr_expect_leq(line.size + 1, LIMIT_LOG_LINE);
        struct json_value value = parsed(line);
        cr_expect(text_is(json_get_text(&value, TEXT("service")), "WORKFLOW-WORKER"));
        count++;
    }
    cr_expect_eq(count, 2);
    close(file);
}

enum { THREADS = 4, LINES = 50 };

static void *log_many(void *text)
{
    for (int i = 0; i < LINES; i++)
        log_line(LOG_INFO, "from a thread", LOG_TEXT("text", *(struct text *)text));
    return NULL;
}

Test(log, lines_of_threads_do_not_mix)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    log_set_output(ends[1]);
    /* longer than a pipe takes at once */
    struct text text = text_of("y", KIB(10));
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, log_many, &text), 0);
    FILE *lines = fdopen(ends[0], "r");
    char *line = NULL;
    size_t capacity = 0;
    for (int i = 0; i < THREADS * LINES; i++) {
        ssize_t size = getline(&line, &capacity, lines);
        cr_assert_gt(size, 0);
        struct json_value value = parsed((struct text){.data = line, .size = (size_t)size});
        cr_assert(text_equal(json_get_text(&value, TEXT("text")), text));
    }
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
    free(line);
    fclose(lines);
}

/* The other end of a terminal that log lines go to. */
static int open_terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert_geq(master, 0);
    cr_assert(grantpt(master) == 0 && unlockpt(master) == 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    cr_assert_geq(terminal, 0);
    struct termios raw;
    cr_assert_eq(tcgetattr(terminal, &raw), 0);
    cfmakeraw(&raw);
    cr_assert_eq(tcsetattr(terminal, TCSANOW, &raw), 0);
    log_set_output(terminal);
    return master;
}

static struct text read_line(int terminal)
{
    char *line = arena_alloc(arena, KIB(4), 1);
    size_t size = 0;
    while (size == 0 || line[size - 1] != '\n') {
        ssize_t more = read(terminal, line + size, KIB(4) - size);
        cr_assert_gt(more, 0);
        size += (size_t)more;
    }
    return (struct text){.data = line, .size = size};
}

Test(log, a_terminal_gets_colours)
{
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    int terminal = open_terminal();
    log_line(LOG_INFO, "Action completed", LOG_STRING("action_name", "notify"), LOG_INTEGER("took_ms", 12));
    struct text line = read_line(terminal);
    cr_expect(matches(text_slice(line, 0, 8), "dd:dd:dd"));
    cr_expect(text_is(text_slice(line, 8, SIZE_MAX),
                      " \x1b[32mINFO \x1b[0m Action completed  \x1b[36maction_name\x1b[0m=notify "
                      "\x1b[36mtook_ms\x1b[0m=12\n"),
              "%.*s", TEXT_ARG(line));
}

static void expect_no_colours(void)
{
    int terminal = open_terminal();
    log_line(LOG_ERROR, "message", LOG_STRING("plain", "caf\xC3\xA9"), LOG_STRING("blank", "a b"),
             LOG_STRING("evil", "\x1b[2J"),
             LOG_STRING("worse", "\x7F\xC2\x9B"
                                 "2J\xC2\xA0"),
             LOG_STRING("empty", ""), LOG_STRING("equals", "a=b"), LOG_BOOLEAN("yes", true));
    log_line(LOG_WARN, "alone");
    struct text lines = read_line(terminal);
    struct text line = text_split(&lines, '\n');
    cr_expect(matches(text_slice(line, 0, 8), "dd:dd:dd"));
    cr_expect(text_is(text_slice(line, 8, SIZE_MAX),
                      " ERROR message  plain=caf\xC3\xA9 blank=\"a b\" evil=\"\\u001b[2J\" worse=???2J\xC2\xA0 "
                      "empty=\"\" equals=\"a=b\" yes=true"),
              "%.*s", TEXT_ARG(line));
    line = lines.size > 0 ? lines : read_line(terminal);
    cr_expect(text_is(text_slice(line, 8, SIZE_MAX), " WARN  alone\n"), "%.*s", TEXT_ARG(line));
}

Test(log, no_color_is_respected)
{
    setenv("TERM", "xterm", 1);
    setenv("NO_COLOR", "1", 1);
    expect_no_colours();
}

Test(log, on_a_terminal_what_is_said_comes_first)
{
    setenv("NO_COLOR", "1", 1);
    int terminal = open_terminal();
    (void)log_set_context(&about);
    log_line(LOG_WARN, "Action failed", LOG_FAILURE("error", FAILURE_TEXT("the reason")));
    (void)log_set_context(NULL);
    struct text line = read_line(terminal);
    const char *expected =
        " WARN  Action failed  error=\"the reason\" workflow_id=wf-1 run_id=r-1 rule_name=\"a rule\" "
        "action_name=notify\n";
    cr_expect(text_ends(line, text_from(expected)), "%.*s", TEXT_ARG(line));
}

Test(log, a_dumb_terminal_gets_no_colours)
{
    setenv("TERM", "dumb", 1);
    unsetenv("NO_COLOR");
    expect_no_colours();
}

Test(log, the_context_of_a_scope_ends_with_it)
{
    struct log_context outer = {.rule_id = TEXT("outer")}, inner = {.rule_id = TEXT("inner")};
    LOG_SCOPE(&outer);
    for (int i = 0; i < 2; i++) {
        LOG_SCOPE(&inner);
        cr_expect_eq(log_get_context(), &inner);
        if (i == 0)
            continue;
        break;
    }
    cr_expect_eq(log_get_context(), &outer);
}
