import Events
internal import Glibc

/// Takes the calls of one program and hands out the answers: a socket in the sandbox's `/box`, one connection for a
/// call (bash) or for a batch of them (Python).
///
/// Strategy: what comes from inside is never believed. Sizes and numbers are bounded here, names and counts by
/// `ToolRounds`. A round is complete when everything in the sandbox waits: a batch says so itself (the Python runtime
/// sends it when its event loop has nothing else to do, and blocks); for single calls the sandbox's processes are
/// looked at until all of them were asleep `quietLooks` times running and used no processor time in between. A job
/// that sleeps by itself counts as waiting: its later call is a round of its own.
struct ToolDesk {
    enum Event: Sendable {
        case nothing
        /// Answers were given: the program goes on with a fresh time limit.
        case answered
        /// Results are asked for: the program is to stand still until they are there.
        case asked
        case end(PhaseEnd)
    }

    /// The name of the socket in `/box`.
    static let socket = "tools"
    private static let lookInterval: Duration = .milliseconds(2)
    private static let quietLooks = 3
    /// How long a repeated run may be idle before it counts as one that asks something else.
    private static let stallLimit: Duration = .seconds(1)

    private let exchange: ToolExchange
    private let cgroup: SandboxCgroup
    private let listener: HeldDescriptor
    private var rounds: ToolRounds
    private var connections: [Int: ToolConnection] = [:]
    private var nextConnection = 0
    /// The order of the entries handed to `poll`.
    private var polled: [Int] = []
    private var nextLook: ContinuousClock.Instant?
    private var quiet = 0
    private var processorTime: Duration?
    private var idleSince: ContinuousClock.Instant?

    init(_ exchange: ToolExchange, box: HeldDescriptor, cgroup: SandboxCgroup) throws {
        self.exchange = exchange
        self.cgroup = cgroup
        rounds = ToolRounds(
            tools: exchange.tools.map(\.name), limits: exchange.limits, recorded: exchange.recorded)
        listener = try HeldDescriptor.listener(in: box, name: Self.socket)
    }

    /// Whether recorded rounds are being repeated: the time limit of the program does not apply then (C8).
    var isRepeating: Bool { rounds.isRepeating }

    /// When `attend` wants to be called even if nothing came.
    var wakeAt: ContinuousClock.Instant? { nextLook }

    mutating func entries() -> [pollfd] {
        polled = connections.keys.sorted()
        return [pollfd(fd: listener.raw, events: Int16(POLLIN), revents: 0)]
            + polled.map { number in
                let connection = connections[number]
                return pollfd(
                    fd: connection?.descriptor.raw ?? -1,
                    events: Int16(connection?.isWriting == true ? POLLIN | POLLOUT : POLLIN), revents: 0)
            }
    }

    /// Reads and writes what is ready; `entries` are those of the last call of `entries()`.
    mutating func attend(_ entries: ArraySlice<pollfd>) throws -> Event {
        var event = Event.nothing
        if entries.first?.revents != 0 { accept() }
        for (number, entry) in zip(polled, entries.dropFirst()) where entry.revents != 0 {
            switch connections[number]?.move() {
            case .open, nil: break
            case .request(let request): event = try take(request, from: number).outranking(event)
            case .tooLarge(let bytes): return .end(.toolFailure(ToolFailure.tooLarge(bytes: bytes).message))
            case .malformed: return .end(.toolFailure(ToolFailure.malformed.message))
            case .closed(let endsProgram):
                connections[number] = nil
                rounds.withdraw(connection: number)
                // An error that the code cannot handle: the script ends with it.
                if endsProgram { return .end(.ended(WaitStatus(raw: 1 << 8))) }
            }
            if case .end = event { return event }
        }
        return try look(event)
    }

    /// Hands out the results that were asked for.
    mutating func resume(with results: [ToolResult]) throws {
        _ = try perform(rounds.answered(results))
    }

    private mutating func accept() {
        while let descriptor = listener.accept() {
            // Beyond what the limit of calls allows nobody is let in: it will be refused anyway.
            guard connections.count <= exchange.limits.calls else { continue }
            connections[nextConnection] = ToolConnection(descriptor)
            nextConnection += 1
            isDisturbed()
        }
    }

    private mutating func isDisturbed() {
        quiet = 0
        idleSince = nil
    }

    private mutating func take(_ request: ToolRequest, from number: Int) throws -> Event {
        isDisturbed()
        var event = Event.nothing
        switch request {
        case .call(let tool, let input):
            let name = exchange.tools.indices.contains(tool) ? exchange.tools[tool].name : "#\(tool)"
            guard let input else {
                connections[number]?.answer([.error("\(name): the argument must be a JSON object")])
                return .nothing
            }
            event = try perform(rounds.call(.init(connection: number, index: 0), name: name, input: input))
        case .batch(let calls):
            for (index, call) in calls.enumerated() {
                let caller = ToolRounds.Caller(connection: number, index: index)
                event = try perform(rounds.call(caller, name: call.name, input: call.input)).outranking(event)
                if case .end = event { return event }
            }
        }
        return event
    }

    private mutating func perform(_ action: ToolRounds.Action) throws -> Event {
        switch action {
        case .wait: return .nothing
        case .end(let failure): return .end(.toolFailure(failure.message))
        case .ask(let round, let calls):
            exchange.ask(.init(number: round, calls: calls))
            return .asked
        case .answer(let answers):
            isDisturbed()
            for answer in answers { connections[answer.caller.connection]?.answer(answer) }
            return .answered
        }
    }

    // MARK: Is everything waiting?

    private mutating func look(_ event: Event) throws -> Event {
        let waiting = rounds.waiting
        nextLook = nil
        guard case .nothing = event, !waiting.isEmpty else { return event }
        let now = ContinuousClock.now
        let saysSo = waiting.allSatisfy { connections[$0.connection]?.isBatch == true }
        guard saysSo || isQuiet() else {
            nextLook = now + Self.lookInterval
            return event
        }
        let next = try perform(rounds.idle())
        guard case .nothing = next else { return next }
        let since = idleSince ?? now
        idleSince = since
        nextLook = now + Self.lookInterval * 10
        return now - since >= Self.stallLimit ? try perform(rounds.stalled()) : .nothing
    }

    private mutating func isQuiet() -> Bool {
        let used = cgroup.processorTime()
        let isStill = used == processorTime && cgroup.isAsleep() && !listener.isReadable()
        processorTime = used
        quiet = isStill ? quiet + 1 : 0
        return quiet >= Self.quietLooks
    }
}

extension ToolDesk.Event {
    /// Whichever of the two says more.
    fileprivate func outranking(_ other: Self) -> Self {
        if case .nothing = self { other } else { self }
    }
}
