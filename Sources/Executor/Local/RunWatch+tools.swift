internal import CSandbox
internal import Glibc

extension RunWatch {
    /// Stops the program until the results that it asked for are there, and hands them out. Returns an end if one
    /// comes before.
    mutating func standStill() throws -> PhaseEnd? {
        guard let exchange else { return nil }
        let clock = ContinuousClock()
        let begin = clock.now
        let wake = try WakeSignal()
        exchange.notify { wake.raise() }
        defer {
            exchange.notify(nil)
            paused += clock.now - begin
        }
        cgroup.pause()
        while true {
            if let reason = cancellation.reason { return .cancelled(reason) }
            if let results = exchange.take() {
                try desk?.resume(with: results)
                cgroup.resume()
                return nil
            }
            var entries = [
                pollfd(fd: wake.descriptor.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: handles.process.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: cancellation.descriptor.raw, events: Int16(POLLIN), revents: 0),
            ]
            if poll(&entries, nfds_t(entries.count), -1) < 0 && errno != EINTR {
                throw systemError(.unavailable, layer: "poll", "poll")
            }
            if entries[1].revents != 0 { return .lost }
        }
    }
}

/// Wakes a thread that polls; once is enough.
final class WakeSignal: Sendable {
    let descriptor: HeldDescriptor

    init() throws {
        let number = sandbox_event()
        guard number >= 0 else { throw systemError(.unavailable, layer: "descriptors", "eventfd") }
        descriptor = HeldDescriptor(number)
    }

    func raise() {
        var one: UInt64 = 1
        _ = write(descriptor.raw, &one, MemoryLayout.size(ofValue: one))
    }
}
