import Events

/// A tool as the Python runtime is told of it (`Runtimes/python/tools.py`).
struct PythonTool: Encodable {
    let identifier: String
    let name: String
    /// What positional arguments stand for: the properties of the schema, required ones first.
    let parameters: [String]

    init(_ tool: ToolDefinition) {
        identifier = ToolIdentifier.of(tool.name, in: Language.python.code)
        name = tool.name
        let required = (tool.parameters["required"]?.array ?? []).compactMap(\.string)
        let properties = (tool.parameters["properties"]?.members ?? []).map(\.name)
        let first = required.filter { properties.contains($0) }
        parameters = first + properties.filter { !first.contains($0) }
    }
}
