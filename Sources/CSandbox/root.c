#include "root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/*
 * Strategy: the sources are first picked up as detached mounts (open_tree), because the place where the new root is
 * built may hide them. They are made read-only there, and moved into the new root. The process then pivots into it
 * and lets the old root go, so that no path of the host can be named any more. A sandbox later copies this mount
 * namespace and adds its own /proc, /mnt/data and /tmp: a handful of mounts instead of forty.
 */

#define BUILD "/tmp" /* any directory that exists everywhere */
#define MAX_SOURCES 64

struct source {
    char path[PATH_MAX]; /* in the new root */
    int tree; /* detached mount */
    int directory;
};

struct root {
    struct source *sources;
    size_t count;
    const char *failed;
};

static int fail(struct root *root, const char *layer) {
    root->failed = layer;
    return -1;
}

/* Directories of merged-usr systems are links into /usr; others are directories and are bound. */
static const char *const system_directories[] = {"/bin", "/sbin", "/lib", "/lib64", "/lib32"};

/* The parts of /etc that programs need and that say nothing about the host. */
static const char *const configuration[] = {
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/fonts", "/etc/mime.types",
    "/etc/magic", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/services", "/etc/protocols", "/etc/locale.alias",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Picks up one source, if it exists. Only what is required may fail. */
static int pick_up(struct root *root, const char *what, const char *where, int required) {
    struct stat status;
    if (stat(what, &status) < 0) return required ? -1 : 0;
    if (root->count == MAX_SOURCES) {
        errno = E2BIG;
        return -1;
    }
    struct source *source = &root->sources[root->count];
    source->directory = S_ISDIR(status.st_mode);
    source->tree = open_tree(AT_FDCWD, what, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
    if (source->tree < 0) return -1;
    root->count++;
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};
    if (mount_setattr(source->tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes) < 0) return -1;
    snprintf(source->path, sizeof source->path, "%s", where);
    return 0;
}

static int pick_up_all(struct root *root, const char *mounts, uint32_t count, int network) {
    if (pick_up(root, "/usr", "/usr", 1) < 0) return fail(root, "mount: /usr");
    for (size_t i = 0; i < COUNT(configuration); i++) {
        if (pick_up(root, configuration[i], configuration[i], 0) < 0) return fail(root, "mount: /etc");
    }
    if (network && pick_up(root, "/etc/resolv.conf", "/etc/resolv.conf", 0) < 0) {
        return fail(root, "mount: /etc/resolv.conf");
    }
    for (size_t i = 0; i < COUNT(system_directories); i++) {
        struct stat status;
        if (lstat(system_directories[i], &status) == 0 && S_ISDIR(status.st_mode)
            && pick_up(root, system_directories[i], system_directories[i], 1) < 0) {
            return fail(root, "mount: system directories");
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        const char *what = mounts;
        const char *where = what + strlen(what) + 1;
        mounts = where + strlen(where) + 1;
        if (pick_up(root, what, where, 1) < 0) return fail(root, "mount: toolchain or runtime directory");
    }
    return 0;
}

/* Makes the parents of an absolute path below BUILD, and the last part too if it is a directory. */
static int make_path(const char *path, int directory, char *full) {
    if (snprintf(full, PATH_MAX, BUILD "%s", path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (char *cut = strchr(full + sizeof BUILD, '/'); cut; cut = strchr(cut + 1, '/')) {
        *cut = 0;
        int made = mkdir(full, 0755);
        *cut = '/';
        if (made < 0 && errno != EEXIST) return -1;
    }
    if (directory) return mkdir(full, 0755) < 0 && errno != EEXIST ? -1 : 0;
    int file = open(full, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    return file < 0 ? -1 : close(file);
}

static int write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return -1;
    size_t length = strlen(text);
    ssize_t written = write(file, text, length);
    close(file);
    return written == (ssize_t)length ? 0 : -1;
}

static int copy_link(const char *path) {
    char target[PATH_MAX], full[PATH_MAX];
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) return errno == EINVAL || errno == ENOENT ? 0 : -1;
    target[length] = 0;
    snprintf(full, sizeof full, BUILD "%s", path);
    return symlink(target, full);
}

static int make_device(const char *path, unsigned minor) {
    if (mknod(path, S_IFCHR | 0666, makedev(1, minor)) < 0) return -1;
    return chmod(path, 0666);
}

static int make_devices(void) {
    if (mount("tmpfs", BUILD "/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "size=64k,mode=0755") < 0) return -1;
    if (make_device(BUILD "/dev/null", 3) < 0 || make_device(BUILD "/dev/zero", 5) < 0
        || make_device(BUILD "/dev/full", 7) < 0 || make_device(BUILD "/dev/random", 8) < 0
        || make_device(BUILD "/dev/urandom", 9) < 0) {
        return -1;
    }
    if (mkdir(BUILD "/dev/shm", 0755) < 0 || symlink("/proc/self/fd", BUILD "/dev/fd") < 0
        || symlink("/proc/self/fd/0", BUILD "/dev/stdin") < 0 || symlink("/proc/self/fd/1", BUILD "/dev/stdout") < 0
        || symlink("/proc/self/fd/2", BUILD "/dev/stderr") < 0) {
        return -1;
    }
    return mount(NULL, BUILD "/dev", NULL, MS_REMOUNT | MS_NOSUID | MS_NOEXEC | MS_RDONLY, "size=64k,mode=0755");
}

static int make_skeleton(void) {
    static const char *const directories[] = {
        "/dev", "/proc", "/tmp", "/mnt", "/mnt/data", "/box", "/build", "/etc", "/etc/ssl", "/var", "/run", "/empty", "/opt",
    };
    for (size_t i = 0; i < COUNT(directories); i++) {
        char full[PATH_MAX];
        snprintf(full, sizeof full, BUILD "%s", directories[i]);
        if (mkdir(full, 0755) < 0) return -1;
    }
    for (size_t i = 0; i < COUNT(system_directories); i++) {
        if (copy_link(system_directories[i]) < 0) return -1;
    }
    if (copy_link("/etc/localtime") < 0 || copy_link("/etc/os-release") < 0) return -1;
    if (symlink("/tmp", BUILD "/var/tmp") < 0) return -1;
    /* The user's number differs from sandbox to sandbox, and with it these two files. */
    if (symlink(ROOT_BOX_ACCOUNTS "/passwd", BUILD "/etc/passwd") < 0) return -1;
    if (symlink(ROOT_BOX_ACCOUNTS "/group", BUILD "/etc/group") < 0) return -1;
    if (write_file(BUILD "/etc/hosts", "127.0.0.1 localhost sandbox\n::1 localhost\n") < 0) return -1;
    if (write_file(BUILD "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n") < 0) return -1;
    return write_file(BUILD "/etc/hostname", "sandbox\n");
}

static int build(struct root *root) {
    if (mount("tmpfs", BUILD, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755") < 0) {
        return fail(root, "mount: private root");
    }
    if (make_skeleton() < 0) return fail(root, "mount: private root");
    if (make_devices() < 0) return fail(root, "mknod: /dev");
    for (size_t i = 0; i < root->count; i++) {
        struct source *source = &root->sources[i];
        char full[PATH_MAX];
        if (make_path(source->path, source->directory, full) < 0) return fail(root, "mount: private root");
        if (move_mount(source->tree, "", AT_FDCWD, full, MOVE_MOUNT_F_EMPTY_PATH) < 0) {
            return fail(root, "mount: bind");
        }
    }
    if (mount(NULL, BUILD, NULL, MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_RDONLY, "size=1m,mode=0755") < 0) {
        return fail(root, "mount: read-only root");
    }
    return 0;
}

static int pivot(struct root *root) {
    if (chdir(BUILD) < 0) return fail(root, "pivot_root");
    /* Both arguments the same place: the old root ends up on top of the new one and is then let go. */
    if (syscall(SYS_pivot_root, ".", ".") < 0) return fail(root, "pivot_root");
    if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0) return fail(root, "pivot_root");
    return 0;
}

int sandbox_root_enter(const char *mounts, uint32_t count, int network, const char **layer) {
    struct root root = {.sources = calloc(MAX_SOURCES, sizeof(struct source)), .failed = "memory"};
    mode_t mask = umask(0);
    int result = -1;
    if (root.sources) {
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
            fail(&root, "namespace: mount");
        } else if (pick_up_all(&root, mounts, count, network) == 0 && build(&root) == 0) {
            result = pivot(&root);
        }
    }
    int error = errno;
    for (size_t i = 0; i < root.count; i++) close(root.sources[i].tree);
    free(root.sources);
    umask(mask);
    *layer = root.failed;
    errno = error;
    return result;
}
