/* The route of a request to the HTTP server for operators. Pure; any thread. Internal to src/ops. */
#ifndef OPS_HTTP_ROUTE_H
#define OPS_HTTP_ROUTE_H

#include "base/text.h"

enum http_route {
    HTTP_ROUTE_LIVE,
    HTTP_ROUTE_READY,
    HTTP_ROUTE_METRICS,
    HTTP_ROUTE_DEBUG,
    HTTP_ROUTE_UNKNOWN,    /* a path that does not exist */
    HTTP_ROUTE_NOT_ALLOWED /* a method other than GET and HEAD, for any path */
};

/* path: without the query. */
enum http_route http_route(struct text method, struct text path);

#endif
