#include "include/sandbox_zygote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * Runs inside a sandbox, as a child of the script: one call of a tool. Its argument comes on standard input, the
 * result goes to standard output; the host checks everything.
 */

struct bytes {
    char *start;
    size_t length;
};

static int complain(const char *what) {
    fprintf(stderr, "tool call: %s: %s\n", what, strerror(errno));
    return 1;
}

static int read_all(int file, struct bytes *bytes) {
    size_t room = 0;
    for (;;) {
        if (bytes->length == room) {
            room = room ? room * 2 : 4096;
            char *grown = realloc(bytes->start, room);
            if (!grown) return -1;
            bytes->start = grown;
        }
        ssize_t count = read(file, bytes->start + bytes->length, room - bytes->length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -1;
        if (count == 0) return 0;
        bytes->length += (size_t)count;
    }
}

static int write_all(int file, const char *start, size_t length) {
    while (length > 0) {
        ssize_t count = write(file, start, length);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -1;
        start += count;
        length -= (size_t)count;
    }
    return 0;
}

int sandbox_tool_call(const char *number) {
    struct bytes input = {NULL, 0}, result = {NULL, 0};
    struct sockaddr_un desk = {.sun_family = AF_UNIX, .sun_path = "/box/tools"};
    char header[64];
    if (read_all(STDIN_FILENO, &input) < 0) return complain("reading the argument");
    int socket_file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket_file < 0 || connect(socket_file, (struct sockaddr *)&desk, sizeof desk) < 0) {
        return complain("no tools here");
    }
    int length = snprintf(header, sizeof header, "%.20s %zu\n", number, input.length);
    if (write_all(socket_file, header, (size_t)length) < 0
        || write_all(socket_file, input.start, input.length) < 0) {
        return complain("asking");
    }
    if (read_all(socket_file, &result) < 0 || result.length == 0) return complain("no answer");
    int is_error = result.start[0] != '0';
    int output = is_error ? STDERR_FILENO : STDOUT_FILENO;
    if (write_all(output, result.start + 1, result.length - 1) < 0 || write_all(output, "\n", 1) < 0) return 1;
    if (!is_error) return 0;
    /* The host ends the script when this end of the socket is closed: the error was shown. Until then nothing of the
     * script that waits for this call may go on. */
    close(socket_file);
    for (;;) pause();
}
