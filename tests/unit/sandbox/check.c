#include "check.h"

#include "test.h"

/* The code of the first objection at a path, or NULL. */
static const char *code_at(const struct objections *o, const char *path)
{
    char full[256];
    snprintf(full, sizeof full, "%s%s_errors.0.code", path, *path ? "." : "");
    return json_string(json_at(o->tree, full));
}

struct sample {
    const char *text, *path, *code; /* path NULL: nothing is wrong */
};

static void hold(const struct sample *s, const struct objections *o)
{
    if (!s->path) {
        assert_null(o->tree);
        return;
    }
    const char *code = code_at(o, s->path);
    if (!code)
        fail_msg("no objection at %s for %s", s->path, s->text);
    assert_string_equal(code, s->code);
}

static void objections_make_a_tree(void **state)
{
    (void)state;
    struct objections o = {0};
    objection(&o, "A", "first", "embeds.%d.title", 0);
    objection(&o, "B", "second", "embeds.0.title");
    objection(&o, "C", "third", "content");
    assert_string_equal(code_at(&o, "embeds.0.title"), "A");
    assert_string_equal(json_string(json_at(o.tree, "embeds.0.title._errors.1.message")), "second");
    assert_string_equal(code_at(&o, "content"), "C");
    objections_release(&o);
    assert_null(o.tree);
}

static void embeds_are_held_to_their_limits(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"[{'title':'t'}]", NULL, NULL},
        {"{'title':'t'}", "embeds", "LIST_TYPE_CONVERT"},
        {"['text']", "embeds.0", "MODEL_TYPE_CONVERT"},
        {"[{'title':5}]", "embeds.0.title", "STRING_TYPE_CONVERT"},
        {"[{'fields':[{'name':'n'}]}]", "embeds.0.fields.0.value", "BASE_TYPE_REQUIRED"},
        {"[{'color':16777216}]", "embeds.0.color", "NUMBER_TYPE_MAX"},
        {"[{'timestamp':'yesterday'}]", "embeds.0.timestamp", "DATETIME_TYPE_PARSE"},
        {"[{'image':{'url':'ftp://x'}}]", "embeds.0.image.url", "URL_TYPE_INVALID_SCHEME"},
        {"[{'image':{'url':'attachment://x.png'}}]", NULL, NULL},
        {"[{'url':'attachment://x.png'}]", "embeds.0.url", "URL_TYPE_INVALID_SCHEME"},
        {"[{'author':{'url':'https://x'}}]", "embeds.0.author.name", "BASE_TYPE_REQUIRED"},
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        struct objections o = {0};
        struct json *in = doc(samples[i].text), *out = check_embeds(&o, in, "embeds");
        hold(&samples[i], &o);
        json_free(in);
        json_free(out);
        objections_release(&o);
    }
}

static void embeds_together_have_6000_characters(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        struct json *list = json_new_array();
        for (int i = 0; i < 3; i++) {
            struct str text = STR_INIT;
            for (int n = 0; n < 2000 + (i == 0 && over); n++)
                str_add(&text, "é"); /* characters count, not bytes */
            json_set_string(json_push(list, json_new_object()), "description", text.data);
            str_release(&text);
        }
        struct objections o = {0};
        json_free(check_embeds(&o, list, "embeds"));
        assert_int_equal(code_at(&o, "embeds") != NULL, over);
        objections_release(&o);
        json_free(list);
    }
}

static void embeds_come_back_as_discord_shows_them(void **state)
{
    (void)state;
    struct objections o = {0};
    struct json *in =
        doc("[{'title':'t','description':null,'fields':[{'name':'n','value':'v'}],"
            "'timestamp':'2026-01-02T03:04:05Z','footer':{'text':'f','icon_url':null},'unknown':1}]");
    struct json *out = check_embeds(&o, in, "embeds");
    struct json *want = doc("[{'type':'rich','title':'t','timestamp':'2026-01-02T03:04:05.000000+00:00',"
                            "'fields':[{'name':'n','value':'v','inline':false}],'footer':{'text':'f'}}]");
    assert_null(o.tree);
    assert_true(json_same(out, want));
    json_free(in);
    json_free(out);
    json_free(want);
}

