import Events
import Testing

@Suite struct InputResolutionTests {
    let run = Make.id("r")
    let upload = Make.id("u")
    let f = Make.id("f")
    let g = Make.id("g")
    let h = Make.id("h")

    /// Resolves for a new session, beside the known ones.
    private func resolve(_ request: RunRequest, _ known: SessionState...) -> InputResolution {
        InputResolution.resolve(request, in: SessionState(id: run), known: Make.known(known))
    }

    private func resolve(_ request: RunRequest, in session: SessionState, _ known: SessionState...) -> InputResolution {
        InputResolution.resolve(request, in: session, known: Make.known(known + [session]))
    }

    private func names(_ resolution: InputResolution) -> [String] { resolution.inputs.map(\.name) }

    @Test func `a foreign file is mounted under the name the item gives and linked`() {
        let source = Make.session(upload, files: [Make.file(f, "data.csv", in: upload)])
        let resolution = resolve(Make.request(files: [Make.item(f, "dir/renamed.csv", in: upload)]), source)
        #expect(names(resolution) == ["dir/renamed.csv"])
        #expect(resolution.inputs.first?.file == FileReference(id: f, session: upload))
        #expect(resolution.links.map(\.file.name) == ["dir/renamed.csv"])
        #expect(resolution.links.map(\.source) == [upload])
        #expect(resolution.missing.isEmpty)
    }

    @Test func `an item without a name takes the stored one`() {
        let source = Make.session(upload, files: [Make.file(f, "a/data.csv", in: upload)])
        #expect(names(resolve(Make.request(files: [Make.item(f, nil, in: upload)]), source)) == ["a/data.csv"])
    }

