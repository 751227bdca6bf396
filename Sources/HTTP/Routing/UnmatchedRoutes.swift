import HTTPTypes
import Hummingbird

/// Answers what no route takes: OPTIONS of a known path, 405 for its other methods, 404 for the rest.
struct UnmatchedRoutes: RouterMiddleware {
    typealias Context = APIRequestContext

    let table: RouteTable

    func handle(
        _ request: Request, context: APIRequestContext, next: (Request, APIRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            // Only the router throws this one; our handlers throw `APIError`.
            let allowed = table.methods(of: request.uri.path)
            guard !allowed.isEmpty else { throw APIError.unknownRoute }
            guard request.method == .options else { throw APIError.methodNotAllowed(allowed) }
            return Response(status: .noContent, headers: [.allow: allowed.joined(separator: ", ")])
        } catch let error as any HTTPResponseError {
            // The router would answer these itself, without our body.
            throw APIError.answer(to: error).error
        }
    }
}
