import Events
import Projections
import Testing

/// Rule 4 of CONTRACT 5.2: always as the log stands, with the views at any place before it.
@Suite struct LatestSessionTests {
    private let one = Samples.id("one")
    private let two = Samples.id("two")
    private let three = Samples.id("three")

    private func latest(_ ledger: TestLedger, endUser: String? = nil, entity: String = "agent") async throws -> String?
    {
        try await ledger.reader.latestSession(owner: Samples.owner, entityID: entity, endUser: endUser)
    }

    @Test("The most recently active one is found", arguments: [0, 1, 2])
    func mostRecent(projectedAppends: Int) async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(one, Samples.created(), Samples.requested(Samples.id("r1"), entityID: "agent"))
            try await ledger.append(two, Samples.created(entityID: "agent"))
            if projectedAppends > 0 { try await ledger.project() }
            #expect(try await latest(ledger) == two)
            try await ledger.append(one, Samples.uploaded(Samples.id("f"), name: "x"))
            if projectedAppends > 1 { try await ledger.project() }
            #expect(try await latest(ledger) == one)
            #expect(try await latest(ledger, entity: "other") == nil)
        }
    }

    @Test("Only a live private one of this owner and end user", arguments: [true, false])
    func onlyMatching(
        projected: Bool
    ) async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(one, Samples.created(endUser: "u", entityID: "agent"))
            try await ledger.append(two, Samples.created(kind: .shared, endUser: "u", entityID: "agent"))
            try await ledger.append(three, Samples.created(owner: Owner(tenant: "t"), endUser: "u", entityID: "agent"))
            if projected { try await ledger.project() }
            #expect(try await latest(ledger, endUser: "u") == one)
            #expect(try await latest(ledger) == nil)
            try await ledger.append(one, NewEvent(.sessionDeleted, body: [:]))
            #expect(try await latest(ledger, endUser: "u") == nil)
        }
    }

    @Test("An end user adopted after the views' position counts")
    func adoptedEndUser() async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(one, Samples.created(entityID: "agent \"1\""))
            try await ledger.project()
            try await ledger.append(one, Samples.requested(Samples.id("r"), endUser: "u"))
            #expect(try await latest(ledger, endUser: "u", entity: "agent \"1\"") == one)
            #expect(try await latest(ledger, entity: "agent \"1\"") == nil)
        }
    }

    @Test("One that went over to another entity is no longer found by the first")
    func changedEntity() async throws {
        try await TestLedger.run { ledger in
            try await ledger.append(one, Samples.created(entityID: "agent"))
            try await ledger.append(two, Samples.created(entityID: "agent"))
            try await ledger.project()
            try await ledger.append(two, Samples.requested(Samples.id("r"), entityID: "other"))
            #expect(try await latest(ledger) == one)
            #expect(try await latest(ledger, entity: "other") == two)
        }
    }
}
