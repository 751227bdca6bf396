import Events
import Crypto
import Foundation
import Testing

@testable import Executor

extension Sandboxes {
    /// What a program must not be able to do, tried.
    @Suite struct Hostile {
        @Test func `the kernel says that the program has nothing`() async throws {
            let ran = try await run(.bash, "cat /proc/self/status")
            func field(_ name: String) -> String? {
                ran.stdout.split(separator: "\n").first { $0.hasPrefix(name + ":") }
                    .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
            }
            let none = "0000000000000000"
            #expect(field("NoNewPrivs") == "1")
            #expect(field("Seccomp") == "2")
            for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] { #expect(field(set) == none) }
            #expect(field("Groups") == "")
            #expect(field("Uid").map { !$0.contains("\t0") && !$0.hasPrefix("0") } == true)
        }

        @Test(.enabled(if: pythonRoot != nil)) func `the same holds for the copy of the template`() async throws {
            let code = """
                import os
                lines = dict(l.split(':', 1) for l in open('/proc/self/status'))
                print([lines[k].strip() for k in ('NoNewPrivs', 'Seccomp', 'CapEff', 'CapBnd', 'CapPrm', 'Groups')])
                print(sorted(int(fd) for fd in os.listdir('/proc/self/fd')), os.getpid() > 1, os.getppid())
                """
            let none = "0000000000000000"
            let ran = try await run(.python, code)
            #expect(ran.stdout == "['1', '2', '\(none)', '\(none)', '\(none)', '']\n[0, 1, 2, 3] True 1\n")
        }

        @Test func `no descriptor of the machinery is open`() async throws {
            let shell = try await run(.bash, "for f in {3..254} {256..1023}; do [ -e /proc/$$/fd/$f ] && echo $f; done")
            #expect(shell.stdout == "")
            let node = try await run(
                .javaScript,
                "const fs = require('fs'); for (const f of fs.readdirSync('/proc/self/fd')) {"
                    + " try { console.log(fs.readlinkSync('/proc/self/fd/' + f)) } catch {} }")
            #expect(!node.stdout.contains("memfd") && !node.stdout.contains("/mnt") && !node.stdout.contains("cgroup"))
        }

        @Test(arguments: [
            "( sleep 1000 & ) ; echo ok", "setsid sleep 1000 & echo ok", "nohup sleep 1000 > /dev/null 2>&1 & echo ok",
            "(setsid bash -c 'setsid sleep 1000 &' &); echo ok",
            "trap '' TERM HUP; (while :; do sleep 1; done) & echo ok",
        ])
        func `what a program leaves running is dead at once`(code: String) async throws {
            let ran = try await run(.bash, code)
            #expect(ran.stdout == "ok\n")
            #expect(ran.outcome.exitCode == 0)
            #expect(ran.outcome.termination == .exited)
        }

        @Test func `what is left running cannot change files any more`() async throws {
            let ran = try await run(.bash, "(while :; do date +%N > f; done) & sleep 0.1; echo ok")
            #expect(ran.stdout == "ok\n")
            // The hash was taken before the content was read.
            let file = try #require(ran.files.created.first)
            #expect(Array(SHA256.hash(data: ran.contents["f"] ?? [])) == file.sha256)
        }

        @Test func `there is no network`() async throws {
            let code = """
                import socket, errno
                for family, address in [(socket.AF_INET, ('1.1.1.1', 80)), (socket.AF_INET, ('169.254.169.254', 80)),
                                        (socket.AF_INET6, ('2606:4700:4700::1111', 80))]:
                    s = socket.socket(family, socket.SOCK_STREAM); s.settimeout(3)
                    try: s.connect(address); print('connected')
                    except OSError as e: print(errno.errorcode[e.errno])
                try: socket.getaddrinfo('example.com', 80); print('resolved')
                except socket.gaierror: print('no name')
                import os; print(os.listdir('/proc/self/net/') != [], open('/proc/self/net/dev').read().count(':'))
                """
            let ran = try await run(.bash, "python3 - <<'E'\n\(code)\nE")
            #expect(ran.stdout == "ENETUNREACH\nENETUNREACH\nENETUNREACH\nno name\nTrue 1\n")
        }

