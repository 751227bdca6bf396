#ifndef SANDBOX_ZYGOTE_H
#define SANDBOX_ZYGOTE_H

/*
 * Called around fork when the zygote's process is a language runtime that must know about it (CPython does). Any
 * may be null.
 */
struct sandbox_fork_hooks {
    void (*before)(void);
    void (*after_in_parent)(void);
    void (*after_in_program)(void);
};

/*
 * Serves sandboxes until the host closes `control`; then the process ends. The caller must have one thread.
 *
 * `program` 0: a new sandbox holds only its init, which starts programs when it is told to.
 * `program` 1: a new sandbox also holds one program, a copy of the calling process, and there this function
 * returns SANDBOX_JOB_FD. It returns nowhere else.
 */
int sandbox_zygote_serve(int control, int program, const struct sandbox_fork_hooks *hooks);

/*
 * Goes on as the init of a sandbox after the executable at SANDBOX_INIT_PATH was started with
 * `arguments[0]` = SANDBOX_INIT_NAME by the function above. Never returns.
 */
void sandbox_init_continue(char **arguments) __attribute__((noreturn));

/*
 * Inside a sandbox: calls the tool with this number; its argument comes on standard input, its result goes to standard
 * output, an error to standard error. Returns the exit status.
 */
int sandbox_tool_call(const char *number);

/* Ends the calling program at once, as `_exit` does, but flushes C's output streams first. */
void sandbox_program_exit(int status);

#endif
