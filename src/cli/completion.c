/* Writes completion scripts. */
#include "cli/completion.h"

#include <getopt.h>
#include <string.h>

/* Values that an option takes, where there are few. */
static const struct {
    const char *command, *option, *words;
} choices[] = {
    {"draw", "format", "ascii mermaid dot svg"},
    {"draw", "color", "auto always never"},
    {"list", "status", "running completed failed canceled terminated timed-out continued"},
};

enum kind { KIND_NONE, KIND_FILE, KIND_WORDS };

/* An option, or the argument of a command. */
struct operand {
    enum kind kind;
    struct text value; /* what it takes, such as "FILE"; empty: nothing */
    struct text doc;
    struct text words; /* KIND_WORDS: with blanks between them */
    bool repeated;
};

static bool is_file(struct text value)
{
    static const char *const names[] = {"FILE", "DIR", "FOLDER", "HISTORY", "OLD", "INPUT.json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (text_is(value, names[i]))
            return true;
    return false;
}

/* ---- options ---- */

/* The rest of the line of the help that begins with the option. */
static struct text line_of(const struct cli_command *command, const char *option)
{
    struct text rest = text_from(command->help), name = text_from(option);
    while (rest.data != NULL) {
        struct text line = text_split(&rest, '\n');
        if (!text_starts(line, TEXT("  --")) || !text_starts(text_slice(line, 4, line.size), name))
            continue;
        struct text after = text_slice(line, 4 + name.size, line.size);
        if (after.size == 0 || after.data[0] == ' ')
            return after;
    }
    return TEXT_NONE;
}

/* "[--config ACTION=FILE]..." */
static bool is_repeated(const struct cli_command *command, const char *option)
{
    struct text rest = text_from(command->synopsis);
    size_t at = text_find(rest, text_from(option));
    rest = text_slice(rest, at, rest.size);
    size_t end = text_find_byte(rest, ']');
    return at != SIZE_MAX && end != SIZE_MAX && text_starts(text_slice(rest, end, rest.size), TEXT("]..."));
}

static struct operand option_of(const struct cli_command *command, const struct option *option)
{
    struct text line = text_trim(line_of(command, option->name));
    struct operand operand = {.repeated = is_repeated(command, option->name)};
    if (option->has_arg != no_argument)
        operand.value = text_split(&line, ' ');
    operand.doc = option->val == 'h' ? TEXT("show the options of the command, with examples") : text_trim(line);
    operand.kind = is_file(operand.value) ? KIND_FILE : KIND_NONE;
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (strcmp(choices[i].command, command->name) == 0 && strcmp(choices[i].option, option->name) == 0) {
            operand.kind = KIND_WORDS;
            operand.words = text_from(choices[i].words);
        }
    return operand;
}

/* ---- arguments ---- */

static struct text action_words(const struct completion *completion, struct arena *arena)
{
    struct buffer words = buffer_in(arena, KIB(64));
    for (size_t i = 0; i < completion->catalog->count; i++)
        buffer_print(&words, "%s%s", i > 0 ? " " : "", completion->catalog->types[i].name);
    return buffer_text(&words);
}

/* The first argument in the synopsis: "FILE...", "[NAME]", "bash|zsh". */
static struct operand argument_of(const struct completion *completion, const struct cli_command *command,
                                  struct arena *arena)
{
    struct text synopsis = text_from(command->synopsis);
    synopsis = text_starts(synopsis, TEXT("[--")) ? TEXT_NONE : synopsis;
    if (text_starts(synopsis, TEXT("[")))
        synopsis = text_slice(synopsis, 1, synopsis.size);
    size_t size = 0;
    while (size < synopsis.size && strchr(" ]|", synopsis.data[size]) == NULL)
        size++;
    struct operand operand = {.value = text_slice(synopsis, 0, size)};
    struct text whole = text_split(&synopsis, ' ');
    if (text_ends(operand.value, TEXT("...")))
        operand.value.size -= 3;
    if (is_file(operand.value))
        operand.kind = KIND_FILE;
    else if (text_is(operand.value, "NAME") || text_is(operand.value, "ACTION"))
        operand =
            (struct operand){.kind = KIND_WORDS, .value = operand.value, .words = action_words(completion, arena)};
    else if (operand.value.size > 0 && operand.value.data[0] >= 'a' && operand.value.data[0] <= 'z')
        operand = (struct operand){.kind = KIND_WORDS, .value = operand.value, .words = whole};
    return operand;
}

/* ---- bash ---- */

static void write_names(const struct completion *completion, struct buffer *script)
{
    for (size_t i = 0; i < completion->count; i++)
        buffer_print(script, "%s ", completion->commands[i]->name);
    buffer_add(script, TEXT("help"));
}

/* The words with '|' between them, too. */
static void write_words(struct buffer *script, struct text words)
{
    for (size_t i = 0; i < words.size; i++)
        buffer_add_byte(script, words.data[i] == '|' ? ' ' : words.data[i]);
}

static void write_bash_operand(struct buffer *script, const struct operand *operand)
{
    if (operand->kind == KIND_FILE)
        buffer_add(script, TEXT("compopt -o default"));
    else if (operand->kind == KIND_WORDS) {
        buffer_add(script, TEXT("_workflow_worker_words '"));
        write_words(script, operand->words);
        buffer_add_byte(script, '\'');
    } else
        buffer_add_byte(script, ':');
}

static void write_bash_values(const struct completion *completion, struct buffer *script)
{
    for (size_t i = 0; i < completion->count; i++) {
        const struct cli_command *command = completion->commands[i];
        for (const struct option *option = command->options; option->name != NULL; option++) {
            struct operand operand = option_of(command, option);
            if (option->has_arg == no_argument)
                continue;
            buffer_print(script, "    %s:--%s) ", command->name, option->name);
            write_bash_operand(script, &operand);
            buffer_add(script, TEXT("; return ;;\n"));
        }
    }
}

static void write_bash_options(const struct completion *completion, struct buffer *script)
{
    for (size_t i = 0; i < completion->count; i++) {
        const struct cli_command *command = completion->commands[i];
        buffer_print(script, "        %s) _workflow_worker_words '", command->name);
        for (const struct option *option = command->options; option->name != NULL; option++)
            buffer_print(script, "%s--%s", option > command->options ? " " : "", option->name);
        buffer_add(script, TEXT("' ;;\n"));
    }
}

static void write_bash_arguments(const struct completion *completion, struct buffer *script)
{
    for (size_t i = 0; i < completion->count; i++) {
        struct operand operand = argument_of(completion, completion->commands[i], script->arena);
        if (operand.kind == KIND_NONE)
            continue;
        buffer_print(script, "    %s) ", completion->commands[i]->name);
        write_bash_operand(script, &operand);
        buffer_add(script, TEXT(" ;;\n"));
    }
    buffer_add(script, TEXT("    help) _workflow_worker_words '"));
    write_names(completion, script);
    buffer_add(script, TEXT("' ;;\n"));
}

void completion_write_bash(const struct completion *completion, struct buffer *script)
{
    buffer_add(script,
               TEXT("# Completion of " PROGRAM " " WORKER_VERSION " for bash: source <(" PROGRAM " completion bash)\n"
                    "_workflow_worker_words()\n{\n"
                    "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n}\n\n"
                    "_workflow_worker()\n{\n"
                    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
                    "    COMPREPLY=()\n"
                    "    if ((COMP_CWORD == 1)); then\n"
                    "        _workflow_worker_words '"));
    write_names(completion, script);
    buffer_add(script, TEXT(" --help --version'\n        return\n    fi\n"
                            "    case ${COMP_WORDS[1]}:$prev in\n"));
    write_bash_values(completion, script);
    buffer_add(script, TEXT("    esac\n"
                            "    if [[ $cur == -* ]]; then\n"
                            "        case ${COMP_WORDS[1]} in\n"));
    write_bash_options(completion, script);
    buffer_add(script, TEXT("        esac\n        return\n    fi\n    case ${COMP_WORDS[1]} in\n"));
    write_bash_arguments(completion, script);
    buffer_add(script, TEXT("    esac\n}\n\ncomplete -F _workflow_worker " PROGRAM "\n"));
}

/* ---- zsh ---- */

/* Within single quotes; in a description of _arguments brackets would end it. */
static void write_zsh_text(struct buffer *script, struct text text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\'')
            buffer_add(script, TEXT("'\\''"));
        else if (text.data[i] == '[' || text.data[i] == ']' || text.data[i] == '\\')
            buffer_print(script, "\\%c", text.data[i]);
        else
            buffer_add_byte(script, text.data[i]);
    }
}

