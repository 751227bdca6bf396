import Events
import Crypto
import Foundation
import Testing

@testable import Executor

/// A mounted file and what collection is told about it.
private func input(_ path: String, _ text: String, readOnly: Bool = false) -> (SandboxInput, MountedFile) {
    let bytes = Array(text.utf8)
    return (
        SandboxInput(path: path, isReadOnly: readOnly, bytes: bytes),
        MountedFile(path: path, sha256: Array(SHA256.hash(data: bytes)), isReadOnly: readOnly)
    )
}

private func run(
    _ code: String, with inputs: [(SandboxInput, MountedFile)], limits: (inout CollectionRequest) -> Void = { _ in }
) async throws -> Ran {
    var request = CollectionRequest(mounted: inputs.map(\.1))
    limits(&request)
    return try await run(.bash, code, inputs: inputs.map(\.0), collecting: request)
}

extension Sandboxes {
    @Suite struct Collecting {
        @Test func `what changed is decided by content`() async throws {
            let ran = try await run(
                """
                touch same.txt; cp same.txt x && mv x same.txt; echo more >> changed.txt; rm gone.txt; echo new > new.txt
                : > empty; mkdir -p a/b && echo deep > a/b/c.txt
                """,
                with: [
                    input("same.txt", "s"), input("changed.txt", "c"), input("gone.txt", "g"),
                    input("dir/kept.txt", "k"),
                ])
            #expect(ran.files.created.map(\.path) == ["a/b/c.txt", "empty", "new.txt"])
            #expect(ran.files.modified.map(\.path) == ["changed.txt"])
            #expect(ran.files.unchanged == ["dir/kept.txt", "same.txt"])
            #expect(ran.files.deleted == ["gone.txt"])
            #expect(ran.files.skipped == [])
            #expect(ran.text("changed.txt") == "cmore\n")
            #expect(ran.files.created[1].size == 0)
            #expect(ran.files.created[2].sha256 == Array(SHA256.hash(data: Data("new\n".utf8))))
        }

        @Test func `read-only inputs are what they were, whatever was done to them`() async throws {
            let ran = try await run(
                "cat a; echo x > a || echo refused; rm -f a; echo y > a; rm b",
                with: [input("a", "A\n", readOnly: true), input("b", "B", readOnly: true)])
            #expect(ran.stdout == "A\nrefused\n")
            #expect(ran.files.unchanged == ["a", "b"])
            #expect(ran.files.created + ran.files.modified == [])
            #expect(ran.files.deleted == [])
        }

        @Test func `hidden and made directories are not collected, unless mounted`() async throws {
            let ran = try await run(
                """
                mkdir -p .git/x node_modules/m venv/l site-packages __pycache__ .config sub/.hid
                touch .dot .git/x/y node_modules/m/i venv/l/f site-packages/p __pycache__/c .config/other sub/.hid/z sub/.e
                echo more >> .config/mine; touch seen
                """,
                with: [input(".config/mine", "m"), input("node_modules/kept/index.js", "k")])
            #expect(ran.files.created.map(\.path) == ["seen"])
            #expect(ran.files.modified.map(\.path) == [".config/mine"])
            #expect(ran.files.unchanged == ["node_modules/kept/index.js"])
            #expect(ran.files.skipped == [])
        }

        @Test func `links, pipes and sockets are not collected`() async throws {
            let ran = try await run(
                """
                ln -s /etc/passwd passwd; ln -s / root; ln -s . loop; ln -s nowhere dangling; mkfifo fifo
                python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('sock')"
                echo real > real; ln real hard; mkdir d; ln -s ../real d/up
                """, with: [])
            #expect(ran.files.created.map(\.path) == ["hard", "real"])
            #expect(ran.text("hard") == "real\n")
        }

        @Test func `an input swapped for a link or a directory is gone`() async throws {
            let ran = try await run(
                "rm a; ln -s /etc/shadow a; rm b; mkdir b; rm -r d; ln -s /etc d; rm e; mkfifo e",
                with: [input("a", "a"), input("b", "b"), input("d/passwd", "d"), input("e", "e")])
            #expect(ran.files.deleted == ["a", "b", "d/passwd", "e"])
            #expect(ran.contents.isEmpty)
        }

        @Test func `hostile names are told or made harmless`() async throws {
            let long = String(repeating: "n", count: 255)
            let code = """
                import os, unicodedata
                os.chdir('/mnt/data')
                for name in [b'new\\nline', b'\\xff\\xfe', b'back\\\\slash', 'e\\u0301'.encode(), b'-rf', b' ', b'\\x7f',
                             '\\u65e5\\u672c \\U0001f600'.encode(), b'n' * 255, b'a\\\\..\\\\up']:
                    open(name, 'w').write('x')
                """
            let ran = try await run("python3 - <<'E'\n\(code)\nE", with: [])
            #expect(
                Set(ran.files.created.map(\.path)) == [
                    "new_line", "back/slash", "\u{e9}", "-rf", " ", "_", "日本 😀", long,
                ])
            #expect(Set(ran.files.skipped.map(\.name)) == ["\u{fffd}\u{fffd}", "a/../up"])
            #expect(ran.files.skipped.allSatisfy { $0.reason == .badName })
        }

