#include "include/sandbox_host.h"
#include "include/sandbox_protocol.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

struct step {
    const char *layer;
    int flags;
};

static const struct step steps[] = {
    {"namespace: mount", CLONE_NEWNS}, {"namespace: pid", CLONE_NEWPID}, {"namespace: ipc", CLONE_NEWIPC},
    {"namespace: uts", CLONE_NEWUTS},  {"namespace: net", CLONE_NEWNET}, {"namespace: cgroup", CLONE_NEWCGROUP},
};

#define STEPS (sizeof steps / sizeof steps[0])

/* Tells the parent the step and the error; both fit a byte. */
static void tell(int pipe, unsigned char step, int error) {
    unsigned char words[] = {step, (unsigned char)error};
    (void)!write(pipe, words, sizeof words);
    _exit(1);
}

int sandbox_namespace_probe(char *layer) {
    int ends[2];
    unsigned char words[2];
    if (pipe(ends) < 0) return errno;
    /* vfork semantics would share our mounts; a real fork of a threaded process may only make system calls. */
    pid_t child = fork();
    if (child < 0) return errno;
    if (child == 0) {
        for (unsigned char i = 0; i < STEPS; i++) {
            if (unshare(steps[i].flags) < 0) tell(ends[1], i, errno);
        }
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) tell(ends[1], STEPS, errno);
        if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k") < 0) tell(ends[1], STEPS, errno);
        int tree = open_tree(AT_FDCWD, "/usr", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
        struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
        if (tree < 0 || mount_setattr(tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0) {
            tell(ends[1], STEPS + 1, errno);
        }
        _exit(0);
    }
    close(ends[1]);
    ssize_t length = read(ends[0], words, sizeof words);
    close(ends[0]);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    if (length != sizeof words) return 0;
    const char *name = words[0] == STEPS ? "mount: tmpfs" : "mount: read-only bind";
    if (words[0] < STEPS) name = steps[words[0]].layer;
    snprintf(layer, SANDBOX_LAYER_LENGTH, "%s", name);
    return words[1] ? words[1] : EIO;
}
