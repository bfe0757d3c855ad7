/* What the environment says: one table of rows; each is read into one field, and every fault is told at once. */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include "base/buffer.h"
#include "base/limits.h"
#include "base/status.h"

/* Which settings a command needs. */
enum settings_group {
    SETTINGS_TEMPORAL = 1u << 0,
    SETTINGS_DATABASE = 1u << 1,
    SETTINGS_WORKER = 1u << 2,
    SETTINGS_LOG = 1u << 3,
    SETTINGS_MAIL = 1u << 4,
    SETTINGS_ALL = (1u << 5) - 1,
};

struct settings_list {
    struct text items[LIMIT_TASK_QUEUES];
    size_t count; /* at least 1 */
};

/* Texts are views of the environment or literals. Fields of groups that were not asked for are zero. */
struct settings {
    struct text temporal_target, temporal_namespace;
    struct settings_list task_queues;

    struct text database_host, database_user, database_password, database_name;
    bool database_disable_tls;
    int64_t database_connections;

    struct text mail_url, mail_from, mail_ca_file; /* empty: none. With mail_url there is mail_from; both are looked at
                                                      roughly, and by mail_new in full */

    int64_t dispatch;        /* 0 auto, 1 activity */
    int64_t actions;         /* 0 all, 1 core */
    int64_t stop_timeout_ms; /* how long to wait for what is under way */
    int64_t health_port;     /* 0: one that is free */
    int64_t cache_bytes;     /* 0: no run is kept */
    int64_t activities;      /* most at once */
    int64_t async_threads;   /* most asynchronous actions at once, besides */
    bool track_executions;   /* workflow.automation_executions is kept up to date */

    int64_t log_level; /* enum log_level */
};

enum { SETTINGS_DISPATCH_AUTO, SETTINGS_DISPATCH_ACTIVITY };
enum { SETTINGS_ACTIONS_ALL, SETTINGS_ACTIONS_CORE };

/* The value of a variable or NULL: getenv, or a table in a test. */
typedef const char *settings_lookup(const char *name);

/* Reads the rows of `groups`. STATUS_INVALID: error.message has one line per fault, every one of them, none with the
   value of a secret. An empty value counts as not set. Not thread-safe beside setenv. */
enum status settings_read(unsigned groups, settings_lookup *lookup, struct settings *settings,
                          struct error *error) MUST_CHECK;

/* For --help: each variable of `groups` with its default and what it means. */
void settings_describe(struct buffer *buffer, unsigned groups);

/* A Go duration (90s, 1h30m, 1.5s, 300ms) in milliseconds; false when it is none, negative or beyond a year. */
bool settings_duration(struct text text, int64_t *milliseconds);

#endif
