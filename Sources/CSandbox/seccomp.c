#include "seccomp.h"

#include "include/sandbox_host.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Strategy: a list of what is refused, everything else is allowed. Language runtimes call what they like, and a list
 * of what is allowed would break a program with every new libc. The capabilities and namespaces are the wall; this
 * takes away the kernel's attack surface behind it: what has no use in a sandbox and a history of holes. The list
 * follows Docker's default profile, and adds io_uring, ptrace and what needs CAP_SYS_ADMIN anyway.
 *
 * Refused calls answer EPERM as a missing capability does, so programs take their usual way around it.
 */
static const char *const refused[] = {
    /* mounts and roots */
    "mount", "umount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount",
    "open_tree", "open_tree_attr", "mount_setattr", "statmount", "listmount", "name_to_handle_at",
    "open_by_handle_at", "fanotify_init", "quotactl", "quotactl_fd", "swapon", "swapoff", "nfsservctl",
    /* namespaces */
    "unshare", "setns",
    /* other processes */
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp", "move_pages",
    "migrate_pages", "mbind", "set_mempolicy", "set_mempolicy_home_node",
    /* kernel subsystems with a wide surface */
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register", "add_key",
    "request_key", "keyctl", "memfd_secret", "lookup_dcookie", "vm86", "vm86old", "modify_ldt", "uselib",
    /* the machine */
    "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "create_module",
    "query_module", "get_kernel_syms", "reboot", "syslog", "acct", "iopl", "ioperm", "settimeofday", "stime",
    "clock_settime", "clock_settime64", "clock_adjtime", "clock_adjtime64", "adjtimex", "vhangup", "sysfs",
    "_sysctl", "ustat", "sethostname", "setdomainname",
};

/* Each flag by itself: libseccomp can test that a masked argument equals a value, not that it differs from one. */
static const unsigned long namespace_flags[] = {
    CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET,
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LOW_32_BITS 0xffffffffu

static int refuse(scmp_filter_ctx filter, const char *name, unsigned conditions, const struct scmp_arg_cmp *condition) {
    int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR) return 0; /* a call this libseccomp has not heard of */
    int error = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, conditions, condition);
    /* EDOM: the call does not exist on this architecture. */
    return error == -EDOM ? 0 : error;
}

static int add_rules(scmp_filter_ctx filter) {
    int error;
    for (size_t i = 0; i < COUNT(refused); i++) {
        if ((error = refuse(filter, refused[i], 0, NULL))) return error;
    }
    for (size_t i = 0; i < COUNT(namespace_flags); i++) {
        struct scmp_arg_cmp flag = SCMP_A0(SCMP_CMP_MASKED_EQ, namespace_flags[i], namespace_flags[i]);
        if ((error = refuse(filter, "clone", 1, &flag))) return error;
    }
    /* Its flags are behind a pointer, which a filter cannot follow. With ENOSYS the C library falls back to clone. */
    error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    if (error) return error;

    /* Sockets: unix, IPv4 and IPv6 only. Netlink, packet, vsock, alg and the rest are kernel surface. */
    for (int family = AF_UNIX + 1; family < AF_INET6; family++) {
        if (family == AF_INET) continue;
        struct scmp_arg_cmp one = SCMP_A0(SCMP_CMP_MASKED_EQ, LOW_32_BITS, (scmp_datum_t)family);
        if ((error = refuse(filter, "socket", 1, &one))) return error;
    }
    struct scmp_arg_cmp above = SCMP_A0(SCMP_CMP_GT, AF_INET6, 0);
    if ((error = refuse(filter, "socket", 1, &above))) return error;

    /* Typing into the terminal of whoever started us. */
    struct scmp_arg_cmp type_ahead = SCMP_A1(SCMP_CMP_MASKED_EQ, LOW_32_BITS, TIOCSTI);
    if ((error = refuse(filter, "ioctl", 1, &type_ahead))) return error;
    struct scmp_arg_cmp console = SCMP_A1(SCMP_CMP_MASKED_EQ, LOW_32_BITS, TIOCLINUX);
    if ((error = refuse(filter, "ioctl", 1, &console))) return error;

    /* Asking for the personality is allowed, changing it (no address randomisation, odd ABIs) is not. */
    struct scmp_arg_cmp change = SCMP_A0(SCMP_CMP_NE, LOW_32_BITS, 0);
    return refuse(filter, "personality", 1, &change);
}

/* libseccomp 2.5 can hand out the compiled program only through a file. */
static int export(scmp_filter_ctx filter, struct sock_fprog *program) {
    int file = sandbox_memory_file("seccomp");
    if (file < 0) return -errno;
    int error = seccomp_export_bpf(filter, file);
    struct stat status;
    if (!error && fstat(file, &status) < 0) error = -errno;
    if (!error) {
        size_t length = (size_t)status.st_size;
        program->len = (unsigned short)(length / sizeof(struct sock_filter));
        program->filter = malloc(length);
        if (!program->filter) error = -ENOMEM;
        else if (pread(file, program->filter, length, 0) != (ssize_t)length) error = -EIO;
    }
    close(file);
    return error;
}

int sandbox_seccomp_compile(struct sock_fprog *program) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter) {
        errno = ENOMEM;
        return -1;
    }
    /* A binary tree of call numbers: a call costs seven comparisons instead of a hundred. */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    int error = add_rules(filter);
    if (!error) error = export(filter, program);
    seccomp_release(filter);
    if (!error) return 0;
    errno = -error;
    return -1;
}

int sandbox_seccomp_load(const struct sock_fprog *program) {
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program);
}

int sandbox_seccomp_probe(void) {
    struct sock_fprog program = {0};
    int result = sandbox_seccomp_compile(&program);
    free(program.filter);
    return result;
}
