/* Every bound on what a peer may send or a person may write, in one table. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define KIB(n) ((size_t)(n)*1024)
#define MIB(n) ((size_t)(n)*1024 * 1024)

/* JSON documents */
#define LIMIT_JSON_DEPTH 200
#define LIMIT_JSON_BYTES MIB(128) /* as large as a message of the wire */

/* Decimals: exponents outside are no decimals (a double ends at 308) */
#define LIMIT_DECIMAL_EXPONENT 400

/* Log lines: longer texts in them are cut */
#define LIMIT_LOG_LINE KIB(64)
#define LIMIT_LOG_NAME 1000 /* of an id or name that every line of a run bears */

/* Protobuf from the wire; depth as in C++ protobuf */
#define LIMIT_PROTO_DEPTH 100
#define LIMIT_PROTO_BYTES MIB(128) /* engine.md A.11 */

/* One task's arena: history page plus its unpacked form plus answers */
#define LIMIT_TASK_ARENA     MIB(512)
#define LIMIT_ACTIVITY_ARENA MIB(64)
#define LIMIT_RUN_ARENA      MIB(1024)

/* Temporal: blob limits of the server (features.md 2) */
#define LIMIT_PAYLOAD_BYTES (MIB(2) - KIB(1)) /* less what a payload is wrapped in */
#define LIMIT_ANSWER_BYTES  (MIB(4) - KIB(64))

/* The wire: text of a failure that we send; heartbeat timeout of the activities that we schedule (design part 4) */
#define LIMIT_FAILURE_BYTES  KIB(32)
#define HEARTBEAT_TIMEOUT_MS 20000

/* Results: engine.md D.3, D.4 */
#define LIMIT_RESULT_VALUE 51200
#define WARN_CONTEXT_BYTES KIB(200)

/* Templates: the expanded text, and what one filter gives; warnings kept of one action; brackets within brackets in
   {{expr: ...}}. A name of a context value; an array or object as text */
#define LIMIT_TEMPLATE_OUTPUT  MIB(1)
#define LIMIT_TEMPLATE_NOTES   100
#define LIMIT_EXPRESSION_DEPTH 64
#define LIMIT_CONTEXT_NAME     1024
#define LIMIT_VALUE_TEXT       MIB(4)

/* Decoding a config: faults told of one document; bytes of one fault's text, and of what was found in it */
#define LIMIT_DECODE_FAULTS 100
#define LIMIT_FAULT_TEXT    KIB(4)
#define LIMIT_FAULT_VALUE   200

/* One workflow task: local results, bytes of what is handed out and answered, time for local work (design part 3) */
#define LIMIT_LOCAL_MARKERS 1000
#define LIMIT_TASK_BYTES    MIB(1)
#define LIMIT_LOCAL_TIME_MS 3000

/* How long the answer to a workflow task may wait until the ERP has recorded an end of its execution, from the end of the
   time for local results on, so that all of it lies within the task's 10 s; and a start of it, or ended requests */
#define LIMIT_RECORD_END_MS   4000
#define LIMIT_RECORD_START_MS 3000

/* Activities of one run at once: the server takes 2,000 (features.md 2), and a few may be no actions */
#define LIMIT_PENDING_ACTIVITIES 1990

/* Continue as new: engine.md D.5 */
#define LIMIT_HISTORY_EVENTS 10000

/* Worker: names in ICHOR_TEMPORAL_TASK_QUEUE; workflow tasks open at once (engine.md F.7); activities that come back
   with an answer (features.md 2); the stack of an activity thread */
#define LIMIT_TASK_QUEUES      8
#define LIMIT_OPEN_TASKS       100
#define LIMIT_EAGER_ACTIVITIES 3
#define LIMIT_THREAD_STACK     MIB(2)

/* How long an action may wait for a person, whatever its config says: ten years */
#define LIMIT_ANSWER_TIME_MS INT64_C(315360000000)

/* Asynchronous actions that stand in line for a thread without holding an activity slot */
#define LIMIT_ASYNC_QUEUE 256

/* A file that holds the value of a setting */
#define LIMIT_SETTING_FILE KIB(256)

/* Trace context that is handed on */
#define LIMIT_TRACE KIB(4)

/* Keys of payloads: how many at once, and bytes of an id */
#define LIMIT_PAYLOAD_KEYS   16
#define LIMIT_PAYLOAD_KEY_ID 128

/* Temporal's limit on ids */
#define LIMIT_WORKFLOW_ID 1000

/* PostgreSQL: statements that a connection has prepared at most, and how long one of them may be */
#define LIMIT_PREPARED_STATEMENTS 64
#define LIMIT_PREPARED_BYTES      KIB(8)

/* Mail: an address (RFC 5321), a header line or body of a letter, and what is kept of an answer of the relay */
#define LIMIT_MAIL_ADDRESS 254
#define LIMIT_MAIL_BYTES   MIB(16)
#define LIMIT_MAIL_ANSWER  KIB(1)

/* HTTP for operators: connections at once, size of /metrics */
#define LIMIT_HTTP_CONNECTIONS 64u
#define LIMIT_METRICS_BYTES    MIB(4)

/* Of each kind, tasks that /debug tells of; runs in the cache likewise */
#define LIMIT_DEBUG_TASKS 100
#define LIMIT_DEBUG_RUNS  100

#endif
