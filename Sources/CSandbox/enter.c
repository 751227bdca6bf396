#include "enter.h"

#include "seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Brings up lo in the new network namespace: servers and clients inside one sandbox may talk, and nobody else. */
static int raise_loopback(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (handle < 0) return errno == EAFNOSUPPORT ? 0 : -1;
    int result = ioctl(handle, SIOCSIFFLAGS, &request);
    close(handle);
    return result;
}

static int limit(int what, rlim_t value) {
    struct rlimit both = {.rlim_cur = value, .rlim_max = value};
    return setrlimit(what, &both);
}

static int limit_resources(const struct sandbox_create *create) {
    if (limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_NOFILE, create->open_files) < 0) return -1;
    /* Locked memory escapes reclaim, message queues are kernel memory, both for the whole machine. */
    if (limit(RLIMIT_MEMLOCK, 64 << 10) < 0 || limit(RLIMIT_MSGQUEUE, 64 << 10) < 0) return -1;
    return limit(RLIMIT_RTPRIO, 0) < 0 || limit(RLIMIT_NICE, 0) < 0 ? -1 : 0;
}

static int drop_bounding_set(void) {
    for (unsigned long capability = 0;; capability++) {
        if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) < 0) return capability > CAP_CHOWN ? 0 : -1;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) return -1;
    }
}

static int drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return -1;
    return (int)syscall(SYS_capset, &header, none);
}

static int become(const struct sandbox_create *create) {
    if (setgroups(0, NULL) < 0) return -1;
    if (setresgid(create->gid, create->gid, create->gid) < 0) return -1;
    return setresuid(create->uid, create->uid, create->uid);
}

#define STEP(name, condition) \
    do { \
        if (condition) { \
            *layer = name; \
            return -1; \
        } \
    } while (0)

int sandbox_enter(const struct sandbox_create *create, int network, const struct sock_fprog *filter,
                  struct sandbox_places *places, const char **layer) {
    int namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    STEP("namespace: mount, ipc, uts, cgroup", unshare(namespaces) < 0);
    STEP("namespace: net", !network && unshare(CLONE_NEWNET) < 0);
    STEP("namespace: loopback", !network && raise_loopback() < 0);
    STEP("namespace: host name", sethostname("sandbox", 7) < 0);
    if (sandbox_mount(create, places, layer) < 0) return -1;
    /* Pipes belong to who made them; as ours, /dev/stdout can be opened by name. */
    STEP("streams", fchown(STDOUT_FILENO, create->uid, create->gid) < 0);
    STEP("streams", fchown(STDERR_FILENO, create->uid, create->gid) < 0);
    STEP("rlimits", limit_resources(create) < 0);
    STEP("capabilities: bounding set", drop_bounding_set() < 0);
    STEP("user", become(create) < 0);
    STEP("capabilities", drop_capabilities() < 0);
    /* A change of user clears this, so it comes after. */
    STEP("die with parent", prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0);
    STEP("not dumpable", prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0);
    STEP("no new privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0);
    STEP("seccomp", sandbox_seccomp_load(filter) < 0);
    umask(022);
    STEP("directory", chdir("/mnt/data") < 0);
    setsid();
    return 0;
}