        @Test func `of two spellings of one name the later by byte order wins`() async throws {
            let ran = try await run(
                "printf 1 > $'e\\u0301'; printf 2 > $'\\u00e9'", with: [])
            #expect(ran.files.created.map(\.path) == ["\u{e9}"])
            #expect(ran.text("\u{e9}") == "2")
            #expect(ran.files.skipped == [UncollectedFile(name: "\u{e9}", size: 1, reason: .badName)])
        }

        @Test func `a name mounted in one spelling is found in another`() async throws {
            let ran = try await run("rm *; printf 2 > $'e\\u0301'", with: [input("\u{e9}", "1")])
            #expect(ran.files.modified.map(\.path) == ["\u{e9}"])
        }

        @Test func `deep and broad trees end`() async throws {
            let code = """
                import os
                os.chdir('/mnt/data')
                for i in range(60):
                    os.mkdir('d'); os.chdir('d')
                    if i in (18, 30): open('f', 'w').write('x')
                os.chdir('/mnt/data'); os.mkdir('long'); os.chdir('long')
                for i in range(30): os.mkdir('x' * 250); os.chdir('x' * 250)
                open('y', 'w').write('x')
                """
            let ran = try await run("python3 - <<'E'\n\(code)\nE", with: [])
            #expect(ran.files.created.map(\.path) == [String(repeating: "d/", count: 19) + "f"])
            #expect(ran.files.skipped.count == 2)
            #expect(ran.files.skipped.allSatisfy { $0.reason == .badName })
        }

        @Test func `what exceeds a limit is told`() async throws {
            let ran = try await run(
                "head -c 300 /dev/zero > big; for i in 1 2 3 4; do head -c 100 /dev/zero > f$i; done; truncate -s 40T sparse",
                with: []
            ) {
                $0.maximumFileBytes = 200
                $0.maximumFiles = 3
                $0.maximumTotalBytes = 250
            }
            #expect(ran.files.created.map(\.path) == ["f1", "f2"])
            #expect(
                ran.files.skipped == [
                    UncollectedFile(name: "big", size: 300, reason: .tooLarge),
                    UncollectedFile(name: "f3", size: 100, reason: .sessionTotal),
                    UncollectedFile(name: "f4", size: 100, reason: .sessionTotal),
                    UncollectedFile(name: "sparse", size: 40 << 40, reason: .tooLarge),
                ])
        }

        @Test func `at most a thousand skipped files are listed`() async throws {
            let ran = try await run("for i in $(seq 1100); do : > f$i; done", with: [])
            #expect(ran.files.created.count == 50)
            #expect(ran.files.skipped.count == 1001)
            #expect(ran.files.skipped.last == UncollectedFile(name: nil, size: nil, reason: .tooMany))
        }

        @Test func `files without permissions are collected`() async throws {
            let ran = try await run("echo x > f; mkdir d; echo y > d/g; chmod 000 f d", with: [])
            #expect(ran.files.created.map(\.path) == ["d/g", "f"])
            #expect(ran.text("d/g") == "y\n")
        }

        @Test func `inputs that exclude each other are told`() async throws {
            let provider = try #require(SharedProvider.current)
            let sandbox = try await provider.acquire(.bash)
            try await sandbox.mount([SandboxInput(path: "a", bytes: [1])])
            let below = await #expect(throws: SandboxError.self) {
                try await sandbox.mount([SandboxInput(path: "a/b", bytes: [1])])
            }
            #expect(below?.code == .pathConflict)
            try await sandbox.mount([SandboxInput(path: "d/e", bytes: [1])])
            let above = await #expect(throws: SandboxError.self) {
                try await sandbox.mount([SandboxInput(path: "d", bytes: [1])])
            }
            #expect(above?.code == .pathConflict)
            let outside = await #expect(throws: SandboxError.self) {
                try await sandbox.mount([SandboxInput(path: "../x", bytes: [1])])
            }
            #expect(outside?.code == .badPath)
            let full = await #expect(throws: SandboxError.self) {
                try await sandbox.mount([SandboxInput(path: "x", bytes: [UInt8](repeating: 0, count: 65 << 20))])
            }
            #expect(full?.code == .diskFull)
            await sandbox.destroy()
        }

        @Test func `a large file passes through in pieces`() async throws {
            let size = 30 << 20
            let sent = SandboxInput(path: "in") { sink in
                for _ in 0..<(size >> 16) { try await sink.write([UInt8](repeating: 7, count: 1 << 16)) }
            }
            let ran = try await run(.bash, "cat in > out; stat -c %s out", inputs: [sent])
            #expect(ran.stdout == "\(size)\n")
            let out = try #require(ran.files.created.first { $0.path == "out" })
            #expect(out.size == UInt64(size))
            #expect(out.sha256 == Array(SHA256.hash(data: [UInt8](repeating: 7, count: size))))
            #expect(ran.contents["out"]?.count == size)
        }
    }
}
