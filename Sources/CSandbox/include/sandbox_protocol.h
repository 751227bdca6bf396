#ifndef SANDBOX_PROTOCOL_H
#define SANDBOX_PROTOCOL_H

#include <stdint.h>

/*
 * What the host, the zygote server and the init process of a sandbox say to each other.
 *
 * All sockets are SOCK_SEQPACKET: one struct is one packet, descriptors ride along as SCM_RIGHTS. Both ends are
 * built from this header, so the structs need no encoding.
 *
 *   host -> zygote (control socket)   sandbox_configure once, then any number of sandbox_create
 *   zygote -> host (command socket)   SANDBOX_FORKED with a pidfd
 *   init -> host (command socket)     SANDBOX_READY with three directories, then for each command SANDBOX_STARTING and
 *                                     SANDBOX_EXITED; for a program that was there from the beginning only the latter
 *   host -> init (command socket)     sandbox_command
 *   host <-> program (job socket)     a byte stream that belongs to the language's driver
 *
 * A create carries its own command socket, so an answer never has to be matched with a question: whoever is asked
 * answers there, and end of file on it means that nobody is left who could.
 */

/* Descriptors at fixed places inside a sandbox. Above SANDBOX_LAST_FD everything is closed. */
#define SANDBOX_JOB_FD 3
#define SANDBOX_COMMAND_FD 4
#define SANDBOX_LAST_FD 4

/* Descriptors that come with a create, in this order: stdout, stderr, job, command, then cgroup.procs files. */
#define SANDBOX_CREATE_FIXED_FDS 4
#define SANDBOX_CREATE_MAX_CGROUPS 6
#define SANDBOX_MAX_FDS (SANDBOX_CREATE_FIXED_FDS + SANDBOX_CREATE_MAX_CGROUPS)

/* Directories that come with SANDBOX_READY, in this order: /mnt/data, /box, /build. */
#define SANDBOX_READY_FDS 3

#define SANDBOX_LAYER_LENGTH 48

/* Where the host has to mount the zygote's executable; it doubles as the init of copied templates. */
#define SANDBOX_INIT_PATH "/opt/runledger/init"
#define SANDBOX_INIT_NAME "sandbox-init"
#define SANDBOX_TOOL_CALL_NAME "tool-call"

enum sandbox_message {
    SANDBOX_CONFIGURE = 1,
    SANDBOX_CREATE = 2,
    SANDBOX_COMMAND = 3,
    SANDBOX_FORKED = 10,
    SANDBOX_READY = 11,
    SANDBOX_EXITED = 12,
    SANDBOX_FAILED = 13,
    SANDBOX_STARTING = 14,
};

/*
 * The host's first word to a zygote server. A memory file comes with it that holds `mounts` pairs of
 * zero-terminated paths: what to show, and where inside the private root to show it (read-only).
 */
struct sandbox_configure {
    uint32_t message;
    uint32_t mounts;
    uint32_t length; /* bytes in the memory file */
    uint32_t network; /* 1: sandboxes share the host's network; 0: an empty one of their own */
};

/* Asks for one sandbox. */
struct sandbox_create {
    uint32_t message;
    uint32_t uid;
    uint32_t gid;
    uint32_t cgroups; /* number of cgroup.procs descriptors that follow the fixed ones */
    uint64_t disk_bytes; /* of the one tmpfs that holds /mnt/data, /tmp and /dev/shm */
    uint64_t disk_inodes;
    uint64_t open_files;
};

/* Asks init to start a program. A memory file comes with it: `arguments`, then `variables` zero-terminated strings. */
struct sandbox_command {
    uint32_t message;
    uint32_t arguments;
    uint32_t variables;
    uint32_t length; /* bytes in the memory file */
    uint32_t flags;
};

#define SANDBOX_STDOUT_TO_STDERR 1u /* what the program prints is diagnostics: a compiler */
#define SANDBOX_KEEP_JOB 2u         /* the program is a driver that reads its job from SANDBOX_JOB_FD */

/* The only kind of answer. */
struct sandbox_report {
    uint32_t message;
    int32_t value; /* FORKED: pid as the zygote sees it; EXITED: raw wait status; FAILED: errno */
    char layer[SANDBOX_LAYER_LENGTH]; /* FAILED: which layer could not be had */
};

#endif