    @Test(arguments: [
        ("/mnt/data/x.csv", "x.csv"), ("./x.csv", "x.csv"), ("/x.csv", "x.csv"), (#"a\b.txt"#, "a/b.txt"),
        ("e\u{301}.txt", "\u{E9}.txt"), ("mnt/data/x", "mnt/data/x"),
    ])
    func `mount names are normalised`(raw: String, path: String) throws {
        let source = Make.session(upload, files: [Make.file(f, "data.csv", in: upload)])
        let resolution = resolve(Make.request(files: [Make.item(f, raw, in: upload)]), source)
        #expect(resolution.inputs.first.map { Array($0.name.utf8) } == Array(path.utf8))
    }

    @Test(arguments: [
        "../x", "a/../b", "a\0b", "", "/mnt/data/", String(repeating: "n", count: 256),
        Array(repeating: "d", count: 21).joined(separator: "/"),
    ])
    func `an unsafe name makes the item missing and the run goes on`(name: String) {
        let source = Make.session(upload, files: [Make.file(f, "data.csv", in: upload)])
        let resolution = resolve(Make.request(files: [Make.item(f, name, in: upload)]), source)
        #expect(resolution.inputs.isEmpty)
        #expect(resolution.missing == [MissingInput(id: f, name: name)])
        #expect(resolution.links.isEmpty)
    }

    @Test func `unknown, foreign, deleted and expired files are missing alike`() {
        let items = [
            Make.item(Make.id("1"), "a", in: Make.id("x")), Make.item(f, "b", in: upload),
            Make.item(g, "c", in: Make.id("d")),
            Make.item(h, "d", in: Make.id("e")),
        ]
        let resolution = resolve(
            Make.request(files: items),
            Make.session(upload, owner: Make.stranger, files: [Make.file(f, "b", in: upload)]),
            Make.session(Make.id("d")),
            Make.session(Make.id("e"), status: .expired, files: [Make.file(h, "d", in: Make.id("e"))]))
        #expect(resolution.inputs.isEmpty)
        #expect(resolution.missing.map(\.name) == ["a", "b", "c", "d"])
    }

    @Test func `a file is found by its id when the bucket is wrong or absent`() {
        let source = Make.session(upload, files: [Make.file(f, "data.csv", in: upload)])
        for bucket in [nil, Make.id("x")] {
            #expect(names(resolve(Make.request(files: [Make.item(f, "d", in: bucket)]), source)) == ["d"])
        }
    }

    @Test func `a file is found by its name inside the bucket when the id is dead`() {
        let source = Make.session(upload, files: [Make.file(f, "data.csv", in: upload)])
        let resolution = resolve(Make.request(files: [Make.item(g, "/mnt/data/data.csv", in: upload)]), source)
        #expect(resolution.inputs.map(\.file.id) == [f])
    }

    @Test func `of two items with one mount path the last wins and nothing is missing`() {
        let source = Make.session(upload, files: [Make.file(f, "a", in: upload), Make.file(g, "b", in: upload)])
        let items = [Make.item(f, "x", in: upload), Make.item(g, "./x", in: upload)]
        let resolution = resolve(Make.request(files: items), source)
        #expect(resolution.inputs.map(\.file.id) == [g])
        #expect(resolution.missing.isEmpty && resolution.skipped.isEmpty)
        #expect(resolution.links.map(\.file.id) == [g])
    }

    @Test func `current files of the session are mounted beside the items`() {
        let session = Make.session(run, files: [Make.file(g, "out.csv", in: run), Make.file(h, "b.csv", in: run)])
        let source = Make.session(upload, files: [Make.file(f, "data.csv", in: upload)])
        let resolution = resolve(Make.request(files: [Make.item(f, "data.csv", in: upload)]), in: session, source)
        #expect(names(resolution) == ["data.csv", "b.csv", "out.csv"])
        #expect(resolution.inputs.map(\.requested) == [true, false, false])
    }

    @Test func `an item takes precedence over a current file of its name`() {
        let session = Make.session(run, files: [Make.file(g, "data.csv", in: run)])
        let source = Make.session(upload, files: [Make.file(f, "data.csv", in: upload)])
        let resolution = resolve(Make.request(files: [Make.item(f, "data.csv", in: upload)]), in: session, source)
        #expect(resolution.inputs.map(\.file.id) == [f])
    }

    @Test func `a file that was linked before is not linked again`() {
        let session = Make.session(run, files: [Make.file(f, "data.csv", in: upload, origin: .link)])
        let source = Make.session(upload, files: [Make.file(f, "data.csv", in: upload)])
        let resolution = resolve(Make.request(files: [Make.item(f, "data.csv", in: upload)]), in: session, source)
        #expect(resolution.links.isEmpty)
        #expect(names(resolution) == ["data.csv"])
    }

    @Test func `a file of the session asked for under another name moves there`() {
        let session = Make.session(run, files: [Make.file(f, "data.csv", in: run)])
        let resolution = resolve(Make.request(files: [Make.item(f, "other.csv", in: run)]), in: session)
        #expect(names(resolution) == ["other.csv"])
        #expect(resolution.links.map(\.file.name) == ["other.csv"])
        #expect(resolution.links.map(\.source) == [run])
    }

    @Test func `an older version is mounted for this run and does not become current`() {
        let session = Make.session(run, files: [Make.file(f, "a", in: run), Make.file(g, "a", in: run, position: 2)])
        let resolution = resolve(Make.request(files: [Make.item(f, "a", in: run)]), in: session)
        #expect(resolution.inputs.map(\.file.id) == [f])
        #expect(resolution.links.isEmpty)
        let beside = resolve(Make.request(files: [Make.item(f, "old", in: run)]), in: session)
        #expect(names(beside) == ["old", "a"])
        #expect(beside.links.isEmpty)
    }

    @Test func `an alias whose source is gone is not mounted and not found`() {
        let session = Make.session(run, files: [Make.file(f, "data.csv", in: upload, origin: .link)])
        let request = Make.request(files: [Make.item(f, "data.csv", in: run)])
        for source in [
            Make.session(upload), Make.session(upload, status: .deleted, files: [Make.file(f, "x", in: upload)]),
        ] {
            let resolution = resolve(request, in: session, source)
            #expect(resolution.inputs.isEmpty)
            #expect(resolution.missing == [MissingInput(id: f, name: "data.csv")])
        }
    }

    @Test func `an alias is found under the session that linked it and echoes that bucket`() {
        let session = Make.session(run, files: [Make.file(f, "data.csv", in: upload, origin: .link)])
        let source = Make.session(upload, files: [Make.file(f, "data.csv", in: upload)])
        let resolution = resolve(
            Make.request(files: [Make.item(f, "data.csv", in: run, echoed: true)]), in: session, source)
        #expect(resolution.inputs.map(\.bucket) == [run])
        #expect(resolution.inputs.map(\.file.session) == [upload])
        #expect(resolution.inputs.map(\.echoed) == [true])
    }

    @Test func `an agent's file is mounted for every principal of its tenant when what is stated agrees`() {
        let agent = ResourceIdentity(kind: "agent", id: "agent_1")
        let source = Make.session(
            upload, owner: Make.bob, kind: .shared, files: [Make.file(f, "tool.py", in: upload, resource: agent)])
        func mounted(_ stated: ResourceIdentity, owner: Owner = Make.alice) -> Bool {
            !resolve(
                Make.request(owner: owner, files: [Make.item(f, "tool.py", in: upload, stated: stated)]), source
            ).inputs.isEmpty
        }
        #expect(mounted(ResourceIdentity()))
        #expect(mounted(agent))
        #expect(!mounted(ResourceIdentity(kind: "agent", id: "agent_2")))
        #expect(!mounted(ResourceIdentity(kind: "skill", id: "agent_1")))
        #expect(!mounted(agent, owner: Make.stranger))
    }

    @Test func `a shared session named as the session to run in has all its files mounted`() {
        let skill = ResourceIdentity(kind: "skill", id: "s", version: "1")
        let shared = Make.session(
            upload, owner: Make.bob, kind: .shared,
            files: [
                Make.file(f, "a.py", in: upload, resource: skill), Make.file(g, "b.py", in: upload, resource: skill),
            ])
        let resolution = resolve(Make.request(session: upload), shared)
        #expect(Set(names(resolution)) == ["a.py", "b.py"])
        #expect(resolution.inputs.allSatisfy { !$0.echoed })
        #expect(resolution.links.count == 2)
    }

    @Test func `where an item needs a directory, the current file in the way is skipped`() {
        let session = Make.session(run, files: [Make.file(g, "a", in: run), Make.file(h, "c/d", in: run)])
        let source = Make.session(upload, files: [Make.file(f, "x", in: upload)])
        let deeper = resolve(Make.request(files: [Make.item(f, "a/b", in: upload)]), in: session, source)
        #expect(names(deeper) == ["a/b", "c/d"])
        #expect(deeper.skipped == [SkippedFile(name: "a", size: 10, reason: "bad_name")])
        let above = resolve(Make.request(files: [Make.item(f, "c", in: upload)]), in: session, source)
        #expect(names(above) == ["c", "a"])
        #expect(above.skipped == [SkippedFile(name: "c/d", size: 10, reason: "bad_name")])
    }

    @Test func `read-only travels with the file`() {
        let source = Make.session(upload, files: [Make.file(f, "x", in: upload, readOnly: true)])
        let resolution = resolve(Make.request(files: [Make.item(f, "x", in: upload)]), source)
        #expect(resolution.inputs.map(\.readOnly) == [true])
        #expect(resolution.links.map(\.file.readOnly) == [true])
    }
}