static void components_are_held_to_their_limits(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"[{'type':1,'components':[{'type':2,'style':1,'label':'l','custom_id':'a'}]}]", NULL, NULL},
        {"[{'type':1,'components':[]}]", "c.0.components", "BASE_TYPE_BAD_LENGTH"},
        {"[{'type':2,'style':1,'label':'l','custom_id':'a'}]", "c.0.type", "BASE_TYPE_CHOICES"},
        {"[{'type':1,'components':[{'type':4,'custom_id':'a','style':1,'label':'l'}]}]",
         "c.0.components.0.type", "BASE_TYPE_CHOICES"},
        {"[{'type':1,'components':[{'type':2,'style':1,'label':'l'}]}]", "c.0.components.0.custom_id",
         "BASE_TYPE_REQUIRED"},
        {"[{'type':1,'components':[{'type':2,'style':1,'custom_id':'a'}]}]", "c.0.components.0",
         "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED"},
        {"[{'type':1,'components':[{'type':2,'style':1,'custom_id':'a','emoji':{'name':'x'}}]}]", NULL, NULL},
        {"[{'type':1,'components':[{'type':2,'style':5,'label':'l'}]}]", "c.0.components.0.url",
         "BASE_TYPE_REQUIRED"},
        {"[{'type':1,'components':[{'type':3,'custom_id':'a','options':[{'label':'l','value':'v'},"
         "{'label':'m','value':'v'}]}]}]",
         "c.0.components.0.options.1.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"},
        {"[{'type':1,'components':[{'type':5,'custom_id':'a','max_values':26}]}]",
         "c.0.components.0.max_values", "NUMBER_TYPE_MAX"},
        {"[{'type':10,'content':'text'}]", "c.0.type", "BASE_TYPE_CHOICES"},
        {"[{},{},{},{},{},{}]", "c", "BASE_TYPE_BAD_LENGTH"},
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        struct objections o = {0};
        struct json *in = doc(samples[i].text), *out = check_components(&o, in, "c", false);
        hold(&samples[i], &o);
        json_free(in);
        json_free(out);
        objections_release(&o);
    }
}

static void modals_are_held_to_their_limits(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"{'custom_id':'m','title':'t','components':[{'type':1,'components':[{'type':4,'custom_id':'a','"
         "style':1,"
         "'label':'l'}]}]}",
         NULL, NULL},
        {"{'custom_id':'m','title':'t','components':[{'type':18,'label':'l','component':{'type':4,'custom_id'"
         ":'a',"
         "'style':2}}]}",
         NULL, NULL},
        {"{'custom_id':'m','title':'t','components':[]}", "data.components", "BASE_TYPE_BAD_LENGTH"},
        {"{'custom_id':'m','components':[{'type':10,'content':'x'}]}", "data.title", "BASE_TYPE_REQUIRED"},
        {"{'custom_id':'m','title':'t','components':[{'type':1,'components':[{'type':4,'custom_id':'a','"
         "style':3,"
         "'label':'l'}]}]}",
         "data.components.0.components.0.style", "BASE_TYPE_CHOICES"},
        {"{'custom_id':'m','title':'t','components':[{'type':1,'components':[{'type':4,'custom_id':'a','"
         "style':1,"
         "'label':'l','max_length':4001}]}]}",
         "data.components.0.components.0.max_length", "NUMBER_TYPE_MAX"},
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        struct objections o = {0};
        struct json *in = doc(samples[i].text), *out = check_modal(&o, in, "data");
        hold(&samples[i], &o);
        json_free(in);
        json_free(out);
        objections_release(&o);
    }
}

