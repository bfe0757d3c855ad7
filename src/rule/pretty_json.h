/* JSON for people to read and edit. Pure; any thread. */
#ifndef RULE_PRETTY_JSON_H
#define RULE_PRETTY_JSON_H

#include "base/json.h"

/* Writes a value and a newline. Objects and lists that do not fit in a line have a line for each member or item. A
   failure shows in the buffer. */
void pretty_json_write(struct buffer *buffer, const struct json_value *value);

#endif
