/* Lines and files of secrets, where they may go, and what is hidden. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "secrets/secret_reveal.h"

static struct arena *arena;
static struct secret_store *store;
static char folder[] = "/tmp/secrets-XXXXXX";

static void set_up(void)
{
    arena = arena_new(MIB(2), 0);
    cr_assert_not_null(mkdtemp(folder));
}

static void tear_down(void)
{
    secret_store_free(store);
    arena_free(arena);
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_expect_eq(system(command), 0);
}

TestSuite(secret_store, .init = set_up, .fini = tear_down);

static struct text open_fault(const char *lines, const char *where)
{
    struct error error = ERROR_IN(arena);
    const struct secret_options options = {.lines = text_from(lines), .folder = text_from(where)};
    store = NULL;
    return secret_store_new(&options, &store, &error) == STATUS_OK ? TEXT("") : error.message;
}

#define ASSERT_TEXT(found_, wanted_)                                                                                   \
    do {                                                                                                               \
        const struct text text_ = (found_);                                                                            \
        cr_assert(text_is(text_, (wanted_)), "%.*s", TEXT_ARG(text_));                                                 \
    } while (0)

static struct text secret_to(const char *name, const char *destination)
{
    struct text value = TEXT_NONE;
    const enum secret_answer answer = secret_store_find(store, arena, text_from(name), text_from(destination), &value);
    static const char *const faults[] = {"found", "unknown", "forbidden", "unreadable", "unfit", "too many", "budget"};
    return answer == SECRET_FOUND ? value : text_from(faults[answer]);
}

static struct text secret(const char *name)
{
    return secret_to(name, "shop.example");
}

static void put(const char *name, const char *bytes, size_t size)
{
    char path[100];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *stream = fopen(path, "we");
    cr_assert_not_null(stream);
    cr_assert_eq(fwrite(bytes, 1, size, stream), size);
    cr_assert_eq(fclose(stream), 0);
}

static void write_file(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

Test(secret_store, lines)
{
    ASSERT_TEXT(open_fault("# of the shop\nSHOP=tok=en/9876\r\n\n  Bank_2 =  Bearer abc def  \n_x=12345678", ""), "");
    ASSERT_TEXT(secret("SHOP"), "tok=en/9876");
    ASSERT_TEXT(secret("Bank_2"), "Bearer abc def");
    ASSERT_TEXT(secret("_x"), "12345678");
    ASSERT_TEXT(secret("shop"), "unknown");
    ASSERT_TEXT(secret(""), "unknown");
    cr_expect_eq(secret_store_longest(store), sizeof "Bearer abc def" - 1);
}

Test(secret_store, without_any)
{
    ASSERT_TEXT(open_fault("", ""), "");
    cr_expect_eq(secret_store_longest(store), 0u);
    ASSERT_TEXT(secret_store_hide(store, arena, TEXT("text")), "text");
}

#define EXPECTED                                                                                                       \
    ": expected NAME=value, where the name has letters, digits and _, and the value 8 to 4096 bytes without control "  \
    "characters"
#define LINE "ICHOR_WEBHOOK_SECRETS: line "

/* Never with what the line holds. */
Test(secret_store, faults_name_the_line)
{
    ASSERT_TEXT(open_fault("A=12345678\nhunter2hunter2", ""), LINE "2" EXPECTED);
    ASSERT_TEXT(open_fault("A=1234567", ""), LINE "1" EXPECTED);
    ASSERT_TEXT(open_fault("=12345678", ""), LINE "1" EXPECTED);
    ASSERT_TEXT(open_fault("A-B=12345678", ""), LINE "1" EXPECTED);
    ASSERT_TEXT(open_fault("1A=12345678", ""), LINE "1" EXPECTED);
    ASSERT_TEXT(open_fault("A=1234\t5678", ""), LINE "1" EXPECTED);
    ASSERT_TEXT(open_fault("A=12345678\n\nA=87654321", ""), LINE "3: another secret has that name");
    struct buffer lines = buffer_in(arena, MIB(1));
    for (int i = 0; i <= LIMIT_SECRET_LINES; i++)
        buffer_print(&lines, "N%d=12345678\n", i);
    ASSERT_TEXT(open_fault(buffer_text(&lines).data, ""), LINE "101: more than 100 secrets");
    ASSERT_TEXT(open_fault("", "/dev/null"), "ICHOR_SECRETS_DIR: expected a folder that can be read");
    ASSERT_TEXT(open_fault("", "/no/such"), "ICHOR_SECRETS_DIR: expected a folder that can be read");
}

