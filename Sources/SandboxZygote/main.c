#include "CSandbox.h"

#include <string.h>
#include <unistd.h>

/*
 * The zygote of every language that has no template process of its own; the host hands it the control socket. The
 * same executable goes on as the init of sandboxes that were copied from a template, and makes the tool calls of bash
 * scripts.
 */
int main(int count, char **arguments) {
    const int control = 3;
    if (count > 0 && strcmp(arguments[0], SANDBOX_INIT_NAME) == 0) sandbox_init_continue(arguments);
    if (count > 1 && strcmp(arguments[0], SANDBOX_TOOL_CALL_NAME) == 0) return sandbox_tool_call(arguments[1]);
    close_range(control + 1, ~0u, 0);
    return sandbox_zygote_serve(control, 0, NULL);
}
