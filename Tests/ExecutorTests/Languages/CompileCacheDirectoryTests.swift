import Events
import Foundation
import Testing

@testable import Executor

@Suite struct CompileCacheDirectoryTests {
    private let directory = NSTemporaryDirectory() + "runledger-compiled-\(UUID().uuidString)"
    private let owner = Owner(tenant: "t", principal: "p")

    private func key(_ code: String, owner: Owner? = nil, version: String = "1.0", stamp: String = "s") throws -> CompileKey {
        let program = Program(language: .c, code: Array(code.utf8), owner: owner ?? self.owner)
        let commands = LaunchCommands(entry: "main.c", compile: ["cc"], run: ["run"])
        return try #require(
            CompileKey(program, commands: commands, toolchain: Toolchain(version: version, stamp: stamp)))
    }

    private func program(_ size: Int) -> CompiledProgram {
        CompiledProgram(files: [.init(path: Array("a/main".utf8), bytes: [UInt8](repeating: 7, count: size))])
    }

    private func cleanUp() { try? FileManager.default.removeItem(atPath: directory) }

    @Test func `gives back what was kept`() throws {
        defer { cleanUp() }
        let cache = CompileCache(directory: directory, maximumBytes: 1 << 20)
        let key = try key("x")
        #expect(cache.program(for: key) == nil)
        cache.keep(program(100), for: key)
        #expect(cache.program(for: key) == program(100))
        #expect(CompileCache(directory: directory, maximumBytes: 1 << 20).program(for: key) == program(100))
    }

    @Test func `everything that makes a program is in its key`() throws {
        let keys = try [
            key("x"), key("y"), key("x", owner: Owner(tenant: "t", principal: "q")),
            key("x", owner: Owner(tenant: "tp", principal: "")), key("x", version: "2.0"), key("x", stamp: "other"),
        ]
        #expect(Set(keys).count == keys.count)
        #expect(try key("x") == key("x"))
    }

    @Test func `no owner, no key`() {
        let commands = LaunchCommands(entry: "main.c", compile: ["cc"], run: ["run"])
        let toolchain = Toolchain(version: "1.0", stamp: "s")
        #expect(CompileKey(Program(language: .c, code: [1]), commands: commands, toolchain: toolchain) == nil)
    }

    @Test(arguments: [0, 3, 10, 40, 100, -1]) func `a spoiled file is a miss and is removed`(position: Int) throws {
        defer { cleanUp() }
        let cache = CompileCache(directory: directory, maximumBytes: 1 << 20)
        let key = try key("x")
        cache.keep(program(100), for: key)
        let file = URL(fileURLWithPath: directory + "/" + key.hex)
        var bytes = try Data(contentsOf: file)
        bytes[position < 0 ? bytes.count - 1 : position] ^= 0x40
        try bytes.write(to: file)
        #expect(cache.program(for: key) == nil)
        #expect(!FileManager.default.fileExists(atPath: file.path))
    }

    @Test func `a file cut short is a miss`() throws {
        defer { cleanUp() }
        let cache = CompileCache(directory: directory, maximumBytes: 1 << 20)
        let key = try key("x")
        for length in [0, 5, 38, 60, 120] {
            cache.keep(program(100), for: key)
            let file = URL(fileURLWithPath: directory + "/" + key.hex)
            try Data(contentsOf: file).prefix(length).write(to: file)
            #expect(cache.program(for: key) == nil)
        }
    }

    @Test func `a file under another key is a miss`() throws {
        defer { cleanUp() }
        let cache = CompileCache(directory: directory, maximumBytes: 1 << 20)
        let (mine, theirs) = try (key("x"), key("x", owner: Owner(tenant: "u", principal: "p")))
        cache.keep(program(100), for: theirs)
        try FileManager.default.moveItem(atPath: directory + "/" + theirs.hex, toPath: directory + "/" + mine.hex)
        #expect(cache.program(for: mine) == nil)
    }

    @Test func `what was not used for longest makes room`() throws {
        defer { cleanUp() }
        let cache = CompileCache(directory: directory, maximumBytes: 10_000)
        let keys = try (0..<4).map { try key("\($0)") }
        for (index, key) in keys.prefix(3).enumerated() {
            cache.keep(program(3000), for: key)
            let used = Date(timeIntervalSince1970: TimeInterval(1_000_000 + index))
            try FileManager.default.setAttributes(
                [.modificationDate: used], ofItemAtPath: directory + "/" + key.hex)
        }
        #expect(cache.program(for: keys[0]) != nil)
        cache.keep(program(3000), for: keys[3])
        #expect(keys.map { cache.program(for: $0) != nil } == [true, false, false, true])
    }

    @Test func `nothing is kept without room`() throws {
        defer { cleanUp() }
        let cache = CompileCache(directory: directory, maximumBytes: 0)
        let key = try key("x")
        cache.keep(program(1), for: key)
        #expect(cache.program(for: key) == nil)
        #expect(!FileManager.default.fileExists(atPath: directory))
    }

    @Test func `many writers of one program leave a whole one`() async throws {
        defer { cleanUp() }
        let cache = CompileCache(directory: directory, maximumBytes: 1 << 30)
        let key = try key("x")
        let expected = program(300_000)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    cache.keep(expected, for: key)
                    return cache.program(for: key) == expected
                }
            }
            for await isWhole in group { #expect(isWhole) }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [key.hex])
    }
}
