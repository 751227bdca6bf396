import Events
import Testing

@Suite("Session fold")
struct SessionStateTests {
    private let actor = Actor(id: "key:a", kind: "api_key")
    private let owner = Owner(tenant: "t", principal: "p")

    /// Folds events as the log would have committed them: one a second, each at twice its version's position.
    private func fold(_ events: [NewEvent], onto start: SessionState = SessionState(id: Names.sessionA)) -> SessionState
    {
        var state = start
        for new in events {
            let version = state.version + 1
            state.apply(
                Event(
                    position: version * 2, session: state.id, version: version, type: new.type,
                    time: Timestamp(milliseconds: version * 1000), execution: new.execution, data: new.data,
                    salt: new.salt, dataCommitment: [], previousHash: state.headHash, hash: [UInt8(version)]))
        }
        return state
    }

    private func created(endUser: String? = nil, entityID: String? = nil, kind: SessionKind = .private) -> NewEvent {
        SessionCreated(kind: kind, owner: owner, endUser: endUser, entityID: entityID, actor: actor).event()
    }

    private func content(_ id: String, _ name: String, size: Int64 = 10) -> FileContent {
        FileContent(
            id: id, name: name, size: size, sha256: EventHash.sha256(Array(id.utf8)), contentType: nil, readOnly: false)
    }

    private func uploaded(_ id: String, _ name: String, size: Int64 = 10) -> NewEvent {
        FileUploaded(
            file: content(id, name, size: size), resource: ResourceIdentity(kind: "user", id: "u"), actor: actor
        ).event()
    }

    private func linked(_ id: String, _ name: String) -> NewEvent {
        FileLinked(file: content(id, name), source: Names.sessionB, resource: ResourceIdentity(entityID: "e")).event()
    }

    private func written(_ id: String, _ name: String, from: FileReference? = nil, size: Int64 = 10) -> NewEvent {
        FileWritten(file: content(id, name, size: size), modifiedFrom: from).event(execution: Names.executionA)
    }

    private func deleted(_ id: String, _ name: String, _ scope: FileDeleted.Scope) -> NewEvent {
        FileDeleted(fileID: id, name: name, scope: scope, actor: actor).event()
    }

    private func requested(endUser: String? = nil, entityID: String? = nil) -> NewEvent {
        ExecutionRequested(
            language: "py", codeSHA256: EventHash.genesis, codeSize: 0, arguments: [], timeout: 1, inputs: [],
            missing: [], endUser: endUser, entityID: entityID, owner: owner, actor: actor, sessionBytes: 0,
            sessionNames: 0
        ).event(execution: Names.executionA)
    }

    @Test("A session without events does not exist")
    func nothing() {
        let state = SessionState(id: Names.sessionA)
        #expect(!state.isLive)
        #expect(state.version == 0)
        #expect(state.headHash == EventHash.genesis)
    }

    @Test("The first event says what a session is and whose")
    func creation() {
        let state = fold([created(endUser: "u-17", entityID: "e-1", kind: .shared)])
        var expected = SessionState(id: Names.sessionA)
        expected.kind = .shared
        expected.owner = owner
        expected.endUser = "u-17"
        expected.entityID = "e-1"
        expected.createdAt = Timestamp(milliseconds: 1000)
        expected.lastActivityAt = Timestamp(milliseconds: 1000)
        expected.version = 1
        expected.position = 2
        expected.headHash = [1]
        expectSame(state, expected)
        #expect(state.isLive)
    }

    @Test("An event of an unknown type only advances the head")
    func unknownType() {
        let before = fold([created(), uploaded(Names.fileA, "a.txt")])
        let after = fold(
            [NewEvent(EventType(rawValue: "file.polished"), body: ["file_id": "x", "name": "a.txt"])], onto: before)
        var expected = before
        expected.version = 3
        expected.position = 6
        expected.headHash = [3]
        expected.lastActivityAt = Timestamp(milliseconds: 3000)
        expectSame(after, expected)
    }

    @Test("An erased event only advances the head")
    func erasedEvent() {
        let before = fold([created()])
        var after = before
        after.apply(
            Event(
                position: 9, session: Names.sessionA, version: 2, type: .fileUploaded,
                time: Timestamp(milliseconds: 5000), execution: nil, data: nil, salt: nil, dataCommitment: [],
                previousHash: [1], hash: [2]))
        var expected = before
        expected.version = 2
        expected.position = 9
        expected.headHash = [2]
        expected.lastActivityAt = Timestamp(milliseconds: 5000)
        expectSame(after, expected)
    }

