/* The Model Context Protocol. */
#include "mcp/mcp_server.h"

#include "action/suggestion.h"
#include "base/json_writer.h"
#include "base/limits.h"

/* JSON-RPC's codes. */
enum rpc_error {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_INTERNAL_ERROR = -32603,
};

static const char *const versions[] = {
    [MCP_2024_11_05] = "2024-11-05", [MCP_2025_03_26] = "2025-03-26", [MCP_2025_06_18] = "2025-06-18"};
#define VERSION_COUNT (sizeof versions / sizeof versions[0])

/* A request that is being answered. */
struct exchange {
    struct mcp_server *server;
    struct arena *arena;
    struct json_value id; /* JSON_NULL: not known */
    const struct json_value *params;
    struct json_writer *json; /* of the answer */
};

/* ---- answers ---- */

static void begin_answer(struct json_writer *json, const struct json_value *id)
{
    json_begin_object(json);
    json_member_string(json, "jsonrpc", "2.0");
    json_member_value(json, "id", id);
}

static void answer_error(struct json_writer *json, const struct json_value *id, enum rpc_error code,
                         struct text message)
{
    begin_answer(json, id);
    json_key(json, "error");
    json_begin_object(json);
    json_member_integer(json, "code", code);
    json_member_text(json, "message", message);
    json_end_object(json);
    json_end_object(json);
}

static void refuse(struct exchange *exchange, enum rpc_error code, const char *format, ...) PRINTF_LIKE(3, 4);

static void refuse(struct exchange *exchange, enum rpc_error code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct text message = arena_vprint(exchange->arena, format, arguments);
    va_end(arguments);
    answer_error(exchange->json, &exchange->id, code, message);
}

static void begin_result(struct exchange *exchange)
{
    begin_answer(exchange->json, &exchange->id);
    json_key(exchange->json, "result");
    json_begin_object(exchange->json);
}

static void end_result(struct exchange *exchange)
{
    json_end_object(exchange->json);
    json_end_object(exchange->json);
}

/* ---- initialize ---- */

static enum mcp_version choose_version(struct text wanted)
{
    for (size_t i = 0; i < VERSION_COUNT; i++)
        if (text_is(wanted, versions[i]))
            return (enum mcp_version)i;
    return MCP_2025_06_18;
}

static void initialize(struct exchange *exchange)
{
    struct mcp_server *server = exchange->server;
    struct json_writer *json = exchange->json;
    struct text wanted = json_get_text(exchange->params, TEXT("protocolVersion"));
    if (wanted.size == 0) {
        refuse(exchange, RPC_INVALID_PARAMS, "protocolVersion, a string, is required");
        return;
    }
    server->protocol = choose_version(wanted);
    server->initialized = true;
    begin_result(exchange);
    json_member_string(json, "protocolVersion", versions[server->protocol]);
    json_member_raw(json, "capabilities", TEXT("{\"tools\":{\"listChanged\":false}}"));
    json_key(json, "serverInfo");
    json_begin_object(json);
    json_member_string(json, "name", server->name);
    json_member_string(json, "version", server->version);
    json_end_object(json);
    json_member_string(json, "instructions", server->instructions);
    end_result(exchange);
}

static void ping(struct exchange *exchange)
{
    begin_result(exchange);
    end_result(exchange);
}

/* ---- tools ---- */

static void write_tool(struct exchange *exchange, const struct mcp_tool *tool)
{
    struct json_writer *json = exchange->json;
    enum mcp_version version = exchange->server->protocol;
    json_begin_object(json);
    json_member_string(json, "name", tool->name);
    if (version >= MCP_2025_06_18)
        json_member_string(json, "title", tool->title);
    json_member_string(json, "description", tool->description);
    json_member_raw(json, "inputSchema", text_from(tool->input_schema));
    if (version >= MCP_2025_06_18)
        json_member_raw(json, "outputSchema", text_from(tool->output_schema));
    if (version >= MCP_2025_03_26) {
        json_key(json, "annotations");
        json_begin_object(json);
        json_member_string(json, "title", tool->title);
        json_member_boolean(json, "readOnlyHint", true);
        json_member_boolean(json, "destructiveHint", false);
        json_member_boolean(json, "idempotentHint", true);
        json_member_boolean(json, "openWorldHint", tool->open_world);
        json_end_object(json);
    }
    json_end_object(json);
}

