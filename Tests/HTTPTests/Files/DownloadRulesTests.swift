import Events
import HTTPTypes
import NIOCore
import Testing

@testable import HTTP

@Suite("Download rules")
struct DownloadRulesTests {
    @Test(
        "One byte range is understood; anything else means the whole file",
        arguments: [
            (nil, .whole), ("bytes=0-9", .part(0..<10)), ("bytes=10-", .part(10..<100)), ("bytes=-10", .part(90..<100)),
            ("bytes=-200", .part(0..<100)), ("bytes=99-500", .part(99..<100)), ("bytes=0-99", .part(0..<100)),
            ("bytes=100-", .unsatisfiable), ("bytes=100-101", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=9-8", .whole), ("bytes=0-1,5-6", .whole), ("bytes=-", .whole), ("bytes=a-b", .whole),
            ("items=0-1", .whole),
            ("bytes=+1-2", .whole), ("bytes=0-99999999999999999999", .whole),
        ] as [(String?, ByteRange)])
    func ranges(field: String?, expected: ByteRange) {
        var headers = HTTPFields()
        headers[.range] = field
        #expect(ByteRange.asked(of: headers, size: 100, etag: "\"e\"") == expected)
    }

    @Test("A range of an empty file, or of another version, is not served in part")
    func rangesThatDoNotApply() {
        #expect(ByteRange.asked(of: [.range: "bytes=0-"], size: 0, etag: "\"e\"") == .unsatisfiable)
        #expect(ByteRange.asked(of: [.range: "bytes=0-1", .ifRange: "\"old\""], size: 9, etag: "\"e\"") == .whole)
        #expect(ByteRange.asked(of: [.range: "bytes=0-1", .ifRange: "\"e\""], size: 9, etag: "\"e\"") == .part(0..<2))
    }

    @Test(
        "If-None-Match names a tag alone, in a list, weakly, or by a star",
        arguments: [
            ("\"e\"", true), ("\"x\", \"e\"", true), ("W/\"e\"", true), ("*", true), ("\"x\"", false), ("e", false),
            ("", false),
        ])
    func conditions(condition: String, expected: Bool) {
        #expect(EntityTags.match("\"e\"", in: condition) == expected)
        #expect(!EntityTags.match("\"e\"", in: nil))
    }

    @Test("However the store cuts a file, a window yields exactly its range", arguments: 0..<20)
    func windows(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        let bytes = (0..<200).map { UInt8($0) }
        for _ in 0..<50 {
            let lower = Int64.random(in: 0..<200, using: &random)
            let range = lower..<Int64.random(in: lower...200, using: &random)
            var window = ByteWindow(range)
            var out: [UInt8] = []
            var start = 0
            while start < bytes.count, !window.isComplete {
                let end = min(bytes.count, start + Int.random(in: 1...70, using: &random))
                if let part = window.take(Array(bytes[start..<end])) { out += Array(part.readableBytesView) }
                start = end
            }
            #expect(out == Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)]))
        }
    }
}
