import Events
import Foundation
import Testing

@Suite("Timestamp")
struct TimestampTests {
    @Test(
        "A time is written as ISO-8601 with milliseconds and read back",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_788_256_800_000, "2026-09-01T10:00:00.000Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"), (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"), (1_735_689_599_999, "2024-12-31T23:59:59.999Z"),
            (1_735_689_600_000, "2025-01-01T00:00:00.000Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (-86_400_000, "1969-12-31T00:00:00.000Z"), (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"), (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func known(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test("Every day of 800 years is written and read as Foundation does")
    func everyDay() throws {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        var milliseconds: Int64 = -11_676_096_000_000
        for day in 0..<292_194 {
            let time = Timestamp(milliseconds: milliseconds)
            let text = time.description
            #expect(Timestamp(text) == time)
            // Foundation is slow: a week's steps meet every weekday, month's end and leap day in 800 years.
            if day.isMultiple(of: 7) {
                #expect(text == Date(timeIntervalSince1970: TimeInterval(milliseconds) / 1000).formatted(style))
            }
            milliseconds += 86_400_000
        }
    }

    @Test("Random milliseconds between the years 1 and 9999 survive the round trip")
    func roundTrip() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            let time = Timestamp(milliseconds: .random(in: -62_135_596_800_000...253_402_300_799_999, using: &random))
            #expect(Timestamp(time.description) == time)
        }
    }

    @Test("Texts sort as times do")
    func order() {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<2_000 {
            let left = Timestamp(milliseconds: .random(in: 0...4_000_000_000_000, using: &random))
            let right = Timestamp(milliseconds: .random(in: 0...4_000_000_000_000, using: &random))
            #expect((left < right) == (left.description < right.description))
        }
    }

    @Test(
        "Any other text is refused",
        arguments: [
            "", "2026-09-01", "2026-09-01T10:00:00Z", "2026-09-01T10:00:00.000", "2026-09-01T10:00:00.000z",
            "2026-09-01 10:00:00.000Z", "2026-09-01t10:00:00.000Z", "2026/09/01T10:00:00.000Z",
            "2026-09-01T10-00-00.000Z", "2026-09-01T10:00:00,000Z", "2026-00-01T10:00:00.000Z",
            "2026-13-01T10:00:00.000Z", "2026-09-00T10:00:00.000Z", "2026-09-31T10:00:00.000Z",
            "2026-02-29T10:00:00.000Z", "2100-02-29T10:00:00.000Z", "2026-09-01T24:00:00.000Z",
            "2026-09-01T10:60:00.000Z", "2026-09-01T10:00:60.000Z", "-001-09-01T10:00:00.000Z",
            "+026-09-01T10:00:00.000Z", "2026-+9-01T10:00:00.000Z", "2026-09-01T10:00:00.+00Z",
            "2026-09-01T10:00:00.0000Z", "2026-09-01T10:00:00.00é", "２026-09-01T10:00:00Z",
        ])
    func refuses(text: String) {
        #expect(Timestamp(text)?.description == nil)
    }

    @Test("Now is the wall clock's time")
    func now() {
        // A century wide: this must not fail for a slow machine, only for a wrong unit.
        #expect((1_700_000_000_000...4_900_000_000_000).contains(Timestamp.now().milliseconds))
    }
}
