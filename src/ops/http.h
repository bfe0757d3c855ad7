/* The HTTP server for operators: /healthz/live, /healthz/ready, /metrics and /debug. Each connection has a thread of
   its own, so that no peer and no slow answer delays another. When more than LIMIT_HTTP_PEERS connections are open, the
   oldest is closed, so that a peer that holds connections open cannot keep health checks out. */
#ifndef OPS_HTTP_H
#define OPS_HTTP_H

#include "base/buffer.h"
#include "base/status.h"

struct ops_server;

/* Listens on every address of the machine; port 0 chooses a free port. The server is live at once, and not ready. NULL
   when it cannot listen; the error says why. Free it with ops_stop. */
struct ops_server *ops_start(uint16_t port, struct error *error) MUST_CHECK;
/* Finishes the requests in progress, closes the server and frees it. Accepts NULL. */
void ops_stop(struct ops_server *server);

uint16_t ops_port(const struct ops_server *server);

/* Writes the answer of /debug as JSON; false when the worker does not answer. Runs on threads of the server, at most
   LIMIT_HTTP_SLOW at once, and may block for seconds. */
typedef bool ops_debug(void *userdata, struct buffer *json);
/* Sets the callback of /debug, or removes it with NULL. Waits until no call of the previous callback runs, so that its
   userdata can then be freed. Only one thread may call this at a time, and not from the callback. */
void ops_set_debug(struct ops_server *server, ops_debug *debug, void *userdata);

/* Sets the answer of /healthz/ready. Any thread. */
void ops_set_ready(struct ops_server *server, bool ready);

/* Reports that the event loop of the process has turned, and turns again by due_us (clock_monotonic_us) unless it hangs
   or is late. When it is OPS_LATE_UNREADY_MS late, the server is not ready; when it is OPS_LATE_DEAD_MS late, the
   server is not live; /metrics has the lateness. 0: no loop runs, as before the first call. Any thread. */
void ops_set_due(struct ops_server *server, int64_t due_us);
enum { OPS_LATE_UNREADY_MS = 5000, OPS_LATE_DEAD_MS = 60000 };

#endif
