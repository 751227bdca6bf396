import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The one thread on which every libpq handle lives.
///
/// SwiftNIO cannot wait on a descriptor that libpq owns, and waiting on a thread of the concurrency pool would take
/// it away from everyone. So connections are actors whose executor is this thread: between jobs it blocks in
/// `poll(2)` on all their sockets, and a byte in a pipe wakes it when a job is enqueued from elsewhere. Whatever
/// the jobs of one tick have queued for a socket is flushed once, at the end of the tick.
///
/// `@unchecked Sendable`: `inbox` is behind a mutex; all else is touched only by the reactor thread, which
/// `preconditionIsolated` checks at each entry.
final class Reactor: SerialExecutor, @unchecked Sendable {
    /// The reactor of this process. It lives as long as the process.
    static let shared = Reactor()

    private enum Work {
        case job(UnownedJob)
        case closure(@Sendable () -> Void)
    }

    private struct Inbox {
        var work: [Work] = []
        var isAsleep = false
    }

    struct Interest: OptionSet {
        let rawValue: Int16
        static let read = Interest(rawValue: Int16(POLLIN))
        static let write = Interest(rawValue: Int16(POLLOUT))
    }

    private struct Watch {
        var descriptor: Int32
        var interest: Interest
        var handler: (_ readable: Bool, _ writable: Bool) -> Void
    }

    private struct Timer {
        var deadline: ContinuousClock.Instant
        var handler: () -> Void
    }

    private let inbox = Mutex(Inbox())
    private let threadID = Atomic<UInt>(0)
    private let wakeReader: Int32
    private let wakeWriter: Int32

    private var batch: [Work] = []
    private var watches: [UInt64: Watch] = [:]
    private var timers: [UInt64: Timer] = [:]
    private var endOfTick: [() -> Void] = []
    private var lastID: UInt64 = 0
    private var pollSet: [pollfd] = []
    private var pollIDs: [UInt64] = []
    private var pollSetIsStale = true

    private init() {
        var ends: [Int32] = [-1, -1]
        let status = pipe(&ends)
        precondition(status == 0, "The reactor needs a pipe: raise the limit of open files")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        wakeReader = ends[0]
        wakeWriter = ends[1]
        detachThread(named: "postgres-reactor") { [self] in run() }
    }
}

// MARK: - From any thread

extension Reactor {
    func enqueue(_ job: consuming ExecutorJob) {
        enqueue(.job(UnownedJob(job)))
    }

    /// Runs `closure` on the reactor thread, after everything enqueued before it.
    func execute(_ closure: @escaping @Sendable () -> Void) {
        enqueue(.closure(closure))
    }

    private func enqueue(_ work: Work) {
        let mustWake = inbox.withLock { inbox in
            inbox.work.append(work)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake {
            var byte: UInt8 = 0
            _ = write(wakeWriter, &byte, 1)
        }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    func checkIsolated() {
        precondition(isCurrentThread, "Only the reactor thread may touch a libpq handle")
    }

    func isIsolatingCurrentContext() -> Bool? {
        isCurrentThread
    }

    private var isCurrentThread: Bool {
        threadID.load(ordering: .relaxed) == currentThreadID()
    }
}

// MARK: - On the reactor thread

extension Reactor {
    /// Calls `handler` whenever `descriptor` is ready for what is wanted, until ``unwatch(_:)``.
    func watch(
        _ descriptor: Int32, _ interest: Interest, _ handler: @escaping (_ readable: Bool, _ writable: Bool) -> Void
    ) -> UInt64 {
        checkIsolated()
        lastID += 1
        watches[lastID] = Watch(descriptor: descriptor, interest: interest, handler: handler)
        pollSetIsStale = true
        return lastID
    }

    func setInterest(_ interest: Interest, of watch: UInt64) {
        checkIsolated()
        watches[watch]?.interest = interest
        pollSetIsStale = true
    }

    /// Must come before the descriptor is closed: its number may be another's a moment later.
    func unwatch(_ watch: UInt64) {
        checkIsolated()
        watches[watch] = nil
        pollSetIsStale = true
    }

    /// Calls `handler` once at `deadline`, unless cancelled.
    @discardableResult
    func schedule(at deadline: ContinuousClock.Instant, _ handler: @escaping () -> Void) -> UInt64 {
        checkIsolated()
        lastID += 1
        timers[lastID] = Timer(deadline: deadline, handler: handler)
        return lastID
    }

    func cancelTimer(_ timer: UInt64) {
        checkIsolated()
        timers[timer] = nil
    }

    /// Calls `handler` once after all jobs that are already enqueued.
    func atEndOfTick(_ handler: @escaping () -> Void) {
        checkIsolated()
        endOfTick.append(handler)
    }

    private func run() {
        threadID.store(currentThreadID(), ordering: .relaxed)
        while true {
            runBatch()
            fireTimers()
            runEndOfTick()
            waitForEvents()
        }
    }

    private func runBatch() {
        inbox.withLock { swap(&$0.work, &batch) }
        for work in batch {
            switch work {
            case .job(let job): job.runSynchronously(on: asUnownedSerialExecutor())
            case .closure(let closure): closure()
            }
        }
        batch.removeAll(keepingCapacity: true)
    }

    private func runEndOfTick() {
        while !endOfTick.isEmpty {
            let handlers = endOfTick
            endOfTick.removeAll(keepingCapacity: true)
            for handler in handlers { handler() }
        }
    }

    /// A handful of timers exist at a time (one per waiting caller at most), so a scan beats a heap.
    private func fireTimers() {
        guard !timers.isEmpty else { return }
        let now = ContinuousClock.now
        let due = timers.filter { $0.value.deadline <= now }
        // After a late wake-up several are due: by deadline, then by age. One may cancel the next.
        for (id, _) in due.sorted(by: { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }) {
            timers.removeValue(forKey: id)?.handler()
        }
    }

    private func waitForEvents() {
        rebuildPollSet()
        let mayBlock = inbox.withLock { inbox in
            inbox.isAsleep = inbox.work.isEmpty
            return inbox.isAsleep
        }
        let count = poll(&pollSet, nfds_t(pollSet.count), mayBlock ? millisecondsToNextTimer() : 0)
        if mayBlock { inbox.withLock { $0.isAsleep = false } }
        guard count > 0 else { return }
        if pollSet[0].revents != 0 { drainWakePipe() }
        dispatch()
    }

    private func dispatch() {
        // Handlers may change the watches: go through a copy and look each one up again.
        let ready = zip(pollSet.dropFirst(), pollIDs).filter { $0.0.revents != 0 }
        for (entry, id) in ready {
            let failed = entry.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
            let readable = entry.revents & Int16(POLLIN) != 0 || failed
            let writable = entry.revents & Int16(POLLOUT) != 0
            watches[id]?.handler(readable, writable)
        }
    }

    private func rebuildPollSet() {
        guard pollSetIsStale else { return }
        pollSetIsStale = false
        pollSet = [pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0)]
        pollIDs = []
        for (id, watch) in watches {
            pollSet.append(pollfd(fd: watch.descriptor, events: watch.interest.rawValue, revents: 0))
            pollIDs.append(id)
        }
    }

    private func millisecondsToNextTimer() -> Int32 {
        guard let next = timers.values.map(\.deadline).min() else { return -1 }
        let left = ContinuousClock.now.duration(to: next)
        let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
        return Int32(clamping: max(0, milliseconds))
    }

    private func drainWakePipe() {
        var bytes: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        _ = read(wakeReader, &bytes, MemoryLayout.size(ofValue: bytes))
    }
}
