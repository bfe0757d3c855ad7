/* The command line of the binary: chooses a command and runs it. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/* Returns the exit code of the process: enum cli_exit of console/command.h. */
int cli_main(int argc, char **argv);

#endif
