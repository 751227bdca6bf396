#include "init.h"

#include "include/sandbox_host.h"
#include "include/sandbox_protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Init is the only process of a sandbox that holds the command socket. It shares the program's user but cannot be
 * inspected (not dumpable) nor signalled (signals from inside its namespace that have no handler do not reach a
 * namespace's first process), so what it reports about a program is what the kernel said.
 */

int sandbox_init_report(int message, int value, const char *layer, const int *fds, int count) {
    struct sandbox_report report = {.message = (uint32_t)message, .value = value};
    if (layer) snprintf(report.layer, sizeof report.layer, "%s", layer);
    return sandbox_send(SANDBOX_COMMAND_FD, &report, sizeof report, fds, count) < 0 ? -1 : 0;
}

static char **strings(char **at, uint32_t count) {
    char **list = calloc((size_t)count + 1, sizeof(char *));
    for (uint32_t i = 0; list && i < count; i++) {
        list[i] = *at;
        *at += strlen(*at) + 1;
    }
    return list;
}

static void say(const char *text) { (void)!write(STDERR_FILENO, text, strlen(text)); }

static void execute(const struct sandbox_command *command, int file) __attribute__((noreturn));

static void execute(const struct sandbox_command *command, int file) {
    char *text = mmap(NULL, command->length, PROT_READ, MAP_PRIVATE, file, 0);
    if (text == MAP_FAILED) _exit(126);
    char **arguments = strings(&text, command->arguments);
    char **variables = strings(&text, command->variables);
    if (!arguments || !variables) _exit(126);
    if (command->flags & SANDBOX_STDOUT_TO_STDERR) dup2(STDERR_FILENO, STDOUT_FILENO);
    if (!(command->flags & SANDBOX_KEEP_JOB)) close(SANDBOX_JOB_FD);
    close(SANDBOX_COMMAND_FD);
    close_range(SANDBOX_LAST_FD + 1, ~0u, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    execve(arguments[0], arguments, variables);
    int error = errno;
    say(arguments[0]);
    say(": ");
    say(strerror(error));
    say("\n");
    _exit(error == ENOENT ? 127 : 126);
}

/* Kills what the previous program left behind, so that it cannot meddle with the next. */
static void clear(void) {
    int status;
    kill(-1, SIGKILL);
    while (waitpid(-1, &status, 0) > 0 || errno == EINTR) {}
}

static pid_t start(const struct sandbox_command *command, int file) {
    if (file < 0) return -1;
    clear();
    /* Before the fork: a run is repeated elsewhere only if it certainly has not begun here. */
    if (sandbox_init_report(SANDBOX_STARTING, 0, NULL, NULL, 0) < 0) _exit(0);
    pid_t program = fork();
    if (program == 0) execute(command, file);
    return program;
}

/* Reads one command and starts its program; the host's end of file is the end of the sandbox. */
static pid_t obey(pid_t program) {
    struct sandbox_command command;
    int fds[SANDBOX_MAX_FDS], count;
    ssize_t length = sandbox_receive(SANDBOX_COMMAND_FD, &command, sizeof command, fds, &count);
    if (length == 0 || (length < 0 && errno != EAGAIN)) _exit(0);
    if (length == sizeof command && command.message == SANDBOX_COMMAND) {
        program = start(&command, count > 0 ? fds[0] : -1);
        if (program < 0) {
            sandbox_init_report(SANDBOX_FAILED, errno, "fork", NULL, 0);
            program = 0;
        }
    }
    for (int i = 0; i < count; i++) close(fds[i]);
    return program;
}

void sandbox_init_run(pid_t program) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &child, NULL);
    /* A handler inherited from the template process would make its signal deliverable. */
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) _exit(1);
    prctl(PR_SET_NAME, "sandbox-init", 0, 0, 0);
    for (;;) {
        struct pollfd waiting[] = {
            {.fd = SANDBOX_COMMAND_FD, .events = POLLIN},
            {.fd = signals, .events = POLLIN},
        };
        /* Reap before waiting: the program may have ended before the signal was blocked. */
        struct signalfd_siginfo ignored;
        while (read(signals, &ignored, sizeof ignored) > 0) {}
        int status;
        for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
            if (ended != program) continue;
            program = 0;
            if (sandbox_init_report(SANDBOX_EXITED, status, NULL, NULL, 0) < 0) _exit(0);
        }
        if (poll(waiting, 2, -1) < 0 && errno != EINTR) _exit(1);
        if (waiting[0].revents) program = obey(program);
    }
}

static void announce(pid_t program, const struct sandbox_places *places) __attribute__((noreturn));

static void announce(pid_t program, const struct sandbox_places *places) {
    int directories[SANDBOX_READY_FDS] = {places->data, places->box, places->build};
    if (sandbox_init_report(SANDBOX_READY, 0, NULL, directories, SANDBOX_READY_FDS) < 0) _exit(0);
    for (int i = 0; i < SANDBOX_READY_FDS; i++) close(directories[i]);
    sandbox_init_run(program);
}

void sandbox_init_begin(pid_t program, const struct sandbox_places *places) {
    if (program == 0) announce(program, places);
    char numbers[4][16];
    snprintf(numbers[0], sizeof numbers[0], "%d", program);
    snprintf(numbers[1], sizeof numbers[1], "%d", places->data);
    snprintf(numbers[2], sizeof numbers[2], "%d", places->box);
    snprintf(numbers[3], sizeof numbers[3], "%d", places->build);
    char *arguments[] = {SANDBOX_INIT_NAME, numbers[0], numbers[1], numbers[2], numbers[3], NULL};
    char *variables[] = {NULL};
    if (fcntl(places->data, F_SETFD, 0) == 0 && fcntl(places->box, F_SETFD, 0) == 0
        && fcntl(places->build, F_SETFD, 0) == 0) {
        execve(SANDBOX_INIT_PATH, arguments, variables);
    }
    sandbox_init_report(SANDBOX_FAILED, errno, "init", NULL, 0);
    _exit(1);
}

void sandbox_init_continue(char **arguments) {
    /* Starting a program makes a process inspectable again. Nothing untrusted runs before READY. */
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) _exit(1);
    for (int i = 1; i < 5; i++) {
        if (!arguments[i]) _exit(1);
    }
    struct sandbox_places places = {
        .data = atoi(arguments[2]), .box = atoi(arguments[3]), .build = atoi(arguments[4]),
    };
    announce(atoi(arguments[1]), &places);
}