static void write_zsh_operand(struct buffer *script, const struct operand *operand)
{
    buffer_add_byte(script, ':');
    write_zsh_text(script, operand->value);
    if (operand->kind == KIND_FILE)
        buffer_add(script, TEXT(":_files"));
    else if (operand->kind == KIND_WORDS) {
        buffer_add(script, TEXT(":("));
        write_words(script, operand->words);
        buffer_add_byte(script, ')');
    } else
        buffer_add(script, TEXT(": "));
}

static void write_zsh_command(const struct completion *completion, const struct cli_command *command,
                              struct buffer *script)
{
    struct operand argument = argument_of(completion, command, script->arena);
    buffer_print(script, "    %s)\n        _arguments", command->name);
    for (const struct option *option = command->options; option->name != NULL; option++) {
        struct operand operand = option_of(command, option);
        buffer_print(script, " \\\n            '%s--%s[", operand.repeated ? "*" : "", option->name);
        write_zsh_text(script, operand.doc);
        buffer_add_byte(script, ']');
        if (option->has_arg != no_argument)
            write_zsh_operand(script, &operand);
        buffer_add_byte(script, '\'');
    }
    if (argument.kind != KIND_NONE) {
        buffer_add(script, TEXT(" \\\n            '*"));
        write_zsh_operand(script, &argument);
        buffer_add_byte(script, '\'');
    }
    buffer_add(script, TEXT("\n        ;;\n"));
}

void completion_write_zsh(const struct completion *completion, struct buffer *script)
{
    buffer_add(script, TEXT("#compdef " PROGRAM "\n"
                            "# Completion of " PROGRAM " " WORKER_VERSION " for zsh: source <(" PROGRAM
                            " completion zsh) behind compinit\n"
                            "_workflow_worker() {\n    local -a commands\n    commands=(\n"));
    for (size_t i = 0; i < completion->count; i++) {
        buffer_print(script, "        '%s:", completion->commands[i]->name);
        write_zsh_text(script, text_from(completion->commands[i]->summary));
        buffer_add(script, TEXT("'\n"));
    }
    buffer_add(script, TEXT("        'help:Show the options of a command'\n    )\n"
                            "    if (( CURRENT == 2 )); then\n"
                            "        _describe -t commands command commands\n        return\n    fi\n"
                            "    local name=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $name in\n"));
    for (size_t i = 0; i < completion->count; i++)
        write_zsh_command(completion, completion->commands[i], script);
    buffer_add(script, TEXT("    help) _describe -t commands command commands ;;\n    esac\n}\n\n"
                            "if [[ $funcstack[1] == _workflow_worker ]]; then\n    _workflow_worker \"$@\"\nelse\n"
                            "    compdef _workflow_worker " PROGRAM "\nfi\n"));
}
