import Foundation

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Starts a thread that lives until `body` returns.
func detachThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread(block: body)
    thread.name = name
    thread.start()
}

/// Runs blocking work (a connect with its name resolution, a subprocess, a migration) on a thread of its own, so
/// that neither the concurrency pool nor the reactor waits for it.
func onOwnThread<Value: Sendable>(
    named name: String, _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        detachThread(named: name) {
            continuation.resume(with: Result(catching: body))
        }
    }
}

func currentThreadID() -> UInt {
    #if canImport(Glibc)
        UInt(pthread_self())
    #else
        UInt(bitPattern: pthread_self())
    #endif
}
