#include "enter.h"
#include "root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Strategy: one tmpfs, five directories, each bound where it belongs. One file system has one size, so a program can
 * fill /mnt/data or /tmp or both, and the sum stays within the limit that its memory allowance was raised by. The
 * tmpfs is first mounted on /tmp; the last bind covers that mount with its own subdirectory.
 */
#define STAGE "/tmp"

static const char *const hidden_files[] = {
    "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
    "/proc/latency_stats", "/proc/interrupts", "/proc/kallsyms", "/proc/kmsg", "/proc/sysrq-trigger",
    "/proc/vmallocinfo", "/proc/kpagecount", "/proc/kpageflags", "/proc/kpagecgroup", "/proc/cmdline",
    "/proc/config.gz",
};
static const char *const hidden_directories[] = {"/proc/acpi", "/proc/asound", "/proc/scsi"};
static const char *const read_only_directories[] = {"/proc/sys", "/proc/bus", "/proc/fs", "/proc/irq"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int bind(const char *what, const char *where, unsigned long flags) {
    if (mount(what, where, NULL, MS_BIND, NULL) < 0) return -1;
    return flags ? mount(NULL, where, NULL, MS_REMOUNT | MS_BIND | flags, NULL) : 0;
}

static int missing(void) { return errno == ENOENT || errno == ENOTDIR; }

static int mount_proc(void) {
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    /* hidepid=2: a process that may not be inspected does not exist; that hides init too. */
    if (mount("proc", "/proc", "proc", flags, "hidepid=2") < 0) return -1;
    for (size_t i = 0; i < COUNT(hidden_files); i++) {
        if (bind("/dev/null", hidden_files[i], 0) < 0 && !missing()) return -1;
    }
    for (size_t i = 0; i < COUNT(hidden_directories); i++) {
        if (bind("/empty", hidden_directories[i], 0) < 0 && !missing()) return -1;
    }
    for (size_t i = 0; i < COUNT(read_only_directories); i++) {
        if (bind(read_only_directories[i], read_only_directories[i], flags | MS_RDONLY) < 0 && !missing()) return -1;
    }
    return 0;
}

static int make_directory(const char *path, mode_t mode, const struct sandbox_create *owner) {
    if (mkdir(path, mode) < 0 || chmod(path, mode) < 0) return -1;
    return owner ? chown(path, owner->uid, owner->gid) : 0;
}

static int write_line(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0) return -1;
    ssize_t written = write(file, text, strlen(text));
    close(file);
    return written == (ssize_t)strlen(text) ? 0 : -1;
}

static int make_accounts(const struct sandbox_create *create) {
    char text[256];
    if (make_directory(STAGE ROOT_BOX_ACCOUNTS, 0755, NULL) < 0) return -1;
    snprintf(text, sizeof text,
             "root:x:0:0:root:/:/usr/sbin/nologin\n"
             "sandbox:x:%u:%u:sandbox:/tmp:/bin/bash\n"
             "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
             create->uid, create->gid);
    if (write_line(STAGE ROOT_BOX_ACCOUNTS "/passwd", text) < 0) return -1;
    snprintf(text, sizeof text, "root:x:0:\nsandbox:x:%u:\nnogroup:x:65534:\n", create->gid);
    return write_line(STAGE ROOT_BOX_ACCOUNTS "/group", text);
}

/*
 * The home directory starts with links to prepared files (a font cache, for one) that would cost seconds to make.
 * The skeleton has directories, and those have files; nothing deeper.
 */
