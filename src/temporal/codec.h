/* Encryption of payloads between this process and the server: AES-256-GCM in the form of Temporal's samples. A payload
   of encoding binary/encrypted has the metadata encryption-key-id, and as data a nonce of 12 bytes, the encrypted wire
   form of the original payload and a tag of 16 bytes. The message of a failure is first moved into its
   encoded_attributes, as in the SDKs. A payload that a peer sends unencrypted is left unchanged; so are search
   attributes and headers, which the server reads. Any thread. */
#ifndef TEMPORAL_CODEC_H
#define TEMPORAL_CODEC_H

#include "temporal/keys.h"
#include "temporal/proto.h"

/* Replaces every payload of the message in place; the new payloads live in the arena. Does nothing without keys.
   STATUS_BUDGET: the arena is full. STATUS_INTERNAL: OpenSSL fails. */
enum status codec_encrypt(const struct payload_keys *keys, ProtobufCMessage *message, struct arena *arena,
                          struct error *error) MUST_CHECK;
/* The reverse. The message must have passed proto_check, which bounds its depth; after an error its content is
   undefined.
   STATUS_INVALID: a payload was encrypted with an unknown key, or was changed. STATUS_BUDGET: the arena is full. */
enum status codec_decrypt(const struct payload_keys *keys, ProtobufCMessage *message, struct arena *arena,
                          struct error *error) MUST_CHECK;

#endif
