/* Payloads encrypted on their way to and from the server, AES-256-GCM, in the form of the official samples: encoding
   binary/encrypted, encryption-key-id, and as data a nonce of 12 bytes, the payload's own wire form encrypted, and a tag
   of 16. A failure's message goes into its encoded_attributes, as the SDKs put it there, and is encrypted with them. What
   a peer sends unencrypted is read as it is. Search attributes and headers are left alone, as the server reads them. A
   codec is never changed: any thread. */
#ifndef TEMPORAL_CODEC_H
#define TEMPORAL_CODEC_H

#include "temporal/keys.h"
#include "temporal/proto.h"

/* Encrypts every payload of a message that is about to be packed; what it points to then lives in the arena.
   STATUS_BUDGET: the arena is full. */
enum status codec_encrypt(const struct payload_keys *keys, ProtobufCMessage *message, struct arena *arena,
                          struct error *error) MUST_CHECK;
/* Decrypts those of a message that came. STATUS_INVALID: one was encrypted with a key that is not here, or changed on
   its way; STATUS_BUDGET. The message is of no use then. */
enum status codec_decrypt(const struct payload_keys *keys, ProtobufCMessage *message, struct arena *arena,
                          struct error *error) MUST_CHECK;

#endif
