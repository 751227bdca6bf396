import Events

extension OpenAPI {
    private static let identity: [APIOperation.Parameter] = [
        .init(name: "kind", schema: Schema.string, description: "Kind the file was uploaded with"),
        .init(name: "id", schema: Schema.string, description: "Resource id the file was uploaded with"),
        .init(name: "version", schema: Schema.string, description: "Version of the skill"),
        .init(name: "entity_id", schema: Schema.string, description: "Entity id the file was uploaded with"),
    ]

    private static let form: [JSONMember] = [
        JSONMember(
            "multipart/form-data",
            Schema.object(
                [
                    "kind": Schema.words("user", "agent", "skill"), "id": Schema.string,
                    "version": Schema.string, "read_only": Schema.string, "entity_id": Schema.string,
                    "file": Schema.binary,
                ], optional: ["kind", "id", "version", "read_only", "entity_id"]))
    ]

    /// Uploads, lists, downloads and deletion.
    static let files: [APIOperation] = [
        APIOperation(
            method: "post", path: "/upload", prefix: .both, tag: "files", summary: "Upload files into a new session",
            parameters: [idempotencyKey], body: form,
            replies: [.json(200, "Stored", Schema.reference("Upload"))]),
        APIOperation(
            method: "post", path: "/upload/batch", prefix: .both, tag: "files",
            summary: "Upload many files into a new session; each is taken or refused by itself",
            parameters: [idempotencyKey], body: form,
            replies: [
                .json(200, "At least one is stored", Schema.reference("BatchUpload")),
                .json(400, "None could be stored", Schema.anything),
            ]),
        APIOperation(
            method: "get", path: "/files/{session_id}", prefix: .both, tag: "files",
            summary: "Files of a session, oldest first; an empty list for an unknown one",
            parameters: [
                .init(name: "detail", schema: Schema.string, description: "simple for {id,name,path} only"),
                .init(name: "current", schema: Schema.string, description: "true for current names only"),
            ] + identity,
            replies: [.json(200, "The files", Schema.array(Schema.anything))]),
        APIOperation(
            method: "get", path: "/sessions/{session_id}/objects/{file_id}", prefix: .both, tag: "files",
            summary: "Whether a file still exists", parameters: identity,
            replies: [.json(200, "It does", Schema.reference("FileObject"))]),
        APIOperation(
            method: "get", path: "/download/{session_id}/{file_id}", prefix: .both, tag: "files",
            summary: "The bytes of one file version", parameters: identity,
            replies: [
                .init(status: 200, description: "All bytes", content: [JSONMember("*/*", Schema.binary)]),
                .init(status: 206, description: "The asked range", content: [JSONMember("*/*", Schema.binary)]),
                .init(status: 304, description: "Not changed"),
            ]),
        deletion("/files/{session_id}/{file_id}"), deletion("/sessions/{session_id}/objects/{file_id}"),
    ]

    private static func deletion(_ path: String) -> APIOperation {
        APIOperation(
            method: "delete", path: path, prefix: .both, tag: "files", summary: "Delete one file version or alias",
            parameters: identity,
            replies: [
                .json(
                    200, "Deleted",
                    Schema.object(["message": Schema.string, "session_id": Schema.string, "fileId": Schema.string]))
            ])
    }

    static let fileSchemas: [JSONMember] = [
        JSONMember(
            "Upload",
            Schema.object([
                "message": Schema.string, "session_id": Schema.string, "storage_session_id": Schema.string,
                "files": Schema.array(
                    Schema.object([
                        "fileId": Schema.string, "filename": Schema.string, "size": Schema.integer,
                        "sha256": Schema.string,
                    ])),
            ])),
        JSONMember(
            "BatchUpload",
            Schema.object(
                [
                    "message": Schema.words("success", "partial_success", "error"), "session_id": Schema.string,
                    "storage_session_id": Schema.string,
                    "files": Schema.array(
                        Schema.object(
                            [
                                "status": Schema.words("success", "error"), "fileId": Schema.string,
                                "filename": Schema.string, "error": Schema.string,
                            ], optional: ["fileId", "error"])),
                    "succeeded": Schema.integer, "failed": Schema.integer, "filesLimitReached": Schema.boolean,
                    "maxFiles": Schema.integer,
                ], optional: ["filesLimitReached", "maxFiles"])),
        JSONMember(
            "FileObject",
            Schema.object([
                "name": Schema.string, "originalFilename": Schema.string, "size": Schema.integer,
                "lastModified": Schema.time, "etag": Schema.string, "contentType": Schema.string,
                "readOnly": Schema.boolean, "id": Schema.string, "storage_session_id": Schema.string,
            ])),
    ]
}
