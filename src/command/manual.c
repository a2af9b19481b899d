#include "help.h"

/* Text for roff: backslashes, dashes that must stay ASCII, and a control character at a line's start. */
static void roff(const char *text, struct str *out)
{
    if (*text == '.' || *text == '\'')
        str_add(out, "\\&");
    for (; *text; text++) {
        if (*text == '\\')
            str_add(out, "\\e");
        else if (*text == '-')
            str_add(out, "\\-");
        else
            str_add_char(out, *text);
    }
}

static void entry(const char *label, const char *text, struct str *out)
{
    str_add(out, ".TP\n.B ");
    roff(label, out);
    str_add_char(out, '\n');
    if (*text)
        roff(text, out);
    else
        str_add(out, "\\&");
    str_add_char(out, '\n');
}

static void options(const struct option_spec *table, struct str *out)
{
    struct str label = STR_INIT, text = STR_INIT;

    for (size_t i = 0; table && table[i].name; i++) {
        str_clear(&label);
        str_clear(&text);
        help_option(&table[i], &label);
        help_option_text(&table[i], &text);
        entry(str_text(&label), str_text(&text), out);
    }
    str_release(&label);
    str_release(&text);
}

static void paragraph(const char *text, struct str *out)
{
    str_add(out, ".PP\n");
    roff(text, out);
    str_add_char(out, '\n');
}

static void arguments(const struct command_spec *spec, struct str *out)
{
    struct str text = STR_INIT;

    for (size_t i = 0; i < spec_arg_count(spec); i++) {
        str_clear(&text);
        help_arg(&spec->args[i], &text);
        entry(spec->args[i].name, str_text(&text), out);
    }
    str_release(&text);
}

static void command(const struct command_spec *spec, struct str *out)
{
    struct str text = STR_INIT;

    str_add(out, ".SS ");
    usage_line(spec, &text);
    roff(str_text(&text), out);
    str_add_char(out, '\n');
    str_clear(&text);
    str_add_char(&text, (char)(spec->summary[0] >= 'a' && spec->summary[0] <= 'z' ? spec->summary[0] - 32
                                                                                  : spec->summary[0]));
    str_addf(&text, "%s.", spec->summary + 1);
    roff(str_text(&text), out);
    str_add_char(out, '\n');
    if (spec->detail)
        paragraph(spec->detail, out);
    arguments(spec, out);
    options(spec->options, out);
    if (spec->flags & COMMAND_PAGING)
        paragraph("Takes the options of PAGING.", out);
    str_clear(&text);
    str_add(&text, "Who: ");
    help_who(spec, &text);
    str_add_char(&text, '.');
    paragraph(str_text(&text), out);
    if (spec->example) {
        str_add(out, ".PP\n.EX\n");
        roff(spec->example, out);
        str_add(out, "\n.EE\n");
    }
    str_release(&text);
}

void help_manual(struct str *out)
{
    size_t count;
    const struct command_spec *const *registry = command_registry(&count);

    str_add(
        out,
        ".SH COMMANDS\nThese options may stand anywhere in a command line; a lone\n.B \\-\\-\nends them.\n");
    options(common_options, out);
    paragraph("PAGING stands for:", out);
    options(paging_options, out);
    paragraph("In csv and tsv a line ends with a bare newline, a null is an empty field, inner values of a "
              "document have "
              "dotted names. A field with a comma, a quote or a line break is quoted in csv; tsv writes \\t, "
              "\\n, \\r and "
              "\\\\ instead.",
              out);
    for (size_t i = 0; i < count; i++)
        if (!(registry[i]->flags & COMMAND_HIDDEN))
            command(registry[i], out);
}
