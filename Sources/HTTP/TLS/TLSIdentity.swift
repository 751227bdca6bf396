import Foundation
import NIOSSL

/// Certificate and key of a server that speaks HTTPS (CONTRACT 13.4).
public struct TLSIdentity: Sendable {
    /// TLS 1.2 or later, no client certificates.
    let configuration: TLSConfiguration

    /// A file that cannot be used. The text names variable and file.
    public struct FileError: Error, Sendable, CustomStringConvertible {
        /// One sentence for the operator.
        public let description: String
    }

    /// Reads PEM files: the server's certificate (more may follow it in the file), its key, and further certificates
    /// of the chain.
    public init(certificate: String, key: String, chain: String?) throws(FileError) {
        var certificates = try Self.certificates("SSL_CERT_FILE", certificate)
        if let chain { certificates += try Self.certificates("SSL_CA_CERTS", chain) }
        let bytes = try Self.bytes("SSL_KEY_FILE", key)
        guard let privateKey = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
            throw FileError(description: "SSL_KEY_FILE: \(key) holds no private key in PEM")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: certificates.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        // Finds a key that belongs to another certificate.
        guard (try? NIOSSLContext(configuration: configuration)) != nil else {
            throw FileError(description: "SSL_KEY_FILE: \(key) does not belong to the certificate \(certificate)")
        }
        self.configuration = configuration
    }

    private static func certificates(_ variable: String, _ path: String) throws(FileError) -> [NIOSSLCertificate] {
        let bytes = try bytes(variable, path)
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw FileError(description: "\(variable): \(path) holds no certificate in PEM")
        }
        return certificates
    }

    private static func bytes(_ variable: String, _ path: String) throws(FileError) -> [UInt8] {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
            throw FileError(description: "\(variable): \(path) cannot be read")
        }
        return Array(data)
    }
}
