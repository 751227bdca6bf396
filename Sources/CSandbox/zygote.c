#include "include/sandbox_zygote.h"

#include "enter.h"
#include "include/sandbox_host.h"
#include "include/sandbox_protocol.h"
#include "init.h"
#include "root.h"
#include "seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

struct zygote {
    int control;
    int pid_namespace; /* our own, to go back to after each fork */
    int network;
    struct sock_fprog filter;
    const struct sandbox_fork_hooks *hooks;
};

static int configure(struct zygote *zygote) {
    struct sandbox_configure request;
    int fds[SANDBOX_MAX_FDS], count;
    const char *layer = "configuration";
    ssize_t length = sandbox_receive(zygote->control, &request, sizeof request, fds, &count);
    if (length <= 0) _exit(0);
    if (length != sizeof request || request.message != SANDBOX_CONFIGURE || count != 1) {
        errno = EPROTO;
        goto failed;
    }
    zygote->network = (int)request.network;
    const char *mounts = "";
    if (request.length > 0) mounts = mmap(NULL, request.length, PROT_READ, MAP_PRIVATE, fds[0], 0);
    close(fds[0]);
    if (mounts == MAP_FAILED) goto failed;
    layer = "namespace: pid";
    zygote->pid_namespace = open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC);
    if (zygote->pid_namespace < 0) goto failed;
    layer = "seccomp";
    if (sandbox_seccomp_compile(&zygote->filter) < 0) goto failed;
    if (sandbox_root_enter(mounts, request.mounts, zygote->network, &layer) < 0) goto failed;
    if (request.length > 0) munmap((void *)mounts, request.length);
    struct sandbox_report ready = {.message = SANDBOX_READY};
    return sandbox_send(zygote->control, &ready, sizeof ready, NULL, 0) < 0 ? -1 : 0;
failed:;
    struct sandbox_report report = {.message = SANDBOX_FAILED, .value = errno};
    snprintf(report.layer, sizeof report.layer, "%s", layer);
    sandbox_send(zygote->control, &report, sizeof report, NULL, 0);
    return -1;
}

/* Puts the descriptors of a create where a sandbox has them, and closes everything else. */
static int arrange(const int *fds) {
    int high[SANDBOX_CREATE_FIXED_FDS];
    for (int i = 0; i < SANDBOX_CREATE_FIXED_FDS; i++) {
        high[i] = fcntl(fds[i], F_DUPFD, SANDBOX_LAST_FD + 1 + SANDBOX_MAX_FDS);
        if (high[i] < 0) return -1;
    }
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0) return -1;
    if (dup2(high[0], STDOUT_FILENO) < 0 || dup2(high[1], STDERR_FILENO) < 0) return -1;
    if (dup2(high[2], SANDBOX_JOB_FD) < 0 || dup2(high[3], SANDBOX_COMMAND_FD) < 0) return -1;
    return close_range(SANDBOX_LAST_FD + 1, ~0u, 0);
}

static int join_cgroups(const int *fds, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (write(fds[i], "0", 1) != 1) return -1;
    }
    return 0;
}

static void give_up(const char *layer) __attribute__((noreturn));

static void give_up(const char *layer) {
    sandbox_init_report(SANDBOX_FAILED, errno, layer, NULL, 0);
    _exit(1);
}

/* In the new process: becomes the init of a sandbox. Returns only in a copy that is its program. */
static void be_sandbox(const struct zygote *zygote, const struct sandbox_create *create, const int *fds, int program) {
    const char *layer = "descriptors";
    struct sandbox_places places = {-1, -1};
    signal(SIGCHLD, SIG_DFL);
    if (join_cgroups(fds + SANDBOX_CREATE_FIXED_FDS, create->cgroups) < 0) {
        /* The command socket has not moved to its place yet. */
        dup2(fds[3], SANDBOX_COMMAND_FD);
        give_up("cgroup");
    }
    if (arrange(fds) < 0) give_up(layer);
    if (sandbox_enter(create, zygote->network, &zygote->filter, &places, &layer) < 0) give_up(layer);
    pid_t copy = 0;
    if (program) {
        copy = fork();
        if (copy < 0) give_up("fork");
        if (copy == 0) {
            close(places.data);
            close(places.box);
            close(SANDBOX_COMMAND_FD);
            /* The user's own process may look at itself: /proc/self belongs to it again. */
            prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
            setsid();
            return;
        }
    }
    sandbox_init_begin(copy, places.data, places.box);
}

static void hook(void (*function)(void)) {
    if (function) function();
}

/*
 * Forks into a new pid namespace. The namespace is for children only, and a process may make one only while it
 * would start children in its own: hence the way back after each.
 */
static pid_t fork_first(const struct zygote *zygote) {
    if (unshare(CLONE_NEWPID) < 0) return -1;
    hook(zygote->hooks->before);
    pid_t child = fork();
    if (child == 0) return 0;
    int error = errno;
    hook(zygote->hooks->after_in_parent);
    /* Without the way back each later sandbox would nest in this one. */
    if (setns(zygote->pid_namespace, CLONE_NEWPID) < 0) _exit(1);
    errno = error;
    return child;
}

static void report_fork(pid_t child, int command) {
    struct sandbox_report report = {.message = SANDBOX_FORKED, .value = child};
    int pidfd = child < 0 ? -1 : sandbox_pidfd_open(child);
    if (pidfd < 0) {
        report.message = SANDBOX_FAILED;
        report.value = errno;
        snprintf(report.layer, sizeof report.layer, "%s", child < 0 ? "fork" : "pidfd");
        if (child > 0) kill(child, SIGKILL);
    }
    sandbox_send(command, &report, sizeof report, &pidfd, pidfd < 0 ? 0 : 1);
    if (pidfd >= 0) close(pidfd);
}

int sandbox_zygote_serve(int control, int program, const struct sandbox_fork_hooks *hooks) {
    static const struct sandbox_fork_hooks none;
    struct zygote zygote = {.control = control, .hooks = hooks ? hooks : &none};
    if (configure(&zygote) < 0) _exit(1);
    /* The kernel reaps; the host learns of a sandbox's death from its pidfd. */
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        struct sandbox_create create;
        int fds[SANDBOX_MAX_FDS], count;
        ssize_t length = sandbox_receive(control, &create, sizeof create, fds, &count);
        if (length <= 0) _exit(0);
        int valid = length == sizeof create && create.message == SANDBOX_CREATE
            && count == (int)(SANDBOX_CREATE_FIXED_FDS + create.cgroups);
        if (valid) {
            pid_t child = fork_first(&zygote);
            if (child == 0) {
                be_sandbox(&zygote, &create, fds, program);
                hook(zygote.hooks->after_in_program);
                return SANDBOX_JOB_FD;
            }
            report_fork(child, fds[3]);
        }
        for (int i = 0; i < count; i++) close(fds[i]);
    }
}

void sandbox_program_exit(int status) {
    fflush(NULL);
    _exit(status);
}
