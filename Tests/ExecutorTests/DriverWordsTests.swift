import Events
import Testing

@testable import Executor

@Suite("What a driver says")
struct DriverWordsTests {
    private func words(_ bytes: [UInt8], piece: Int = .max, state: ProgramState? = nil) -> DriverWords {
        var words = DriverWords(state: state)
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(piece))
            part.withUnsafeBytes { words.take($0) }
            rest = rest.dropFirst(piece)
        }
        return words
    }

    private func frame(_ kind: Character, _ content: [UInt8]) -> [UInt8] {
        let length = UInt32(content.count)
        return [kind.asciiValue ?? 0] + withUnsafeBytes(of: length.bigEndian) { Array($0) } + content
    }

    private let state = ProgramState(blob: [1, 2], limit: 100, capturesFailures: false)

    @Test("One byte is the start; without state nothing else is listened to")
    func start() {
        #expect(!words([]).hasStarted)
        #expect(words(Array("s".utf8)).hasStarted)
        #expect(words(Array("sgarbage of a program".utf8)).state == nil)
    }

    @Test("Frames are understood however they are cut", arguments: [1, 2, 3, 7, 1000])
    func frames(piece: Int) {
        let bytes =
            Array("s".utf8) + frame("r", Array("[]".utf8)) + frame("n", Array("[\"x: no\"]".utf8))
            + frame("b", [1, 9, 9])
        let heard = words(bytes, piece: piece, state: state)
        #expect(heard.state == CapturedState(isRestored: true, blob: [1, 9, 9], errors: ["x: no"], isReported: true))
    }

    @Test("A state is not restored before the driver says so; a clean start needs no saying")
    func restored() {
        #expect(words(Array("s".utf8), state: state).state?.isRestored == false)
        let clean = ProgramState(blob: nil, limit: 100, capturesFailures: false)
        #expect(words(Array("s".utf8), state: clean).state?.isRestored == true)
    }

    @Test("More than the limit is not taken, and nothing behind it is listened to")
    func tooLarge() {
        let bytes = Array("s".utf8) + frame("b", [UInt8](repeating: 1, count: 101)) + frame("b", [1, 2, 3])
        let heard = words(bytes, state: state)
        #expect(heard.state?.blob == nil)
        #expect(heard.state?.errors == ["state: not saved: larger than 100 bytes"])
    }

    @Test("An unfinished state is none, and neither is one without a version")
    func incomplete() {
        let cut = Array("s".utf8) + frame("b", [1, 2, 3, 4]).dropLast()
        #expect(words(cut, state: state).state?.blob == nil)
        #expect(words(Array("s".utf8) + frame("b", [9, 2, 3]), state: state).state?.blob == nil)
        #expect(words(Array("s".utf8) + frame("b", [1]), state: state).state?.blob == nil)
    }

    @Test("Texts lose their control characters and their end")
    func texts() {
        let long = "[\"a\\u0000b\\n" + String(repeating: "x", count: 1000) + "\"]"
        let errors = words(Array("s".utf8) + frame("n", Array(long.utf8)), state: state).state?.errors
        #expect(errors?.first?.hasPrefix("a b x") == true)
        #expect(errors?.first?.unicodeScalars.count == 400)
    }

    @Test("A frame of an unknown kind ends the listening")
    func unknown() {
        let bytes = Array("s".utf8) + frame("?", [1]) + frame("b", [1, 2, 3])
        #expect(words(bytes, state: state).state?.blob == nil)
    }
}
