import NIOCore
import Testing

@testable import HTTP

@Suite struct CIDRTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.168.1.77", "192.168.1.77", true),
        ("192.168.1.77", "192.168.1.78", false), ("172.16.0.0/12", "172.31.255.255", true),
        ("172.16.0.0/12", "172.32.0.0", false),
        ("0.0.0.0/0", "8.8.8.8", true), ("127.0.0.0/8", "::ffff:127.0.0.1", true),
        ("2001:db8::/32", "2001:db8:1::1", true),
        ("2001:db8::/32", "2001:db9::1", false), ("::1/128", "::1", true), ("10.0.0.0/8", "::1", false),
    ])
    func `a network contains its addresses`(network: String, address: String, isInside: Bool) throws {
        let cidr = try #require(CIDR(network))
        #expect(cidr.contains(try SocketAddress(ipAddress: address, port: 1)) == isInside)
    }

    @Test(arguments: ["", "x", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8/8", "10.0.0.0/", "::/129", "10.0.0.256"])
    func `what is no network is refused`(text: String) { #expect(CIDR(text) == nil) }
}
