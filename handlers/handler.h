/* Everything that the body of an action can use, besides its own generated header and the headers of its services:

   - action/action.h: the call, and how it ends: action_refuse, action_retry, action_fill, action_row_id
   - base/: text, buffers and arenas; reading, writing and composing JSON; dates, decimals, UUIDs; the log
   - erp/action_database.h, erp/table_insert.h: inserting a row into a table once, with its event for other rules
   - postgres/sql_select.h, postgres/sql_statement.h: selecting rows by the values of their columns; composing any other
     statement from literals, names and parameters
   - http/webhook.h: sending a request to a web service, with its secrets, retries and verdict

   Everything else in src/ may change without notice. */
#ifndef HANDLERS_HANDLER_H
#define HANDLERS_HANDLER_H

#include "action/action.h"
#include "action/decode.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/decimal.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "erp/action_database.h"
#include "erp/table_insert.h"
#include "http/webhook.h"
#include "postgres/sql_select.h"

#endif
