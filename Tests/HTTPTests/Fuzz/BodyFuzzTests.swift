import Events
import HTTPTypes
import NIOCore
import TestSupport
import Testing

@testable import HTTP

@Suite("Bodies, any bytes")
struct BodyFuzzTests {
    private static let form = Form.bytes(
        [
            .raw("Content-Disposition: form-data; name=\"kind\"", Array("skill".utf8)),
            .raw(
                "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain",
                Array("--b\r\n-x".utf8)),
            .raw("Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''%41", []),
        ], boundary: "b")

    @Test("A form with a few bytes changed says the same however it is cut into pieces")
    func mutatedForms() async throws {
        await Fuzzing.forEachSeed(1500) { seed in
            var noise = Noise(seed: seed)
            let body = noise.mutated(Self.form)
            let whole = verdict([body[...]])
            #expect(verdict(noise.pieces(body)) == whole, "seed \(seed): \(body)")
        }
    }

    @Test("A JSON body is refused with a 400 or read, and what is read holds no credential")
    func jsonBodies() async throws {
        let names = ["LIBRECHAT_CODE_API_KEY", "api_key", "apiKey", "code", "lang", "api\\u005fkey", "Api_Key"]
        await Fuzzing.forEachSeed(1500) { seed in
            var noise = Noise(seed: seed)
            var members: [String] = []
            for _ in 0..<noise.below(6) {
                members.append(
                    "\"\(noise.pick(names))\":\(noise.pick(["\" key \"", "null", "1", "[]", "\"\"", "\"\\ud800\"", "{\"a\":[]}"]))"
                )
            }
            let text = Array("{\(members.joined(separator: ","))}".utf8)
            for body in [text, noise.mutated(text), noise.bytes(atMost: 40)] {
                do {
                    let read = try JSONBody(body)
                    #expect(read.value["api_key"] == nil && read.value["apiKey"] == nil, "seed \(seed)")
                    #expect(read.value["LIBRECHAT_CODE_API_KEY"] == nil && !read.keys.contains(""), "seed \(seed)")
                } catch {
                    #expect((error as? APIError)?.status.code == 400, "seed \(seed): \(error)")
                }
            }
        }
    }

    @Test("Output in pieces reads as output in one, is UTF-8, and keeps to its cap")
    func outputText() async throws {
        let alphabet: [UInt8] =
            Array("ab\n\r\t 0;1m[]\u{1B}\u{1B}\u{1B}\u{7}\\".utf8) + [
                0, 0x7F, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0x80, 0xFF,
            ]
        await Fuzzing.forEachSeed(3000) { seed in
            var noise = Noise(seed: seed)
            let bytes = noise.bytes(atMost: 90, of: alphabet)
            let style = noise.pick([OutputText.Style.verbatim, .cleaned(endsLines: true), .cleaned(endsLines: false)])
            let (cap, isComplete) = (noise.pick([5, 40, 65_536]), noise.chance(2))
            let whole = OutputText.render(bytes, isComplete: isComplete, style: style, cap: cap)
            var output = OutputText(style, cap: cap)
            for piece in noise.pieces(bytes) { output.feed(Array(piece)) }
            #expect(output.finish(isComplete: isComplete) == whole, "seed \(seed): \(bytes)")
            guard let text = String(validating: whole.text, as: UTF8.self) else {
                Issue.record("seed \(seed): not UTF-8")
                return
            }
            #expect(
                text.unicodeScalars.count <= cap + (whole.isCut ? OutputText.notice.count + 1 : 0),
                "seed \(seed): \(bytes)")
            if case .verbatim = style, !whole.isCut {
                #expect(text.utf8.elementsEqual(String(decoding: bytes, as: UTF8.self).utf8), "seed \(seed): \(bytes)")
            }
            if case .cleaned = style {
                #expect(
                    text.unicodeScalars.allSatisfy {
                        $0.value >= 0x20 && $0.value != 0x7F || "\t\n\r".unicodeScalars.contains($0)
                    }, "seed \(seed): \(bytes)")
            }
        }
    }

    private enum Verdict: Equatable {
        case items([ParsedItem])
        case error(MultipartError?)
    }

    private func verdict(_ pieces: [ArraySlice<UInt8>]) -> Verdict {
        do { return .items(try parse(chunks: pieces)) } catch { return .error(error as? MultipartError) }
    }
}
