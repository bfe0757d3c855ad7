/* The table of settings; settings_table.c is generated from spec/settings.yaml. Only src/settings includes this. */
#ifndef SETTINGS_SETTINGS_TABLE_H
#define SETTINGS_SETTINGS_TABLE_H

#include "settings/settings.h"

enum setting_kind {
    SETTING_TEXT,
    SETTING_PATH,    /* of a file that can be read */
    SETTING_ADDRESS, /* host:port */
    SETTING_HOST,    /* host or host:port, or a folder */
    SETTING_RELAY,   /* smtp://[user:password@]host[:port], or smtps:// */
    SETTING_SENDER,  /* a text that contains an @ */
    SETTING_UUID,    /* not the nil UUID */
    SETTING_LIST,    /* separated by commas */
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
    const char *file_name;                /* the variable that names a file with the value; or NULL */
    const char *file_aliases[SETTING_ALIASES];
    enum setting_kind kind;
    unsigned group;
    size_t field;              /* offset in struct settings */
    const char *default_value; /* NULL: required; "": optional, without a default */
    const char *required_with; /* required when this setting is set, which comes earlier in the table */
    bool secret;
    const char *choices; /* SETTING_CHOICE: a|b */
    int64_t min, max;    /* bounds of a number; max of a list: the most names, up to LIMIT_SETTINGS_LIST */
    const char *help;
};

extern const struct setting settings_table[];
extern const size_t settings_table_count;

/* The variable that a setting is read from. */
struct setting_source {
    const char *variable; /* NULL when not set */
    const char *value;    /* of that variable */
    bool is_file;         /* `value` names a file that holds the value of the setting */
};
/* The value of one of the setting's variables; NULL when it is not set. */
const char *setting_value_at(const struct setting *setting, settings_lookup *lookup, const char *variable);
struct setting_source setting_source_of(const struct setting *setting, settings_lookup *lookup);

/* Parses the value into the field of the setting; false when the value is not valid. */
bool setting_store(const struct setting *setting, struct text value, struct settings *settings);
const char *setting_expected(const struct setting *setting); /* for messages */

#endif
