internal import Foundation

/// Understands what a language's driver says on its job socket: one byte when the program begins, then, if it keeps
/// state, frames of kind, length (four bytes, big-endian) and content (see `Runtimes/python/runledger_state.py`).
///
/// The program shares the driver's process and may say anything in its name: nothing here is believed further than
/// the size of what is kept.
struct DriverWords: Sendable {
    /// Bytes of one list of texts; what the driver sends stays far below.
    private static let mostNotes = 1 << 20
    /// Characters of one text, and how many are kept of both lists together.
    private static let longestNote = 400
    private static let mostTexts = 200

    /// The program has begun.
    private(set) var hasStarted = false
    private(set) var state: CapturedState?
    private let limit: Int
    private var header: [UInt8] = []
    private var content: [UInt8] = []
    private var missing = 0
    /// A frame that no driver sends was seen: the rest is not listened to.
    private var isDeaf = false

    /// - Parameter state: what the driver was asked to keep; nil if it says nothing after its first byte.
    init(state: ProgramState? = nil) {
        limit = state?.limit ?? 0
        self.state = state.map { CapturedState(isRestored: $0.blob == nil) }
    }

    /// Takes the next bytes.
    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        if !hasStarted, !rest.isEmpty {
            hasStarted = true
            rest = rest.dropFirst()
        }
        guard state != nil else { return }
        while !rest.isEmpty, !isDeaf {
            if header.count < 5 {
                let part = rest.prefix(5 - header.count)
                header.append(contentsOf: part)
                rest = rest.dropFirst(part.count)
                if header.count == 5 { beginFrame() }
            } else {
                let part = rest.prefix(missing)
                content.append(contentsOf: part)
                missing -= part.count
                rest = rest.dropFirst(part.count)
                if missing == 0 { endFrame() }
            }
        }
    }

    private mutating func beginFrame() {
        missing = header.dropFirst().reduce(0) { $0 << 8 | Int($1) }
        let most = header[0] == UInt8(ascii: "b") ? limit : Self.mostNotes
        guard missing <= most else {
            isDeaf = true
            state?.errors.append("state: not saved: larger than \(limit) bytes")
            return
        }
        content = []
        content.reserveCapacity(missing)
        if missing == 0 { endFrame() }
    }

    private mutating func endFrame() {
        switch header[0] {
        case UInt8(ascii: "r"):
            state?.isRestored = true
            addNotes()
        case UInt8(ascii: "n"):
            state?.isReported = true
            addNotes()
        case UInt8(ascii: "b"):
            // A version byte and something behind it, or it is no state.
            if content.count >= 2, content[0] == 1 || content[0] == 2 { state?.blob = content }
        default: isDeaf = true
        }
        header = []
        content = []
    }

    private mutating func addNotes() {
        guard let texts = try? JSONDecoder().decode([String].self, from: Data(content)) else { return }
        for text in texts.prefix(max(0, Self.mostTexts - (state?.errors.count ?? 0))) {
            let clean = String(
                String.UnicodeScalarView(
                    text.unicodeScalars.prefix(Self.longestNote).map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }))
            state?.errors.append(clean)
        }
    }
}
