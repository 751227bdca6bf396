public import NIOCore

/// A network in CIDR notation, IPv4 or IPv6, e.g. `10.0.0.0/8`. A bare address is a network of one.
public struct CIDR: Sendable, Hashable {
    private let prefix: [UInt8]
    private let bits: Int

    /// - Returns: nil unless `text` is an address with an optional prefix length that fits it.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = try? SocketAddress(ipAddress: String(parts[0]), port: 0),
            let bytes = Self.bytes(of: address)
        else { return nil }
        guard parts.count == 2 else {
            (prefix, bits) = (bytes, bytes.count * 8)
            return
        }
        guard let length = Int(parts[1]), (0...bytes.count * 8).contains(length), parts[1].allSatisfy(\.isNumber)
        else { return nil }
        (prefix, bits) = (bytes, length)
    }

    /// Whether a peer's address lies inside. An IPv4 address mapped into IPv6 counts as IPv4.
    public func contains(_ address: SocketAddress) -> Bool {
        guard let bytes = Self.bytes(of: address), bytes.count == prefix.count else { return false }
        let whole = bits / 8
        guard bytes[..<whole] == prefix[..<whole] else { return false }
        let rest = bits % 8
        guard rest > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> rest)
        return bytes[whole] & mask == prefix[whole] & mask
    }

    /// By offset (sockaddr_in, sockaddr_in6): their fields belong to a module that differs between builds.
    private static func bytes(of address: SocketAddress) -> [UInt8]? {
        switch address {
        case .v4(let v4): return withUnsafeBytes(of: v4.address) { Array($0[4..<8]) }
        case .v6(let v6):
            let bytes = withUnsafeBytes(of: v6.address) { Array($0[8..<24]) }
            let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            return isMapped ? Array(bytes[12...]) : bytes
        case .unixDomainSocket: return nil
        }
    }
}
