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

#define LINKS_MAX 256

/* The two sockets of one connection. Closed by the proxy thread only; others shut them down. */
struct link {
    int client, server;
};

struct proxy {
    pthread_t thread;
    int listener, wake[2];
    in_port_t port, server_port; /* network order */
    char host[32];
    pthread_mutex_t lock;
    enum proxy_fault fault;
    const char *text;
    unsigned later; /* requests to forward before the fault */
    bool refuse, cut, end;
    unsigned asked, obeyed;
    pthread_cond_t done;
    struct link links[LINKS_MAX];
    size_t count;
    atomic_int accepted, requests;
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

static void close_link(struct proxy *proxy, size_t index)
{
    /* Close with a reset. */
    struct linger hard = {.l_onoff = 1};
    (void)setsockopt(proxy->links[index].client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    (void)close(proxy->links[index].client);
    (void)close(proxy->links[index].server);
    proxy->links[index] = proxy->links[--proxy->count];
}

static void close_links(struct proxy *proxy)
{
    while (proxy->count > 0)
        close_link(proxy, 0);
}

static void accept_link(struct proxy *proxy)
{
    int client = accept4(proxy->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0)
        return;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = proxy->server_port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (proxy->count == LINKS_MAX || connect(server, (struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(client);
        (void)close(server);
        return;
    }
    proxy->links[proxy->count++] = (struct link){.client = client, .server = server};
    (void)atomic_fetch_add(&proxy->accepted, 1);
}

static bool forward(int to, const char *bytes, ssize_t size)
{
    return size > 0 && send(to, bytes, (size_t)size, MSG_NOSIGNAL) == size;
}

/* Forwards a request, where the fault happens. False: the connection is to be cut. */
static bool forward_request(struct proxy *proxy, struct link *link)
{
    char bytes[65536];
    ssize_t size = recv(link->client, bytes, sizeof(bytes), 0);
    if (size <= 0)
        return false;
    (void)atomic_fetch_add(&proxy->requests, 1);
    enum proxy_fault fault = PROXY_NONE;
    bool fits = proxy->fault != PROXY_NONE && memmem(bytes, (size_t)size, proxy->text, strlen(proxy->text)) != NULL;
    if (fits && proxy->later > 0) {
        proxy->later--;
    } else if (fits) {
        fault = proxy->fault;
        proxy->fault = PROXY_NONE;
    }
    switch (fault) {
    case PROXY_LOSE_REQUEST: return false;
    case PROXY_DROP: return true;
    case PROXY_LOSE_ANSWER:
        (void)forward(link->server, bytes, size);
        (void)recv(link->server, bytes, sizeof(bytes), 0); /* wait until the server has executed it */
        return false;
    case PROXY_NONE: break;
    }
    return forward(link->server, bytes, size);
}

static bool forward_reply(struct link *link)
{
    char bytes[65536];
    return forward(link->client, bytes, recv(link->server, bytes, sizeof(bytes), 0));
}

static void handle_requests(struct proxy *proxy)
{
    char byte;
    (void)!read(proxy->wake[0], &byte, 1);
    if (proxy->cut)
        close_links(proxy);
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

static void *run_proxy(void *argument)
{
    struct proxy *proxy = argument;
    bool end = false;
    while (!end) {
        struct pollfd watched[2 + 2 * LINKS_MAX] = {{.fd = proxy->wake[0], .events = POLLIN},
                                                    {.fd = proxy->listener, .events = POLLIN}};
        size_t count = proxy->count;
        for (size_t i = 0; i < count; i++) {
            watched[2 + 2 * i] = (struct pollfd){.fd = proxy->links[i].client, .events = POLLIN};
            watched[3 + 2 * i] = (struct pollfd){.fd = proxy->links[i].server, .events = POLLIN};
        }
        (void)poll(watched, 2 + 2 * count, -1);
        (void)pthread_mutex_lock(&proxy->lock);
        /* Backwards, because closing moves the last link into the free entry. */
        for (size_t i = count; i-- > 0;) {
            bool alive = true;
            if (watched[2 + 2 * i].revents != 0)
                alive = forward_request(proxy, &proxy->links[i]);
            if (alive && watched[3 + 2 * i].revents != 0)
                alive = forward_reply(&proxy->links[i]);
            if (!alive)
                close_link(proxy, i);
        }
        if (watched[1].revents != 0)
            accept_link(proxy);
        if (watched[0].revents != 0)
            handle_requests(proxy);
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
    cr_assert_eq(pthread_create(&proxy->thread, NULL, run_proxy, proxy), 0);
    return proxy;
}

/* Under the lock: wakes the thread up and waits until it has carried out the order. */
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
    (void)!write(proxy->wake[1], "", 1); /* no order(): the thread may end before it replies */
    (void)pthread_mutex_unlock(&proxy->lock);
    (void)pthread_join(proxy->thread, NULL);
    close_links(proxy);
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

static void plan(struct proxy *proxy, enum proxy_fault fault, const char *text, unsigned later)
{
    (void)pthread_mutex_lock(&proxy->lock);
    proxy->fault = fault;
    proxy->text = text;
    proxy->later = later;
    (void)pthread_mutex_unlock(&proxy->lock);
}

void proxy_plan(struct proxy *proxy, enum proxy_fault fault, const char *text)
{
    plan(proxy, fault, text, 0);
}

void proxy_plan_later(struct proxy *proxy, enum proxy_fault fault, unsigned later)
{
    plan(proxy, fault, "", later);
}

bool proxy_fault_happened(struct proxy *proxy)
{
    (void)pthread_mutex_lock(&proxy->lock);
    bool happened = proxy->fault == PROXY_NONE;
    (void)pthread_mutex_unlock(&proxy->lock);
    return happened;
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

int proxy_accepted(struct proxy *proxy)
{
    return atomic_load(&proxy->accepted);
}

int proxy_requests(struct proxy *proxy)
{
    return atomic_load(&proxy->requests);
}
