/* For tests beside a real PostgreSQL (tests/handlers/with_postgres.py): a second pair of eyes on the database, a server
   that can be taken away, and a wire that can be cut. One thread uses it, but for what the proxy does by itself. */
#ifndef POSTGRES_POSTGRES_H
#define POSTGRES_POSTGRES_H

#include "postgres/database.h"

/* Where the server is, by the environment. */
struct database_options postgres_options(void);

/* Statements of the test itself, on a connection of its own. Any fault fails the test. */
void postgres_do(const char *sql);
/* The first row's first column, "NULL" for SQL NULL, "" when there is no row. Valid until the arena is reset. */
const char *postgres_value(struct arena *arena, const char *sql);
/* The first column as a number. */
long postgres_count(const char *sql);
/* Asks until the number is `wanted`; fails the test after ten seconds. */
void postgres_await(const char *sql, long wanted);

/* Takes the server away, and brings it back with the same data at the same address. */
void postgres_stop(void);
void postgres_start(void);

/* A wire between a database and the server. Threads of its own carry the bytes. */
struct proxy;

enum proxy_fault {
    PROXY_NONE,
    PROXY_LOSE_REQUEST, /* the request that holds `word` is not passed on: the wire is cut */
    PROXY_LOSE_ANSWER,  /* it is passed on; when the server answers, the wire is cut */
    PROXY_SWALLOW,      /* it is not passed on, and nothing more happens */
};

struct proxy *proxy_new(void);
void proxy_free(struct proxy *proxy);
struct text proxy_host(const struct proxy *proxy); /* for database_options.host */
/* The next request that holds the word meets the fault, once. */
void proxy_plan(struct proxy *proxy, enum proxy_fault fault, const char *word);
/* The next request after so many meets it, whatever it holds. */
void proxy_plan_later(struct proxy *proxy, enum proxy_fault fault, unsigned later);
bool proxy_struck(struct proxy *proxy); /* nothing is planned any more */
/* Cuts every wire; new ones are taken. */
void proxy_cut(struct proxy *proxy);
/* Refuses new wires from now on, or takes them again. */
void proxy_refuse(struct proxy *proxy, bool refuse);
int proxy_wires(struct proxy *proxy); /* accepted so far */

#endif
