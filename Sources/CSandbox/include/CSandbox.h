#ifndef CSANDBOX_H
#define CSANDBOX_H

/*
 * Enters a sandbox: namespaces, mounts, capabilities, system call filter, exec. Mechanism, no policy: every limit
 * and path comes from the caller.
 */

#include "sandbox_host.h"
#include "sandbox_protocol.h"
#include "sandbox_zygote.h"

#endif
