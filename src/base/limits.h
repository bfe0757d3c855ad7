/* All limits on what a peer may send or a person may write, in one table. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define KIB(n) ((size_t)(n)*1024)
#define MIB(n) ((size_t)(n)*1024 * 1024)

/* JSON documents: levels of nesting; bytes, the same as of a wire message */
#define LIMIT_JSON_DEPTH 200
#define LIMIT_JSON_BYTES MIB(128)

/* Decimals: the largest exponent of either sign (that of a double is 308) */
#define LIMIT_DECIMAL_EXPONENT 400

/* Bytes of a log line: texts that would make it longer are cut */
#define LIMIT_LOG_LINE KIB(64)
#define LIMIT_LOG_NAME 1000 /* bytes of an id or name that every line of a run has */

/* Wire messages: nesting depth as in C++ protobuf; bytes as the server and the Go SDK allow */
#define LIMIT_PROTO_DEPTH 100
#define LIMIT_PROTO_BYTES MIB(128)

/* Caps of arenas: of a workflow task (a page of history, its decoded form, the reply), of an activity, of a run */
#define LIMIT_TASK_ARENA     MIB(512)
#define LIMIT_ACTIVITY_ARENA MIB(64)
#define LIMIT_RUN_ARENA      MIB(1024)

/* Blob limits of the server, 2 MiB for a payload and 4 MiB for a message, less the envelope */
#define LIMIT_PAYLOAD_BYTES (MIB(2) - KIB(1))
#define LIMIT_ANSWER_BYTES  (MIB(4) - KIB(64))

/* Text of a failure that the worker sends */
#define LIMIT_FAILURE_BYTES   KIB(32)
#define LIMIT_FAILURE_MESSAGE KIB(4) /* in the result of an action whose failure edges are followed */

/* Schedule-to-start timeout of a sticky queue: after it, the server gives an unpolled task to any worker */
#define STICKY_TIMEOUT_MS 5000

/* Heartbeat timeout of the activities that the worker schedules: the time after which an activity of a lost worker is
   given to another worker */
#define HEARTBEAT_TIMEOUT_MS 20000

/* Heartbeat timeout of actions that wait for people, on a server that cannot remove the timeout once people are asked.
   The approval sweep must send heartbeats in time, even when the worker that sweeps is lost. */
#define LIMIT_HUMAN_HEARTBEAT_MS 600000

/* Signals that a run keeps for actions that have not started to wait: their number, and their bytes, which must fit
   into the input of the run that continues it */
#define LIMIT_SIGNALS       1000
#define LIMIT_SIGNALS_BYTES KIB(512)

/* People that one action asks one by one */
#define LIMIT_ASKED 100

/* Approval requests: read in one page by a sweep; recorded in one round as requests of ended runs */
#define LIMIT_APPROVAL_PAGE 5000
#define LIMIT_APPROVAL_ENDS 1000

/* Characters that fit the column of an execution that names its entity */
#define LIMIT_EXECUTION_ENTITY 50

/* Attempts of an activity that may be lost together with their worker, in addition to the attempts that its retry
   policy allows for failures. Restarts, evictions and outages cost a few each. An action that crashes every worker
   that performs it must end at some point: a lost attempt takes the heartbeat timeout and up to a minute of backoff, so
   this many take about two hours. */
#define LIMIT_LOST_ATTEMPTS 100

/* Time before the timeout of an attempt at which its handler must end, so that its failure still reaches the server: a
   tenth of the timeout, at most this */
#define LIMIT_ANSWER_MARGIN_MS 5000

/* Faults of a graph that the failure of its run lists */
#define LIMIT_GRAPH_FAULTS 100

/* Results: a longer value is cut, as in the Go worker; a larger context of a run causes a warning */
#define LIMIT_RESULT_VALUE 51200
#define WARN_CONTEXT_BYTES KIB(200)
/* A workflow task that takes longer is reported, as in the SDKs */
#define WARN_TASK_MS 5000

/* Templates: bytes of the expanded text, and of the output of one filter; warnings kept for an action; depth of
   brackets in {{expr: ...}}; bytes of the name of a context value, and of an array or object as text */
#define LIMIT_TEMPLATE_OUTPUT  MIB(1)
#define LIMIT_TEMPLATE_NOTES   100
#define LIMIT_EXPRESSION_DEPTH 64
#define LIMIT_CONTEXT_NAME     1024
#define LIMIT_VALUE_TEXT       MIB(4)

/* Decoding a config: faults reported for a document; bytes of the text of a fault, and of the value shown in it */
#define LIMIT_DECODE_FAULTS 100
#define LIMIT_FAULT_TEXT    KIB(4)
#define LIMIT_FAULT_VALUE   200

/* Checking a rule: names that are compared with misspelled names to find the nearest */
#define LIMIT_SUGGESTION_NAMES 100000

/* One workflow task: local results; bytes of inputs and results; time for local work, within the task timeout (10 s) */
#define LIMIT_LOCAL_MARKERS 1000
#define LIMIT_TASK_BYTES    MIB(1)
#define LIMIT_LOCAL_TIME_MS 3000

/* The longest time that the reply to a workflow task waits until the ERP has recorded the end of the execution, counted
   from the end of the time for local work, so that the sum is within the task timeout of 10 s; likewise for the start
   of the execution and for ended requests */
#define LIMIT_RECORD_END_MS   4000
#define LIMIT_RECORD_START_MS 3000

/* Pending activities of a run: the server allows 2,000, and a few may be activities other than actions */
#define LIMIT_PENDING_ACTIVITIES 1990

/* History events after which a run continues as new: a fifth of what the server allows */
#define LIMIT_HISTORY_EVENTS 10000

