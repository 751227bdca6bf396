#include "CSandbox.h"

#include <unistd.h>

/* The zygote of every language that has no template process of its own. The host hands it the control socket. */
int main(void) {
    const int control = 3;
    close_range(control + 1, ~0u, 0);
    return sandbox_zygote_serve(control, 0, NULL);
}
