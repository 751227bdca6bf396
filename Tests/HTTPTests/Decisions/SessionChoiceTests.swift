import Events
import Testing

@Suite struct SessionChoiceTests {
    let a = Make.id("a")
    let b = Make.id("b")

    private func choose(_ request: RunRequest, _ sessions: SessionState..., reuse: Bool = true) -> SessionChoice {
        SessionChoice.choose(for: request, among: Make.known(sessions).states, reusesBuckets: reuse)
    }

    @Test func `a request that names nothing gets a new session`() {
        #expect(choose(Make.request()) == .new)
        #expect(Make.request().isUnbound)
    }

    @Test func `the session the request names runs it`() {
        #expect(choose(Make.request(session: a), Make.session(a)) == .existing(a))
    }

    @Test(arguments: [SessionStatus.expired, .deleted, .erased])
    func `a session that is no longer live falls through`(status: SessionStatus) {
        #expect(choose(Make.request(session: a), Make.session(a, status: status)) == .new)
    }

    @Test func `an unknown session falls through`() { #expect(choose(Make.request(session: a)) == .new) }

    @Test func `a session of another owner falls through`() {
        #expect(choose(Make.request(session: a), Make.session(a, owner: Make.bob)) == .new)
    }

    @Test func `a session of another valid identity of the request does not run what the acting one owns`() {
        let request = Make.request(session: a, identities: [Make.alice, Make.bob])
        #expect(choose(request, Make.session(a, owner: Make.bob)) == .new)
    }

    @Test func `a shared session never runs anything`() {
        let files = [Make.item(Make.id("f"), "x", in: a)]
        #expect(choose(Make.request(session: a, files: files), Make.session(a, kind: .shared)) == .new)
    }

    @Test func `end users are compatible when equal or unknown on one side`() {
        #expect(choose(Make.request(session: a, endUser: "u"), Make.session(a, endUser: "u")) == .existing(a))
        #expect(choose(Make.request(session: a), Make.session(a, endUser: "u")) == .existing(a))
        #expect(choose(Make.request(session: a, endUser: "u"), Make.session(a)) == .existing(a))
        #expect(choose(Make.request(session: a, endUser: "u"), Make.session(a, endUser: "v")) == .new)
    }

    @Test func `the first bucket that will do runs it, past dead references`() {
        let files = [
            Make.item(Make.id("f"), "x", in: Make.id("z")), Make.item(Make.id("g"), "y", in: a),
            Make.item(Make.id("h"), "z", in: b),
        ]
        let request = Make.request(files: files)
        #expect(choose(request, Make.session(a, status: .deleted), Make.session(b)) == .existing(b))
        #expect(choose(request, Make.session(a), Make.session(b)) == .existing(a))
    }

    @Test func `buckets are not considered when reuse is explicit`() {
        let request = Make.request(files: [Make.item(Make.id("f"), "x", in: a)])
        #expect(choose(request, Make.session(a), reuse: false) == .new)
    }

    @Test func `the named session goes before the buckets`() {
        let request = Make.request(session: b, files: [Make.item(Make.id("f"), "x", in: a)])
        #expect(choose(request, Make.session(a), Make.session(b)) == .existing(b))
    }

    @Test func `the entity id is asked for last`() {
        #expect(choose(Make.request(session: a, entityID: "agent")) == .latest(entityID: "agent"))
        #expect(choose(Make.request(session: a, entityID: "agent"), Make.session(a)) == .existing(a))
    }
}

extension Make {
    static func known(_ sessions: [SessionState]) -> KnownSessions {
        KnownSessions(Dictionary(sessions.map { ($0.id, $0) }, uniquingKeysWith: { $1 }))
    }
}
