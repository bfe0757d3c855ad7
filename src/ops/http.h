/* The HTTP server for operators: /healthz/live, /healthz/ready, /metrics and /debug. It answers on a thread of its
   own. */
#ifndef OPS_HTTP_H
#define OPS_HTTP_H

#include "base/buffer.h"
#include "base/status.h"

struct ops_server;

/* Listens on every address of the machine; port 0 chooses a free one. The server is live at once and not ready. NULL
   when it cannot listen; the error says why. Free with ops_stop. */
struct ops_server *ops_start(uint16_t port, struct error *error) MUST_CHECK;
/* Answers the requests under way, closes the server and frees it. Accepts NULL. */
void ops_stop(struct ops_server *server);

uint16_t ops_port(const struct ops_server *server);

/* Writes the answer of /debug as JSON; false when the worker does not answer. Runs on the server's thread and may block
   for seconds. */
typedef bool ops_debug(void *userdata, struct buffer *json);
/* Sets the callback of /debug, or removes it with NULL. Waits until no call of the previous one runs, so that its
   userdata can then be freed. One thread at a time; not from the callback. */
void ops_set_debug(struct ops_server *server, ops_debug *debug, void *userdata);

/* Sets the answer of /healthz/ready. Any thread. */
void ops_set_ready(struct ops_server *server, bool ready);

#endif
