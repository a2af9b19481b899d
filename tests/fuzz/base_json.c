/* JSON from outside: what is accepted prints as itself, in each of the three forms. */
#include "fuzz.h"
#include "tt/base/json.h"
#include "tt/base/text.h"

static void walk(const struct json *j, int depth)
{
    must(depth <= 64);
    json_id(j);
    json_int(j, 7);
    json_number(j, 7.0);
    json_bool(j, true);
    if (json_string(j))
        must(text_valid(json_string(j), strlen(json_string(j))));
    json_at(j, "0.author.id");
    size_t n = 0;
    json_each(child, j)
    {
        n++;
        if (json_is(j, JSON_OBJECT))
            must(json_get(j, json_key(child)) != NULL);
        walk(child, depth + 1);
    }
    must(n == json_count(j));
}

/* A name twice in one object: what it means is nobody's promise. */
static bool has_twins(const struct json *j)
{
    json_each(child, j)
    {
        if (json_is(j, JSON_OBJECT) && json_get(j, json_key(child)) != child)
            return true;
        if (has_twins(child))
            return true;
    }
    return false;
}

static void print_and_read(const struct json *j, void (*print)(const struct json *, struct str *))
{
    struct str once = STR_INIT, twice = STR_INIT;
    print(j, &once);
    struct json *again = json_parse(str_text(&once), once.len, NULL);
    must(again != NULL);
    must(json_same(j, again));
    print(again, &twice);
    must(str_equal(str_text(&once), str_text(&twice)));
    json_free(again);
    str_release(&once);
    str_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_bytes(data, size);
    struct error e = {0};
    struct json *j = json_parse(text, size, &e);
    must(j || (e.code == ERROR_MALFORMED && e.message[0]));
    if (j) {
        walk(j, 0);
        if (!has_twins(j)) {
            print_and_read(j, json_print);
            print_and_read(j, json_print_pretty);
            print_and_read(j, json_print_canonical);
        }
    }
    json_free(j);
    free(text);
    return 0;
}
