internal import Glibc

/// Runs blocking work on a thread of its own and waits for it without blocking.
///
/// Strategy: watching a sandbox is a loop around `poll` that lives as long as the sandbox's program. On the
/// cooperative pool (one thread per processor) two such loops would stop the server. A thread costs about 30 µs and
/// ends with its work; a run costs milliseconds.
func onDedicatedThread<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        let work = ThreadWork {
            continuation.resume(with: Swift.Result { try body() })
        }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 512 << 10)
        var thread = pthread_t()
        let error = pthread_create(&thread, &attributes, runThreadWork, Unmanaged.passRetained(work).toOpaque())
        pthread_attr_destroy(&attributes)
        if error != 0 {
            Unmanaged.passUnretained(work).release()
            continuation.resume(
                throwing: SandboxError(.unavailable, layer: "threads", "no thread could be started", errno: error))
        }
    }
}

/// Carries the closure through the C interface.
private final class ThreadWork: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}

private func runThreadWork(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument {
        Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().body()
    }
    return nil
}
