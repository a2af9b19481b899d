#include "tt/domain/message.h"

#include <stdarg.h>
#include <string.h>

#define PAIRS_MAX 16

const char *const language_words[LANGUAGE_COUNT + 1] = {
    [LANGUAGE_ID] = "id",
    [LANGUAGE_EN] = "en",
};

static const char *const catalogue[MESSAGE_COUNT][LANGUAGE_COUNT] = {
    [MESSAGE_PONG] = {"Pong! {ms} md.", "Pong! {ms} ms."},
    [MESSAGE_MAINTENANCE] = {"Bot sedang dalam pemeliharaan. Silakan coba lagi nanti.",
                             "The bot is under maintenance. Please try again later."},
    [MESSAGE_COOLDOWN] = {"Mohon tunggu {seconds} detik lagi sebelum memakai perintah ini.",
                          "Please wait {seconds} more seconds before you use this command."},
    [MESSAGE_TOO_MANY] = {"Terlalu banyak perintah sekaligus. Mohon tunggu sebentar.",
                          "Too many commands at once. Please wait a moment."},
    [MESSAGE_NOT_PERMITTED] = {"Anda tidak berhak melakukan ini: {what}",
                               "You are not permitted to do this: {what}"},
    [MESSAGE_FAILED_TRY_AGAIN] = {"Maaf, terjadi kesalahan dan tidak ada yang berubah. Silakan coba lagi.",
                                  "Sorry, something went wrong and nothing was changed. Please try again."},
    [MESSAGE_HELP_TITLE] = {"Perintah di {server}", "Commands of {server}"},
    [MESSAGE_HELP_EMPTY] = {"Belum ada fitur yang aktif di server ini.",
                            "No feature is switched on in this server yet."},
    [MESSAGE_WELCOME_DEFAULT] = {"Selamat datang di {server}, {user}!", "Welcome to {server}, {user}!"},
    [MESSAGE_SWITCHED_OFF] = {"Fitur {feature} sedang tidak aktif di server ini.",
                              "The feature {feature} is switched off in this server."},
    [MESSAGE_CONFIRM] = {"Jalankan `{command}`? Tindakan ini dapat menghapus data atau memutus layanan.",
                         "Run `{command}`? This may remove data or interrupt the service."},
    [MESSAGE_CONFIRM_YES] = {"Ya, jalankan", "Yes, run it"},
    [MESSAGE_CONFIRM_NO] = {"Batal", "Cancel"},
    [MESSAGE_CANCELLED] = {"Dibatalkan. Tidak ada yang berubah.", "Cancelled. Nothing was changed."},
    [MESSAGE_EXPIRED_QUESTION] = {"Pertanyaan ini sudah kedaluwarsa. Silakan ketik perintahnya lagi.",
                                  "This question has expired. Please enter the command again."},
};

static const char *find(const char *const *pairs, const char *name, size_t len)
{
    for (; *pairs; pairs += 2)
        if (strlen(pairs[0]) == len && memcmp(pairs[0], name, len) == 0)
            return pairs[1] ? pairs[1] : "";
    return NULL;
}

void template_add(struct str *out, const char *text, const char *const *pairs)
{
    while (*text) {
        size_t n = strcspn(text, "{");
        str_add_bytes(out, text, n);
        text += n;
        if (!*text)
            return;
        n = strcspn(text + 1, "{}");
        const char *value = text[n + 1] == '}' ? find(pairs, text + 1, n) : NULL;
        if (value) {
            str_add(out, value);
            text += n + 2;
        } else {
            str_add_char(out, *text++);
        }
    }
}

void message_add(struct str *out, enum language language, enum message message, ...)
{
    const char *pairs[2 * PAIRS_MAX + 1] = {NULL};
    va_list args;
    va_start(args, message);
    for (size_t i = 0; i < 2 * PAIRS_MAX; i += 2) {
        pairs[i] = va_arg(args, const char *);
        if (!pairs[i])
            break;
        pairs[i + 1] = va_arg(args, const char *);
    }
    va_end(args);
    template_add(out, catalogue[message][language], pairs);
}
