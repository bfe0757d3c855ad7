/* Trials of actions that call web services: the servers of web_server.h. */
#ifndef TEST_TRIAL_WEB_H
#define TEST_TRIAL_WEB_H

#include "trial.h"
#include "web_server.h"

/* Opens trial->services.http. The client may call the servers, also without TLS, trusts their authority, and has these
   secrets, given as lines NAME=value. Close it with trial_web_close, before trial_close. */
void trial_web_open(struct trial *trial, const char *secrets);
void trial_web_close(struct trial *trial);

#endif
