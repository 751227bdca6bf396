import Executor

extension Settings {
    mutating func readCompilers(_ environment: inout Environment) {
        executor.compileLimit = .seconds(environment.integer("MAX_COMPILE_TIME", default: 60, in: 1...600))
        limits.compileCacheMiB = environment.integer("COMPILE_CACHE_MB", default: 512, in: 0...1_048_576)
    }
}
