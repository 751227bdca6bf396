import Events
import Testing

@Suite("Names of tools in code")
struct ToolIdentifierTests {
    @Test(
        "In Python",
        arguments: [
            ("get-weather", "get_weather"), ("get weather", "get_weather"), ("a.b", "ab"), ("2fast", "_2fast"),
            ("class", "class_tool"), ("None", "None_tool"), ("print", "print"), ("é日", "tool"), ("", "tool"),
            ("a$b", "ab"), ("é-2", "_2"),
        ])
    func python(name: String, identifier: String) { #expect(ToolIdentifier.of(name, in: "py") == identifier) }

    @Test(
        "In bash",
        arguments: [
            ("get-weather", "get_weather"), ("a.b", "a_b"), ("2fast", "_2fast"), ("class", "class"),
            ("for", "for_tool"), ("echo", "echo_tool"), ("__runledger_call", "__runledger_call_tool"), ("", "tool"),
        ])
    func bash(name: String, identifier: String) { #expect(ToolIdentifier.of(name, in: "bash") == identifier) }
}
