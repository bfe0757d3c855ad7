/* For tests with a real PostgreSQL (tests/handlers/with_postgres.py): a separate connection, a server that can be
   stopped, and a proxy that can cut connections. Used by one thread; the proxy has its own threads. */
#ifndef POSTGRES_POSTGRES_H
#define POSTGRES_POSTGRES_H

#include "postgres/database.h"

/* The address of the server, from the environment. */
struct database_options postgres_options(void);

/* Statements of the test itself, on a connection of its own. Any fault fails the test. */
void postgres_do(const char *sql);
/* Keeps a copy of the database under another name, for postgres_restore. Nobody else may be connected to it. */
void postgres_keep(const char *name);
/* Makes the database what was kept, and ends all connections to it. False: nothing was kept under that name. */
bool postgres_restore(const char *name);
/* The first row's first column, "NULL" for SQL NULL, "" when there is no row. Valid until the arena is reset. */
const char *postgres_value(struct arena *arena, const char *sql);
/* The first column as a number. */
long postgres_count(const char *sql);
/* Polls until the number is `wanted`; fails the test after ten seconds. */
void postgres_await(const char *sql, long wanted);

/* Stops the server, and starts it with the same data at the same address. */
void postgres_stop(void);
void postgres_start(void);

/* Starts a PgBouncer in transaction mode with two connections to the server, unless it runs. Returns its address. */
struct text postgres_pool(void);
/* As postgres_value, through PgBouncer, on a connection of its own. */
const char *postgres_pooled_value(struct arena *arena, const char *sql);

/* A proxy between a database and the server. Its own thread forwards the bytes. */
struct proxy;

enum proxy_fault {
    PROXY_NONE,
    PROXY_LOSE_REQUEST, /* drops the request that contains `text` and cuts the connection */
    PROXY_LOSE_ANSWER,  /* forwards it and cuts the connection when the server replies */
    PROXY_DROP,         /* drops it; the connection stays open */
};

struct proxy *proxy_new(void);
void proxy_free(struct proxy *proxy);
struct text proxy_host(const struct proxy *proxy); /* for database_options.host */
/* The fault happens once, at the next request that contains the text. */
void proxy_plan(struct proxy *proxy, enum proxy_fault fault, const char *text);
/* The fault happens once, after `later` further requests. */
void proxy_plan_later(struct proxy *proxy, enum proxy_fault fault, unsigned later);
bool proxy_fault_happened(struct proxy *proxy); /* whether the planned fault has happened */
/* Cuts every connection; accepts new ones. */
void proxy_cut(struct proxy *proxy);
/* Refuses new connections from now on, or accepts them again. */
void proxy_refuse(struct proxy *proxy, bool refuse);
int proxy_accepted(struct proxy *proxy); /* accepted so far */
int proxy_requests(struct proxy *proxy); /* requests so far: what a client sends at once, if it is small */

#endif
