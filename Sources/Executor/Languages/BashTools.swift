import Events

/// The tools of a programmatic bash run, as the functions that its script calls (CONTRACT 9.4).
enum BashTools {
    /// The file in `/box` that bash reads before the script.
    static let entry = "tools.sh"

    /// Functions go by numbers: no name of a tool is ever part of a script.
    static func functions(for tools: [ToolDefinition]) -> [UInt8] {
        var text = ". \(SandboxEnvironment.runtimes)/bash/tools.sh\n"
        for (number, tool) in tools.enumerated() {
            let name = ToolIdentifier.of(tool.name, in: Language.bash.code)
            text += "\(name)() { \(ToolIdentifier.bashPrefix)_call \(number) \"$@\"; }\n"
        }
        return Array(text.utf8)
    }
}
