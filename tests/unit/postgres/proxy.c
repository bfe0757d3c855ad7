#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "postgres.h"

#define WIRES_MOST 256

/* Two sockets that are one wire. Closed by the carrier alone; others shut it down. */
struct wire {
    int client, server;
};

struct proxy {
    pthread_t carrier;
    int listener, wake[2];
    in_port_t port, server_port; /* network order */
    char host[32];
    pthread_mutex_t lock;
    enum proxy_fault fault;
    const char *word;
    unsigned later; /* requests that are let pass first */
    bool refuse, cut, end;
    unsigned asked, obeyed;
    pthread_cond_t done;
    struct wire wires[WIRES_MOST];
    size_t count;
    atomic_int accepted;
};

static int listen_on(in_port_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = *port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    (void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    cr_assert_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(listener, 64), 0);
    cr_assert_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    *port = address.sin_port;
    return listener;
}

static void close_wire(struct proxy *proxy, size_t index)
{
    /* A reset, as a cut cable's other end would send in the end. */
    struct linger hard = {.l_onoff = 1};
    (void)setsockopt(proxy->wires[index].client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    (void)close(proxy->wires[index].client);
    (void)close(proxy->wires[index].server);
    proxy->wires[index] = proxy->wires[--proxy->count];
}

static void close_wires(struct proxy *proxy)
{
    while (proxy->count > 0)
        close_wire(proxy, 0);
}

static void accept_wire(struct proxy *proxy)
{
    int client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = proxy->server_port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (proxy->count == WIRES_MOST || connect(server, (struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(client);
        (void)close(server);
        return;
    }
    proxy->wires[proxy->count++] = (struct wire){.client = client, .server = server};
    (void)atomic_fetch_add(&proxy->accepted, 1);
}

static bool carry(int to, const char *bytes, ssize_t size)
{
    return size > 0 && send(to, bytes, (size_t)size, MSG_NOSIGNAL) == size;
}

/* From the client: the fault strikes here. False: the wire is to be cut. */
static bool carry_request(struct proxy *proxy, struct wire *wire)
{
    char bytes[65536];
    ssize_t size = recv(wire->client, bytes, sizeof(bytes), 0);
    if (size <= 0)
        return false;
    enum proxy_fault fault = PROXY_NONE;
    bool fits = proxy->fault != PROXY_NONE && memmem(bytes, (size_t)size, proxy->word, strlen(proxy->word)) != NULL;
    if (fits && proxy->later > 0) {
        proxy->later--;
    } else if (fits) {
        fault = proxy->fault;
        proxy->fault = PROXY_NONE;
    }
    switch (fault) {
    case PROXY_LOSE_REQUEST: return false;
    case PROXY_SWALLOW: return true;
    case PROXY_LOSE_ANSWER:
        (void)carry(wire->server, bytes, size);
        (void)recv(wire->server, bytes, sizeof(bytes), 0); /* so that it has happened */
        return false;
    case PROXY_NONE: break;
    }
    return carry(wire->server, bytes, size);
}

static bool carry_answer(struct wire *wire)
{
    char bytes[65536];
    return carry(wire->client, bytes, recv(wire->server, bytes, sizeof(bytes), 0));
}

static void heed_orders(struct proxy *proxy)
{
    char byte;
    (void)!read(proxy->wake[0], &byte, 1);
    if (proxy->cut)
        close_wires(proxy);
    proxy->cut = false;
    if (proxy->refuse && proxy->listener >= 0) {
        (void)close(proxy->listener);
        proxy->listener = -1;
    } else if (!proxy->refuse && proxy->listener < 0) {
        proxy->listener = listen_on(&proxy->port);
    }
    proxy->obeyed = proxy->asked;
    (void)pthread_cond_broadcast(&proxy->done);
}

static void *carry_all(void *argument)
{
    struct proxy *proxy = argument;
    bool end = false;
    while (!end) {
        struct pollfd watched[2 + 2 * WIRES_MOST] = {{.fd = proxy->wake[0], .events = POLLIN},
                                                     {.fd = proxy->listener, .events = POLLIN}};
        size_t count = proxy->count;
        for (size_t i = 0; i < count; i++) {
            watched[2 + 2 * i] = (struct pollfd){.fd = proxy->wires[i].client, .events = POLLIN};
            watched[3 + 2 * i] = (struct pollfd){.fd = proxy->wires[i].server, .events = POLLIN};
        }
        (void)poll(watched, 2 + 2 * count, -1);
        (void)pthread_mutex_lock(&proxy->lock);
        /* Backwards: closing moves the last wire into the hole. */
        for (size_t i = count; i-- > 0;) {
            bool alive = true;
            if (watched[2 + 2 * i].revents != 0)
                alive = carry_request(proxy, &proxy->wires[i]);
            if (alive && watched[3 + 2 * i].revents != 0)
                alive = carry_answer(&proxy->wires[i]);
            if (!alive)
                close_wire(proxy, i);
        }
        if (watched[1].revents != 0)
            accept_wire(proxy);
        if (watched[0].revents != 0)
            heed_orders(proxy);
        end = proxy->end;
        (void)pthread_mutex_unlock(&proxy->lock);
    }
    return NULL;
}

struct proxy *proxy_new(void)
{
    struct proxy *proxy = calloc(1, sizeof(*proxy));
    cr_assert_not_null(proxy);
    const char *host = getenv("ICHOR_DB_HOST");
    cr_assert_not_null(host);
    const char *colon = strrchr(host, ':');
    cr_assert_not_null(colon);
    proxy->server_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    proxy->listener = listen_on(&proxy->port);
    (void)snprintf(proxy->host, sizeof(proxy->host), "127.0.0.1:%u", ntohs(proxy->port));
    cr_assert_eq(pipe(proxy->wake), 0);
    (void)pthread_mutex_init(&proxy->lock, NULL);
    (void)pthread_cond_init(&proxy->done, NULL);
    cr_assert_eq(pthread_create(&proxy->carrier, NULL, carry_all, proxy), 0);
    return proxy;
}

/* Under the lock: wakes the carrier, and returns when it has obeyed. */
static void order(struct proxy *proxy)
{
    proxy->asked++;
    (void)!write(proxy->wake[1], "", 1);
    while (proxy->obeyed != proxy->asked)
        (void)pthread_cond_wait(&proxy->done, &proxy->lock);
}

void proxy_free(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->lock);
    proxy->end = true;
    (void)!write(proxy->wake[1], "", 1); /* not an order: the carrier may see the end before it */
    (void)pthread_mutex_unlock(&proxy->lock);
    (void)pthread_join(proxy->carrier, NULL);
    close_wires(proxy);
    if (proxy->listener >= 0)
        (void)close(proxy->listener);
    (void)close(proxy->wake[0]);
    (void)close(proxy->wake[1]);
    (void)pthread_cond_destroy(&proxy->done);
    (void)pthread_mutex_destroy(&proxy->lock);
    free(proxy);
}

struct text proxy_host(const struct proxy *proxy)
{
    return text_from(proxy->host);
}

static void plan(struct proxy *proxy, enum proxy_fault fault, const char *word, unsigned later)
{
    (void)pthread_mutex_lock(&proxy->lock);
    proxy->fault = fault;
    proxy->word = word;
    proxy->later = later;
    (void)pthread_mutex_unlock(&proxy->lock);
}

void proxy_plan(struct proxy *proxy, enum proxy_fault fault, const char *word)
{
    plan(proxy, fault, word, 0);
}

void proxy_plan_later(struct proxy *proxy, enum proxy_fault fault, unsigned later)
{
    plan(proxy, fault, "", later);
}

bool proxy_struck(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->lock);
    bool struck = proxy->fault == PROXY_NONE;
    (void)pthread_mutex_unlock(&proxy->lock);
    return struck;
}

void proxy_cut(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->lock);
    proxy->cut = true;
    order(proxy);
    (void)pthread_mutex_unlock(&proxy->lock);
}

void proxy_refuse(struct proxy *proxy, bool refuse)
{
    (void)pthread_mutex_lock(&proxy->lock);
    proxy->refuse = refuse;
    order(proxy);
    (void)pthread_mutex_unlock(&proxy->lock);
}

int proxy_wires(struct proxy *proxy)
{
    return atomic_load(&proxy->accepted);
}