    @Test(
        "The end of a session shows in its status",
        arguments: [
            (EventType.sessionExpired, SessionStatus.expired), (.sessionDeleted, .deleted), (.sessionErased, .erased),
        ])
    func status(type: EventType, status: SessionStatus) {
        let state = fold([created(), NewEvent(type, body: [:])])
        #expect(state.status == status)
        #expect(!state.isLive)
    }

    @Test("An upload is a current file of the session itself")
    func upload() {
        let state = fold([created(), uploaded(Names.fileA, "a.txt")])
        let expected = SessionFile(
            content: content(Names.fileA, "a.txt"), bucket: Names.sessionA, origin: .upload,
            createdAt: Timestamp(milliseconds: 2000), position: 4, execution: nil, modifiedFrom: nil,
            resource: ResourceIdentity(kind: "user", id: "u"), isCurrent: true)
        expectSame(state.files, [Names.fileA: expected])
        expectSame(state.current, ["a.txt": Names.fileA])
        expectSame(state.currentFiles, [expected])
    }

    @Test("A link is a current file whose bytes another session owns")
    func link() {
        let state = fold([created(), linked(Names.fileA, "a.txt")])
        let expected = SessionFile(
            content: content(Names.fileA, "a.txt"), bucket: Names.sessionB, origin: .link,
            createdAt: Timestamp(milliseconds: 2000), position: 4, execution: nil, modifiedFrom: nil,
            resource: ResourceIdentity(entityID: "e"), isCurrent: true)
        expectSame(state.files, [Names.fileA: expected])
        #expect(state.files[Names.fileA]?.reference == FileReference(id: Names.fileA, session: Names.sessionB))
    }

    @Test("A file that a run wrote names the run and the version it came from")
    func write() {
        let reference = FileReference(id: Names.fileB, session: Names.sessionB)
        let state = fold([created(), written(Names.fileA, "a.txt", from: reference)])
        let expected = SessionFile(
            content: content(Names.fileA, "a.txt"), bucket: Names.sessionA, origin: .output,
            createdAt: Timestamp(milliseconds: 2000), position: 4, execution: Names.executionA, modifiedFrom: reference,
            resource: ResourceIdentity(), isCurrent: true)
        expectSame(state.files, [Names.fileA: expected])
    }

    @Test("A write takes over the name and keeps the old version")
    func overwrite() {
        let state = fold([created(), uploaded(Names.fileA, "a.txt"), written(Names.fileB, "a.txt", size: 3)])
        expectSame(state.current, ["a.txt": Names.fileB])
        expectSame(state.files.mapValues(\.isCurrent), [Names.fileA: false, Names.fileB: true])
        #expect(state.currentBytes == 3)
    }

    @Test("An upload of the same name takes over too")
    func uploadAgain() {
        let state = fold([created(), written(Names.fileA, "a.txt"), uploaded(Names.fileB, "a.txt")])
        expectSame(state.current, ["a.txt": Names.fileB])
        expectSame(state.files.mapValues(\.isCurrent), [Names.fileA: false, Names.fileB: true])
    }

    @Test("Deleting a version removes it altogether")
    func deleteVersion() {
        let state = fold([created(), uploaded(Names.fileA, "a.txt"), deleted(Names.fileA, "a.txt", .version)])
        expectSame(state.files, [:])
        expectSame(state.current, [:])
    }

    @Test("Deleting an old version leaves the name to the newer one")
    func deleteOldVersion() {
        let state = fold([
            created(), uploaded(Names.fileA, "a.txt"), written(Names.fileB, "a.txt"),
            deleted(Names.fileA, "a.txt", .version),
        ])
        expectSame(state.current, ["a.txt": Names.fileB])
        expectSame(Array(state.files.keys), [Names.fileB])
    }

    @Test("Deleting the newest version does not bring the old one back under the name")
    func deleteNewestVersion() {
        let state = fold([
            created(), uploaded(Names.fileA, "a.txt"), written(Names.fileB, "a.txt"),
            deleted(Names.fileB, "a.txt", .version),
        ])
        expectSame(state.current, [:])
        expectSame(state.files.mapValues(\.isCurrent), [Names.fileA: false])
    }

