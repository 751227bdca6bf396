import Events
import HTTPTypes
import Hummingbird
import NIOCore

extension FileRoutes {
    /// GET and HEAD /download/{session_id}/{file_id}: the bytes of exactly that version (CONTRACT 7.5).
    func download(_ request: Request, _ context: APIRequestContext, _ caller: Caller) async throws -> Response {
        let view = try await view(request, context, caller)
        let size = view.file.content.size
        var headers = Self.downloadHeaders(of: view)
        if EntityTags.match(view.etag, in: request.headers[.ifNoneMatch]) {
            return Response(status: .notModified, headers: headers)
        }
        headers[.contentType] = view.contentType
        headers[.contentDisposition] = AttachmentHeader.value(for: view.file.name)
        headers[.acceptRanges] = "bytes"
        switch ByteRange.asked(of: request.headers, size: size, etag: view.etag) {
        case .whole:
            return try await answer(.ok, request, headers, view.file, range: 0..<size)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            return try await answer(.partialContent, request, headers, view.file, range: range)
        case .unsatisfiable:
            throw APIError(
                .rangeNotSatisfiable, "validation", "The range lies outside the file",
                headers: [.contentRange: "bytes */\(size)"])
        }
    }

    /// OPTIONS /download: browsers may fetch it from other origins.
    func downloadOptions(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        Response(
            status: .noContent,
            headers: [
                .accessControlAllowOrigin: "*", .accessControlAllowMethods: "GET, OPTIONS",
                .accessControlAllowHeaders: "x-api-key, authorization, content-type", .accessControlMaxAge: "3600",
            ])
    }

    private static func downloadHeaders(of view: FileView) -> HTTPFields {
        [
            .eTag: view.etag, .cacheControl: "private, max-age=3600", .accessControlAllowOrigin: "*",
            .accessControlExposeHeaders: "Content-Disposition",
            // A file is never a page of this origin, whatever its type says.
            .contentSecurityPolicy: "default-src 'none'; sandbox",
        ]
    }

    private func answer(
        _ status: HTTPResponse.Status, _ request: Request, _ headers: HTTPFields, _ file: SessionFile,
        range: Range<Int64>
    ) async throws -> Response {
        var headers = headers
        headers[.contentLength] = String(range.count)
        guard request.method != .head, !range.isEmpty else { return Response(status: status, headers: headers) }
        let body = try await FileBody.stream(file, range: range, from: services.blobs)
        return Response(status: status, headers: headers, body: body)
    }
}
