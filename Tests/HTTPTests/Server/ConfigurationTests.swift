import HTTPTypes
import Testing

@testable import HTTP

@Suite struct ConfigurationTests {
    @Test func `keys do not show in descriptions`() {
        var configuration = HTTPConfiguration()
        configuration.apiKeys = ["sk-secret"]
        configuration.masterKey = "sk-master"
        for text in ["\(configuration)", String(reflecting: configuration), "\([configuration])"] {
            #expect(!text.contains("sk-"), "\(text)")
        }
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("sk-"), "\(dumped)")
    }
}

@Suite struct CORSPolicyTests {
    private func headers(_ policy: CORSPolicy, _ origin: String?) -> HTTPFields {
        var response = HTTPFields()
        var request = HTTPFields()
        request[.origin] = origin
        policy.admit(request, to: &response)
        return response
    }

    @Test func `a listed origin is admitted with credentials, another is not`() {
        let policy = CORSPolicy.origins(["https://chat.example"])
        #expect(headers(policy, "https://chat.example")[.accessControlAllowOrigin] == "https://chat.example")
        #expect(headers(policy, "https://chat.example")[.accessControlAllowCredentials] == "true")
        #expect(headers(policy, "https://evil.example")[.accessControlAllowOrigin] == nil)
        #expect(headers(policy, "https://evil.example")[.vary] == "Origin")
        #expect(headers(policy, nil)[.accessControlAllowOrigin] == nil)
    }

    @Test func `everybody is admitted without credentials`() {
        #expect(headers(.everyone, "https://any.example")[.accessControlAllowOrigin] == "*")
        #expect(headers(.everyone, "https://any.example")[.accessControlAllowCredentials] == nil)
    }
}
