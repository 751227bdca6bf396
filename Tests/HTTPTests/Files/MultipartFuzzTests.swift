import NIOCore
import Testing

@testable import HTTP

@Suite("Multipart parser, any input")
struct MultipartFuzzTests {
    /// Bytes that make trouble likely: those of the delimiter, mostly.
    private static let alphabet = Array("\r\n\r\n--bb-ab \t:;=\"\\x".utf8) + [0, 0xFF]

    @Test("However a body is cut into chunks, it says the same", arguments: 0..<40)
    func anySplit(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        let boundary = ["b", "--b", "-", "bb-b", "----formdata"].randomElement(using: &random) ?? "b"
        let parts = (0..<Int.random(in: 0...4, using: &random)).map { index in
            Form.Part.raw(
                "Content-Disposition: form-data; name=\"file\"; filename=\"\(index)\"",
                safeContent(avoiding: boundary, using: &random))
        }
        let body = Form.bytes(parts, boundary: boundary)
        let expected = parts.enumerated().map { index, part in
            guard case .raw(_, let content) = part else { return ParsedItem.finished }
            return .content(.file("\(index)"), content)
        }
        for _ in 0..<50 {
            #expect(try parse(chunks: split(body, using: &random), boundary: boundary) == expected + [.finished])
        }
        #expect(try parse(chunks: body.indices.map { body[$0...$0] }, boundary: boundary) == expected + [.finished])
    }

    @Test("Garbage never crashes, and its verdict does not depend on the chunks", arguments: 0..<40)
    func garbage(seed: Int) {
        var random = SplitMix(seed: UInt64(seed) + 1000)
        for _ in 0..<100 {
            let opening = Bool.random(using: &random) ? Array("--b\r\n".utf8) : []
            let body = opening + noise(0...120, using: &random)
            #expect(verdict([body[...]]) == verdict(split(body, using: &random)), "\(body)")
        }
    }

    @Test("Garbage in a disposition header never crashes", arguments: 0..<20)
    func garbageHeaders(seed: Int) {
        var random = SplitMix(seed: UInt64(seed) + 2000)
        for _ in 0..<200 {
            let value = Array("form-data; name=\"".utf8) + noise(0...40, using: &random)
            _ = try? MultipartPart(headerBlock: Array("Content-Disposition: ".utf8) + value + [0x0D, 0x0A])
            _ = HeaderParameters(noise(0...40, using: &random))
            _ = FormText.decodeExtended(Array("utf-8''%".utf8) + noise(0...10, using: &random))
        }
    }

    @Test("A content full of CR is read in time linear in its size")
    func linearTime() throws {
        let content = [UInt8](repeating: 0x0D, count: 1 << 20)
        let body = Form.bytes([.raw("Content-Disposition: form-data; name=\"file\"; filename=\"f\"", content)])
        #expect(try parse(body) == [.content(.file("f"), content), .finished])
    }

    private enum Verdict: Equatable {
        case items([ParsedItem])
        case error(MultipartError?)
    }

    private func verdict(_ chunks: [ArraySlice<UInt8>]) -> Verdict {
        do { return .items(try parse(chunks: chunks)) } catch { return .error(error as? MultipartError) }
    }

    private func noise(_ length: ClosedRange<Int>, using random: inout SplitMix) -> [UInt8] {
        (0..<Int.random(in: length, using: &random)).map { _ in
            Self.alphabet[Int.random(in: Self.alphabet.indices, using: &random)]
        }
    }

    /// A content in which the delimiter does not occur.
    private func safeContent(avoiding boundary: String, using random: inout SplitMix) -> [UInt8] {
        let delimiter = Array("\r\n--\(boundary)".utf8)
        var content: [UInt8] = []
        for byte in noise(0...300, using: &random) {
            content.append(byte)
            // CRLF in front: behind the headers a delimiter may stand without one of its own.
            if ([0x0D, 0x0A] + content).suffix(delimiter.count) == delimiter[...] { content[content.count - 1] = 0 }
        }
        return content
    }

    private func split(_ body: [UInt8], using random: inout SplitMix) -> [ArraySlice<UInt8>] {
        var chunks: [ArraySlice<UInt8>] = []
        var start = 0
        while start < body.count {
            let end = min(
                body.count, start + Int.random(in: 0...(Bool.random(using: &random) ? 3 : 90), using: &random))
            chunks.append(body[start..<end])
            start = end
        }
        return chunks
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
