import Events
import Testing

@Suite struct KnownSessionsTests {
    let run = Make.id("r")
    let upload = Make.id("u")
    let f = Make.id("f")
    let g = Make.id("g")

    @Test func `ids that no known session holds must be looked up`() {
        let request = Make.request(files: [
            Make.item(f, "a", in: upload), Make.item(g, "b", in: nil), Make.item("short", "c", in: nil),
        ])
        let known = Make.known(Make.session(upload, files: [Make.file(f, "a", in: upload)]))
        #expect(known.unlocatedFiles(of: request) == [g])
    }

    @Test func `the sources of sticky aliases must be read`() {
        let session = Make.session(
            run, files: [Make.file(f, "a", in: upload, origin: .link), Make.file(g, "b", in: run)])
        let sources = Make.known(session).unreadSources(of: Make.request(session: run), session: session)
        #expect(sources.sessions == [upload])
        #expect(sources.files == [f])
    }

    @Test func `a source that was read with its file is not read again`() {
        let session = Make.session(run, files: [Make.file(f, "a", in: upload, origin: .link)])
        let source = Make.session(upload, files: [Make.file(f, "a", in: upload)])
        #expect(
            Make.known(session, source).unreadSources(of: Make.request(session: run), session: session).sessions.isEmpty
        )
    }

    @Test func `named sessions and files are each asked for once, malformed ids never`() {
        let request = Make.request(
            session: run,
            files: [Make.item(f, "a", in: run), Make.item(f, "b", in: upload), Make.item("../x", "c", in: "nonsense")])
        #expect(request.namedSessions == [run, upload])
        #expect(request.namedFiles == [f])
    }
}