    @Test("A name that a program removed is gone, its version stays")
    func deleteCurrent() {
        let state = fold([created(), uploaded(Names.fileA, "a.txt"), deleted(Names.fileA, "a.txt", .current)])
        expectSame(state.current, [:])
        expectSame(state.files.mapValues(\.isCurrent), [Names.fileA: false])
        expectSame(state.currentFiles, [])
    }

    @Test("Deleting a file that is not there changes nothing but the head")
    func deleteUnknown() {
        let state = fold([created(), uploaded(Names.fileA, "a.txt"), deleted(Names.fileB, "a.txt", .version)])
        expectSame(state.current, ["a.txt": Names.fileA])
        expectSame(Array(state.files.keys), [Names.fileA])
    }

    @Test("A file linked again by another name is mounted once, under that name (C5)")
    func relink() {
        let state = fold([created(), linked(Names.fileA, "a.txt"), linked(Names.fileA, "b.txt")])
        expectSame(state.current, ["b.txt": Names.fileA])
        expectSame(state.currentFiles.map(\.name), ["b.txt"])
        #expect(state.files[Names.fileA]?.isCurrent == true)
    }

    @Test("A file linked again by the same name stays current")
    func relinkSameName() {
        let state = fold([created(), linked(Names.fileA, "a.txt"), linked(Names.fileA, "a.txt")])
        expectSame(state.current, ["a.txt": Names.fileA])
        #expect(state.files[Names.fileA]?.isCurrent == true)
    }

    @Test("A file linked again after its name was taken leaves that name to its new file")
    func relinkAfterLoss() {
        let state = fold([
            created(), linked(Names.fileA, "a.txt"), written(Names.fileB, "a.txt"), linked(Names.fileA, "b.txt"),
        ])
        expectSame(state.current, ["a.txt": Names.fileB, "b.txt": Names.fileA])
        expectSame(state.files.mapValues(\.isCurrent), [Names.fileA: true, Names.fileB: true])
    }

    @Test("A link takes over a name in use")
    func relinkOntoOther() {
        let state = fold([
            created(), linked(Names.fileA, "a.txt"), uploaded(Names.fileB, "b.txt"), linked(Names.fileA, "b.txt"),
        ])
        expectSame(state.current, ["b.txt": Names.fileA])
        expectSame(state.files.mapValues(\.isCurrent), [Names.fileA: true, Names.fileB: false])
    }

    @Test("Current files come in the order of their names' bytes")
    func currentOrder() {
        let names = ["b", "a/b", "a", "ab", "é", "Z", "a-b", "z"]
        let state = fold([created()] + names.enumerated().map { uploaded("file\($0)", $1) })
        expectSame(state.currentFiles.map(\.name), ["Z", "a", "a-b", "a/b", "ab", "b", "z", "é"])
        #expect(state.currentBytes == 80)
    }

    @Test("A session of unknown end user adopts the first known one that runs in it (C4)")
    func adoptsEndUser() {
        #expect(fold([created(), requested()]).endUser == nil)
        #expect(fold([created(), requested(), requested(endUser: "u-1"), requested(endUser: "u-2")]).endUser == "u-1")
        #expect(fold([created(endUser: "u-0"), requested(endUser: "u-1")]).endUser == "u-0")
    }

    @Test("A session has the entity that ran in it last")
    func entity() {
        #expect(fold([created(entityID: "e-0"), requested()]).entityID == "e-0")
        #expect(fold([created(), requested(entityID: "e-1"), requested()]).entityID == "e-1")
        #expect(
            fold([created(entityID: "e-0"), requested(entityID: "e-1"), requested(entityID: "e-2")]).entityID == "e-2")
    }

    @Test("Requests are counted, whatever becomes of them")
    func executionCount() {
        let other = [EventType.executionClaimed, .executionStarted, .executionFinished].map { NewEvent($0, body: [:]) }
        #expect(fold([created(), requested()] + other + [requested()]).executionCount == 2)
    }

    @Test("Folding in pieces gives the same as folding at once")
    func pieces() {
        let events = [
            created(), uploaded(Names.fileA, "a.txt"), linked(Names.fileB, "b.txt"), requested(endUser: "u"),
            written(Names.fileC, "a.txt"), deleted(Names.fileB, "b.txt", .current), linked(Names.fileB, "c.txt"),
            deleted(Names.fileA, "a.txt", .version),
        ]
        for split in 0...events.count {
            // Salts do not enter the fold, so the pieces may be made of the same new events.
            expectSame(fold(Array(events[split...]), onto: fold(Array(events[..<split]))), fold(events), "\(split)")
        }
    }
}
