import Foundation
import ServiceLifecycle

/// Tells a person at the terminal how to send the first request, then waits for the end.
struct Welcome: Service {
    let host: String
    let port: Int
    let isSecure: Bool
    /// The key that this installation generated; nil when the operator configured credentials.
    let key: String?

    func run() async throws {
        let address = host.contains(":") ? "[\(host)]" : host == "0.0.0.0" ? "127.0.0.1" : host
        let url = "\(isSecure ? "https" : "http")://\(address):\(port)"
        var text = "runledger \(Version.current) listens on \(url)\n"
        if let key {
            text += """

                API key: \(key)

                curl -s \(url)/exec -H 'X-API-Key: \(key)' -H 'Content-Type: application/json' \\
                  -d '{"lang":"py","code":"print(1+1)"}'


                """
        }
        Terminal.say(text)
        try? await gracefulShutdown()
    }
}

extension Welcome: CustomStringConvertible {
    /// Without the key: service groups log their services.
    var description: String { "Welcome" }
}

/// Text for people: answers on standard output, complaints on standard error.
enum Terminal {
    static func say(_ text: String) {
        FileHandle.standardOutput.write(Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
    }

    static func complain(_ text: String) {
        FileHandle.standardError.write(Data(("runledger: " + text + "\n").utf8))
    }
}
