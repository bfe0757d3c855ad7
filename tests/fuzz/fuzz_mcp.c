/* Any lines that a client may send: each gets one line with an answer of JSON-RPC, or no answer, and a ping afterwards
   is answered. */
#include <stdlib.h>

#include "base/limits.h"
#include "mcp/mcp_server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool condition)
{
    if (!condition)
        abort();
}

/* Returns its arguments, or fails with one of them. */
static bool echo(void *userdata, struct mcp_call *call)
{
    (void)userdata;
    struct text failure = json_get_text(call->arguments, TEXT("fail"));
    if (failure.size > 0) {
        call->failure = failure;
        return false;
    }
    json_write(&call->result, call->arguments);
    return true;
}

static const struct mcp_tool tools[] = {{.name = "echo",
                                         .title = "Echo",
                                         .description = "",
                                         .input_schema = "{\"type\":\"object\"}",
                                         .output_schema = "{\"type\":\"object\"}",
                                         .call = echo}};

static void check_answer(const struct json_value *answer)
{
    bool has_result = json_get(answer, TEXT("result")) != NULL, has_error = json_get(answer, TEXT("error")) != NULL;
    check(answer->type == JSON_OBJECT && text_is(json_get_text(answer, TEXT("jsonrpc")), "2.0"));
    check(json_get(answer, TEXT("id")) != NULL && has_result != has_error);
}

static void handle(struct mcp_server *server, struct text line)
{
    struct arena *arena = arena_new(MIB(64), 0);
    struct buffer out = buffer_in(arena, MIB(16));
    struct json_value answer;
    mcp_handle(server, arena, line, &out);
    struct text text = buffer_text(&out);
    check(text.data != NULL);
    if (text.size > 0) {
        check(text_find_byte(text, '\n') == text.size - 1);
        check(json_read(arena, text, &answer, NULL) == STATUS_OK);
        if (answer.type == JSON_ARRAY)
            for (size_t i = 0; i < answer.array.count; i++)
                check_answer(&answer.array.items[i]);
        else
            check_answer(&answer);
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mcp_server server = {.name = "fuzz",
                                .version = "0",
                                .instructions = "",
                                .tools = tools,
                                .tool_count = sizeof tools / sizeof tools[0]};
    struct text rest = {.data = (const char *)data, .size = size};
    while (size > 0 && rest.data != NULL)
        handle(&server, text_split(&rest, '\n'));
    handle(&server, TEXT("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"));
    return 0;
}