static int make_home(const struct sandbox_create *create) {
    char made[PATH_MAX], target[PATH_MAX];
    DIR *skeleton = opendir(ROOT_HOME_SKELETON);
    if (!skeleton) return missing() ? 0 : -1;
    int result = 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(skeleton));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || entry->d_type != DT_DIR) continue;
        snprintf(made, sizeof made, STAGE "/tmp/%s", entry->d_name);
        result = make_directory(made, 0755, create);
        snprintf(target, sizeof target, ROOT_HOME_SKELETON "/%s", entry->d_name);
        DIR *directory = result == 0 ? opendir(target) : NULL;
        if (!directory) continue;
        for (struct dirent *file; result == 0 && (file = readdir(directory));) {
            if (file->d_type != DT_REG) continue;
            if (snprintf(made, sizeof made, STAGE "/tmp/%s/%s", entry->d_name, file->d_name) >= (int)sizeof made
                || snprintf(target, sizeof target, ROOT_HOME_SKELETON "/%s/%s", entry->d_name, file->d_name)
                    >= (int)sizeof target) {
                continue;
            }
            result = symlink(target, made);
        }
        closedir(directory);
    }
    closedir(skeleton);
    return result;
}

/*
 * A toolchain may itself lie below /tmp (a checkout there, say), where the sandbox's own /tmp would hide it. What the
 * private root has in /tmp is picked up before and put back, read-only as it is, into the new one.
 */
#define KEPT_MAXIMUM 8
struct kept {
    int count;
    int trees[KEPT_MAXIMUM];
    char names[KEPT_MAXIMUM][NAME_MAX + 1];
};

static int keep(struct kept *kept) {
    kept->count = 0;
    DIR *directory = opendir(STAGE);
    if (!directory) return -1;
    int result = 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(directory));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || entry->d_type != DT_DIR) continue;
        if (kept->count == KEPT_MAXIMUM) {
            errno = E2BIG;
            result = -1;
            break;
        }
        int tree = open_tree(dirfd(directory), entry->d_name,
                             OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
        if (tree < 0) {
            result = -1;
            break;
        }
        kept->trees[kept->count] = tree;
        snprintf(kept->names[kept->count++], sizeof kept->names[0], "%s", entry->d_name);
    }
    closedir(directory);
    return result;
}

static int put_back(struct kept *kept) {
    char path[sizeof STAGE "/" + NAME_MAX];
    for (int i = 0; i < kept->count; i++) {
        snprintf(path, sizeof path, STAGE "/%s", kept->names[i]);
        if (make_directory(path, 0755, NULL) < 0) return -1;
        if (move_mount(kept->trees[i], "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0) return -1;
        close(kept->trees[i]);
    }
    return 0;
}

static int mount_files(const struct sandbox_create *create, struct sandbox_places *places) {
    struct kept kept;
    if (keep(&kept) < 0) return -1;
    const unsigned long flags = MS_NOSUID | MS_NODEV;
    char options[128];
    snprintf(options, sizeof options, "size=%llu,nr_inodes=%llu,mode=0755", (unsigned long long)create->disk_bytes,
             (unsigned long long)create->disk_inodes);
    if (mount("tmpfs", STAGE, "tmpfs", flags, options) < 0) return -1;
    if (make_directory(STAGE "/data", 0755, create) < 0 || make_directory(STAGE "/tmp", 01777, NULL) < 0
        || make_directory(STAGE "/shm", 01777, NULL) < 0 || make_directory(STAGE "/box", 0755, NULL) < 0
        || make_directory(STAGE "/build", 0755, create) < 0 || make_accounts(create) < 0 || make_home(create) < 0) {
        return -1;
    }
    places->data = open(STAGE "/data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    places->box = open(STAGE "/box", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    places->build = open(STAGE "/build", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (places->data < 0 || places->box < 0 || places->build < 0) return -1;
    if (bind(STAGE "/data", "/mnt/data", 0) < 0 || bind(STAGE "/build", "/build", 0) < 0
        || bind(STAGE "/shm", "/dev/shm", flags | MS_NOEXEC) < 0
        || bind(STAGE "/box", "/box", flags | MS_RDONLY) < 0) {
        return -1;
    }
    return bind(STAGE "/tmp", STAGE, 0) < 0 ? -1 : put_back(&kept);
}

int sandbox_mount(const struct sandbox_create *create, struct sandbox_places *places, const char **layer) {
    mode_t mask = umask(0);
    int result = mount_proc();
    if (result < 0) {
        *layer = "mount: /proc";
    } else if ((result = mount_files(create, places)) < 0) {
        *layer = "mount: tmpfs";
    }
    umask(mask);
    return result;
}
