/* The rows that settings are read by; settings_table.c is made from spec/settings.yaml. For this room only. */
#ifndef SETTINGS_SETTINGS_TABLE_H
#define SETTINGS_SETTINGS_TABLE_H

#include "settings/settings.h"

enum setting_kind {
    SETTING_TEXT,
    SETTING_PATH,    /* of a file that can be read */
    SETTING_ADDRESS, /* host:port */
    SETTING_HOST,    /* host, may carry :port, or a folder */
    SETTING_RELAY,   /* smtp://[user:password@]host[:port], or smtps:// */
    SETTING_SENDER,  /* something with an @ in it */
    SETTING_UUID,    /* not the nil one */
    SETTING_LIST,    /* comma list */
    SETTING_BOOLEAN,
    SETTING_CHOICE,   /* index into choices */
    SETTING_DURATION, /* milliseconds */
    SETTING_BYTES,
    SETTING_COUNT,
};

#define SETTING_ALIASES 3

struct setting {
    const char *name;
    const char *aliases[SETTING_ALIASES]; /* read in this order when the name is not set */
    const char *file_name;                /* names a file that holds the value; or NULL */
    const char *file_aliases[SETTING_ALIASES];
    enum setting_kind kind;
    unsigned group;
    size_t field;              /* offset in struct settings */
    const char *default_value; /* NULL: required; "": may be left out */
    const char *required_with; /* required where that setting is set, which stands before it in the table */
    bool secret;
    const char *choices; /* SETTING_CHOICE: a|b */
    int64_t min, max;    /* of numbers; of a list, max is the number of names, LIMIT_SETTINGS_LIST at most */
    const char *help;
};

extern const struct setting settings_table[];
extern const size_t settings_table_count;

/* Where a setting is taken from. */
struct setting_source {
    const char *variable; /* NULL when not set */
    const char *value;    /* of that variable */
    bool is_file;         /* `value` names a file that holds it */
};
/* The value of one of its variables; NULL when it is not set. */
const char *setting_value_at(const struct setting *setting, settings_lookup *lookup, const char *variable);
struct setting_source setting_source_of(const struct setting *setting, settings_lookup *lookup);

/* Writes the field; false when the value does not fit the setting. */
bool setting_store(const struct setting *setting, struct text value, struct settings *settings);
const char *setting_expected(const struct setting *setting); /* for messages */

#endif
