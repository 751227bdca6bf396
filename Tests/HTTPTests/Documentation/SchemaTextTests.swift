import Events
import Testing

@testable import HTTP

@Suite struct SchemaTextTests {
    @Test func `a schema reads like the value it describes`() {
        let schema = Schema.object(
            [
                "id": Schema.string, "size": Schema.nullable("integer"), "kind": Schema.words("a", "b"),
                "files": Schema.array(Schema.reference("File")), "at": Schema.time,
            ], optional: ["size"])
        #expect(
            SchemaText.html(schema) == """
                {
                  id: <i>string</i>,
                  size?: <i>integer</i> | <i>null</i>,
                  kind: <b>&quot;a&quot;</b> | <b>&quot;b&quot;</b>,
                  files: [ <a href="#schema-File">File</a>, … ],
                  at: <i>string (date-time)</i>
                }
                """)
        #expect(SchemaText.html(Schema.anything) == "<i>any</i>")
        #expect(SchemaText.html(["type": "object"]) == "{ … }")
        #expect(
            SchemaText.html(["type": "object", "additionalProperties": Schema.integer])
                == "{\n  [name]: <i>integer</i>\n}")
    }

    @Test func `what could be markup is text`() {
        #expect(SchemaText.escaped("<a href=\"x\">'&") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;")
    }
}
