internal import CSandbox
internal import Glibc
internal import Synchronization

/// Tells a watching thread that its run is to end. The first reason stands.
final class CancelSignal: Sendable {
    /// Readable once there is a reason.
    let descriptor: HeldDescriptor
    private let first = Mutex<CancelReason?>(nil)

    init() throws {
        let number = sandbox_event()
        guard number >= 0 else { throw systemError(.unavailable, layer: "descriptors", "eventfd") }
        descriptor = HeldDescriptor(number)
    }

    var reason: CancelReason? { first.withLock { $0 } }

    func raise(_ reason: CancelReason) {
        let isFirst = first.withLock { current in
            defer { current = current ?? reason }
            return current == nil
        }
        guard isFirst else { return }
        var one: UInt64 = 1
        _ = write(descriptor.raw, &one, MemoryLayout.size(ofValue: one))
    }
}
