#ifndef RUNLEDGER_CLIBPQ_SHIM_H
#define RUNLEDGER_CLIBPQ_SHIM_H

#include <dlfcn.h>
#include <libpq-fe.h>
#include <stddef.h>

/* The field codes of an error are char macros, which Swift imports as nothing useful. */
static const int CLIBPQ_DIAG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int CLIBPQ_DIAG_SQLSTATE = PG_DIAG_SQLSTATE;
static const int CLIBPQ_DIAG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY;
static const int CLIBPQ_DIAG_DETAIL = PG_DIAG_MESSAGE_DETAIL;
static const int CLIBPQ_DIAG_CONSTRAINT = PG_DIAG_CONSTRAINT_NAME;

/* Decrypted bytes that OpenSSL holds already: poll(2) on the socket does not know of them.
 * Looked up at run time, since libpq may be built without OpenSSL. */
static inline int clibpq_tls_pending(PGconn *conn) {
    if (!PQsslInUse(conn)) return 0;
    void *ssl = PQsslStruct(conn, "OpenSSL");
    int (*pending)(const void *) = (int (*)(const void *))dlsym(NULL, "SSL_pending");
    return (ssl && pending) ? pending(ssl) : 0;
}

/* libpq 17 can queue a Sync without a write(2); older ones flush with each Sync. */
static inline int (*clibpq_quiet_sync(void))(PGconn *) {
    static int (*function)(PGconn *);
    static int looked_up;
    if (!looked_up) {
        function = (int (*)(PGconn *))dlsym(NULL, "PQsendPipelineSync");
        looked_up = 1;
    }
    return function;
}

static inline int clibpq_sync_flushes(void) { return clibpq_quiet_sync() == NULL; }

static inline int clibpq_send_sync(PGconn *conn) {
    int (*quiet)(PGconn *) = clibpq_quiet_sync();
    return quiet ? quiet(conn) : PQpipelineSync(conn);
}

/* libpq prints notices to standard error unless told otherwise. */
static void clibpq_ignore_notice(void *arg, const PGresult *result) {
    (void)arg;
    (void)result;
}

static inline void clibpq_silence_notices(PGconn *conn) {
    PQsetNoticeReceiver(conn, clibpq_ignore_notice, NULL);
}

#endif