Test(secret_store, a_file_goes_where_it_may)
{
    static const char hosts[] = "# partners\r\nshop.example\n\n  *.bank.example  \nmail\n";
    write_file("TOKEN", "file-value-1\n");
    ASSERT_TEXT(open_fault("TOKEN=line-value\nLINE=only-a-line", folder), "");
    ASSERT_TEXT(secret("TOKEN"), "forbidden"); /* and the line of that name is not used instead */
    write_file("TOKEN.hosts", hosts);
    ASSERT_TEXT(secret("TOKEN"), "file-value-1");
    ASSERT_TEXT(secret_to("TOKEN", "SHOP.example"), "file-value-1");
    ASSERT_TEXT(secret_to("TOKEN", "api.bank.example"), "file-value-1");
    ASSERT_TEXT(secret_to("TOKEN", "mail"), "file-value-1");
    ASSERT_TEXT(secret_to("TOKEN", "bank.example"), "forbidden");
    ASSERT_TEXT(secret_to("TOKEN", "evilbank.example"), "forbidden");
    ASSERT_TEXT(secret_to("TOKEN", "shop.example.evil"), "forbidden");
    ASSERT_TEXT(secret_to("TOKEN", ""), "forbidden");
    ASSERT_TEXT(secret_to("LINE", "anywhere"), "only-a-line");
    write_file("TOKEN.hosts", "*");
    ASSERT_TEXT(secret_to("TOKEN", "anywhere"), "file-value-1");
    ASSERT_TEXT(secret("TOKEN.hosts"), "unknown");
    ASSERT_TEXT(secret("../TOKEN"), "unknown");
    /* a list that is too long is not cut to something else */
    char *many = arena_alloc(arena, LIMIT_SECRET_HOSTS + 20, 1);
    memset(many, '\n', LIMIT_SECRET_HOSTS - 1);
    memcpy(many + LIMIT_SECRET_HOSTS - 1, "*.some.example", sizeof "*.some.example" - 1);
    put("TOKEN.hosts", many, LIMIT_SECRET_HOSTS + 13);
    ASSERT_TEXT(secret_to("TOKEN", "anywhere"), "forbidden");
}

