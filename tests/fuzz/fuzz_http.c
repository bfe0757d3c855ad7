/* Any bytes on the port for operators are answered as HTTP or cut off, and the next health check is answered. A request
   that is well-formed gets the answer of its method and path. */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/limits.h"
#include "ops/http.h"
#include "ops/http_route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The longest time that an answer may take. */
#define ANSWER_SECONDS 10

static struct ops_server *server;

static void check(bool condition)
{
    if (!condition)
        abort();
}

static bool write_debug(void *userdata, struct buffer *json)
{
    (void)userdata;
    buffer_add(json, TEXT("{}"));
    return true;
}

static int open_connection(void)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(ops_port(server)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct timeval limit = {.tv_sec = ANSWER_SECONDS};
    /* No port stays in use after a connection, so that thousands of connections per second are possible. */
    const struct linger at_once = {.l_onoff = 1};
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    check(connection >= 0 && setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0);
    check(setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
    check(connect(connection, (const struct sockaddr *)&address, sizeof address) == 0);
    return connection;
}

/* The answer to a request that is sent as a whole. */
static struct text exchange(struct arena *arena, struct text request)
{
    int connection = open_connection();
    struct buffer answer = buffer_in(arena, LIMIT_METRICS_BYTES);
    char part[4096];
    ssize_t count = 1;
    for (size_t sent = 0; sent < request.size && count > 0; sent += count > 0 ? (size_t)count : 0)
        count = send(connection, request.data + sent, request.size - sent, MSG_NOSIGNAL);
    (void)shutdown(connection, SHUT_WR);
    while ((count = recv(connection, part, sizeof part, 0)) > 0)
        buffer_add(&answer, (struct text){.data = part, .size = (size_t)count});
    close(connection);
    return buffer_text(&answer);
}

/* The timer of libFuzzer interrupts calls, including connect(), which cannot be repeated. So it is blocked here. */
static struct text ask(struct arena *arena, struct text request)
{
    sigset_t timer, before;
    sigemptyset(&timer);
    sigaddset(&timer, SIGALRM);
    check(pthread_sigmask(SIG_BLOCK, &timer, &before) == 0);
    struct text answer = exchange(arena, request);
    check(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return answer;
}

static const char *code_of(enum http_route route)
{
    switch (route) {
    case HTTP_ROUTE_LIVE:
    case HTTP_ROUTE_METRICS:
    case HTTP_ROUTE_DEBUG: return "200";
    case HTTP_ROUTE_READY: return "503";
    case HTTP_ROUTE_NOT_ALLOWED: return "405";
    case HTTP_ROUTE_UNKNOWN: break;
    }
    return "404";
}

static void expect_code(struct arena *arena, struct text answer, const char *code)
{
    check(text_starts(answer, arena_print(arena, "HTTP/1.1 %s ", code)));
    check(text_find(answer, TEXT("\r\n\r\n")) != SIZE_MAX);
}

/* Sends a request with a method and a path made from the input. */
static void ask_well(struct arena *arena, struct text input)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "get"};
    static const char *const paths[] = {"/healthz/live", "/healthz/ready", "/metrics", "/debug", "/", "/healthz"};
    unsigned char pick = (unsigned char)input.data[0];
    struct buffer path = buffer_in(arena, KIB(4));
    buffer_add(&path, text_from(paths[pick / 7 % 6]));
    for (size_t i = 1; i < input.size && i < 200; i++)
        if ((input.data[i] | 0x20) >= 'a' && (input.data[i] | 0x20) <= 'z')
            buffer_add_byte(&path, input.data[i]);
    const char *method = methods[pick % 7];
    struct text target = buffer_text(&path),
                request =
                    arena_print(arena, "%s %.*s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                                method, TEXT_ARG(target));
    expect_code(arena, ask(arena, request), code_of(http_route(text_from(method), target)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(MIB(64), 0);
    if (server == NULL) {
        struct error error = ERROR_IN(arena);
        server = ops_start(0, &error);
        check(server != NULL);
        ops_set_debug(server, write_debug, NULL);
    }
    const struct text input = {.data = (const char *)data, .size = size};
    struct text answer = ask(arena, input);
    check(answer.size == 0 || text_starts(answer, TEXT("HTTP/1.")));
    if (size > 0)
        ask_well(arena, input);
    expect_code(arena, ask(arena, TEXT("GET /healthz/live HTTP/1.1\r\nHost: x\r\n\r\n")), "200");
    arena_free(arena);
    return 0;
}
