/* A terminal for tests: runs a program in a pty and interprets what it writes with libvterm.
 *
 *   term ROWS COLS PROGRAM [ARG...]
 *
 * Requests are lines on standard input, answers JSON lines on standard output. Text travels as hex digits.
 *   send HEX            write bytes to the program: {"ok"}
 *   wait MS HEX         until the screen contains the text: {"ok","us"}
 *   gone MS HEX         until it does not: {"ok","us"}
 *   frame MS HEX HEX    send the first, wait for the second: {"ok","us"}
 *   quiet MS LIMIT      until nothing was written for MS, at most LIMIT ms: {"ok","bytes"}
 *   screen              the rows as text, trailing blanks kept: {"rows","cursor":[r,c],"visible"}
 *   style               the rows as runs of one look: {"rows":[[["text","#fg","#bg","flags"],...],...]}
 *   resize ROWS COLS    and SIGWINCH: {"ok"}
 *   mouse ROW COL N     click button N, if the program asked for the mouse: {"ok"}
 *   raw                 every byte so far: {"hex"}
 *   pid                 of the program: {"pid"}
 *   exit MS             until it ended: {"ok","status","signal"}
 * `us` is the time from the request to the moment when the condition held. The end of standard input hangs
 * up; the status is then 1 if the program goes on all the same. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vterm.h>

#define RAW_LIMIT (16u << 20)
#define HANGUP_MS 60000

struct term {
    VTerm *vt;
    VTermScreen *screen;
    int fd;
    pid_t pid;
    int rows, cols;
    bool ended;
    int status;
    bool cursor_visible;
    char *raw;
    size_t raw_len, total;
    char *text; /* the screen as UTF-8, rows ended by newlines */
    size_t text_cap;
};

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static size_t put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xC0 | (c >> 6));
        to[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xE0 | (c >> 12));
        to[1] = (char)(0x80 | ((c >> 6) & 0x3F));
        to[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    to[0] = (char)(0xF0 | (c >> 18));
    to[1] = (char)(0x80 | ((c >> 12) & 0x3F));
    to[2] = (char)(0x80 | ((c >> 6) & 0x3F));
    to[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* One cell as UTF-8; the right half of a wide character is empty. */
static size_t cell_text(const VTermScreenCell *cell, char *to)
{
    if (cell->chars[0] == (uint32_t)-1)
        return 0;
    if (!cell->chars[0]) {
        to[0] = ' ';
        return 1;
    }
    size_t n = 0;
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++)
        n += put_utf8(to + n, cell->chars[i]);
    return n;
}

static void refresh(struct term *t)
{
    size_t need = (size_t)t->rows * ((size_t)t->cols * 4 * VTERM_MAX_CHARS_PER_CELL + 1) + 1;
    if (need > t->text_cap) {
        t->text = realloc(t->text, need);
        t->text_cap = need;
    }
    size_t n = 0;
    for (int r = 0; r < t->rows; r++) {
        for (int c = 0; c < t->cols; c++) {
            VTermScreenCell cell;
            vterm_screen_get_cell(t->screen, (VTermPos){.row = r, .col = c}, &cell);
            n += cell_text(&cell, t->text + n);
        }
        t->text[n++] = '\n';
    }
    t->text[n] = 0;
}

/* Take what the program wrote; false when there was nothing. */
static bool drain(struct term *t, int timeout_ms)
{
    struct pollfd p = {.fd = t->fd, .events = POLLIN};
    if (t->ended || poll(&p, 1, timeout_ms) <= 0)
        return false;
    char buffer[65536];
    ssize_t n = read(t->fd, buffer, sizeof buffer);
    if (n <= 0) {
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            return false;
        t->ended = true;
        return false;
    }
    if (t->raw_len + (size_t)n <= RAW_LIMIT) {
        t->raw = realloc(t->raw, t->raw_len + (size_t)n);
        memcpy(t->raw + t->raw_len, buffer, (size_t)n);
        t->raw_len += (size_t)n;
    }
    t->total += (size_t)n;
    vterm_input_write(t->vt, buffer, (size_t)n);
    char answer[4096]; /* terminal reports (cursor position and the like) go back to the program */
    size_t a = vterm_output_read(t->vt, answer, sizeof answer);
    if (a && write(t->fd, answer, a) < 0)
        t->ended = true;
    return true;
}

static size_t unhex(const char *hex, char *to, size_t cap)
{
    size_t n = 0;
    for (; isxdigit((unsigned char)hex[0]) && isxdigit((unsigned char)hex[1]) && n + 1 < cap; hex += 2) {
        char pair[3] = {hex[0], hex[1], 0};
        to[n++] = (char)strtoul(pair, NULL, 16);
    }
    to[n] = 0;
    return n;
}

static void json_string(const char *s, size_t n)
{
    putchar('"');
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void send_bytes(struct term *t, const char *hex)
{
    char bytes[65536];
    size_t n = unhex(hex, bytes, sizeof bytes), done = 0;
    while (done < n && !t->ended) {
        ssize_t w = write(t->fd, bytes + done, n - done);
        if (w > 0)
            done += (size_t)w;
        else if (!drain(t, 10) && errno != EAGAIN && errno != EINTR)
            break;
    }
}

static void wait_for(struct term *t, int64_t from, int ms, const char *hex, bool present)
{
    char text[8192];
    unhex(hex, text, sizeof text);
    int64_t until = from + (int64_t)ms * 1000;
    for (;;) {
        refresh(t);
        bool there = strstr(t->text, text) != NULL;
        int64_t now = now_us();
        if (there == present || now >= until || t->ended) {
            printf("{\"ok\":%s,\"us\":%lld}\n", there == present ? "true" : "false", (long long)(now - from));
            return;
        }
        drain(t, (int)((until - now) / 1000) + 1);
    }
}

static void wait_quiet(struct term *t, int ms, int limit)
{
    int64_t until = now_us() + (int64_t)limit * 1000;
    size_t before = t->total;
    bool quiet = false;
    while (!quiet && now_us() < until && !t->ended)
        quiet = !drain(t, ms);
    printf("{\"ok\":%s,\"bytes\":%zu}\n", quiet ? "true" : "false", t->total - before);
}

/* From a key to the last byte that follows it, once nothing was written for MS. */
static void settle(struct term *t, int64_t from, int ms)
{
    int64_t last = from;
    size_t before = t->total;
    while (drain(t, ms))
        last = now_us();
    printf("{\"ok\":true,\"us\":%lld,\"bytes\":%zu}\n", (long long)(last - from), t->total - before);
}

static void print_screen(struct term *t)
{
    refresh(t);
    fputs("{\"rows\":[", stdout);
    for (char *row = t->text, *end; (end = strchr(row, '\n')); row = end + 1) {
        if (row != t->text)
            putchar(',');
        json_string(row, (size_t)(end - row));
    }
    VTermPos at;
    vterm_state_get_cursorpos(vterm_obtain_state(t->vt), &at);
    printf("],\"cursor\":[%d,%d],\"visible\":%s}\n", at.row, at.col, t->cursor_visible ? "true" : "false");
}

struct look {
    char fg[8], bg[8], flags[8];
};

static void color_text(struct term *t, VTermColor color, bool is_default, char out[8])
{
    out[0] = 0;
    if (is_default)
        return;
    vterm_screen_convert_color_to_rgb(t->screen, &color);
    snprintf(out, 8, "#%02x%02x%02x", color.rgb.red, color.rgb.green, color.rgb.blue);
}

static void cell_look(struct term *t, const VTermScreenCell *cell, struct look *look)
{
    memset(look, 0, sizeof *look);
    color_text(t, cell->fg, VTERM_COLOR_IS_DEFAULT_FG(&cell->fg), look->fg);
    color_text(t, cell->bg, VTERM_COLOR_IS_DEFAULT_BG(&cell->bg), look->bg);
    snprintf(look->flags, sizeof look->flags, "%s%s%s%s", cell->attrs.bold ? "b" : "",
             cell->attrs.reverse ? "r" : "", cell->attrs.underline ? "u" : "", cell->attrs.italic ? "i" : "");
}

static void print_style(struct term *t)
{
    fputs("{\"rows\":[", stdout);
    for (int r = 0; r < t->rows; r++) {
        fputs(r ? ",[" : "[", stdout);
        char run[32768];
        size_t n = 0;
        struct look look = {0}, next = {0};
        for (int c = 0; c <= t->cols; c++) {
            VTermScreenCell cell = {0};
            if (c < t->cols) {
                vterm_screen_get_cell(t->screen, (VTermPos){.row = r, .col = c}, &cell);
                cell_look(t, &cell, &next);
            }
            if (n && (c == t->cols || memcmp(&look, &next, sizeof look))) {
                putchar('[');
                json_string(run, n);
                printf(",\"%s\",\"%s\",\"%s\"]%s", look.fg, look.bg, look.flags, c == t->cols ? "" : ",");
                n = 0;
            }
            if (c < t->cols) {
                look = next;
                n += cell_text(&cell, run + n);
            }
        }
        putchar(']');
    }
    fputs("]}\n", stdout);
}

static void wait_exit(struct term *t, int ms)
{
    int64_t until = now_us() + (int64_t)ms * 1000;
    int status = 0;
    pid_t got = 0;
    for (;;) {
        while (drain(t, 0))
            ;
        got = waitpid(t->pid, &status, WNOHANG);
        if (got == t->pid || now_us() >= until)
            break;
        if (!drain(t, 5) && t->ended) /* the pty is closed: only the process is left to wait for */
            poll(NULL, 0, 2);
    }
    if (got == t->pid) {
        t->pid = -1;
        t->status = status;
        while (drain(t, 0))
            ;
        t->ended = true;
    }
    bool gone = t->pid < 0;
    printf("{\"ok\":%s,\"status\":%d,\"signal\":%d}\n", gone ? "true" : "false",
           gone && WIFEXITED(t->status) ? WEXITSTATUS(t->status) : -1,
           gone && WIFSIGNALED(t->status) ? WTERMSIG(t->status) : 0);
}

static void resize(struct term *t, int rows, int cols)
{
    t->rows = rows;
    t->cols = cols;
    vterm_set_size(t->vt, rows, cols);
    ioctl(t->fd, TIOCSWINSZ,
          &(struct winsize){.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols});
    puts("{\"ok\":true}");
}

static void mouse(struct term *t, int row, int col, int button)
{
    vterm_mouse_move(t->vt, row, col, VTERM_MOD_NONE);
    vterm_mouse_button(t->vt, button, true, VTERM_MOD_NONE);
    vterm_mouse_button(t->vt, button, false, VTERM_MOD_NONE);
    char bytes[256];
    size_t n = vterm_output_read(t->vt, bytes, sizeof bytes);
    if (n && write(t->fd, bytes, n) < 0)
        t->ended = true;
    puts("{\"ok\":true}");
}

static int on_prop(VTermProp prop, VTermValue *value, void *user)
{
    if (prop == VTERM_PROP_CURSORVISIBLE)
        ((struct term *)user)->cursor_visible = value->boolean;
    return 1;
}

static const VTermScreenCallbacks screen_callbacks = {.settermprop = on_prop};

static void obey(struct term *t, char *line)
{
    char verb[16] = "", a[65536] = "", b[65536] = "", c[64] = "";
    sscanf(line, "%15s %65535s %65535s %63s", verb, a, b, c);
    int ms = (int)strtol(a, NULL, 10);
    int64_t from = now_us();
    if (!strcmp(verb, "send")) {
        send_bytes(t, a);
        puts("{\"ok\":true}");
    } else if (!strcmp(verb, "wait") || !strcmp(verb, "gone")) {
        wait_for(t, from, ms, b, verb[0] == 'w');
    } else if (!strcmp(verb, "frame")) {
        char *text = strrchr(line, ' ');
        send_bytes(t, b);
        wait_for(t, from, ms, text ? text + 1 : "", true);
    } else if (!strcmp(verb, "settle")) {
        send_bytes(t, b);
        settle(t, from, ms);
    } else if (!strcmp(verb, "quiet")) {
        wait_quiet(t, ms, (int)strtol(b, NULL, 10));
    } else if (!strcmp(verb, "screen")) {
        print_screen(t);
    } else if (!strcmp(verb, "style")) {
        print_style(t);
    } else if (!strcmp(verb, "resize")) {
        resize(t, ms, (int)strtol(b, NULL, 10));
    } else if (!strcmp(verb, "mouse")) {
        mouse(t, ms, (int)strtol(b, NULL, 10), (int)strtol(c, NULL, 10));
    } else if (!strcmp(verb, "raw")) {
        fputs("{\"hex\":\"", stdout);
        for (size_t i = 0; i < t->raw_len; i++)
            printf("%02x", (unsigned char)t->raw[i]);
        puts("\"}");
    } else if (!strcmp(verb, "pid")) {
        printf("{\"pid\":%d}\n", (int)t->pid);
    } else if (!strcmp(verb, "exit")) {
        wait_exit(t, ms);
    } else {
        puts("{\"ok\":false,\"error\":\"unknown request\"}");
    }
    fflush(stdout);
}

/* Requests come through a small own buffer, since the pty must be drained between them. */
static bool next_line(struct term *t, char *line, size_t cap)
{
    static char buffer[262144];
    static size_t len;
    for (;;) {
        char *end = memchr(buffer, '\n', len);
        if (end) {
            size_t n = (size_t)(end - buffer);
            snprintf(line, cap, "%.*s", (int)n, buffer);
            memmove(buffer, end + 1, len - n - 1);
            len -= n + 1;
            return true;
        }
        struct pollfd p[2] = {{.fd = 0, .events = POLLIN}, {.fd = t->ended ? -1 : t->fd, .events = POLLIN}};
        poll(p, 2, -1);
        if (p[1].revents)
            drain(t, 0);
        if (p[0].revents) {
            ssize_t n = len < sizeof buffer ? read(0, buffer + len, sizeof buffer - len) : 0;
            if (n <= 0)
                return false;
            len += (size_t)n;
        }
    }
}

/* Within HANGUP_MS, a safety net: a sanitizer has its say at the end, and the machine may be busy. */
static bool ends(pid_t pid)
{
    int64_t until = now_us() + HANGUP_MS * 1000;
    while (waitpid(pid, NULL, WNOHANG) == 0) {
        if (now_us() >= until)
            return false;
        poll(NULL, 0, 5);
    }
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: term ROWS COLS PROGRAM [ARG...]\n", stderr);
        return 2;
    }
    struct term t = {.rows = (int)strtol(argv[1], NULL, 10), .cols = (int)strtol(argv[2], NULL, 10)};
    struct winsize size = {.ws_row = (unsigned short)t.rows, .ws_col = (unsigned short)t.cols};
    t.pid = forkpty(&t.fd, NULL, NULL, &size);
    if (t.pid < 0) {
        perror("forkpty");
        return 1;
    }
    if (!t.pid) {
        execvp(argv[3], argv + 3);
        perror(argv[3]);
        _exit(127);
    }
    fcntl(t.fd, F_SETFL, fcntl(t.fd, F_GETFL) | O_NONBLOCK);
    signal(SIGPIPE, SIG_IGN);
    t.cursor_visible = true;
    t.vt = vterm_new(t.rows, t.cols);
    vterm_set_utf8(t.vt, 1);
    t.screen = vterm_obtain_screen(t.vt);
    vterm_screen_set_callbacks(t.screen, &screen_callbacks, &t);
    vterm_screen_enable_altscreen(t.screen, 1);
    vterm_screen_reset(t.screen, 1);
    static char line[262144];
    while (next_line(&t, line, sizeof line))
        obey(&t, line);
    close(t.fd); /* hangs up: a program that still runs gets SIGHUP */
    bool ended = t.pid <= 0 || ends(t.pid);
    if (!ended)
        kill(t.pid, SIGKILL);
    vterm_free(t.vt);
    free(t.raw);
    free(t.text);
    return ended ? 0 : 1;
}
