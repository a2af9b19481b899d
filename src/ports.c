#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "tt/bot/bot.h"
#include "program.h"

static bool pusher_cancelled(void *context)
{
    const struct program *p = context;
    return p->ports.cancelled && p->ports.cancelled(p->ports.context);
}

static const struct json *admin_commands(struct program *p)
{
    if (!p->admin_commands)
        p->admin_commands = command_application_commands();
    return p->admin_commands;
}

static struct push_thread *pusher(struct program *p)
{
    if (p->pusher)
        return p->pusher;
    struct push_thread_options options = {
        .database_path = p->options.db,
        .key_path = p->options.key_file,
        .api_base = p->options.api_base,
        .ca_file = p->options.ca_file,
        .features = bot_features(),
        .admin_commands = admin_commands(p),
        .cancelled = pusher_cancelled,
        .context = p,
    };
    p->pusher = push_thread_new(&options);
    return p->pusher;
}

static struct push_ticket *push_start(void *context, const struct push_request *request)
{
    struct program *p = context;
    struct push_ticket *ticket = push_thread_start(pusher(p), request);
    p->tickets += ticket != NULL;
    return ticket;
}

static int push_finish(void *context, struct push_ticket *ticket, struct push_result *result)
{
    struct program *p = context;
    int done = push_thread_finish(p->pusher, ticket, result);
    p->tickets -= done == 1;
    return done;
}

static int push_fd(void *context)
{
    struct program *p = context;
    return p->pusher ? push_thread_fd(p->pusher) : -1;
}

static struct json *plan(void *context, const struct tenant *t, unsigned kinds, bool fresh)
{
    struct program *p = context;
    return push_plan(p->store, t, kinds, fresh, bot_features(), admin_commands(p));
}

static struct json *token_plan(void *context)
{
    (void)context;
    return push_token_plan();
}

static struct json *channel_plan(void *context, const struct tenant *t, enum channel type)
{
    (void)context;
    return push_channel_plan(t, type);
}

static struct json *deliveries_plan(void *context, const struct tenant *t, int64_t first)
{
    struct program *p = context;
    return bot_deliveries_plan(p->store, t, first);
}

static int token_check(void *context, const char *token, struct token_info *info, struct error *e)
{
    return push_thread_token_check(pusher(context), token, info, e);
}

static int channel_create(void *context, const struct tenant *t, enum channel type, int64_t *id,
                          struct error *e)
{
    return push_thread_channel_create(pusher(context), t, type, id, e);
}

static int read_secret(void *context, const char *prompt, struct str *out, struct error *e)
{
    const struct program *p = context;
    if (p->stdin_is_commands) {
        error_set(e, ERROR_REFUSED, NULL, "the command lines come from standard input, so the secret cannot");
        return error_hint(e, "name a file that holds it: --from FILE");
    }
    return cli_read_secret(NULL, prompt, out, e);
}

static int open_input(void *context, const char *name, int *fd, struct error *e)
{
    const struct program *p = context;
    bool standard = str_equal(name, "-");
    if (standard && p->actor.face == FACE_SCREENS)
        return error_set(e, ERROR_REFUSED, "file", "what is typed here belongs to the screens: name a file");
    if (standard && p->stdin_is_commands)
        return error_set(e, ERROR_REFUSED, "file", "the command lines come from standard input already");
    *fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd >= 0)
        return 0;
    return error_set(e, errno == ENOENT ? ERROR_NO_SUCH : ERROR_REFUSED, "file", "cannot read %s: %s",
                     standard ? "standard input" : name, strerror(errno));
}

void program_fill_ports(struct program *p)
{
    p->ports = (struct ports){
        .context = p,
        .push_start = push_start,
        .push_finish = push_finish,
        .push_fd = push_fd,
        .push_plan = plan,
        .token_plan = token_plan,
        .channel_plan = channel_plan,
        .deliveries_plan = deliveries_plan,
        .token_check = token_check,
        .channel_create = channel_create,
        .confirm = cli_confirm,
        .read_secret = read_secret,
        .open_input = open_input,
        .progress = cli_progress,
        .cancelled = cli_cancelled,
        .follow = cli_follow,
    };
}

void program_close_pusher(struct program *p)
{
    push_thread_free(p->pusher);
    p->pusher = NULL;
    p->tickets = 0;
    json_free(p->admin_commands);
    p->admin_commands = NULL;
}
