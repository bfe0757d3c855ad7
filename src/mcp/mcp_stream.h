/* Messages of the Model Context Protocol over two streams, one per line. Single-threaded; blocks while it reads. */
#ifndef MCP_MCP_STREAM_H
#define MCP_MCP_STREAM_H

#include <stdio.h>

#include "mcp/mcp_server.h"

/* Answers each message until the input ends. False: an answer could not be written, or memory has run out. */
bool mcp_serve(struct mcp_server *server, FILE *input, FILE *output) MUST_CHECK;

#endif