Test(secret_store, a_file_is_read_anew)
{
    write_file("TOKEN", "file-value-1\r\n");
    write_file("TOKEN.hosts", "*");
    ASSERT_TEXT(open_fault("", folder), "");
    ASSERT_TEXT(secret("TOKEN"), "file-value-1");
    write_file("TOKEN", "another value");
    ASSERT_TEXT(secret("TOKEN"), "another value");
    ASSERT_TEXT(secret_store_hide(store, arena, TEXT("<another value>")), "<[secret]>");
    cr_expect_eq(secret_store_longest(store), sizeof "another value" - 1);
    write_file("TOKEN", "short");
    ASSERT_TEXT(secret("TOKEN"), "unfit");
    write_file("TOKEN", "two\nlines of it");
    ASSERT_TEXT(secret("TOKEN"), "unfit");
    char *large = arena_alloc(arena, LIMIT_SECRET + 1, 1);
    memset(large, 'x', LIMIT_SECRET + 1);
    put("TOKEN", large, LIMIT_SECRET + 1);
    ASSERT_TEXT(secret("TOKEN"), "unfit");
    put("TOKEN", large, LIMIT_SECRET);
    cr_expect_eq(secret("TOKEN").size, LIMIT_SECRET);
    char path[100];
    snprintf(path, sizeof path, "%s/PIPE", folder);
    cr_assert_eq(mkfifo(path, 0600), 0);
    ASSERT_TEXT(secret("PIPE"), "unreadable");
    snprintf(path, sizeof path, "%s/FOLDER", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    ASSERT_TEXT(secret("FOLDER"), "unreadable");
}

Test(secret_store, files_in_use_are_bounded)
{
    ASSERT_TEXT(open_fault("A=12345678", folder), "");
    for (int i = 0; i < LIMIT_SECRETS; i++) {
        char name[20], hosts[30];
        snprintf(name, sizeof name, "N%d", i);
        snprintf(hosts, sizeof hosts, "N%d.hosts", i);
        write_file(name, "12345678");
        write_file(hosts, "*");
        ASSERT_TEXT(secret(name), i < LIMIT_SECRETS - 1 ? "12345678" : "too many");
    }
    ASSERT_TEXT(secret("N0"), "12345678");
}

Test(secret_store, hidden_wherever_they_are)
{
    ASSERT_TEXT(open_fault("A=12345678\nB=abcdefgh\nLONGER=12345678/abc", ""), "");
    ASSERT_TEXT(secret_store_hide(store, arena, TEXT("12345678 of abcdefgh12345678, 1234567, 12345678/abc")),
                "[secret] of [secret][secret], 1234567, [secret]");
    ASSERT_TEXT(secret_store_hide(store, arena, TEXT("")), "");
    arena_fail_after(arena, 1);
    cr_expect_null(secret_store_hide(store, arena, TEXT("12345678")).data);
}

Test(secret_store, a_text_that_was_cut_within_one)
{
    ASSERT_TEXT(open_fault("A=12345678\nB=45678901", ""), "");
    ASSERT_TEXT(secret_store_trim(store, TEXT("text 1234")), "text ");
    ASSERT_TEXT(secret_store_trim(store, TEXT("text 1234567")), "text ");
    ASSERT_TEXT(secret_store_trim(store, TEXT("text 5678")), "text 5678");
    ASSERT_TEXT(secret_store_trim(store, TEXT("4567890")), "");
    ASSERT_TEXT(secret_store_trim(store, TEXT("")), "");
}

Test(secret_store, texts_of_a_config)
{
    struct json_value context;
    cr_assert_eq(json_read(arena, TEXT("{\"x\":\"{{secret:A}}\",\"y\":2}"), &context, NULL), STATUS_OK);
    struct action_call call = {.arena = arena, .context = &context};
    struct text text;
    write_file("A", "12345678");
    write_file("A.hosts", "shop.example");
    ASSERT_TEXT(open_fault("", folder), "");
    const struct text host = TEXT("shop.example");
    cr_assert(secret_reveal(&call, store, (struct secret_text){.source = TEXT("plain {{y}}")}, host, &text));
    ASSERT_TEXT(text, "plain {{y}}");
    cr_expect_null(call.mask);
    const struct secret_text late = {.source = TEXT("{{y}}-{{secret:A}}-{{x}}-{{ secret.A }}"), .templates = true};
    cr_assert(secret_reveal(&call, store, late, host, &text));
    ASSERT_TEXT(text, "2-12345678-{{secret:A}}-12345678"); /* a value names no secret */
    (void)action_refuse(&call, "it sent 12345678");
    ASSERT_TEXT(call.failure, "it sent [secret]");
    static const struct {
        const char *text, *host, *fault;
    } rows[] = {
        {"{{secret:B}}", "shop.example",
         "secret B is not known: ICHOR_SECRETS_DIR has no file of that name, and ICHOR_WEBHOOK_SECRETS no line"},
        {"{{secret:A}}", "evil.example",
         "secret A may not be sent to evil.example: list it in the file of that name with .hosts at its end"},
        {"{{secret:C}}", "shop.example", "secret C: its file must have 8 to 4096 bytes without control characters"},
        {"{{secret:D}}", "shop.example", "secret D: its file cannot be read: Invalid argument"},
    };
    write_file("C", "1234567");
    write_file("C.hosts", "*");
    char path[100];
    snprintf(path, sizeof path, "%s/D", folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct secret_text source = {.source = text_from(rows[i].text)};
        cr_assert_not(secret_reveal(&call, store, source, text_from(rows[i].host), &text));
        ASSERT_TEXT(call.failure, rows[i].fault);
    }
    cr_assert(secret_find(&call, store, TEXT("A"), host, &text));
    ASSERT_TEXT(text, "12345678");
    bool done = false;
    for (size_t allocations = 1; !done; allocations++) {
        cr_assert_lt(allocations, 100u);
        arena_fail_after(arena, allocations);
        done = secret_reveal(&call, store, late, host, &text);
        arena_fail_after(arena, 0);
    }
}
