import Events
import Testing

@Suite("Hashes of events")
struct EventHashTests {
    /// The event of CONTRACT 10.2.
    static let vector: Event = {
        let body: JSONValue = [
            "end_user": "u-17", "entity_id": nil, "actor": ["kind": "api_key", "id": "key:ca978112ca1bbdca"],
        ]
        let new = NewEvent(.sessionCreated, body: body, salt: Array(0...31))
        var event = Event(
            position: 41, session: "uzegdn3pBpO8YCrjK0gOm", version: 1, type: new.type,
            time: Timestamp(milliseconds: 1_788_256_800_000), execution: nil, data: new.data, salt: new.salt,
            dataCommitment: EventHash.commitment(salt: new.salt, data: new.data), previousHash: EventHash.genesis,
            hash: [])
        event.hash = EventHash.hash(of: event)
        return event
    }()

    @Test("The commitment of the contract's event is the one printed there")
    func commitmentVector() {
        #expect(Self.vector.dataCommitment.hex == "1dc7fc41a3713e14de705e8f922113d9f3df7c1184d728af989fa4ec6bbc12de")
    }

    @Test("The hash of the contract's event is the one printed there")
    func hashVector() {
        #expect(Self.vector.hash.hex == "be3333ec44135f17b2a8e6d6c6067759ff6b2fce28345b870eab87183efc79f8")
    }

    @Test("The API shows the contract's event as printed there")
    func apiForm() {
        let expected = #"""
            {"v":1,"position":41,"session_id":"uzegdn3pBpO8YCrjK0gOm","sequence":1,"type":"session.created",
            "time":"2026-09-01T10:00:00.000Z","execution_id":null,
            "prev_hash":"0000000000000000000000000000000000000000000000000000000000000000",
            "data_commitment":"1dc7fc41a3713e14de705e8f922113d9f3df7c1184d728af989fa4ec6bbc12de",
            "hash":"be3333ec44135f17b2a8e6d6c6067759ff6b2fce28345b870eab87183efc79f8","erased":false,
            "data":{"actor":{"id":"key:ca978112ca1bbdca","kind":"api_key"},"end_user":"u-17","entity_id":null}}
            """#.split(separator: "\n").joined()
        #expect(String(decoding: JSONWriter.compact(Self.vector.json), as: UTF8.self) == expected)
    }

    @Test("The hash is that of the envelope's canonical JSON, with exactly the nine members of the contract")
    func envelope() {
        var event = Self.vector
        event.execution = "x\"\\\n-é😀"
        event.session = "s\"1"
        event.type = EventType(rawValue: "future.\"type\"")
        event.time = Timestamp(milliseconds: -1)
        event.previousHash = EventHash.sha256([1])
        let envelope: JSONValue = [
            "v": 1, "position": 41, "session_id": .string(event.session), "sequence": 1,
            "type": .string(event.type.rawValue), "time": .string(event.time.description),
            "execution_id": .string(orNull: event.execution), "prev_hash": .string(event.previousHash.hex),
            "data_commitment": .string(event.dataCommitment.hex),
        ]
        #expect(EventHash.hash(of: event).hex == EventHash.sha256(JSONWriter.canonical(envelope)).hex)
    }

    @Test("A change of any hashed member changes the hash, a change of the content alone does not")
    func covers() {
        let changes: [(String, (inout Event) -> Void)] = [
            ("position", { $0.position += 1 }), ("session", { $0.session = "uzegdn3pBpO8YCrjK0gOn" }),
            ("version", { $0.version += 1 }), ("type", { $0.type = .sessionForked }),
            ("time", { $0.time = Timestamp(milliseconds: $0.time.milliseconds + 1) }),
            ("execution", { $0.execution = "uzegdn3pBpO8YCrjK0gOm" }), ("previousHash", { $0.previousHash[31] ^= 1 }),
            ("dataCommitment", { $0.dataCommitment[0] ^= 1 }),
        ]
        for (name, change) in changes {
            var event = Self.vector
            change(&event)
            #expect(EventHash.hash(of: event) != Self.vector.hash, "\(name)")
        }
        var erased = Self.vector
        erased.data = nil
        erased.salt = nil
        #expect(EventHash.hash(of: erased) == Self.vector.hash)
    }

    @Test("Without its content an event shows as erased")
    func erasedForm() {
        var event = Self.vector
        event.data = nil
        event.salt = nil
        #expect(event.json["erased"] == true)
        #expect(event.json["data"] == .null)
        #expect(event.json["hash"] == Self.vector.json["hash"])
    }

    @Test(
        "SHA-256 of known texts",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ])
    func knownDigests(text: String, digest: String) {
        #expect(EventHash.sha256(Array(text.utf8)).hex == digest)
    }

    @Test("Each new event gets a salt of its own, 32 bytes long")
    func salts() {
        let salts = (0..<100).map { _ in NewEvent(.sessionCreated, body: [:]).salt }
        #expect(salts.allSatisfy { $0.count == 32 })
        #expect(Set(salts).count == 100)
    }

    @Test("The body of a new event is stored in canonical form")
    func canonicalData() {
        #expect(NewEvent(.sessionCreated, body: ["b": .number("1.50"), "a": "é"]).data == #"{"a":"é","b":1.5}"#)
    }
}
