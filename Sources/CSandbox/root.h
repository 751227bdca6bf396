#ifndef SANDBOX_ROOT_H
#define SANDBOX_ROOT_H

#include <stdint.h>

/* Where things stand in the private root that the host must be able to name. */
#define ROOT_HOME_SKELETON "/opt/runledger/home"

/* Inside /box, which each sandbox has for itself. */
#define ROOT_BOX_ACCOUNTS "/box/.accounts"

/*
 * Leaves the host's file system: moves the calling process into a mount namespace of its own whose root is a small
 * read-only tmpfs with the toolchains bound into it. `mounts` holds `count` pairs of zero-terminated paths (what,
 * where). Returns 0, or -1 with errno and the failing step in `layer`.
 */
int sandbox_root_enter(const char *mounts, uint32_t count, int network, const char **layer);

#endif
