internal import Crypto
import Events

/// Names a compiled program by everything that made it.
///
/// The owner is part of it. The same code compiles to the same program for everyone, but how long a compilation took
/// would tell one owner what another has run; and what one owner's code made of a compiler stays with that owner.
struct CompileKey: Sendable, Hashable {
    /// SHA-256 in hex.
    let hex: String

    /// - Returns: nil if the program is not to be kept.
    init?(_ program: Program, commands: LaunchCommands, toolchain: Toolchain) {
        guard let owner = program.owner, let command = commands.compile, let reads = CompileReads(program.language),
            let inputs = reads.relevant(program.inputs, to: program.code)
        else { return nil }
        var hash = SHA256()
        // Each with its length: no two lists of parts give the same bytes.
        func add(_ bytes: some Sequence<UInt8>) {
            let bytes = Array(bytes)
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: bytes)
        }
        add("compiled program 1".utf8)
        for text in [owner.tenant, owner.principal, program.language.code, toolchain.version, toolchain.stamp] {
            add(text.utf8)
        }
        add("\(command.count)".utf8)
        for argument in command { add(argument.utf8) }
        add(program.code)
        for input in inputs.sorted(by: { $0.path < $1.path }) {
            add(input.path.utf8)
            add(input.sha256)
        }
        hex = Array(hash.finalize()).hex
    }
}
