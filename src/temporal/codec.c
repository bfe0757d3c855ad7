/* Finds the payloads of a message by its descriptor, and encrypts or decrypts each. */
#include "temporal/codec.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/json_writer.h"
#include "temporal/payload.h"

#define NONCE_BYTES 12
#define TAG_BYTES   16
#define ENCODING    "encoding"
#define KEY_ID      "encryption-key-id"

/* The message that the SDKs write to a failure whose real message is in its encoded_attributes, and the keys there. */
#define FAILURE_MESSAGE "Encoded failure"
#define MESSAGE         "message"
#define STACK_TRACE     "stack_trace"

/* One pass over a message. */
struct work {
    const struct payload_keys *keys;
    struct arena *arena;
    struct error *error;
    enum status (*each)(struct work *work, Api__Payload *payload);
    enum status (*failure)(struct work *work, Api__Failure *failure); /* before its fields */
};

/* ---- finding the payloads ---- */

static enum status walk(struct work *work, ProtobufCMessage *message);

static enum status walk_field(struct work *work, ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    char *base = (char *)message;
    void *member = base + field->offset;
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        bool other = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
                     *(const uint32_t *)(void *)(base + field->quantifier_offset) != field->id;
        ProtobufCMessage *inner = other ? NULL : *(ProtobufCMessage **)member;
        return inner != NULL ? walk(work, inner) : STATUS_OK;
    }
    size_t count = *(const size_t *)(void *)(base + field->quantifier_offset);
    ProtobufCMessage **items = *(ProtobufCMessage ***)member;
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = walk(work, items[i]);
    return status;
}

/* Recurses as deeply as the message, whose depth proto_check bounds. */
static enum status walk(struct work *work, ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    if (type == &api__payload__descriptor)
        return work->each(work, (Api__Payload *)message);
    if (type == &api__search_attributes__descriptor || type == &api__header__descriptor ||
        type == &api__memo__descriptor) /* a memo is passed on unchanged */
        return STATUS_OK;
    enum status status = STATUS_OK;
    if (type == &api__failure__descriptor)
        status = work->failure(work, (Api__Failure *)message);
    for (unsigned i = 0; i < type->n_fields && status == STATUS_OK; i++) {
        if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            status = walk_field(work, message, &type->fields[i]);
    }
    return status;
}

static struct text metadata_of(const Api__Payload *payload, struct text key)
{
    for (size_t i = 0; i < payload->n_metadata; i++) {
        if (text_equal(proto_text(payload->metadata[i]->key), key))
            return proto_text(payload->metadata[i]->value);
    }
    return TEXT_NONE;
}

/* ---- encrypting ---- */

static enum status openssl_fault(struct work *work)
{
    return error_set(work->error, STATUS_INTERNAL, TEXT_NONE, "a payload cannot be encrypted");
}

/* sealed: room for the nonce, as many bytes as plain and the tag. */
static enum status seal(struct work *work, struct text plain, unsigned char *sealed)
{
    unsigned char *data = sealed + NONCE_BYTES;
    int size = 0, rest = 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    bool good = cipher != NULL && RAND_bytes(sealed, NONCE_BYTES) == 1 &&
                EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, work->keys->items[0].secret, sealed) == 1 &&
                EVP_EncryptUpdate(cipher, data, &size, (const unsigned char *)plain.data, (int)plain.size) == 1 &&
                EVP_EncryptFinal_ex(cipher, data + size, &rest) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, data + plain.size) == 1;
    EVP_CIPHER_CTX_free(cipher);
    return good ? STATUS_OK : openssl_fault(work);
}

static Api__PayloadMetadataEntry *entry(struct arena *arena, struct text key, struct text value)
{
    Api__PayloadMetadataEntry *made = ARENA_NEW(arena, Api__PayloadMetadataEntry);
    if (made != NULL) {
        *made = (Api__PayloadMetadataEntry)API__PAYLOAD_METADATA_ENTRY__INIT;
        made->key = proto_bytes(key);
        made->value = proto_bytes(value);
    }
    return made;
}

static enum status encrypt(struct work *work, Api__Payload *payload)
{
    if (text_is(metadata_of(payload, TEXT(ENCODING)), PAYLOAD_ENCRYPTED))
        return STATUS_OK; /* never twice */
    struct text plain = proto_pack(&payload->base, work->arena);
    if (plain.data == NULL || plain.size > LIMIT_PROTO_BYTES)
        return error_budget(work->error);
    size_t size = NONCE_BYTES + plain.size + TAG_BYTES;
    unsigned char *sealed = arena_alloc(work->arena, size, 1);
    Api__PayloadMetadataEntry **metadata = ARENA_ARRAY(work->arena, 2, Api__PayloadMetadataEntry *);
    if (sealed == NULL || metadata == NULL)
        return error_budget(work->error);
    metadata[0] = entry(work->arena, TEXT(ENCODING), TEXT(PAYLOAD_ENCRYPTED));
    metadata[1] = entry(work->arena, TEXT(KEY_ID), work->keys->items[0].id);
    if (metadata[0] == NULL || metadata[1] == NULL)
        return error_budget(work->error);
    enum status status = seal(work, plain, sealed);
    *payload = (Api__Payload)API__PAYLOAD__INIT;
    payload->metadata = metadata;
    payload->n_metadata = 2;
    payload->data = (ProtobufCBinaryData){.len = size, .data = sealed};
    return status;
}

