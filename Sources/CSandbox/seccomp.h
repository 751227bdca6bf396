#ifndef SANDBOX_SECCOMP_H
#define SANDBOX_SECCOMP_H

#include <linux/filter.h>

/*
 * Compiles the filter into memory that lives as long as the process. Compiling takes milliseconds, so a zygote does
 * it once and each sandbox only loads the result.
 */
int sandbox_seccomp_compile(struct sock_fprog *program);

/* Puts the calling thread and all it will ever start under the filter. Needs no_new_privs or CAP_SYS_ADMIN. */
int sandbox_seccomp_load(const struct sock_fprog *program);

#endif
