import Events

/// How a program is started.
enum LaunchPlan: Sendable, Equatable {
    /// A driver is running in the sandbox already and waits for the code.
    case job
    /// The code is put into a file and commands are run on it.
    case commands(LaunchCommands)
}

/// What is done with a program that no driver waits for.
struct LaunchCommands: Sendable, Equatable {
    /// Where the code is put.
    enum Place: Sendable, Equatable {
        /// `/box`, which the program cannot write.
        case box
        /// `/mnt/data`, for languages that look for neighbours beside the program's own file.
        case data
    }

    /// Name of the file that gets the code.
    var entry: String
    var place = Place.box
    /// Makes `/build/out` from the code; nil: the code is run as it is.
    var compile: [String]?
    /// The program's arguments follow.
    var run: [String]
    /// On top of the sandbox's own variables.
    var variables: [String] = []
}

extension LaunchPlan {
    /// Where a compiler leaves what is to be run. Holds nothing else.
    static let output = "/build/out"

    /// The plan for a program.
    ///
    /// - Parameter memoryBytes: the program's allowance, for runtimes that have to be told.
    init(_ program: Program, memoryBytes: UInt64) {
        switch program.language {
        case .bash: self = .script("main.sh", ["/bin/bash", "/box/main.sh"])
        case .php: self = .php(program)
        case .r: self = .script("main.R", Self.lineBuffered + ["/usr/bin/Rscript", "--vanilla", "/box/main.R"])
        case .c: self = .c("/usr/bin/gcc", "main.c", ["-std=gnu17"])
        case .cPlusPlus: self = .c("/usr/bin/g++", "main.cpp", ["-std=gnu++20"])
        case .fortran:
            // Its own buffer is beyond stdbuf's reach.
            self = .compiled("main.f90", by: "fortran", variables: ["GFORTRAN_UNBUFFERED_PRECONNECTED=y"])
        case .d: self = .compiled("main.d", by: "d")
        case .rust: self = .compiled("main.rs", by: "rust")
        case .go:
            // The collector works harder near the limit instead of doubling the heap beyond it.
            self = .compiled("main.go", by: "go", variables: ["GOMEMLIMIT=\(memoryBytes / 10 * 9)"])
        case .java: self = .java(program, memoryBytes: memoryBytes)
        default: self = .job
        }
    }

    private static func script(_ entry: String, _ run: [String]) -> LaunchPlan {
        .commands(LaunchCommands(entry: entry, compile: nil, run: run))
    }

    /// Compiled by a script of `Runtimes`.
    private static func compiled(_ entry: String, by runtime: String, variables: [String] = []) -> LaunchPlan {
        .commands(
            LaunchCommands(
                entry: entry, compile: ["/bin/sh", Self.compileScript(runtime), "/box/\(entry)", output + "/main"],
                run: lineBuffered + [output + "/main"], variables: variables))
    }

    private static func compileScript(_ runtime: String) -> String {
        "\(SandboxEnvironment.runtimes)/\(runtime)/compile.sh"
    }

    /// Without a terminal C keeps lines back; what was printed before a time limit would be lost.
    private static let lineBuffered = ["/usr/bin/stdbuf", "-oL"]

    /// Quoted includes look beside the program first. Those in angle brackets look there last, so that a file of the
    /// session never takes the place of a system header.
    private static func c(_ compiler: String, _ entry: String, _ standard: [String]) -> LaunchPlan {
        let search = ["-iquote", "/mnt/data", "-idirafter", "/mnt/data"]
        return .commands(
            LaunchCommands(
                entry: entry,
                compile: [compiler] + standard + ["-O1", "-pthread"] + search
                    + ["-o", output + "/main", "/box/\(entry)", "-lm"],
                run: lineBuffered + [output + "/main"]))
    }

    /// `__DIR__` must be the working directory, so the file is there, under a name that is never collected and that no
    /// input has; it is gone before the first statement.
    private static func php(_ program: Program) -> LaunchPlan {
        var entry = ".main.php"
        while program.inputs.contains(where: { $0.path == entry }) { entry = "." + entry }
        return .commands(
            LaunchCommands(
                entry: entry, place: .data, compile: nil,
                run: [
                    "/usr/bin/php", "-d", "display_errors=stderr", "-d", "log_errors=0", "-d", "memory_limit=-1", "-d",
                    "auto_prepend_file=\(SandboxEnvironment.runtimes)/php/prepend.php", "/mnt/data/" + entry,
                ]))
    }

    /// Serial collection and a small first heap: the collector's threads and its generosity cost more than they give a
    /// program of half a gigabyte.
    private static let javaMachine = ["-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xms16m"]
    /// A compilation is over before the better of the machine's own compilers pays.
    static let javaCompilerMachine = javaMachine + ["-XX:TieredStopAtLevel=1"]
    static let javaCompiler = "jdk.compiler/com.sun.tools.javac.Main"

    private static func java(_ program: Program, memoryBytes: UInt64) -> LaunchPlan {
        let source = JavaSource(program.code)
        let entry = source.fileName
        let heap = "-Xmx\(memoryBytes / 4 * 3)"
        let libraries = Toolchain.javaLibraries
        return .commands(
            LaunchCommands(
                entry: entry,
                compile: ["/usr/bin/java"] + javaCompilerMachine + JavaArchive.use + [
                    heap, "-m", javaCompiler, "-encoding", "UTF-8", "-proc:none", "-nowarn",
                    "-cp", libraries.joined(separator: ":"), "-sourcepath", "/mnt/data", "-d", output, "/box/\(entry)",
                ],
                run: ["/usr/bin/java"] + javaMachine + [
                    heap, "-Xshare:auto", "-Djava.awt.headless=true", "-cp",
                    ([output, "/mnt/data"] + libraries).joined(separator: ":"), source.mainClass,
                ]))
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
        case .javaScript, .typeScript: .javaScript
        default: .plain
        }
    }

    /// What its runtime says on standard error when its own heap, kept below the sandbox's limit, is full.
    var outOfMemoryMark: String? {
        switch self {
        case .java: "java.lang.OutOfMemoryError"
        case .javaScript, .typeScript: "JavaScript heap out of memory"
        case .r: "cannot allocate vector of size"
        default: nil
        }
    }
}