static void list_tools(struct exchange *exchange)
{
    const struct mcp_server *server = exchange->server;
    begin_result(exchange);
    json_key(exchange->json, "tools");
    json_begin_array(exchange->json);
    for (size_t i = 0; i < server->tool_count; i++)
        write_tool(exchange, &server->tools[i]);
    json_end_array(exchange->json);
    end_result(exchange);
}

static struct text tool_name_at(const void *tools, size_t index)
{
    return text_from(((const struct mcp_tool *)tools)[index].name);
}

static const struct mcp_tool *find_tool(struct exchange *exchange, struct text name)
{
    const struct mcp_server *server = exchange->server;
    for (size_t i = 0; i < server->tool_count; i++)
        if (text_is(name, server->tools[i].name))
            return &server->tools[i];
    struct text nearest = suggest_nearest(name, tool_name_at, server->tools, server->tool_count);
    if (nearest.size > 0)
        refuse(exchange, RPC_INVALID_PARAMS, "unknown tool '%.*s'; did you mean '%.*s'?", TEXT_ARG(name),
               TEXT_ARG(nearest));
    else
        refuse(exchange, RPC_INVALID_PARAMS, "unknown tool '%.*s'; see tools/list", TEXT_ARG(name));
    return NULL;
}

static void write_content(struct exchange *exchange, struct text text)
{
    struct json_writer *json = exchange->json;
    json_key(json, "content");
    json_begin_array(json);
    json_begin_object(json);
    json_member_string(json, "type", "text");
    json_member_text(json, "text", text);
    json_end_object(json);
    json_end_array(json);
}

/* A message is one line. The JSON has newlines only between tokens, where a blank does as well. */
static void make_one_line(struct buffer *json)
{
    for (size_t i = 0; i < json->size; i++)
        if (json->data[i] == '\n' || json->data[i] == '\r')
            json->data[i] = ' ';
}

/* Writes the result also as text, for older clients, and for models that do not read structured results. */
static void write_outcome(struct exchange *exchange, bool good, struct mcp_call *call)
{
    make_one_line(&call->result);
    struct text result = good ? buffer_text(&call->result) : TEXT_NONE;
    if (good && result.data == NULL) {
        good = false;
        call->failure = TEXT("the result does not fit in memory");
    }
    begin_result(exchange);
    write_content(exchange, good ? result : call->failure);
    if (good && exchange->server->protocol >= MCP_2025_06_18)
        json_member_raw(exchange->json, "structuredContent", result);
    json_member_boolean(exchange->json, "isError", !good);
    end_result(exchange);
}

static void call_tool(struct exchange *exchange)
{
    static const struct json_value nothing = {.type = JSON_OBJECT};
    const struct json_value *name = json_get(exchange->params, TEXT("name"));
    const struct json_value *arguments = json_get(exchange->params, TEXT("arguments"));
    if (name == NULL || name->type != JSON_STRING) {
        refuse(exchange, RPC_INVALID_PARAMS, "name, a string, is required");
        return;
    }
    if (arguments != NULL && arguments->type != JSON_OBJECT && arguments->type != JSON_NULL) {
        refuse(exchange, RPC_INVALID_PARAMS, "arguments: expected object, found %s", json_type_name(arguments->type));
        return;
    }
    const struct mcp_tool *tool = find_tool(exchange, name->string);
    if (tool == NULL)
        return;
    struct mcp_call call = {
        .arena = exchange->arena,
        .arguments = arguments != NULL && arguments->type == JSON_OBJECT ? arguments : &nothing,
        .result = buffer_in(exchange->arena, LIMIT_MCP_RESULT),
        .failure = TEXT("the call failed"),
    };
    bool good = tool->call(exchange->server->userdata, &call);
    write_outcome(exchange, good, &call);
}

/* ---- messages ---- */

static const struct {
    const char *name;
    bool at_any_time; /* allowed before initialize */
    void (*answer)(struct exchange *exchange);
} methods[] = {
    {"initialize", true, initialize},
    {"ping", true, ping},
    {"tools/list", false, list_tools},
    {"tools/call", false, call_tool},
};

static void answer_request(struct exchange *exchange, struct text method)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (!text_is(method, methods[i].name))
            continue;
        if (methods[i].at_any_time || exchange->server->initialized)
            methods[i].answer(exchange);
        else
            refuse(exchange, RPC_INVALID_REQUEST, "initialize first");
        return;
    }
    refuse(exchange, RPC_METHOD_NOT_FOUND, "unknown method '%.*s'", TEXT_ARG(text_cut_utf8(method, LIMIT_FAULT_VALUE)));
}

static bool is_id(const struct json_value *value)
{
    return value != NULL && (value->type == JSON_STRING || value->type == JSON_NUMBER);
}