        @Test func `the loopback interface is the sandbox's own`() async throws {
            let listener = try Listener()
            let code = """
                import socket
                try: socket.create_connection(('127.0.0.1', \(listener.port)), 3); print('host')
                except ConnectionRefusedError: print('refused')
                server = socket.create_server(('127.0.0.1', 0))
                client = socket.create_connection(server.getsockname()); client.sendall(b'x')
                print(server.accept()[0].recv(1))
                """
            let ran = try await run(.bash, "python3 - <<'E'\n\(code)\nE")
            #expect(ran.stdout == "refused\nb'x'\n")
        }

        @Test func `the server's environment stays outside`() async throws {
            setenv("RUNLEDGER_TEST_SECRET", "hunter2", 1)
            let ran = try await run(.bash, "env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'")
            #expect(!ran.stdout.contains("hunter2"))
            #expect(ran.stdout.contains("HOME=/tmp"))
            #expect(ran.stdout.contains("LANG=C.UTF-8"))
        }

        @Test func `other processes do not exist`() async throws {
            let ran = try await run(.bash, "ls /proc > /tmp/l; grep -c '^[0-9]' /tmp/l; cat /proc/1/cmdline; id -un")
            #expect(ran.stdout == "2\nsandbox\n")
            #expect(ran.stderr.contains("/proc/1/cmdline: No such file"))
        }

        @Test func `init cannot be killed or stopped`() async throws {
            let ran = try await run(
                .bash, "kill -9 1; kill -STOP 1; kill -TERM 1; kill -9 -1; echo alive", timeLimit: .seconds(5))
            // The last one kills everything but init and the shell itself.
            #expect(ran.stdout == "alive\n")
            #expect(ran.outcome.exitCode == 0)
        }

        @Test(arguments: [
            "touch /usr/x", "touch /box/x", "touch /etc/x", "touch /x", "touch /dev/x", "mkdir /opt/x",
            "rm /box/main.sh",
            "echo > /box/main.sh", "touch /proc/sys/kernel/x", "echo 1 > /proc/sys/vm/drop_caches",
            "echo c > /proc/sysrq-trigger", "mount -t tmpfs none /tmp", "umount /tmp", "umount /mnt/data",
            "unshare -U true", "unshare -n true", "unshare -m true", "chroot / true", "mknod d c 1 3",
            "mknod /tmp/d b 8 0",
            "chown 0 .", "su -c true", "nsenter -t 1 -m true", "hostname evil", "date -s 2000-01-01", "dmesg",
            "ln /etc/passwd p", "ln /usr/bin/true t", "swapoff -a", "setpriv --reuid 0 true", "renice -n -5 $$",
            "cat /proc/kcore", "cat /proc/1/environ", "cat /etc/shadow", "ls /root/.ssh", "ls /sys/kernel",
            "cp /usr/bin/su /tmp/su && chown 0 /tmp/su",
        ])
        func `is refused`(command: String) async throws {
            let ran = try await run(.bash, command + " || exit 77")
            #expect(ran.outcome.exitCode == 77, "\(ran.stdout)\(ran.stderr)")
        }

        @Test func `system calls that are no business of a program are refused`() async throws {
            let code = """
                #include <errno.h>
                #include <linux/sched.h>
                #include <sched.h>
                #include <stdio.h>
                #include <sys/ioctl.h>
                #include <sys/ptrace.h>
                #include <sys/socket.h>
                #include <sys/syscall.h>
                #include <unistd.h>
                #define TRY(...) do { errno = 0; long r = syscall(__VA_ARGS__); \\
                    if (r != -1 || errno != EPERM) printf("%s: %ld %d\\n", #__VA_ARGS__, r, errno); } while (0)
                int main(void) {
                    TRY(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
                    TRY(SYS_unshare, CLONE_NEWUSER);
                    TRY(SYS_setns, 0, 0);
                    TRY(SYS_clone, CLONE_NEWUSER | 17, 0, 0, 0, 0);
                    TRY(SYS_clone, CLONE_NEWNS | 17, 0, 0, 0, 0);
                    TRY(SYS_mount, "a", "/tmp", "tmpfs", 0, 0);
                    TRY(SYS_umount2, "/tmp", 0);
                    TRY(SYS_pivot_root, ".", ".");
                    TRY(SYS_bpf, 0, 0, 0);
                    TRY(SYS_perf_event_open, 0, 0, 0, 0, 0);
                    TRY(SYS_userfaultfd, 0);
                    TRY(425, 1, 0);
                    TRY(SYS_keyctl, 0, 0, 0, 0, 0);
                    TRY(SYS_add_key, "user", "a", "b", 1, -3);
                    TRY(SYS_process_vm_readv, 1, 0, 0, 0, 0, 0);
                    TRY(SYS_kexec_load, 0, 0, 0, 0);
                    TRY(SYS_init_module, 0, 0, "");
                    TRY(SYS_reboot, 0, 0, 0, 0);
                    TRY(SYS_personality, 0x0040000);
                    TRY(SYS_ioctl, 0, TIOCSTI, "x");
                    TRY(SYS_ioctl, 0, 0xffffffff00000000ul | TIOCSTI, "x");
                    TRY(SYS_open_by_handle_at, 0, 0, 0);
                    TRY(SYS_socket, AF_NETLINK, SOCK_RAW, 0);
                    TRY(SYS_socket, AF_PACKET, SOCK_RAW, 0);
                    TRY(SYS_socket, 38, SOCK_SEQPACKET, 0);
                    TRY(SYS_socket, 40, SOCK_STREAM, 0);
                    TRY(SYS_socket, 0x100000010ul, SOCK_RAW, 0);
                    TRY(SYS_socket, AF_INET, SOCK_RAW, 1);
                    errno = 0;
                    if (syscall(SYS_clone3, 0, 0) != -1 || errno != ENOSYS) printf("clone3 %d\\n", errno);
                    if (fork() == 0) _exit(0);
                    puts("end");
                    return 0;
                }
                """
            let ran = try await run(.c, code)
            #expect(ran.stdout == "end\n")
        }

