/* What operators ask over HTTP: /healthz/live, /healthz/ready, /metrics, /debug. Answers on a thread of its own. */
#ifndef OPS_HTTP_H
#define OPS_HTTP_H

#include "base/buffer.h"
#include "base/status.h"

struct ops_server;

/* Listens on every address of the machine; port 0: one that is free. Live from now on, not ready. NULL when it cannot
   listen: the error says why. Free with ops_stop. */
struct ops_server *ops_start(uint16_t port, struct error *error) MUST_CHECK;
void ops_stop(struct ops_server *server); /* accepts NULL; answers what has been asked, then closes */

uint16_t ops_port(const struct ops_server *server);
/* Writes what /debug answers, JSON; called on the server's thread. False: it cannot be told. */
typedef bool ops_debug(void *hook, struct buffer *json);
/* NULL: there is nothing to tell any more; returns when nobody is being told. Any thread. */
void ops_set_debug(struct ops_server *server, ops_debug *debug, void *hook);
/* What /healthz/ready says. Any thread. */
void ops_set_ready(struct ops_server *server, bool ready);

#endif
