/* The faces that stand where a command stands: no specs, since they are no commands. */
#include "help.h"

static const struct topic {
    const char *name, *text;
} topics[] = {
    {"shell", "shell\n"
              "  a prompt with completion and a history\n\n"
              "  Takes the commands that `help` lists, and words of its own:\n"
              "    use TENANT...  the tenants that . stands for; alone: none\n"
              "    exit, quit     leave, as Ctrl-D does\n"
              "  A line with . runs once for each tenant in use. Ctrl-C drops the line, or asks the\n"
              "  running command to stop. Where standard input is no terminal, its lines are run;\n"
              "  use and exit are known there too.\n"},
    {"use", "use [TENANT...]\n"
            "  a word of the shell: the tenants that . stands for; alone: none\n\n"
            "  A line with . then runs once for each of them. The beginning of an id will do where\n"
            "  only one tenant's begins so. See `help shell`.\n\n"
            "Example\n"
            "  use tenant01 tenant02\n"},
    {"exit", "exit\n"
             "  a word of the shell: leaves it, as quit and Ctrl-D do\n"},
    {"quit", "quit\n"
             "  a word of the shell: leaves it, as exit and Ctrl-D do\n"},
    {"sandbox", "sandbox [OPTIONS]\n"
                "  a local stand-in for Discord, on loopback, until it is interrupted\n\n"
                "  The first line on standard output is its address, as --api-base or\n"
                "  $TENANTTUI_API_BASE takes it; /control beside it takes scripts.\n\n"
                "Options\n"
                "  --listen ADDRESS:PORT  where (127.0.0.1:0, a free port)\n"
                "  --seed FILE            the guilds, members and bots at the start; - is standard input\n"
                "  --script FILE          what happens by itself\n"
                "  --tls CERT KEY         https and wss with this certificate\n"
                "  --record FILE          what was asked and answered, one document a line\n\n"
                "  The documents are told of in tenanttui(5).\n\n"
                "Example\n"
                "  sandbox --listen 127.0.0.1:8001 --seed seed.json\n"},
    {"demo", "demo [--tour]\n"
             "  a tenant, a sandbox and a daemon in a scratch directory: no token, no network\n\n"
             "  At a terminal the screens open on it. Without one, or with --tour, the main job is\n"
             "  played and told. Everything is ended and removed afterwards.\n"},
};

bool help_topic(const char *word, struct str *out)
{
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        if (str_equal(topics[i].name, word)) {
            str_add(out, topics[i].text);
            return true;
        }
    return false;
}
