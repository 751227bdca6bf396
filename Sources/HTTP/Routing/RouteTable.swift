import HTTPTypes
import Synchronization

/// Which methods each path has: what the router knows but does not tell, for 405 and OPTIONS.
final class RouteTable: Sendable {
    private struct Entry {
        /// A capture is nil.
        var segments: [Substring?]
        var methods: [HTTPRequest.Method]
    }

    private let entries = Mutex<[Entry]>([])

    func add(_ method: HTTPRequest.Method, _ path: String) {
        let segments = path.split(separator: "/").map { $0.hasPrefix(":") ? nil : $0 }
        entries.withLock { entries in
            if let index = entries.firstIndex(where: { $0.segments == segments }) {
                entries[index].methods.append(method)
            } else {
                entries.append(Entry(segments: segments, methods: [method]))
            }
        }
    }

    /// The methods of a normalised path, HEAD and OPTIONS included; none when no route has it.
    func methods(of path: String) -> [String] {
        let asked = path.split(separator: "/")
        let found = entries.withLock { entries in
            entries.filter { entry in
                entry.segments.count == asked.count
                    && zip(entry.segments, asked).allSatisfy { segment, word in segment.map { $0 == word } ?? true }
            }
        }
        guard !found.isEmpty else { return [] }
        var names = Set(found.flatMap(\.methods).map(\.rawValue))
        if names.contains("GET") { names.insert("HEAD") }
        names.insert("OPTIONS")
        return names.sorted()
    }
}
