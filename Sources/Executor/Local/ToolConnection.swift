import Events
internal import Glibc

/// What arrived on a connection.
enum ToolRequest: Sendable {
    /// One call of the tool with this number; no input if its argument is not a JSON object.
    case call(tool: Int, input: JSONValue?)
    /// All calls that the program has to make now.
    case batch([(name: String, input: JSONValue)])
}

/// One connection of a program to its tool desk.
///
/// The program sends a line, `<number of the tool> <length>` or `batch <length>`, and as many bytes of JSON; it is
/// answered with a digit, 0 or 1 for an error, and the text of the result, or with the JSON of all results of a batch;
/// then it hangs up.
struct ToolConnection {
    enum Progress: Sendable {
        case open
        case request(ToolRequest)
        case tooLarge(bytes: Int)
        case malformed
        /// - Parameter endsProgram: it was told of an error that the program ends with.
        case closed(endsProgram: Bool)
    }

    /// Bytes of one input, and of all inputs of a batch.
    static let maximumInput = 1 << 20
    static let maximumBatch = 4 << 20
    private static let maximumHeader = 32

    let descriptor: HeldDescriptor
    private(set) var isBatch = false
    private var received: [UInt8] = []
    private var length: Int?
    private var tool = 0
    private var hasRequested = false
    private var expected = 1
    private var outcomes: [Int: ToolResult.Outcome] = [:]
    private var reply: ArraySlice<UInt8> = []
    private var endsProgram = false

    init(_ descriptor: HeldDescriptor) { self.descriptor = descriptor }

    var isWriting: Bool { !reply.isEmpty }

    /// Reads and writes as much as goes without waiting.
    mutating func move() -> Progress {
        write()
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor.raw, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0 && errno == EINTR { continue }
            if count < 0 && errno == EAGAIN { return .open }
            if count <= 0 { return .closed(endsProgram: endsProgram) }
            // A program has one thing to say.
            guard !hasRequested else { return .malformed }
            received += buffer[..<count]
            if length == nil, !readHeader() {
                if received.count > Self.maximumHeader { return .malformed }
                continue
            }
            guard let length else { return .malformed }
            let limit = isBatch ? Self.maximumBatch : Self.maximumInput
            guard length <= limit else { return .tooLarge(bytes: limit) }
            if received.count > length { return .malformed }
            if received.count == length { return request() }
        }
    }

    /// Takes the answer to one of the calls; the reply leaves when all are there.
    mutating func answer(_ answer: ToolRounds.Answer) {
        outcomes[answer.caller.index] = answer.outcome
        if outcomes.count == expected { self.answer((0..<expected).compactMap { outcomes[$0] }) }
    }

    mutating func answer(_ outcomes: [ToolResult.Outcome]) {
        if isBatch {
            let list = outcomes.map { outcome -> JSONValue in
                switch outcome {
                case .value(let value): ["result": value]
                case .error(let text): ["error": .string(text)]
                }
            }
            reply = JSONWriter.compact(.array(list))[...]
        } else if case .value(let value)? = outcomes.first {
            reply = ([UInt8(ascii: "0")] + JSONWriter.compact(value))[...]
        } else if case .error(let text)? = outcomes.first {
            reply = ([UInt8(ascii: "1")] + Array(text.utf8))[...]
            endsProgram = true
        }
        write()
    }

    private mutating func write() {
        while !reply.isEmpty {
            let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
            let sent = reply.withUnsafeBytes { send(descriptor.raw, $0.baseAddress, $0.count, flags) }
            if sent < 0 && errno == EINTR { continue }
            guard sent > 0 else { return }
            reply = reply.dropFirst(sent)
            if reply.isEmpty { shutdown(descriptor.raw, Int32(SHUT_WR)) }
        }
    }

    private mutating func readHeader() -> Bool {
        guard let end = received.prefix(Self.maximumHeader).firstIndex(of: UInt8(ascii: "\n")) else { return false }
        let words = received[..<end].split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        received.removeFirst(end + 1)
        guard words.count == 2, let length = Int(words[1]), length >= 0 else { return true }
        if words[0] == "batch" {
            isBatch = true
        } else {
            guard let number = Int(words[0]) else { return true }
            tool = number
        }
        self.length = length
        return true
    }

    private mutating func request() -> Progress {
        hasRequested = true
        let parsed = try? JSONParser.parse(received)
        received = []
        guard isBatch else { return .request(.call(tool: tool, input: parsed?.members == nil ? nil : parsed)) }
        guard let items = parsed?.array, !items.isEmpty else { return .malformed }
        var calls: [(name: String, input: JSONValue)] = []
        for item in items {
            guard let name = item["name"]?.string, let input = item["input"], input.members != nil else {
                return .malformed
            }
            calls.append((name, input))
        }
        expected = calls.count
        return .request(.batch(calls))
    }
}
