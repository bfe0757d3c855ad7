/* The table. */
#include "temporal/refusal.h"

#define ANY_CODE (-1)
#define ANY_TEXT                                                                                                       \
    {                                                                                                                  \
        0                                                                                                              \
    }
#define WITH(literal_)                                                                                                 \
    {                                                                                                                  \
        .data = (literal_), .size = sizeof(literal_) - 1                                                               \
    }

/* The first row that fits decides. */
static const struct {
    enum client_fault fault;
    int code;
    struct text part; /* of the message */
    enum refusal refusal;
} rows[] = {
    {CLIENT_FAULT_NONE, ANY_CODE, ANY_TEXT, REFUSAL_NONE},
    {CLIENT_FAULT_PAYLOAD_TOO_LARGE, ANY_CODE, ANY_TEXT, REFUSAL_FINAL},
    {CLIENT_FAULT_MESSAGE_TOO_LARGE, ANY_CODE, ANY_TEXT, REFUSAL_FINAL},
    {CLIENT_FAULT_BUDGET, ANY_CODE, ANY_TEXT, REFUSAL_HERE},
    {CLIENT_FAULT_UNREADABLE, ANY_CODE, ANY_TEXT, REFUSAL_HERE},
    {CLIENT_FAULT_RPC, RPC_UNAVAILABLE, ANY_TEXT, REFUSAL_PASSES},
    {CLIENT_FAULT_RPC, RPC_INTERNAL, ANY_TEXT, REFUSAL_PASSES},
    {CLIENT_FAULT_RPC, RPC_UNKNOWN, ANY_TEXT, REFUSAL_PASSES},
    {CLIENT_FAULT_RPC, RPC_ABORTED, ANY_TEXT, REFUSAL_PASSES},
    {CLIENT_FAULT_RPC, RPC_DEADLINE_EXCEEDED, ANY_TEXT, REFUSAL_PASSES},
    {CLIENT_FAULT_RPC, RPC_RESOURCE_EXHAUSTED, ANY_TEXT, REFUSAL_PASSES},
    {CLIENT_FAULT_RPC, RPC_NOT_FOUND, ANY_TEXT, REFUSAL_MOOT},
    {CLIENT_FAULT_RPC, RPC_ALREADY_EXISTS, ANY_TEXT, REFUSAL_MOOT},
    {CLIENT_FAULT_RPC, RPC_FAILED_PRECONDITION, ANY_TEXT, REFUSAL_MOOT},
    /* Events have arrived that the answer does not know; or more activities than may be pending, some of which will
       end. */
    {CLIENT_FAULT_RPC, RPC_INVALID_ARGUMENT, WITH("UnhandledCommand"), REFUSAL_MOOT},
    {CLIENT_FAULT_RPC, RPC_INVALID_ARGUMENT, WITH("LimitExceeded"), REFUSAL_MOOT},
    /* A search attribute that the namespace no longer has. */
    {CLIENT_FAULT_RPC, RPC_INVALID_ARGUMENT, WITH("BadSearchAttributes"), REFUSAL_ATTRIBUTES},
    {CLIENT_FAULT_RPC, RPC_INVALID_ARGUMENT, ANY_TEXT, REFUSAL_FINAL},
    {CLIENT_FAULT_RPC, RPC_OUT_OF_RANGE, ANY_TEXT, REFUSAL_FINAL},
    /* This worker's rights, methods or connection. */
    {CLIENT_FAULT_RPC, ANY_CODE, ANY_TEXT, REFUSAL_HERE},
};

enum refusal refusal_of(const struct client_result *result)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].fault == result->fault && (rows[i].code == ANY_CODE || rows[i].code == result->code) &&
            text_find(result->message, rows[i].part) != SIZE_MAX)
            return rows[i].refusal;
    }
    return REFUSAL_HERE;
}

enum client_fault refusal_fault(int code, struct text message)
{
    if (code == RPC_OK)
        return CLIENT_FAULT_NONE;
    if (code != RPC_RESOURCE_EXHAUSTED || text_find(message, TEXT("larger than max")) == SIZE_MAX)
        return CLIENT_FAULT_RPC;
    /* The gRPC library of this process reports this for a response ("Received message larger than max"). The server's
       library reports it for a request ("grpc: received message larger than max"), and so does a proxy in between
       ("trying to send message ..."). */
    return text_starts(message, TEXT("Received ")) ? CLIENT_FAULT_BUDGET : CLIENT_FAULT_MESSAGE_TOO_LARGE;
}
