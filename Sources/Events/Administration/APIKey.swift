/// The text of an API key: made here, shown once, known afterwards by its digest (CONTRACT section 0).
public enum APIKey {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-".utf8)

    /// `sk-` and 32 URL-safe characters: 192 random bits.
    public static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let characters = (0..<32).map { _ in alphabet[Int.random(in: 0..<64, using: &generator)] }
        return "sk-" + String(decoding: characters, as: UTF8.self)
    }

    /// What is stored and compared instead of a key.
    public static func digest(of key: String) -> Digest32 { EventHash.sha256(Array(key.utf8)) }

    /// The first characters, by which people recognise a key: eleven, or a third of a short key an operator chose.
    public static func prefix(of key: String) -> String { String(key.prefix(min(11, key.count / 3))) }

    /// The name of a key's owner when nobody gave it a tenant, and of the actor in events.
    public static func name(of digest: Digest32) -> String { "key:" + digest.prefix(8).hex }
}