        @Test func `other sandboxes and their files are not to be seen`() async throws {
            let provider = try #require(SharedProvider.current)
            let neighbour = try await provider.acquire(.bash)
            try await neighbour.mount([SandboxInput(path: "secret-of-neighbour", bytes: [1])])
            async let outcome = neighbour.run(Program(language: .bash, code: Array("sleep 1000".utf8))) { _, _ in }
            let ran = try await run(
                .bash,
                "find / -name 'secret-of-*' 2>/dev/null; cat /proc/[0-9]*/cmdline > /tmp/all; grep -ac 'sleep.1000' /tmp/all; exit 0"
            )
            #expect(ran.stdout == "0\n")
            neighbour.cancel(.requested)
            #expect(try await outcome.termination == .cancelled(.requested))
            await neighbour.destroy()
        }

        @Test func `abstract sockets and shared memory do not reach other sandboxes`() async throws {
            let provider = try #require(SharedProvider.current)
            let code = """
                import socket, subprocess, sys
                s = socket.socket(socket.AF_UNIX); s.bind('\\0rendezvous'); s.listen()
                print(subprocess.run(['ipcmk', '-M', '1000'], capture_output=True).returncode, flush=True)
                import time; time.sleep(1000)
                """
            let neighbour = try await provider.acquire(.bash)
            async let outcome = neighbour.run(
                Program(language: .bash, code: Array("exec python3 - <<'E'\n\(code)\nE".utf8))
            ) { _, _ in }
            let ran = try await run(
                .bash,
                "python3 -c \"import socket; socket.socket(socket.AF_UNIX).connect('\\0rendezvous')\" 2>&1 | tail -1; ipcs -m | grep -c 0x"
            )
            #expect(ran.stdout == "ConnectionRefusedError: [Errno 111] Connection refused\n0\n")
            neighbour.cancel(.requested)
            _ = try await outcome
            await neighbour.destroy()
        }

        @Test func `a program that closes everything and hangs meets the time limit`() async throws {
            let ran = try await run(.bash, "exec >&- 2>&- <&-; while :; do :; done", timeLimit: .seconds(1))
            #expect(ran.outcome.termination == .timeLimit)
        }

        @Test(.enabled(if: pythonRoot != nil)) func `a program cannot forge its end`() async throws {
            // All that it could write to, tried.
            let code = """
                import os
                for fd in range(0, 64):
                    try: os.write(fd, b'\\x0c\\0\\0\\0\\0\\0\\0\\0' + b'\\0' * 48)
                    except OSError: pass
                os._exit(9)
                """
            let ran = try await run(.python, code)
            #expect(ran.outcome.exitCode == 9)
        }
    }
}

/// A port of the host that sandboxes try to reach.
final class Listener: Sendable {
    let socket: HeldDescriptor
    let port: UInt16

    init() throws {
        let number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        socket = HeldDescriptor(number)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(number, pointer, length) == 0 && listen(number, 5) == 0
                    && getsockname(number, pointer, &length) == 0
            }
        }
        try #require(result)
        port = UInt16(bigEndian: address.sin_port)
    }
}