/* Worker: names in ICHOR_TEMPORAL_TASK_QUEUE; names in any other list setting; concurrent workflow tasks; eager
   activities that the server may return in its reply to a completed workflow task (it returns at most 3); concurrent
   polls of one kind on a queue; stack of an activity thread */
#define LIMIT_TASK_QUEUES      8
#define LIMIT_SETTINGS_LIST    64
#define LIMIT_OPEN_TASKS       100
#define LIMIT_EAGER_ACTIVITIES 3
#define LIMIT_POLLS            1000
#define LIMIT_THREAD_STACK     MIB(2)

/* The longest delay that the check of a rule accepts: 720h, as in the Go worker */
#define LIMIT_DELAY_MS INT64_C(2592000000)
/* Retry settings of a rule: the attempts of an action, and the time between two of them (a day) */
#define LIMIT_ATTEMPTS       1000
#define LIMIT_RETRY_DELAY_MS INT64_C(86400000)
/* The longest time that an action may wait for a person, whatever its config says, and the longest delay of a run: ten
   years */
#define LIMIT_ANSWER_TIME_MS INT64_C(315360000000)

/* Asynchronous actions queued for a thread; they hold no activity slot */
#define LIMIT_ASYNC_QUEUE 256

/* Tests of rules: faults that are reported of a file of cases; differences that are reported of one case */
#define LIMIT_CASE_FAULTS      100
#define LIMIT_CASE_DIFFERENCES 100
#define LIMIT_FOLDER_DEPTH     32 /* nesting of folders with tests */

/* Model Context Protocol: bytes of a message, of the result of a tool, of a reply (the result twice, escaped once) and
   of the arena for a reply; messages of a batch */
#define LIMIT_MCP_MESSAGE MIB(16)
#define LIMIT_MCP_RESULT  MIB(64)
#define LIMIT_MCP_ANSWER  MIB(512)
#define LIMIT_MCP_ARENA   MIB(4096)
#define LIMIT_MCP_BATCH   100

/* A file that holds the value of a setting */
#define LIMIT_SETTING_FILE KIB(256)

/* Bytes of the trace context that is propagated */
#define LIMIT_TRACE KIB(4)

/* Payload keys: their number, and bytes of an id */
#define LIMIT_PAYLOAD_KEYS   16
#define LIMIT_PAYLOAD_KEY_ID 128

/* Temporal's limit on ids */
#define LIMIT_WORKFLOW_ID 1000

/* PostgreSQL: prepared statements of a connection, and bytes of one of them */
#define LIMIT_PREPARED_STATEMENTS 64
#define LIMIT_PREPARED_BYTES      KIB(8)

/* Bytes of mail: an address (RFC 5321), a header line or body, and the part of a relay's reply that is kept */
#define LIMIT_MAIL_ADDRESS 254
#define LIMIT_MAIL_BYTES   MIB(16)
#define LIMIT_MAIL_ANSWER  KIB(1)

/* Webhooks: bytes of a URL, of a header and of the request body; number of headers; bytes of the response headers, of
   the response body and of its content type; seconds for a whole exchange and for connecting; seconds that Retry-After
   can ask for */
#define LIMIT_WEBHOOK_URL           KIB(8)
#define LIMIT_WEBHOOK_HEADER        KIB(8)
#define LIMIT_WEBHOOK_HEADERS       50
#define LIMIT_WEBHOOK_BODY          MIB(1)
#define LIMIT_WEBHOOK_ANSWER_HEAD   KIB(64)
#define LIMIT_WEBHOOK_ANSWER        10240
#define LIMIT_WEBHOOK_CONTENT_TYPE  200
#define LIMIT_WEBHOOK_TIMEOUT_S     120
#define LIMIT_WEBHOOK_CONNECT_S     10
#define LIMIT_WEBHOOK_RETRY_AFTER_S 3600

/* Secrets that handlers may send: lines of ICHOR_WEBHOOK_SECRETS; secrets in use, from lines and files; bytes of a
   name; bytes of a value, at most and at least (a shorter value would match ordinary text in responses); bytes of a
   .hosts file, which lists where a secret may be sent */
#define LIMIT_SECRET_LINES    100
#define LIMIT_SECRETS         200
#define LIMIT_SECRET_NAME     64
#define LIMIT_SECRET          KIB(4)
#define LIMIT_SECRET_SHORTEST 8
#define LIMIT_SECRET_HOSTS    KIB(16)

/* HTTP for operators: concurrent connections, including those that are being closed for newer ones; connections that
   are kept; concurrent responses of /metrics and /debug; bytes of /metrics */
#define LIMIT_HTTP_CONNECTIONS 256u
#define LIMIT_HTTP_PEERS       32u
#define LIMIT_HTTP_SLOW        4u
#define LIMIT_METRICS_BYTES    MIB(4)

/* Tasks of each kind and cached runs that /debug lists */
#define LIMIT_DEBUG_TASKS 100
#define LIMIT_DEBUG_RUNS  100

/* Runs that a command lists or examines; runs whose ids are compared with the id that a person typed, about one day's
   runs */
#define LIMIT_RUNS_LISTED   1000
#define LIMIT_RUNS_COMPARED 10000

/* Runs that one command resumes, in total and per second; configs that it corrects */
#define LIMIT_RESUMED_RUNS   100000
#define LIMIT_RESUME_RATE    1000
#define LIMIT_RESUME_CONFIGS 64

/* Pictures: CPU seconds for a layout; bytes of a picture */
#define LIMIT_LAYOUT_SECONDS 60
#define LIMIT_PICTURE_BYTES  MIB(256)

#endif
