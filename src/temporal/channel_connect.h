/* Sets up the connection of a channel. Used by channel.c only. */
#ifndef TEMPORAL_CHANNEL_CONNECT_H
#define TEMPORAL_CHANNEL_CONNECT_H

#include "temporal/security.h"

struct grpc_channel;

/* Must be called after grpc_init. The channel connects lazily. Copies the target and the security. The caller frees it
   with grpc_channel_destroy. NULL when out of memory or when gRPC cannot use the security. */
struct grpc_channel *channel_connect(struct text target, const struct temporal_security *security,
                                     size_t receive_bytes) MUST_CHECK;

#endif
