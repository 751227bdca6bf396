/// How long to wait before the next attempt: doubles from 50 ms to 2 s, a random half of it, so that a restarted
/// server does not meet all its clients at once.
struct Backoff {
    static let first = Duration.milliseconds(50)
    static let longest = Duration.seconds(2)

    private var current = Backoff.first

    /// `random` is in 0..<1.
    mutating func next(random: Double = .random(in: 0..<1)) -> Duration {
        defer { current = min(current * 2, Self.longest) }
        return current * (0.5 + random / 2)
    }

    mutating func reset() { current = Self.first }
}
