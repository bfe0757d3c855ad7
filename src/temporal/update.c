/* Reads and answers requests for updates. */
#include "temporal/update.h"

#include "base/limits.h"
#include "temporal/codec.h"
#include "temporal/payload.h"
#include "temporal/proto_failure.h"
#include "temporal_api_enums.h"

#define TYPE(name) "type.googleapis.com/temporal.api.update.v1." name

/* ---- requests ---- */

static enum status read_request(const struct payload_keys *keys, const Api__Message *message, struct arena *arena,
                                struct workflow_update *update, struct error *error)
{
    const void *unpacked;
    enum status status =
        proto_unpack(&api__request__descriptor, proto_text(message->body->value), arena, &unpacked, error);
    if (status == STATUS_OK && keys != NULL)
        status = codec_decrypt(keys, (ProtobufCMessage *)(uintptr_t)unpacked, arena, error);
    if (status != STATUS_OK)
        return status;
    const Api__Request *request = unpacked;
    update->request = request;
    if (request->input == NULL)
        return STATUS_OK;
    update->name = proto_text(request->input->name);
    update->input = payload_list_read(request->input->args, &update->input_foreign);
    return STATUS_OK;
}

enum status updates_read(const struct payload_keys *keys, const Api__PollWorkflowTaskQueueResponse *response,
                         struct arena *arena, struct workflow_task *task, struct error *error)
{
    if (response->n_messages == 0)
        return STATUS_OK;
    struct workflow_update *updates = ARENA_ARRAY(arena, response->n_messages, struct workflow_update);
    if (updates == NULL)
        return error_budget(error);
    for (size_t i = 0; i < response->n_messages; i++) {
        const Api__Message *message = response->messages[i];
        if (message->body == NULL || !text_is(proto_text(message->body->type_url), TYPE("Request")))
            continue;
        struct workflow_update *update = &updates[task->update_count++];
        update->id = proto_text(message->protocol_instance_id);
        update->message_id = proto_text(message->id);
        if (message->sequencing_id_case == API__MESSAGE__SEQUENCING_ID_EVENT_ID)
            update->event_id = message->event_id;
        struct error fault = ERROR_IN(arena);
        enum status status = read_request(keys, message, arena, update, &fault);
        if (status == STATUS_BUDGET)
            return error_copy(error, &fault);
        update->fault = status != STATUS_OK ? fault.message : TEXT_NONE;
    }
    task->updates = updates;
    return STATUS_OK;
}

/* ---- answers ---- */

/* One message of an answer, with what it points to. */
struct message_parts {
    Api__Message message;
    Api__Any body;
    Api__Command command;
    Api__ProtocolMessageCommandAttributes attributes;
};

struct writer {
    const struct payload_keys *keys;
    struct arena *arena;
    Api__Message **messages;
    Api__Command **commands;
    size_t message_count, command_count;
    struct error *error;
};

/* Appends a message with this body and, when `ordered`, a command that gives the message its place. */
static enum status add_message(struct writer *writer, const struct workflow_update *update, const char *step,
                               const char *type, ProtobufCMessage *body, bool ordered)
{
    struct message_parts *parts = ARENA_NEW(writer->arena, struct message_parts);
    struct text id = arena_print(writer->arena, "%.*s/%s", TEXT_ARG(update->id), step);
    enum status status = STATUS_OK;
    if (writer->keys != NULL)
        status = codec_encrypt(writer->keys, body, writer->arena, writer->error);
    if (status != STATUS_OK)
        return status;
    struct text packed = proto_pack(body, writer->arena);
    if (parts == NULL || id.data == NULL || packed.data == NULL)
        return error_budget(writer->error);
    parts->body = (Api__Any)API__ANY__INIT;
    parts->body.type_url = proto_bytes(text_from(type));
    parts->body.value = proto_bytes(packed);
    parts->message = (Api__Message)API__MESSAGE__INIT;
    parts->message.id = proto_bytes(id);
    parts->message.protocol_instance_id = proto_bytes(update->id);
    parts->message.body = &parts->body;
    writer->messages[writer->message_count++] = &parts->message;
    if (!ordered)
        return STATUS_OK;
    parts->attributes = (Api__ProtocolMessageCommandAttributes)API__PROTOCOL_MESSAGE_COMMAND_ATTRIBUTES__INIT;
    parts->attributes.message_id = parts->message.id;
    parts->command = (Api__Command)API__COMMAND__INIT;
    parts->command.command_type = API_COMMAND_TYPE_PROTOCOL_MESSAGE;
    parts->command.attributes_case = API__COMMAND__ATTRIBUTES_PROTOCOL_MESSAGE_COMMAND_ATTRIBUTES;
    parts->command.protocol_message_command_attributes = &parts->attributes;
    writer->commands[writer->command_count++] = &parts->command;
    return STATUS_OK;
}

static enum status accept(struct writer *writer, const struct workflow_update *update)
{
    Api__Acceptance acceptance = API__ACCEPTANCE__INIT;
    acceptance.accepted_request_message_id = proto_bytes(update->message_id);
    acceptance.accepted_request_sequencing_event_id = update->event_id;
    acceptance.accepted_request = (Api__Request *)(uintptr_t)update->request;
    return add_message(writer, update, "accept", TYPE("Acceptance"), &acceptance.base, true);
}

static enum status complete(struct writer *writer, const struct update_answer *answer)
{
    const Api__Request *request = answer->update->request;
    struct payload_list result;
    Api__Outcome outcome = API__OUTCOME__INIT;
    outcome.value_case = API__OUTCOME__VALUE_SUCCESS;
    outcome.success = payload_list_json(&result, answer->result);
    Api__Response response = API__RESPONSE__INIT;
    response.meta = request->meta;
    response.outcome = &outcome;
    return add_message(writer, answer->update, "complete", TYPE("Response"), &response.base, true);
}

static enum status reject(struct writer *writer, const struct update_answer *answer)
{
    struct proto_failure failure;
    Api__Rejection rejection = API__REJECTION__INIT;
    rejection.rejected_request_message_id = proto_bytes(answer->update->message_id);
    rejection.rejected_request_sequencing_event_id = answer->update->event_id;
    rejection.rejected_request = (Api__Request *)(uintptr_t)answer->update->request;
    rejection.failure = proto_failure_fill(&failure, writer->arena, answer->failure, "", false);
    return add_message(writer, answer->update, "reject", TYPE("Rejection"), &rejection.base, false);
}

enum status updates_write(const struct payload_keys *keys, const struct workflow_answer *answer, struct arena *arena,
                          Api__RespondWorkflowTaskCompletedRequest *request, struct error *error)
{
    size_t count = answer->update_answer_count;
    if (count == 0)
        return STATUS_OK;
    struct writer writer = {.keys = keys, .arena = arena, .error = error};
    writer.messages = ARENA_ARRAY(arena, 2 * count, Api__Message *);
    writer.commands = ARENA_ARRAY(arena, 2 * count + request->n_commands, Api__Command *);
    if (writer.messages == NULL || writer.commands == NULL)
        return error_budget(error);
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        const struct update_answer *one = &answer->update_answers[i];
        if (one->failure.size > 0) {
            status = reject(&writer, one);
            continue;
        }
        status = accept(&writer, one->update);
        if (status == STATUS_OK)
            status = complete(&writer, one);
    }
    for (size_t i = 0; i < request->n_commands; i++)
        writer.commands[writer.command_count++] = request->commands[i];
    request->messages = writer.messages;
    request->n_messages = writer.message_count;
    request->commands = writer.commands;
    request->n_commands = writer.command_count;
    return status;
}
