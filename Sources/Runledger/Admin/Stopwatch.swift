/// Measures how fast a command worked, for its last line.
struct Stopwatch {
    private let started = ContinuousClock.now

    /// Whole things a second since the start.
    func rate(of count: Int64) -> Int {
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        return Int(Double(count) / max(seconds, 0.001))
    }
}
