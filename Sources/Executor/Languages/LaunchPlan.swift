import Events

/// How a language's programs are started.
enum LaunchPlan: Sendable, Equatable {
    /// A driver is running in the sandbox already and waits for the code.
    case job
    /// The code is put into `/box` and commands are run on it, the compiler first if there is one.
    case commands(entry: String, compile: [String]?, run: [String])
}

extension LaunchPlan {
    /// The plan for a language, or nil if there is none for it.
    init?(_ language: Language) {
        switch language {
        case .python, .javaScript:
            self = .job
        case .bash:
            self = .commands(entry: "main.sh", compile: nil, run: ["/bin/bash", "/box/main.sh"])
        case .c:
            self = .commands(
                entry: "main.c",
                compile: [
                    "/usr/bin/gcc", "-std=gnu17", "-O1", "-I/mnt/data", "-o", "/tmp/.main", "/box/main.c", "-lm",
                ],
                // Without a terminal C keeps lines back; what was printed before a time limit would be lost.
                run: ["/usr/bin/stdbuf", "-oL", "/tmp/.main"])
        default:
            return nil
        }
    }
}

/// Sandboxes that are made alike, and so can wait in the same pool.
enum PoolKind: String, Sendable, CaseIterable {
    /// A copy of the Python template waits for its job.
    case python
    /// A node process waits for its job.
    case javaScript
    /// Nothing runs yet.
    case plain
}

extension Language {
    var poolKind: PoolKind {
        switch self {
        case .python: .python
        case .javaScript: .javaScript
        default: .plain
        }
    }
}
