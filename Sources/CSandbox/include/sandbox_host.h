#ifndef SANDBOX_HOST_H
#define SANDBOX_HOST_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * System calls that the host's Swift code cannot make itself: those without a wrapper in the C library, and those
 * built on macros. Each returns -1 and sets errno on failure, as system calls do.
 */

/* Sends one packet with up to SANDBOX_MAX_FDS descriptors. Never raises SIGPIPE. */
ssize_t sandbox_send(int socket, const void *bytes, size_t length, const int *fds, int count);

/*
 * Receives one packet. `fds` has room for SANDBOX_MAX_FDS; `count` is set to the number received, all of them
 * close-on-exec. Returns 0 at end of file.
 */
ssize_t sandbox_receive(int socket, void *bytes, size_t length, int *fds, int *count);

/* Opens `path` beneath `directory`; no link of any kind is followed, no mount is crossed. */
int sandbox_open_beneath(int directory, const char *path, int flags, unsigned mode);

/* A descriptor for a process that the caller may wait for with poll. */
int sandbox_pidfd_open(pid_t pid);

/* Sends a signal to the process behind a pidfd. */
int sandbox_pidfd_kill(int pidfd, int signal);

/* A pipe, both ends close-on-exec. */
int sandbox_pipe(int ends[2]);

/* An event descriptor, close-on-exec and never blocking. */
int sandbox_event(void);

/* The next connection of a listening socket, close-on-exec and never blocking. */
int sandbox_accept(int listener);

/*
 * Starts a program in a session of its own, with default signals, standard input and output on /dev/null, and
 * `control` as descriptor 3. Returns 0 or an errno.
 */
int sandbox_spawn(pid_t *pid, char *const arguments[], char *const environment[], int control);

/* An anonymous file in memory, close-on-exec. */
int sandbox_memory_file(const char *name);

/* Compiles the system call filter and throws it away: 0 if that works here. */
int sandbox_seccomp_probe(void);

/* 1 if this kernel offers seccomp filters. */
int sandbox_seccomp_available(void);

/*
 * Tries in a child process whether the caller may make the namespaces of a sandbox and mount into them. Returns 0,
 * or the errno of the first failing layer with its name in `layer` (SANDBOX_LAYER_LENGTH bytes).
 */
int sandbox_namespace_probe(char *layer);

#endif
