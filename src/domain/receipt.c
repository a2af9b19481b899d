#include "tt/domain/receipt.h"

#include <string.h>

#include "value.h"

#define SYMBOLS 8 /* of 5 bits, before the check symbol */
#define HALF_BITS 20
#define HALF_MASK 0xfffffu

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void receipt_key_derive(const struct key *sub, struct receipt_key *out)
{
    for (int i = 0; i < RECEIPT_ROUNDS; i++) {
        char context[] = "receipt/0";
        context[sizeof context - 2] = (char)('0' + i);
        crypto_keyed_hash(sub, context, sizeof context - 1, out->rounds[i].bytes);
    }
}

/* --- the permutation: a Feistel network over two halves of 20 bits --- */

static uint32_t round_value(const struct key *key, uint32_t half)
{
    unsigned char in[3] = {(unsigned char)half, (unsigned char)(half >> 8), (unsigned char)(half >> 16)};
    unsigned char out[32];
    crypto_keyed_hash(key, in, sizeof in, out);
    return ((uint32_t)out[0] | (uint32_t)out[1] << 8 | (uint32_t)out[2] << 16) & HALF_MASK;
}

static uint64_t permute(const struct receipt_key *key, uint64_t n)
{
    uint32_t left = (uint32_t)(n >> HALF_BITS) & HALF_MASK, right = (uint32_t)n & HALF_MASK;
    for (int i = 0; i < RECEIPT_ROUNDS; i++) {
        uint32_t next = left ^ round_value(&key->rounds[i], right);
        left = right;
        right = next;
    }
    return (uint64_t)left << HALF_BITS | right;
}

static uint64_t restore(const struct receipt_key *key, uint64_t n)
{
    uint32_t left = (uint32_t)(n >> HALF_BITS) & HALF_MASK, right = (uint32_t)n & HALF_MASK;
    for (int i = RECEIPT_ROUNDS; i-- > 0;) {
        uint32_t before = right ^ round_value(&key->rounds[i], left);
        right = left;
        left = before;
    }
    return (uint64_t)left << HALF_BITS | right;
}

/* --- symbols --- */

/* In the field of 32 elements, times x. */
static unsigned times_x(unsigned a)
{
    a <<= 1;
    return a & 32 ? a ^ 0x25 : a;
}

/* The sum of the symbols, each times a weight of its own (powers of x). It is zero for a good id. One wrong
 * symbol changes it, for no weight is zero; two swapped ones do, for no two weights are equal. */
static unsigned weigh(const unsigned *symbols, int n)
{
    unsigned sum = 0;
    for (int i = 0; i < n; i++)
        sum = times_x(sum) ^ symbols[i];
    return sum;
}

static char *write_symbols(const unsigned symbols[SYMBOLS + 1], char out[RECEIPT_TEXT])
{
    size_t used = 0;

    for (int i = 0; i <= SYMBOLS; i++) {
        if (i == 3 || i == 6)
            out[used++] = '-';
        out[used++] = alphabet[symbols[i]];
    }
    out[used] = '\0';
    return out;
}

char *receipt_format(const struct receipt_key *key, int64_t tx, char out[RECEIPT_TEXT])
{
    unsigned symbols[SYMBOLS + 1];

    out[0] = '\0';
    if (tx < 1 || tx > RECEIPT_MAX)
        return out;
    uint64_t n = permute(key, (uint64_t)tx);
    for (int i = 0; i < SYMBOLS; i++)
        symbols[i] = (unsigned)(n >> (5 * (SYMBOLS - 1 - i))) & 31;
    symbols[SYMBOLS] = times_x(weigh(symbols, SYMBOLS));
    return write_symbols(symbols, out);
}

static int symbol_of(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'O')
        return 0;
    if (c == 'I' || c == 'L')
        return 1;
    const char *found = c ? strchr(alphabet, c) : NULL;
    return found ? (int)(found - alphabet) : -1;
}

static bool scan(const char *text, unsigned symbols[SYMBOLS + 1])
{
    int n = 0;
    for (; *text; text++) {
        if (*text == '-' || *text == ' ')
            continue;
        int symbol = symbol_of(*text);
        if (symbol < 0 || n > SYMBOLS)
            return false;
        symbols[n++] = (unsigned)symbol;
    }
    return n == SYMBOLS + 1;
}

bool receipt_form(const char *text)
{
    unsigned symbols[SYMBOLS + 1];
    return scan(text, symbols);
}

bool receipt_tidy(const char *text, char out[RECEIPT_TEXT])
{
    unsigned symbols[SYMBOLS + 1];
    if (!scan(text, symbols))
        return false;
    write_symbols(symbols, out);
    return true;
}

int receipt_parse(const struct receipt_key *key, const char *text, int64_t *tx, struct error *e)
{
    unsigned symbols[SYMBOLS + 1];
    uint64_t n = 0;

    if (!scan(text, symbols))
        return value_malformed(e, "tx", text, "a transaction id such as 7K3-M9Q-PD4");
    if (weigh(symbols, SYMBOLS + 1) != 0)
        return value_malformed(e, "tx", text, "a transaction id; a character of this one is wrong");
    for (int i = 0; i < SYMBOLS; i++)
        n = n << 5 | symbols[i];
    n = restore(key, n);
    if (n == 0)
        return value_malformed(e, "tx", text, "a transaction id; no transaction has this one");
    *tx = (int64_t)n;
    return 0;
}
