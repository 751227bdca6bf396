import CLibpq

/// A session that only listens. It lives on the reactor and does not use pipeline mode.
actor NotificationFeed {
    private var handle: OpaquePointer?
    private var watch: UInt64?
    private var ended: CheckedContinuation<Void, Never>?
    private let receive: @Sendable (ListenerEvent) -> Void

    nonisolated var unownedExecutor: UnownedSerialExecutor { Reactor.shared.asUnownedSerialExecutor() }

    init(receive: @escaping @Sendable (ListenerEvent) -> Void) {
        self.receive = receive
    }

    isolated deinit { end() }

    /// Reports notifications until the connection is lost or the task cancelled.
    func run(_ session: BlockingSession) async {
        guard let handle = session.release() else { return }
        guard PQsetnonblocking(handle, 1) == 0 else { return PQfinish(handle) }
        self.handle = handle
        watch = Reactor.shared.watch(PQsocket(handle), .read) { [weak self] _, _ in
            self?.assumeIsolated { $0.read() }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                ended = continuation
                // Those that came while the session was still being set up are in libpq's memory already.
                report(handle)
                if Task.isCancelled { end() }
            }
        } onCancel: {
            Reactor.shared.execute { self.assumeIsolated { $0.end() } }
        }
    }

    private func read() {
        guard let handle else { return }
        var isAlive = true
        repeat {
            isAlive = PQconsumeInput(handle) == 1
            report(handle)
        } while isAlive && clibpq_tls_pending(handle) > 0
        if !isAlive { end() }
    }

    private func report(_ handle: OpaquePointer) {
        while let notification = PQnotifies(handle) {
            defer { PQfreemem(notification) }
            receive(
                .notification(
                    channel: String(cString: notification.pointee.relname),
                    payload: String(cString: notification.pointee.extra),
                    backendPID: notification.pointee.be_pid))
        }
    }

    private func end() {
        if let watch { Reactor.shared.unwatch(watch) }
        if let handle { PQfinish(handle) }
        watch = nil
        handle = nil
        ended?.resume()
        ended = nil
    }
}
