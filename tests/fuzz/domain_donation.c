/* What stands in a channel of donations, as text and as a message object: a donation within all limits, or a
 * reason that can be shown. */
#include "fuzz.h"
#include "tt/base/text.h"
#include "tt/domain/donation.h"

static void check_money(int64_t amount, const struct money_units *units)
{
    struct str text = STR_INIT;
    int64_t again = -1;
    money_format(amount, units, &text);
    must(money_parse("amount", str_text(&text), units, &again, NULL) == 0 && again == amount);
    str_release(&text);
}

static void check(const char *text, const struct money_units *units)
{
    struct donation d, twice;
    struct error e = {0};
    int rc = donation_parse(text, units, &d, &e);
    must(memchr(d.growid, '\0', sizeof d.growid) != NULL);
    must(!*d.growid || growid_check("growid", d.growid, NULL) == 0);
    must(d.amount >= 0 && d.amount <= MONEY_MAX);
    if (rc) {
        must(e.code == ERROR_NO_SUCH || e.code == ERROR_MALFORMED);
        must(*e.message && !strchr(e.message, '\n'));
        must(!text_valid(text, strlen(text)) || text_valid(e.message, strlen(e.message)));
        return;
    }
    must(*d.growid && d.amount > 0);
    check_money(d.amount, units);
    /* Its plain form says the same. */
    char *plain = mem_format("growid: %s\njumlah: %lld", d.growid, (long long)d.amount);
    must(donation_parse(plain, units, &twice, NULL) == 0);
    must(str_equal(twice.growid, d.growid) && twice.amount == d.amount);
    free(plain);
}

static void check_message(const char *text, size_t size, const struct money_units *units)
{
    struct json *message = json_parse(text, size, NULL);
    struct str lines = STR_INIT;
    if (message) {
        donation_text(message, &lines);
        check(str_text(&lines), units);
    }
    str_release(&lines);
    json_free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct money_units units = money_units_default;
    if (size > 2 && data[0] == '%') { /* a tenant with denominations of its own */
        units = (struct money_units){.dl = 1 + data[1] * 97, .bgl = 1 + data[2] * 3907};
        data += 3;
        size -= 3;
    }
    char *text = fuzz_text(data, size);
    check(text, &units);
    check_message(text, size, &units);
    free(text);
    return 0;
}
