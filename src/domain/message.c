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

    [MESSAGE_REGISTER] = {"Daftar", "Register"},
    [MESSAGE_BALANCE] = {"Saldo", "Balance"},
    [MESSAGE_WORLD] = {"Info World", "World info"},
    [MESSAGE_BUY] = {"Beli", "Buy"},
    [MESSAGE_HISTORY] = {"Riwayat", "History"},
    [MESSAGE_PREVIOUS] = {"◀ Sebelumnya", "◀ Previous"},
    [MESSAGE_NEXT] = {"Berikutnya ▶", "Next ▶"},
    [MESSAGE_INPUT_GROWID] = {"GrowID (3-18 huruf dan angka)", "GrowID (3 to 18 letters and digits)"},
    [MESSAGE_INPUT_CODE] = {"Kode produk", "Product code"},
    [MESSAGE_INPUT_QUANTITY] = {"Jumlah", "Quantity"},

    [MESSAGE_SHOP_LINE] = {"{light} **{code}** {name}\n{price} · stok {stock}",
                           "{light} **{code}** {name}\n{price} · {stock} in stock"},
    [MESSAGE_SHOP_EMPTY] = {"Belum ada produk.", "There are no products yet."},
    [MESSAGE_SHOP_PAGE] = {"Halaman {page} dari {pages}", "Page {page} of {pages}"},

    [MESSAGE_REGISTERED] = {"Terdaftar dengan GrowID **{growid}**.",
                            "You are registered with the GrowID **{growid}**."},
    [MESSAGE_GROWID_KEPT] = {"GrowID Anda sudah **{growid}**.", "Your GrowID is **{growid}** already."},
    [MESSAGE_GROWID_TAKEN] =
        {"GrowID **{growid}** sudah dipakai pengguna lain. Bila itu milik Anda, hubungi "
         "pengelola toko.",
         "The GrowID **{growid}** belongs to another user. If it is yours, ask the shop's "
         "staff."},
    [MESSAGE_GROWID_FORM] = {"GrowID terdiri dari 3 sampai 18 huruf dan angka, bukan “{growid}”.",
                             "A GrowID is 3 to 18 letters and digits, not “{growid}”."},
    [MESSAGE_MEMBERS_FULL] =
        {"Toko ini sudah mencapai batas {limit} anggota terdaftar. Hubungi pengelola toko.",
         "This shop has reached its limit of {limit} registered members. Please ask its "
         "staff."},
    [MESSAGE_NOT_REGISTERED] =
        {"Anda belum terdaftar. Ketik `{prefix}register GROWID` atau tekan Daftar.",
         "You are not registered yet. Type `{prefix}register GROWID` or press Register."},
    [MESSAGE_BALANCE_IS] = {"Saldo **{growid}**: {balance}", "Balance of **{growid}**: {balance}"},
    [MESSAGE_WORLD_IS] = {"World: **{world}**\nPemilik: {owner}\nBot: {bot}",
                          "World: **{world}**\nOwner: {owner}\nBot: {bot}"},
    [MESSAGE_WORLD_NONE] = {"Info world belum diisi oleh pengelola toko.",
                            "The shop's staff have not filled in the world yet."},

    [MESSAGE_BOUGHT] = {"Berhasil membeli {quantity} × **{code}** seharga {total}. Sisa saldo: {balance}.\n"
                        "Barang dikirim lewat DM. ID transaksi: `{id}`",
                        "You bought {quantity} × **{code}** for {total}. Balance left: {balance}.\n"
                        "The goods come by DM. Transaction id: `{id}`"},
    [MESSAGE_NO_PRODUCT] = {"Tidak ada produk dengan kode “{code}”. Lihat daftar produk.",
                            "There is no product “{code}”. Please see the list of products."},
    [MESSAGE_INACTIVE] = {"Produk **{code}** sedang tidak dijual.", "**{code}** is not for sale at present."},
    [MESSAGE_QUANTITY_FORM] = {"Jumlah harus bilangan bulat dari 1 sampai {most}.",
                               "The quantity must be a whole number from 1 to {most}."},
    [MESSAGE_STOCK_FEW] = {"Stok **{code}** tidak cukup: tersisa {have}. Tidak ada yang dibeli.",
                           "There are only {have} of **{code}** left. Nothing was bought."},
    [MESSAGE_STOCK_NONE] = {"Stok **{code}** habis. Tidak ada yang dibeli.",
                            "**{code}** is sold out. Nothing was bought."},
    [MESSAGE_MONEY_SHORT] =
        {"Saldo tidak cukup: harga {total}, saldo {balance}. Tidak ada yang dibeli.",
         "Your balance is too small: the price is {total}, the balance {balance}. Nothing was "
         "bought."},
    [MESSAGE_PAY_IN] = {"Isi saldo di world **{world}**.", "Deposits are made in the world **{world}**."},
    [MESSAGE_BUY_USAGE] = {"Cara membeli: `{prefix}buy KODE JUMLAH`. Kode produk ada di `{prefix}products`.",
                           "To buy, type `{prefix}buy CODE QUANTITY`. `{prefix}products` shows the codes."},
    [MESSAGE_HISTORY_LINE] = {"`{id}` {date} · {quantity} × **{code}** · {total}",
                              "`{id}` {date} · {quantity} × **{code}** · {total}"},
    [MESSAGE_HISTORY_REFUND] = {"`{id}` {date} · pengembalian {quantity} × **{code}** · {total}",
                                "`{id}` {date} · refund of {quantity} × **{code}** · {total}"},
    [MESSAGE_HISTORY_EMPTY] = {"Belum ada transaksi.", "No transactions yet."},
    [MESSAGE_GOODS] = {"**{quantity} × {code}** ({name}), {total}\nID transaksi: `{id}` · {date}",
                       "**{quantity} × {code}** ({name}), {total}\nTransaction id: `{id}` · {date}"},
    [MESSAGE_GOODS_IN_FILE] = {"{count} barang ada di berkas terlampir.",
                               "The {count} items are in the attached file."},
    [MESSAGE_GOODS_HEADER] =
        {"Pembeli: {buyer}\nProduk: {code} ({name})\nJumlah: {quantity}\nTotal: {total}\n"
         "Tanggal: {date}\nID transaksi: {id}\n\n",
         "Buyer: {buyer}\nProduct: {code} ({name})\nQuantity: {quantity}\nTotal: {total}\n"
         "Date: {date}\nTransaction id: {id}\n\n"},
    [MESSAGE_PURCHASE_LOG] = {"{user} membeli {quantity} × **{code}** ({name}) seharga {total} · `{id}`",
                              "{user} bought {quantity} × **{code}** ({name}) for {total} · `{id}`"},
    [MESSAGE_HISTORY_BUY] = {"{user} membeli {quantity} × **{code}** ({name})",
                             "{user} bought {quantity} × **{code}** ({name})"},
    [MESSAGE_DM_CLOSED] =
        {"DM Anda tertutup, jadi barang dari transaksi `{id}` belum terkirim. Izinkan DM dari "
         "anggota server, lalu minta staf mengirim ulang dengan ID itu.",
         "Your DMs are closed, so the goods of transaction `{id}` could not be sent. Allow DMs "
         "from server members, then ask the staff to send that transaction again."},

    [MESSAGE_DEPOSIT_DONE] = {"Successfully filled {growid}. Current growid balance {balance}",
                              "Successfully filled {growid}. Current growid balance {balance}"},
    [MESSAGE_DEPOSIT_NOBODY] = {"Failed to find growid {growid}", "Failed to find growid {growid}"},
    [MESSAGE_DEPOSIT_REFUSED] =
        {"Deposit tidak dikreditkan: {reason}\n{link}\n"
         "Untuk mengkreditkannya: `{prefix}tenant-admin balance add . PENGGUNA JUMLAH`",
         "A deposit was not credited: {reason}\n{link}\n"
         "To credit it: `{prefix}tenant-admin balance add . USER AMOUNT`"},

    [MESSAGE_LOW_STOCK] = {"Stok **{code}** tinggal {left}.", "**{code}** is running low: {left} left."},
    [MESSAGE_GOODS_CLOSED] =
        {"DM {user} tertutup: barang dari transaksi `{id}` belum terkirim. Setelah DM "
         "dibuka, kirim ulang dengan `{prefix}tenant-admin stock redeliver . {id}`.",
         "The DMs of {user} are closed: the goods of transaction `{id}` were not sent. When "
         "they are open, send them with `{prefix}tenant-admin stock redeliver . {id}`."},
    [MESSAGE_GOODS_FAILED] =
        {"Barang dari transaksi `{id}` untuk {user} tidak dapat dikirim: {reason}. Kirim ulang "
         "dengan `{prefix}tenant-admin stock redeliver . {id}`.",
         "The goods of transaction `{id}` for {user} could not be sent: {reason}. Send them "
         "again with `{prefix}tenant-admin stock redeliver . {id}`."},
    [MESSAGE_DAYS] = {"{n} hari", "{n} days"},
    [MESSAGE_HOURS] = {"{n} jam", "{n} hours"},
    [MESSAGE_HOUR_LEFT] = {"kurang dari satu jam", "less than an hour"},
    [MESSAGE_RENT_ENDS] = {"Masa sewa bot berakhir dalam {left} ({date}).",
                           "The rental of this bot ends in {left} ({date})."},
    [MESSAGE_RENT_WILL_RENEW] =
        {"Masa sewa bot berakhir dalam {left} ({date}) dan akan diperpanjang otomatis {days} hari.",
         "The rental of this bot ends in {left} ({date}) and will be renewed by {days} days."},
    [MESSAGE_RENT_ENDED] = {"Masa sewa bot telah berakhir ({date}). Bot berhenti sekarang.",
                            "The rental of this bot has ended ({date}). It stops now."},
    [MESSAGE_RENT_RENEWS] = {"Masa sewa bot diperpanjang sampai {date}.",
                             "The rental of this bot has been renewed until {date}."},
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
