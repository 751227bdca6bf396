import Events
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import HTTP

@Suite("Headers, any value")
struct HeaderFuzzTests {
    @Test("The name of a download is plain ASCII in the header, and comes back whole from its extended form")
    func attachment() async throws {
        await Fuzzing.forEachSeed(2000) { seed in
            var noise = Noise(seed: seed)
            let path = noise.text(atMost: 30)
            let header = AttachmentHeader.value(for: path)
            #expect(header.utf8.allSatisfy { (0x20...0x7E).contains($0) }, "seed \(seed): \(header)")
            let parameters = HeaderParameters(header.utf8)
            #expect(parameters.value == "attachment", "seed \(seed): \(header)")
            let plain = parameters["filename"] ?? []
            #expect(!plain.isEmpty && !plain.contains(UInt8(ascii: "\"")), "seed \(seed): \(header)")
            let base = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last.map(
                Array.init)
            let expected = MountPath.nfc(String(decoding: base ?? [], as: UTF8.self))
            let name = parameters["filename*"].flatMap(FormText.decodeExtended)
            #expect(name?.utf8.elementsEqual(expected.utf8) == true, "seed \(seed): \(header)")
        }
    }

    @Test("A file name in quotes arrives as it was sent, whatever it is made of")
    func quotedName() async throws {
        try await Fuzzing.forEachSeed(2000) { seed in
            var noise = Noise(seed: seed)
            let name = String(noise.text(atMost: 24).unicodeScalars.filter { !"\r\n\0\\".unicodeScalars.contains($0) })
            let escaped = name.replacingOccurrences(of: "\"", with: noise.chance(2) ? "%22" : "\\\"")
            // A name that has %22 of its own, or ends in an escaped quote, is read as browsers and Windows mean it.
            guard !name.contains("%22"), name.unicodeScalars.last != "\"" else { return }
            let block = Array("Content-Disposition: form-data; name=\"file\"; filename=\"\(escaped)\"\r\n\r\n".utf8)
            let part = try MultipartPart(headerBlock: block)
            #expect(part.filename?.utf8.elementsEqual(name.utf8) == true, "seed \(seed): \(Array(name.utf8))")
        }
    }

    @Test("An extended file name arrives as it was sent, whatever it is made of")
    func extendedName() async throws {
        try await Fuzzing.forEachSeed(2000) { seed in
            var noise = Noise(seed: seed)
            let name = noise.text(atMost: 24)
            let encoded = name.utf8.map { String(format: noise.chance(2) ? "%%%02X" : "%%%02x", $0) }.joined()
            let block = Array("content-disposition: form-data; filename*=utf-8'en'\(encoded)\r\n\r\n".utf8)
            let part = try MultipartPart(headerBlock: block)
            #expect(part.filename?.utf8.elementsEqual(name.utf8) == true, "seed \(seed): \(encoded)")
        }
    }

    @Test("Any header block of a part is read or refused")
    func partHeaders() async throws {
        let examples = [
            "Content-Disposition: form-data; name=\"file\"; filename=\"a\\\"; b.txt\"; filename*=UTF-8''%E6%95%B0\r\n\r\n",
            "content-type: text/plain\r\nContent-Disposition:form-data;name=x;filename=y\r\n\r\n",
        ].map { Array($0.utf8) }
        await Fuzzing.forEachSeed(3000) { seed in
            var noise = Noise(seed: seed)
            let block = noise.chance(4) ? noise.bytes(atMost: 80) : noise.mutated(noise.pick(examples))
            if let part = try? MultipartPart(headerBlock: block) {
                #expect(part.contentType?.utf8.allSatisfy { (0x20...0x7E).contains($0) } ?? true, "seed \(seed)")
            }
        }
    }

    @Test("Credentials of any form are never empty, and a plain key is always found among them")
    func credentials() async throws {
        await Fuzzing.forEachSeed(1500) { seed in
            var noise = Noise(seed: seed)
            let visible = (0..<20).map { _ in UInt8(0x21 + noise.below(0x5E)) }
            let key = "sk-" + String(decoding: visible.filter { $0 != UInt8(ascii: ":") }, as: UTF8.self)
            let basic = Data("\(noise.text(atMost: 4).replacingOccurrences(of: ":", with: "")):\(key)".utf8)
                .base64EncodedString()
            var headers = HTTPFields()
            for _ in 0..<noise.below(4) {
                let junk = String(decoding: noise.bytes(atMost: 30).map { 0x20 + $0 % 0x5F }, as: UTF8.self)
                headers.append(
                    HTTPField(name: .authorization, value: noise.pick(["Bearer ", "Basic ", "ApiKey ", ""]) + junk))
            }
            let value = noise.pick(["Bearer \(key)", "bearer  \(key)", "ApiKey \(key)", "Basic \(basic)"])
            headers.append(HTTPField(name: .authorization, value: value))
            let keys = Credentials(headers).keys
            #expect(keys.contains(key) && !keys.contains(""), "seed \(seed): \(value)")
        }
    }

    @Test("Any request target has one spelling, which is its own")
    func paths() async throws {
        let alphabet = Array("//%%2fF00aAzZ.-_~?#é\\ ".utf8)
        await Fuzzing.forEachSeed(3000) { seed in
            var noise = Noise(seed: seed)
            let target = "/" + String(decoding: noise.bytes(atMost: 30, of: alphabet), as: UTF8.self)
            guard let path = RequestPath.normalised(target) else { return }
            // Bytes, because a character may be a slash with an accent.
            let head = Array(path.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
            let hasRun = zip(head, head.dropFirst()).contains { $0 == UInt8(ascii: "/") && $1 == UInt8(ascii: "/") }
            #expect(head.first == UInt8(ascii: "/") && !hasRun, "seed \(seed): \(path)")
            #expect(head.count == 1 || head.last != UInt8(ascii: "/"), "seed \(seed): \(path)")
        }
    }
}
