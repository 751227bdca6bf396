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
#include <setjmp.h>
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

/* What a new process needs to become a sandbox. */
struct birth {
    const struct zygote *zygote;
    const struct sandbox_create *create;
    const int *fds;
    /* Where the copy that is the program goes on; null if there is to be none. */
    jmp_buf *program;
};

/* Starts the program: the copy leaves by a long jump, so this returns only in init. */
static pid_t copy_template(const struct birth *birth, const struct sandbox_places *places) {
    pid_t copy = fork();
    if (copy < 0) give_up("fork");
    if (copy > 0) return copy;
    close(places->data);
    close(places->box);
    close(places->build);
    close(SANDBOX_COMMAND_FD);
    /* The user's own process may look at itself: /proc/self belongs to it again. */
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    setsid();
    _longjmp(*birth->program, 1);
}

/* The new process's whole life until it is init. */
static int be_sandbox(void *argument) {
    const struct birth *birth = argument;
    const char *layer = "descriptors";
    struct sandbox_places places = {-1, -1, -1};
    signal(SIGCHLD, SIG_DFL);
    if (join_cgroups(birth->fds + SANDBOX_CREATE_FIXED_FDS, birth->create->cgroups) < 0) {
        /* The command socket has not moved to its place yet. */
        int error = errno;
        dup2(birth->fds[3], SANDBOX_COMMAND_FD);
        errno = error;
        give_up("cgroup");
    }
    if (arrange(birth->fds) < 0) give_up(layer);
    if (sandbox_enter(birth->create, birth->zygote->network, &birth->zygote->filter, &places, &layer) < 0) {
        give_up(layer);
    }
    pid_t copy = birth->program ? copy_template(birth, &places) : 0;
    sandbox_init_begin(copy, &places);
}

static void hook(void (*function)(void)) {
    if (function) function();
}

/*
 * Makes the first process of a new pid namespace. The namespace is for children only, and a process may make one
 * only while it would start children in its own: hence the way back after each.
 *
 * A plain zygote forks. A template is large, and copying its address space is what making a sandbox costs, so it is
 * to be copied once, for the program, and not for init as well: init begins as with vfork, in the template's own
 * memory and with the template stopped, until it becomes an executable of its own. On a stack of its own it only
 * makes system calls; users, descriptors, limits, signals and namespaces belong to the process, not the memory.
 */
static pid_t make_first(const struct zygote *zygote, struct birth *birth) {
    static char stack[256 << 10] __attribute__((aligned(64)));
    if (unshare(CLONE_NEWPID) < 0) return -1;
    pid_t child;
    if (birth->program) {
        hook(zygote->hooks->before);
        child = clone(be_sandbox, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, birth);
    } else {
        child = fork();
        if (child == 0) be_sandbox(birth);
    }
    int error = errno;
    if (birth->program) hook(zygote->hooks->after_in_parent);
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

static void answer(const struct zygote *zygote, const struct sandbox_create *create, const int *fds, jmp_buf *program) {
    struct birth birth = {.zygote = zygote, .create = create, .fds = fds, .program = program};
    report_fork(make_first(zygote, &birth), fds[3]);
}

/* Serves one request, or ends the process when the host has hung up. */
static void serve(const struct zygote *zygote, jmp_buf *program) {
    struct sandbox_create create;
    int fds[SANDBOX_MAX_FDS], count;
    ssize_t length = sandbox_receive(zygote->control, &create, sizeof create, fds, &count);
    if (length <= 0) _exit(0);
    if (length == sizeof create && create.message == SANDBOX_CREATE
        && count == (int)(SANDBOX_CREATE_FIXED_FDS + create.cgroups)) {
        answer(zygote, &create, fds, program);
    }
    for (int i = 0; i < count; i++) close(fds[i]);
}

int sandbox_zygote_serve(int control, int program, const struct sandbox_fork_hooks *hooks) {
    static const struct sandbox_fork_hooks none;
    struct zygote zygote = {.control = control, .hooks = hooks ? hooks : &none};
    jmp_buf copied;
    if (configure(&zygote) < 0) _exit(1);
    /* The kernel reaps; the host learns of a sandbox's death from its pidfd. */
    signal(SIGCHLD, SIG_IGN);
    if (_setjmp(copied)) {
        hook(zygote.hooks->after_in_program);
        return SANDBOX_JOB_FD;
    }
    for (;;) serve(&zygote, program ? &copied : NULL);
}

void sandbox_program_exit(int status) {
    fflush(NULL);
    _exit(status);
}
