import HTTPTypes

/// `X-CodeAPI-Expected-Profile`: NEW clients may say which kind of server they expect; ours is both (CONTRACT 2).
enum ExecutionProfile {
    /// The header that the answer echoes, or nil when the client said nothing.
    ///
    /// - Throws: 400 for a profile there is not.
    static func expected(_ headers: HTTPFields) throws -> String? {
        guard let profile = headers[.expectedProfile] else { return nil }
        guard ["default", "stateful"].contains(profile) else {
            throw APIError(
                .badRequest, "validation", "execution_profile_mismatch",
                message: "Unknown execution profile '\(profile)'",
                details: [.init(field: "X-CodeAPI-Expected-Profile", message: "must be default or stateful", code: nil)]
            )
        }
        return profile
    }
}
