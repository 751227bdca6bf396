import Events

/// The OpenAPI document as one page without a script or another host: it works air-gapped, and its policy allows
/// nothing but its own style.
struct DocumentationPage {
    let version: String
    let operations: [APIOperation]
    /// By name.
    let schemas: [JSONMember]

    var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Runledger API \(text(version))</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <nav aria-label="Contents">
        <p class="name">Runledger <span>\(text(version))</span></p>
        \(contents)
        </nav>
        <main>
        <header>
        <h1>Runledger API</h1>
        <p>A code interpreter whose every run is on the record. The same document for machines:
        <a href="/openapi.json">openapi.json</a>.</p>
        \(Self.introduction)
        </header>
        \(sections)
        <section id="schemas">
        <h2>Schemas</h2>
        \(schemas.map(block).joined(separator: "\n"))
        </section>
        </main>
        </body>
        </html>
        """
    }

    /// Tags in the order of their first operation.
    private var tags: [String] {
        operations.reduce(into: []) { tags, operation in
            if !tags.contains(operation.tag) { tags.append(operation.tag) }
        }
    }

    private var contents: String {
        let groups = tags.map { tag in
            let links = operations.filter { $0.tag == tag }.map { operation in
                """
                <li><a href="#\(anchor(operation))"><span class="verb \(operation.method)">\
                \(operation.method.uppercased())</span><span class="path">\(breakable(shown(operation)))</span></a></li>
                """
            }
            return "<h2><a href=\"#tag-\(text(tag))\">\(text(tag))</a></h2>\n<ul>\(links.joined())</ul>"
        }
        return groups.joined(separator: "\n") + "\n<h2><a href=\"#schemas\">schemas</a></h2>"
    }

    private var sections: String {
        tags.map { tag in
            let blocks = operations.filter { $0.tag == tag }.map(block)
            return """
                <section id="tag-\(text(tag))">
                <h2>\(text(tag))</h2>
                \(blocks.joined(separator: "\n"))
                </section>
                """
        }.joined(separator: "\n")
    }

    private func block(_ operation: APIOperation) -> String {
        var parts: [String] = []
        if case .both = operation.prefix {
            parts.append("<p class=\"note\">Also at <code>/v1\(text(operation.path))</code>.</p>")
        }
        if operation.isOpen { parts.append("<p class=\"note\">Needs no credentials.</p>") }
        if !operation.parameters.isEmpty { parts.append(table(operation.parameters)) }
        for body in operation.body {
            parts.append("<h4>Body <small>\(text(body.name))</small></h4>\n\(pre(body.value))")
        }
        for reply in operation.replies {
            let kind = reply.status < 300 ? "good" : reply.status < 400 ? "other" : "bad"
            parts.append(
                "<h4><span class=\"status \(kind)\">\(reply.status)</span> \(text(reply.description))"
                    + reply.content.map { " <small>\(text($0.name))</small>" }.joined() + "</h4>")
            parts += reply.content.map { pre($0.value) }
        }
        parts.append("<p class=\"note\">Any failure: <a href=\"#schema-Error\">Error</a>.</p>")
        return """
            <details id="\(anchor(operation))">
            <summary><span class="verb \(operation.method)">\(operation.method.uppercased())</span>\
            <code>\(breakable(shown(operation)))</code><span class="what">\(text(operation.summary))</span></summary>
            <div class="inside">
            \(parts.joined(separator: "\n"))
            </div>
            </details>
            """
    }

    private func block(_ schema: JSONMember) -> String {
        "<article id=\"schema-\(text(schema.name))\"><h3>\(text(schema.name))</h3>\n\(pre(schema.value))</article>"
    }

    private func table(_ parameters: [APIOperation.Parameter]) -> String {
        let rows = parameters.map { parameter in
            "<tr><td><code>\(text(parameter.name))</code></td><td>\(text(parameter.place))</td>"
                + "<td>\(SchemaText.html(parameter.schema))</td><td>\(text(parameter.description))</td></tr>"
        }
        return """
            <h4>Parameters</h4>
            <table><thead><tr><th>name</th><th>in</th><th>type</th><th>meaning</th></tr></thead>
            <tbody>\(rows.joined())</tbody></table>
            """
    }

    private func pre(_ schema: JSONValue) -> String { "<pre>\(SchemaText.html(schema))</pre>" }

    /// The path as it is served, the shorter one of two.
    private func shown(_ operation: APIOperation) -> String {
        operation.prefix.paths(operation.path).first ?? operation.path
    }

    private func anchor(_ operation: APIOperation) -> String {
        ([operation.method] + operation.path.split { "/{}._".contains($0) }.map(String.init)).joined(separator: "-")
    }

    /// A long path may break after its slashes.
    private func breakable(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { text(String($0)) }.joined(separator: "/<wbr>")
    }

    private func text(_ text: String) -> String { SchemaText.escaped(text) }

    private static let introduction = """
        <table>
        <tbody>
        <tr><th>Credentials</th><td><code>X-API-Key: KEY</code>, <code>Authorization: Bearer KEY or token</code>, \
        <code>Basic</code>, or a member <code>api_key</code> of a JSON body. Without a valid one: 401.</td></tr>
        <tr><th>Ids</th><td>21 characters of <code>[A-Za-z0-9_-]</code>. What belongs to somebody else answers like \
        what does not exist.</td></tr>
        <tr><th>Times</th><td>UTC with milliseconds: <code>2026-09-01T10:00:00.000Z</code>.</td></tr>
        <tr><th>Unknown fields</th><td>are ignored, in bodies and in queries.</td></tr>
        <tr><th>Failed programs</th><td>are no errors of HTTP: the answer is 200 and says what happened.</td></tr>
        </tbody>
        </table>
        """
}
