/* The HTTP server for operators. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/metrics.h"
#include "ops/http.h"

static struct ops_server *server;
static struct arena *arena;

static void set_up(void)
{
    arena = arena_new(MIB(16), 0);
    struct error error = ERROR_IN(arena);
    server = ops_start(0, &error);
    cr_assert_not_null(server, "%.*s", TEXT_ARG(error.message));
}

static void tear_down(void)
{
    ops_stop(server);
    arena_free(arena);
}

TestSuite(http, .init = set_up, .fini = tear_down, .timeout = 30);

/* Connects and sends the request, or a part of one. */
static int begin(const char *request)
{
    int connection = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(ops_port(server)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    cr_assert_eq(connect(connection, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(send(connection, request, strlen(request), MSG_NOSIGNAL), (ssize_t)strlen(request));
    return connection;
}

/* Reads until the server closes. */
static struct text finish(int connection)
{
    struct buffer answer = buffer_in(arena, MIB(4));
    char part[4096];
    ssize_t size;
    while ((size = recv(connection, part, sizeof(part), 0)) > 0)
        buffer_add(&answer, (struct text){.data = part, .size = (size_t)size});
    close(connection);
    return buffer_text(&answer);
}

static struct text ask(const char *request)
{
    return finish(begin(request));
}

static struct text get(const char *path)
{
    struct text request = arena_print(arena, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
    return ask(request.data);
}

static void assert_answer(struct text answer, const char *status, const char *body)
{
    cr_assert(text_starts(answer, arena_print(arena, "HTTP/1.1 %s ", status)), "%.*s", TEXT_ARG(answer));
    cr_assert(text_ends(answer, arena_print(arena, "\r\n\r\n%s", body)), "%.*s", TEXT_ARG(answer));
}

Test(http, starts_live_and_not_ready)
{
    assert_answer(get("/healthz/live"), "200", "ok");
    assert_answer(get("/healthz/ready"), "503", "not ready");
}

Test(http, is_ready_while_set_so)
{
    ops_set_ready(server, true);
    assert_answer(get("/healthz/ready"), "200", "ok");
    ops_set_ready(server, false);
    assert_answer(get("/healthz/ready"), "503", "not ready");
    assert_answer(get("/healthz/live"), "200", "ok");
}

static bool write_userdata(void *userdata, struct buffer *json)
{
    buffer_add(json, text_from(userdata));
    return json->size > 2;
}

Test(http, answers_debug_with_the_callback)
{
    assert_answer(get("/debug"), "503", "the worker does not answer");
    ops_set_debug(server, write_userdata, (char[]){"{\"a\":1}"});
    struct text answer = get("/debug");
    assert_answer(answer, "200", "{\"a\":1}");
    cr_assert_neq(text_find(answer, TEXT("Content-Type: application/json\r\n")), SIZE_MAX);
    ops_set_debug(server, write_userdata, (char[]){"{}"});
    assert_answer(get("/debug"), "503", "the worker does not answer");
    ops_set_debug(server, NULL, NULL);
    assert_answer(get("/debug"), "503", "the worker does not answer");
}

/* A callback that the test holds up. */
struct held {
    sem_t called, released;
    atomic_bool ended;
};

static bool write_when_released(void *userdata, struct buffer *json)
{
    struct held *held = userdata;
    sem_post(&held->called);
    sem_wait(&held->released);
    buffer_add(json, TEXT("{}"));
    atomic_store(&held->ended, true);
    return true;
}

static void *get_debug(void *userdata)
{
    struct text *answer = userdata;
    *answer = get("/debug");
    return NULL;
}

/* Returns its argument if the call had ended when the callback was removed. */
static void *remove_callback(void *userdata)
{
    struct held *held = userdata;
    ops_set_debug(server, NULL, NULL);
    return atomic_load(&held->ended) ? held : NULL;
}

/* Many rounds: which thread comes first differs from one to the next. */
Test(http, removing_the_debug_callback_waits_for_its_call)
{
    for (int round = 0; round < 100; round++) {
        struct held held = {0};
        struct text answer;
        pthread_t client, remover;
        void *ended = NULL;
        sem_init(&held.called, 0, 0);
        sem_init(&held.released, 0, 0);
        ops_set_debug(server, write_when_released, &held);
        cr_assert_eq(pthread_create(&client, NULL, get_debug, &answer), 0);
        sem_wait(&held.called);
        cr_assert_eq(pthread_create(&remover, NULL, remove_callback, &held), 0);
        sem_post(&held.released);
        pthread_join(remover, &ended);
        pthread_join(client, NULL);
        cr_assert_eq(ended, &held, "round %d", round);
        assert_answer(answer, "200", "{}");
    }
}

Test(http, writes_metrics)
{
    static struct metric_family things = {.name = "test_things_total", .help = "Things", .kind = METRIC_COUNTER};
    metric_add(metric_get(&things, "kind=\"odd\""), 3);
    struct text answer = get("/metrics");
    cr_assert(text_starts(answer, TEXT("HTTP/1.1 200 ")));
    cr_assert_neq(text_find(answer, TEXT("text/plain; version=0.0.4")), SIZE_MAX);
    cr_assert_neq(text_find(answer, TEXT("# TYPE test_things_total counter\n")), SIZE_MAX, "%.*s", TEXT_ARG(answer));
    cr_assert_neq(text_find(answer, TEXT("test_things_total{kind=\"odd\"} 3\n")), SIZE_MAX, "%.*s", TEXT_ARG(answer));
}

Test(http, refuses_other_paths)
{
    assert_answer(get("/"), "404", "not found");
    assert_answer(get("/healthz/live/"), "404", "not found");
}

Test(http, ignores_a_query)
{
    assert_answer(get("/healthz/live?verbose=1"), "200", "ok");
}

Test(http, refuses_other_methods)
{
    struct text answer =
        ask("POST /healthz/live HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
    cr_assert(text_starts(answer, TEXT("HTTP/1.1 405 ")), "%.*s", TEXT_ARG(answer));
    cr_assert_neq(text_find(answer, TEXT("Allow: GET, HEAD\r\n")), SIZE_MAX);
}

Test(http, answers_head_without_a_body)
{
    struct text answer = ask("HEAD /healthz/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    cr_assert(text_starts(answer, TEXT("HTTP/1.1 200 ")), "%.*s", TEXT_ARG(answer));
    cr_assert(text_ends(answer, TEXT("\r\n\r\n")), "%.*s", TEXT_ARG(answer));
}

Test(http, survives_garbage)
{
    ask("\x16\x03\x01 this is no HTTP\r\n\r\n");
    assert_answer(get("/healthz/live"), "200", "ok");
}

Test(http, reports_a_port_in_use)
{
    struct error error = ERROR_IN(arena);
    cr_assert_null(ops_start(ops_port(server), &error));
    cr_assert_eq(error.status, STATUS_UNAVAILABLE);
    struct text expected = arena_print(arena, "cannot listen on port %u: Address already in use", ops_port(server));
    cr_assert(text_equal(error.message, expected), "%.*s", TEXT_ARG(error.message));
}

#define HELD ((size_t)LIMIT_HTTP_PEERS * 4)

/* Connections that are held open, whatever they have sent of a request. */
static void hold(int *connections, size_t count, const char *request)
{
    for (size_t i = 0; i < count; i++)
        connections[i] = begin(request);
}

Test(http, connections_held_open_keep_nobody_out)
{
    static const char *const requests[] = {"", "GET /met", "GET /metrics HTTP/1.1\r\nHost: x\r\n",
                                           "GET /healthz/live HTTP/1.1\r\nHost: x\r\n\r\n"};
    int held[4][HELD];
    for (size_t i = 0; i < 4; i++) {
        hold(held[i], HELD, requests[i]);
        assert_answer(get("/healthz/live"), "200", "ok");
        assert_answer(get("/healthz/ready"), "503", "not ready");
    }
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < HELD; j++)
            close(held[i][j]);
    }
    assert_answer(get("/healthz/live"), "200", "ok");
}

Test(http, slow_answers_delay_no_health_check)
{
    static const char request[] = "GET /debug HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    struct held held = {0};
    int slow[LIMIT_HTTP_SLOW];
    sem_init(&held.called, 0, 0);
    sem_init(&held.released, 0, 0);
    ops_set_debug(server, write_when_released, &held);
    hold(slow, LIMIT_HTTP_SLOW, request);
    for (size_t i = 0; i < LIMIT_HTTP_SLOW; i++)
        sem_wait(&held.called);
    assert_answer(get("/healthz/live"), "200", "ok");
    assert_answer(get("/debug"), "503", "too many requests at once");
    assert_answer(get("/metrics"), "503", "too many requests at once");
    for (size_t i = 0; i < LIMIT_HTTP_SLOW; i++)
        sem_post(&held.released);
    for (size_t i = 0; i < LIMIT_HTTP_SLOW; i++)
        assert_answer(finish(slow[i]), "200", "{}");
    cr_assert(text_starts(get("/metrics"), TEXT("HTTP/1.1 200 ")));
}

Test(http, a_loop_that_is_late)
{
    ops_set_ready(server, true);
    ops_set_due(server, clock_monotonic_us() + 1000000);
    assert_answer(get("/healthz/ready"), "200", "ok");
    ops_set_due(server, clock_monotonic_us() - 4000000);
    assert_answer(get("/healthz/ready"), "200", "ok");
    ops_set_due(server, clock_monotonic_us() - OPS_LATE_UNREADY_MS * INT64_C(1000) - 2000000);
    assert_answer(get("/healthz/ready"), "503", "the event loop is 7 s late");
    assert_answer(get("/healthz/live"), "200", "ok");
    cr_assert_neq(text_find(get("/metrics"), TEXT("workflow_worker_loop_late_seconds 7\n")), SIZE_MAX);
    ops_set_due(server, clock_monotonic_us() - OPS_LATE_DEAD_MS * INT64_C(1000) - 1000000);
    assert_answer(get("/healthz/ready"), "503", "the event loop is 61 s late");
    assert_answer(get("/healthz/live"), "503", "the event loop is 61 s late");
    ops_set_due(server, 0);
    assert_answer(get("/healthz/ready"), "200", "ok");
    assert_answer(get("/healthz/live"), "200", "ok");
    cr_assert_neq(text_find(get("/metrics"), TEXT("workflow_worker_loop_late_seconds 0\n")), SIZE_MAX);
}
