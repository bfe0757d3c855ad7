/* What the generated fuzz target of each action does with its input. */
#ifndef FUZZ_CONFIG_TARGET_H
#define FUZZ_CONFIG_TARGET_H

#include "action/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes JSON bytes as a config. For any bytes, checking and reading report faults with pointer and text, the same each
   time; a config that is good without templates can be read; and no failing allocation does harm. */
void config_target(const uint8_t *data, size_t size,
                   void (*check)(struct arena *arena, const struct json_value *config, struct decode_faults *faults),
                   bool (*read)(struct decoder *decoder, const struct json_value *json));

#endif
