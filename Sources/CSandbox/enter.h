#ifndef SANDBOX_ENTER_H
#define SANDBOX_ENTER_H

#include "include/sandbox_protocol.h"

#include <linux/filter.h>

/* What the host gets to hold: directories of the sandbox that outlive it as long as they are held. */
struct sandbox_places {
    int data; /* /mnt/data */
    int box; /* /box, which the sandbox itself sees read-only */
    int build; /* /build, where a compiler leaves what it made */
};

/*
 * Makes the calling process, already first in a new pid namespace and in its cgroups, into a sandbox: private
 * namespaces, mounts, user, no capabilities, system call filter. Returns 0, or -1 with errno and the layer's name.
 */
int sandbox_enter(const struct sandbox_create *create, int network, const struct sock_fprog *filter,
                  struct sandbox_places *places, const char **layer);

/* The file system part of it: /proc, /dev/shm, /mnt/data, /tmp, /box and /build over the private root. */
int sandbox_mount(const struct sandbox_create *create, struct sandbox_places *places, const char **layer);

#endif
