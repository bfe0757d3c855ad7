#include "ops/http_route.h"

enum http_route http_route(struct text method, struct text path)
{
    if (!text_is(method, "GET") && !text_is(method, "HEAD"))
        return HTTP_ROUTE_NOT_ALLOWED;
    if (text_is(path, "/healthz/live"))
        return HTTP_ROUTE_LIVE;
    if (text_is(path, "/healthz/ready"))
        return HTTP_ROUTE_READY;
    if (text_is(path, "/metrics"))
        return HTTP_ROUTE_METRICS;
    return text_is(path, "/debug") ? HTTP_ROUTE_DEBUG : HTTP_ROUTE_UNKNOWN;
}
