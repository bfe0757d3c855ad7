#include "mail_server.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/limits.h"

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    cr_assert(value != NULL, "%s is not set: run me by tests/handlers/with_mail.py", name);
    return value;
}

const char *mail_server_port(const char *which)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "TEST_MAIL_%s", which);
    return setting(name);
}

const char *mail_server_certificate(void)
{
    return setting("TEST_MAIL_CA");
}

struct text mail_server_url(struct arena *arena, const char *which, const char *scheme, const char *before)
{
    return arena_print(arena, "%s://%slocalhost:%s", scheme, before, mail_server_port(which));
}

static int call(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = setting("TEST_MAIL_CONTROL");
    cr_assert(strlen(path) < sizeof(address.sun_path));
    (void)memcpy(address.sun_path, path, strlen(path));
    int caller = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(caller, (struct sockaddr *)&address, sizeof(address)), 0);
    return caller;
}

static struct text ask(struct arena *arena, const char *word, const char *which)
{
    int caller = call();
    struct text line = arena_print(arena, "%s %s\n", word, mail_server_port(which));
    cr_assert_eq(write(caller, line.data, line.size), (ssize_t)line.size);
    struct buffer answer = buffer_in(arena, MIB(64));
    char bytes[4096];
    ssize_t size;
    while ((size = read(caller, bytes, sizeof(bytes))) > 0)
        buffer_add(&answer, (struct text){.data = bytes, .size = (size_t)size});
    (void)close(caller);
    return buffer_text(&answer);
}

static void command(const char *word, const char *which)
{
    struct arena *arena = arena_new(KIB(16), 0);
    struct text answer = ask(arena, word, which);
    cr_assert(text_is(answer, "ok"), "%s %s: %.*s", word, which, TEXT_ARG(answer));
    arena_free(arena);
}

void mail_server_stop(const char *which)
{
    command("stop", which);
}

void mail_server_start(const char *which)
{
    command("start", which);
}

struct json_value mail_server_take(struct arena *arena, const char *which)
{
    struct json_value messages;
    struct error error = ERROR_IN(arena);
    struct text answer = ask(arena, "take", which);
    cr_assert_eq(json_read(arena, answer, &messages, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    return messages;
}

struct json_value mail_server_take_one(struct arena *arena, const char *which)
{
    struct json_value messages = mail_server_take(arena, which);
    cr_assert_eq(messages.array.count, 1, "%zu messages", messages.array.count);
    return messages.array.items[0];
}

struct text mail_server_header(const struct json_value *message, const char *name)
{
    return json_get_text(json_get(message, TEXT("headers")), text_from(name));
}
