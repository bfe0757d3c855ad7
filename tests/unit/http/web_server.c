#include "web_server.h"

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
    cr_assert(value != NULL, "%s is not set: run me by tests/handlers/with_web.py", name);
    return value;
}

const char *web_server_port(const char *which)
{
    char name[32];
    (void)snprintf(name, sizeof(name), "TEST_WEB_%s", which);
    return setting(name);
}

const char *web_server_authority(void)
{
    return setting("TEST_WEB_CA");
}

struct text web_server_url(struct arena *arena, const char *which, const char *path)
{
    return arena_print(arena, "%s://127.0.0.1:%s%s", strcmp(which, "PLAIN") == 0 ? "http" : "https",
                       web_server_port(which), path);
}

static int call(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = setting("TEST_WEB_CONTROL");
    cr_assert(strlen(path) < sizeof(address.sun_path));
    (void)memcpy(address.sun_path, path, strlen(path));
    int caller = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(caller, (struct sockaddr *)&address, sizeof(address)), 0);
    return caller;
}

static struct text ask(struct arena *arena, const char *word, const char *which)
{
    int caller = call();
    struct text line = arena_print(arena, "%s %s\n", word, web_server_port(which));
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

void web_server_stop(const char *which)
{
    command("stop", which);
}

void web_server_start(const char *which)
{
    command("start", which);
}

struct json_value web_server_take(struct arena *arena, const char *which)
{
    struct json_value requests;
    struct error error = ERROR_IN(arena);
    struct text answer = ask(arena, "take", which);
    cr_assert_eq(json_read(arena, answer, &requests, &error), STATUS_OK, "%.*s", TEXT_ARG(error.message));
    return requests;
}

struct json_value web_server_take_one(struct arena *arena, const char *which)
{
    struct json_value requests = web_server_take(arena, which);
    cr_assert_eq(requests.array.count, 1, "%zu requests", requests.array.count);
    return requests.array.items[0];
}

struct text web_server_header(const struct json_value *request, const char *name)
{
    return json_get_text(json_get(request, TEXT("headers")), text_from(name));
}
