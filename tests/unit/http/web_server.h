/* For tests with web servers (tests/handlers/with_web.py, zarf/dev/web.py): the requests they received, and control of
   the servers. Used by one thread at a time. */
#ifndef HTTP_WEB_SERVER_H
#define HTTP_WEB_SERVER_H

#include "base/arena.h"
#include "base/json.h"

/* Which: PLAIN, TLS, OTHER, STRANGER, OLD, CLOSING, DEAF. */

/* https://127.0.0.1:<port><path>; http:// of PLAIN. */
struct text web_server_url(struct arena *arena, const char *which, const char *path);
const char *web_server_port(const char *which);
/* The authority of TLS and OTHER. */
const char *web_server_authority(void);

/* Stops the server, and starts it at the same address. */
void web_server_stop(const char *which);
void web_server_start(const char *which);

/* The requests received since the last call, in order: objects as zarf/dev/web.py makes them. */
struct json_value web_server_take(struct arena *arena, const char *which);
/* The only request received; fails the test when there is not exactly one. */
struct json_value web_server_take_one(struct arena *arena, const char *which);
/* A header of a request, empty when it has none. `name` in lower case. */
struct text web_server_header(const struct json_value *request, const char *name);

#endif
