import Events
import Logging
import Projections
import Testing

@testable import HTTP

@Suite struct KeyUsesTests {
    private let key = APIKey.digest(of: "sk-one")
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test func `uses come together and are written once`() async throws {
        let accounts = MemoryAccounts()
        let uses = KeyUses(accounts: accounts, logger: logger)
        uses.add(key, at: Timestamp(milliseconds: 5))
        uses.add(key, at: Timestamp(milliseconds: 3))
        #expect(accounts.uses().isEmpty)
        try await uses.flush()
        try await uses.flush()
        #expect(accounts.uses()[key]?.count == 2)
        #expect(accounts.uses()[key]?.last == Timestamp(milliseconds: 5))
    }

    @Test func `what cannot be written is not lost`() async throws {
        let accounts = MemoryAccounts()
        let uses = KeyUses(accounts: accounts, logger: logger)
        uses.add(key)
        accounts.goDown()
        await #expect(throws: LogError.self) { try await uses.flush() }
        uses.add(key)
        accounts.goDown(false)
        try await uses.flush()
        #expect(accounts.uses()[key]?.count == 2)
    }

    @Test func `the last uses are written when the service ends`() async {
        let accounts = MemoryAccounts()
        let uses = KeyUses(accounts: accounts, logger: logger)
        uses.add(key)
        let service = Task { await uses.run() }
        service.cancel()
        await service.value
        #expect(accounts.uses()[key]?.count == 1)
    }
}