/* Only payloads are encrypted, so this moves the message into one. */
static enum status hide_message(struct work *work, Api__Failure *failure)
{
    if (failure->message.len == 0 || failure->encoded_attributes != NULL)
        return STATUS_OK; /* nothing to hide, or hidden already */
    struct buffer buffer = buffer_in(work->arena, LIMIT_PROTO_BYTES);
    struct json_writer json = {&buffer};
    json_begin_object(&json);
    json_member_text(&json, MESSAGE, proto_text(failure->message));
    json_member_string(&json, STACK_TRACE, "");
    json_end_object(&json);
    struct text attributes = buffer_text(&buffer);
    Api__Payload *payload = ARENA_NEW(work->arena, Api__Payload);
    if (payload == NULL || attributes.data == NULL)
        return error_budget(work->error);
    *payload = payload_json(attributes);
    failure->encoded_attributes = payload;
    failure->message = proto_bytes(TEXT(FAILURE_MESSAGE));
    return STATUS_OK;
}

enum status codec_encrypt(const struct payload_keys *keys, ProtobufCMessage *message, struct arena *arena,
                          struct error *error)
{
    struct work work = {.keys = keys, .arena = arena, .error = error, .each = encrypt, .failure = hide_message};
    return keys->count > 0 ? walk(&work, message) : STATUS_OK;
}

/* ---- decrypting ---- */

static bool unseal(const struct payload_key *key, struct text sealed, unsigned char *plain)
{
    const unsigned char *nonce = (const unsigned char *)sealed.data;
    int size = (int)(sealed.size - NONCE_BYTES - TAG_BYTES), done = 0, rest = 0;
    unsigned char tag[TAG_BYTES];
    for (size_t i = 0; i < TAG_BYTES; i++)
        tag[i] = nonce[NONCE_BYTES + (size_t)size + i];
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    bool good = cipher != NULL && EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key->secret, nonce) == 1 &&
                EVP_DecryptUpdate(cipher, plain, &done, nonce + NONCE_BYTES, size) == 1 &&
                EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
                EVP_DecryptFinal_ex(cipher, plain + done, &rest) == 1;
    EVP_CIPHER_CTX_free(cipher);
    return good;
}

static enum status decrypt(struct work *work, Api__Payload *payload)
{
    if (!text_is(metadata_of(payload, TEXT(ENCODING)), PAYLOAD_ENCRYPTED))
        return STATUS_OK;
    struct text id = metadata_of(payload, TEXT(KEY_ID));
    const struct payload_key *key = payload_keys_find(work->keys, id);
    if (key == NULL)
        return error_set(work->error, STATUS_INVALID, TEXT_NONE,
                         PUBLIC("a payload is encrypted with key '%.*s', which is not here"),
                         TEXT_ARG(text_cut_utf8(id, LIMIT_PAYLOAD_KEY_ID)));
    struct text sealed = proto_text(payload->data);
    if (sealed.size < NONCE_BYTES + TAG_BYTES)
        return error_set(work->error, STATUS_INVALID, TEXT_NONE, "an encrypted payload is cut short");
    size_t size = sealed.size - NONCE_BYTES - TAG_BYTES;
    unsigned char *plain = arena_alloc(work->arena, size + 1, 1);
    if (plain == NULL)
        return error_budget(work->error);
    if (!unseal(key, sealed, plain))
        return error_set(work->error, STATUS_INVALID, TEXT_NONE, PUBLIC("a payload does not fit its key '%.*s'"),
                         TEXT_ARG(id));
    const void *inner;
    enum status status = proto_unpack(&api__payload__descriptor, (struct text){.data = (char *)plain, .size = size},
                                      work->arena, &inner, work->error);
    if (status == STATUS_OK)
        *payload = *(const Api__Payload *)inner;
    return status;
}

static enum status show_message(struct work *work, Api__Failure *failure)
{
    enum status status = failure->encoded_attributes != NULL ? decrypt(work, failure->encoded_attributes) : STATUS_OK;
    if (status != STATUS_OK)
        return status;
    bool foreign;
    struct text attributes = payload_read(failure->encoded_attributes, &foreign);
    struct json_value json = json_null();
    if (attributes.size > 0)
        status = json_read(work->arena, attributes, &json, work->error);
    if (status == STATUS_BUDGET)
        return status;
    struct text message = json_get_text(&json, TEXT(MESSAGE));
    if (message.size > 0) /* else the attributes have an unknown form and the message is kept */
        failure->message = proto_bytes(message);
    return STATUS_OK;
}

enum status codec_decrypt(const struct payload_keys *keys, ProtobufCMessage *message, struct arena *arena,
                          struct error *error)
{
    struct work work = {.keys = keys, .arena = arena, .error = error, .each = decrypt, .failure = show_message};
    return keys->count > 0 ? walk(&work, message) : STATUS_OK;
}
