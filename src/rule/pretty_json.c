/* JSON for people. */
#include "rule/pretty_json.h"

#define INDENT     2
#define LINE_WIDTH 110

static void write_indented(struct buffer *buffer, const struct json_value *value, int indent);

static void write_item(struct buffer *buffer, size_t index, struct text key, const struct json_value *value, int indent)
{
    buffer_print(buffer, "%s\n%*s", index > 0 ? "," : "", indent, "");
    if (key.data != NULL) {
        json_write_string(buffer, key);
        buffer_add(buffer, TEXT(": "));
    }
    write_indented(buffer, value, indent);
}

/* Whether the value fits in the rest of a line. */
static bool fits(struct buffer *buffer, const struct json_value *value, int indent)
{
    size_t room = indent < LINE_WIDTH / 2 ? (size_t)(LINE_WIDTH - indent) : LINE_WIDTH / 2;
    struct buffer line = buffer_in(buffer->arena, room);
    json_write(&line, value);
    return !line.failed;
}

static void write_indented(struct buffer *buffer, const struct json_value *value, int indent)
{
    bool is_list = value->type == JSON_ARRAY, is_object = value->type == JSON_OBJECT;
    size_t count = is_list ? value->array.count : is_object ? value->object.count : 0;
    if (count == 0 || fits(buffer, value, indent)) {
        json_write(buffer, value);
        return;
    }
    buffer_add_byte(buffer, is_list ? '[' : '{');
    for (size_t i = 0; i < count; i++)
        write_item(buffer, i, is_object ? value->object.members[i].key : TEXT_NONE,
                   is_object ? &value->object.members[i].value : &value->array.items[i], indent + INDENT);
    buffer_print(buffer, "\n%*s%c", indent, "", is_list ? ']' : '}');
}

void pretty_json_write(struct buffer *buffer, const struct json_value *value)
{
    write_indented(buffer, value, 0);
    buffer_add_byte(buffer, '\n');
}
