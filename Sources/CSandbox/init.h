#ifndef SANDBOX_INIT_H
#define SANDBOX_INIT_H

#include "enter.h"

#include <sys/types.h>

/*
 * The life of a sandbox's first process: starts programs, reports how they ended, reaps orphans, and ends with the
 * whole sandbox when the host hangs up. `program` is one that already runs, or 0. Never returns.
 */
void sandbox_init_run(pid_t program) __attribute__((noreturn));

/*
 * Tells the host that the sandbox is ready, hands it the directories, and goes on as init.
 *
 * With a program, init is still in the template's memory and now becomes an executable of its own.
 */
void sandbox_init_begin(pid_t program, const struct sandbox_places *places) __attribute__((noreturn));

/* Reports to the host on the command socket. */
int sandbox_init_report(int message, int value, const char *layer, const int *fds, int count);

#endif