static void commands_are_held_to_their_limits(void **state)
{
    (void)state;
    static const struct sample samples[] = {
        {"{'name':'a','description':'d'}", NULL, NULL},
        {"{'name':'été-1_\xe5\x90\x8d','description':'d'}", NULL, NULL},
        {"{'name':'A','description':'d'}", "name", "APPLICATION_COMMAND_INVALID_NAME"},
        {"{'name':'a b','description':'d'}", "name", "APPLICATION_COMMAND_INVALID_NAME"},
        {"{'name':'Any Name','type':3}", NULL, NULL},
        {"{'name':'a','description':''}", "description", "BASE_TYPE_BAD_LENGTH"},
        {"{'name':'a','description':'d','type':9}", "type", "BASE_TYPE_CHOICES"},
        {"{'name':'a','description':'d','options':[{'type':3,'name':'o','description':'d','autocomplete':"
         "true,"
         "'choices':[{'name':'n','value':'v'}]}]}",
         "options.0.choices", "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE"},
        {"{'name':'a','description':'d','options':[{'type':4,'name':'o','description':'d',"
         "'choices':[{'name':'n','value':'text'}]}]}",
         "options.0.choices.0.value", "BASE_TYPE_CHOICES"},
        {"{'name':'a','description':'d','options':[{'type':1,'name':'s','description':'d','options':[{'type':"
         "1,"
         "'name':'s','description':'d'}]}]}",
         "options.0.options.0.type", "BASE_TYPE_CHOICES"},
        {"{'name':'a','description':'d','options':[{'type':2,'name':'g','description':'d','options':[{'type':"
         "1,"
         "'name':'s','description':'d'}]}]}",
         NULL, NULL},
    };
    for (size_t i = 0; i < COUNT(samples); i++) {
        struct objections o = {0};
        struct json *in = doc(samples[i].text), *out = check_command(&o, in, "", NULL);
        hold(&samples[i], &o);
        json_free(in);
        json_free(out);
        objections_release(&o);
    }
}

static void a_command_has_8000_characters_in_all(void **state)
{
    (void)state;
    struct str text = STR_INIT, value = STR_INIT;
    str_add_repeat(&value, 'v', 100);
    str_add(&text, "{'name':'a','description':'d','options':[");
    for (int o = 0; o < 4; o++) {
        str_addf(&text, "%s{'type':3,'name':'o%d','description':'d','choices':[", o ? "," : "", o);
        for (int c = 0; c < 25; c++)
            str_addf(&text, "%s{'name':'n%d','value':'%s'}", c ? "," : "", c, value.data);
        str_add(&text, "]}");
    }
    str_add(&text, "]}");
    struct objections o = {0};
    struct json *in = doc(text.data), *out = check_command(&o, in, "", NULL);
    assert_string_equal(code_at(&o, ""), "APPLICATION_COMMAND_TOO_LARGE");
    objections_release(&o);
    json_free(in);
    json_free(out);
    str_release(&text);
    str_release(&value);
}

static void a_patched_command_keeps_what_is_not_named(void **state)
{
    (void)state;
    struct objections o = {0};
    struct json *first = doc("{'name':'a','description':'d','default_member_permissions':8}");
    struct json *whole = check_command(&o, first, "", NULL), *patch = doc("{'name':'b'}");
    struct json *changed = check_command(&o, patch, "", whole);
    assert_null(o.tree);
    assert_string_equal(json_get_string(changed, "name"), "b");
    assert_string_equal(json_get_string(changed, "description"), "d");
    assert_string_equal(json_get_string(changed, "default_member_permissions"), "8");
    struct json *all[] = {first, whole, patch, changed};
    for (size_t i = 0; i < COUNT(all); i++)
        json_free(all[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objections_make_a_tree),
        cmocka_unit_test(embeds_are_held_to_their_limits),
        cmocka_unit_test(embeds_together_have_6000_characters),
        cmocka_unit_test(embeds_come_back_as_discord_shows_them),
        cmocka_unit_test(components_are_held_to_their_limits),
        cmocka_unit_test(modals_are_held_to_their_limits),
        cmocka_unit_test(commands_are_held_to_their_limits),
        cmocka_unit_test(a_command_has_8000_characters_in_all),
        cmocka_unit_test(a_patched_command_keeps_what_is_not_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
