/* A server of the Model Context Protocol: JSON-RPC 2.0, one message in, at most one out. It knows tools only by their
   table. Versions 2024-11-05, 2025-03-26 and 2025-06-18. Pure except for what the tools do; single-threaded. */
#ifndef MCP_MCP_SERVER_H
#define MCP_MCP_SERVER_H

#include "base/buffer.h"
#include "base/json.h"

/* One call of a tool. */
struct mcp_call {
    struct arena *arena; /* freed after the answer is written */
    const struct json_value *arguments;
    struct buffer result; /* the tool writes its result, a JSON object, here */
    struct text failure;  /* why the call failed, for the model; it should say what to do */
};

struct mcp_tool {
    const char *name, *title, *description;
    const char *input_schema, *output_schema; /* JSON Schema of an object */
    bool open_world;                          /* it talks to other systems; no tool writes */
    /* Performs the call. False: it failed, and call->failure says why. */
    bool (*call)(void *userdata, struct mcp_call *call);
};

enum mcp_version { MCP_2024_11_05, MCP_2025_03_26, MCP_2025_06_18 };

struct mcp_server {
    const char *name, *version, *instructions;
    const struct mcp_tool *tools;
    size_t tool_count;
    void *userdata; /* passed to the tools */
    bool initialized;
    enum mcp_version protocol; /* valid when initialized */
};

/* Handles a message, which may be any bytes, and appends the answer and a newline to `out`; nothing when no answer is
   due. Scratch memory comes from the arena. */
void mcp_handle(struct mcp_server *server, struct arena *arena, struct text message, struct buffer *out);

/* Appends the answer to a message that is longer than LIMIT_MCP_MESSAGE and was not read. */
void mcp_refuse_long(struct buffer *out);

#endif
