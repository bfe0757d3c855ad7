/* How the channel's connection is set up; for channel.c alone. */
#ifndef TEMPORAL_CHANNEL_CONNECT_H
#define TEMPORAL_CHANNEL_CONNECT_H

#include "temporal/security.h"

struct grpc_channel;

/* Connects lazily, after grpc_init. NULL when out of memory or when the security is of no use. */
struct grpc_channel *channel_connect(struct text target, const struct temporal_security *security) MUST_CHECK;

#endif