/* Handles one message. Notifications get no answer, nor do answers, since this server sends no requests. */
static void handle_message(struct mcp_server *server, struct arena *arena, const struct json_value *message,
                           struct json_writer *json)
{
    const struct json_value *id = json_get(message, TEXT("id"));
    const struct json_value *method = json_get(message, TEXT("method"));
    const struct json_value *params = json_get(message, TEXT("params"));
    struct exchange exchange = {
        .server = server, .arena = arena, .id = is_id(id) ? *id : json_null(), .params = params, .json = json};
    bool is_answer =
        method == NULL && (json_get(message, TEXT("result")) != NULL || json_get(message, TEXT("error")) != NULL);
    if (message->type != JSON_OBJECT)
        refuse(&exchange, RPC_INVALID_REQUEST, "expected object, found %s", json_type_name(message->type));
    else if (!text_is(json_get_text(message, TEXT("jsonrpc")), "2.0"))
        refuse(&exchange, RPC_INVALID_REQUEST, "jsonrpc must be \"2.0\"");
    else if (is_answer)
        return;
    else if (method == NULL || method->type != JSON_STRING)
        refuse(&exchange, RPC_INVALID_REQUEST, "method, a string, is required");
    else if (id == NULL)
        return;
    else if (!is_id(id))
        refuse(&exchange, RPC_INVALID_REQUEST, "id must be a string or a number");
    else if (params != NULL && params->type != JSON_OBJECT)
        refuse(&exchange, RPC_INVALID_PARAMS, "params: expected object, found %s", json_type_name(params->type));
    else
        answer_request(&exchange, method->string);
}

/* Only version 2025-03-26 knows batches. */
static void handle_batch(struct mcp_server *server, struct arena *arena, const struct json_value *batch,
                         struct buffer *out)
{
    const struct json_value no_id = json_null();
    struct json_writer json = {out};
    bool known = server->initialized && server->protocol == MCP_2025_03_26;
    size_t count = batch->array.count;
    if (!known || count == 0 || count > LIMIT_MCP_BATCH) {
        struct text why =
            !known       ? TEXT("batches are part of protocol version 2025-03-26 only")
            : count == 0 ? TEXT("the batch is empty")
                         : arena_print(arena, "a batch has at most %d messages, found %zu", LIMIT_MCP_BATCH, count);
        answer_error(&json, &no_id, RPC_INVALID_REQUEST, why);
        buffer_add_byte(out, '\n');
        return;
    }
    size_t before = out->size;
    json_begin_array(&json);
    size_t empty = out->size;
    for (size_t i = 0; i < count; i++)
        handle_message(server, arena, &batch->array.items[i], &json);
    bool answered = out->size > empty;
    json_end_array(&json);
    buffer_add_byte(out, '\n');
    if (!answered)
        out->size = before;
}

void mcp_handle(struct mcp_server *server, struct arena *arena, struct text message, struct buffer *out)
{
    const struct json_value no_id = json_null();
    struct json_value value = json_null();
    struct error error = ERROR_IN(arena);
    struct json_writer json = {out};
    size_t before = out->size;
    if (text_trim(message).size == 0)
        return;
    enum status status = json_read(arena, message, &value, &error);
    if (status != STATUS_OK) {
        answer_error(&json, &no_id, status == STATUS_INVALID ? RPC_PARSE_ERROR : RPC_INTERNAL_ERROR,
                     arena_print(arena, "%.*s%s%.*s", TEXT_ARG(error.where), error.where.size > 0 ? ": " : "",
                                 TEXT_ARG(error.message)));
    } else if (value.type == JSON_ARRAY) {
        handle_batch(server, arena, &value, out);
        return;
    } else {
        handle_message(server, arena, &value, &json);
    }
    if (out->failed) { /* replaces an answer that does not fit */
        const struct json_value *id = json_get(&value, TEXT("id"));
        out->failed = false;
        out->size = before;
        json = (struct json_writer){out};
        answer_error(&json, status == STATUS_OK && is_id(id) ? id : &no_id, RPC_INTERNAL_ERROR,
                     TEXT("the answer does not fit in memory"));
    }
    if (out->size > before)
        buffer_add_byte(out, '\n');
}

void mcp_refuse_long(struct buffer *out)
{
    const struct json_value no_id = json_null();
    struct json_writer json = {out};
    answer_error(&json, &no_id, RPC_PARSE_ERROR, TEXT("the message is longer than 16 MiB"));
    buffer_add_byte(out, '\n');
}
