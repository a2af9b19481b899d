/* What buyers and renters read on Discord: one catalogue of messages in Indonesian and English. Texts have
 * {name} places; values are put in literally. */
#ifndef TT_DOMAIN_MESSAGE_H
#define TT_DOMAIN_MESSAGE_H

#include "tt/base/str.h"

enum language { LANGUAGE_ID, LANGUAGE_EN, LANGUAGE_COUNT };
extern const char *const language_words[LANGUAGE_COUNT + 1]; /* "id" "en" */

enum message {
    MESSAGE_PONG, /* {ms} */
    MESSAGE_MAINTENANCE,
    MESSAGE_COOLDOWN, /* {seconds} */
    MESSAGE_TOO_MANY,
    MESSAGE_NOT_PERMITTED, /* {what} */
    MESSAGE_FAILED_TRY_AGAIN,
    MESSAGE_HELP_TITLE, /* {server} */
    MESSAGE_HELP_EMPTY,
    MESSAGE_WELCOME_DEFAULT, /* {user} {server} */
    MESSAGE_SWITCHED_OFF,    /* {feature} */
    MESSAGE_CONFIRM,         /* {command} */
    MESSAGE_CONFIRM_YES,
    MESSAGE_CONFIRM_NO,
    MESSAGE_CANCELLED,
    MESSAGE_EXPIRED_QUESTION,

    /* the shop's buttons and forms */
    MESSAGE_REGISTER,
    MESSAGE_BALANCE,
    MESSAGE_WORLD,
    MESSAGE_BUY,
    MESSAGE_HISTORY,
    MESSAGE_PREVIOUS,
    MESSAGE_NEXT,
    MESSAGE_INPUT_GROWID,
    MESSAGE_INPUT_CODE,
    MESSAGE_INPUT_QUANTITY,

    /* the list of products */
    MESSAGE_SHOP_LINE, /* {light} {code} {name} {price} {stock} */
    MESSAGE_SHOP_EMPTY,
    MESSAGE_SHOP_PAGE, /* {page} {pages} */

    /* customers */
    MESSAGE_REGISTERED,     /* {growid} */
    MESSAGE_GROWID_KEPT,    /* {growid} */
    MESSAGE_GROWID_TAKEN,   /* {growid} */
    MESSAGE_GROWID_FORM,    /* {growid} */
    MESSAGE_MEMBERS_FULL,   /* {limit} */
    MESSAGE_NOT_REGISTERED, /* {prefix} */
    MESSAGE_BALANCE_IS,     /* {growid} {balance} */
    MESSAGE_WORLD_IS,       /* {world} {owner} {bot} */
    MESSAGE_WORLD_NONE,

    /* purchases */
    MESSAGE_BOUGHT,         /* {quantity} {code} {total} {balance} {id} */
    MESSAGE_NO_PRODUCT,     /* {code} */
    MESSAGE_INACTIVE,       /* {code} */
    MESSAGE_QUANTITY_FORM,  /* {most} */
    MESSAGE_STOCK_FEW,      /* {code} {have} */
    MESSAGE_STOCK_NONE,     /* {code} */
    MESSAGE_MONEY_SHORT,    /* {total} {balance} */
    MESSAGE_PAY_IN,         /* {world}; follows the one before */
    MESSAGE_BUY_USAGE,      /* {prefix} */
    MESSAGE_HISTORY_LINE,   /* {id} {date} {quantity} {code} {total} */
    MESSAGE_HISTORY_REFUND, /* the same */
    MESSAGE_HISTORY_EMPTY,
    MESSAGE_GOODS,         /* {id} {quantity} {code} {name} {total} {date} */
    MESSAGE_GOODS_IN_FILE, /* {count} */
    MESSAGE_GOODS_HEADER,  /* of the file: {id} {buyer} {quantity} {code} {name} {total} {date} */
    MESSAGE_PURCHASE_LOG,  /* {id} {user} {quantity} {code} {name} {total} */
    MESSAGE_HISTORY_BUY,   /* {user} {quantity} {code} {name} */
    MESSAGE_DM_CLOSED,     /* {id} */

    /* deposits: these two are read by programs and are the same in both languages */
    MESSAGE_DEPOSIT_DONE,    /* {growid} {balance} */
    MESSAGE_DEPOSIT_NOBODY,  /* {growid} */
    MESSAGE_DEPOSIT_REFUSED, /* {link} {reason} {prefix} */

    /* to the tenant's own people */
    MESSAGE_LOW_STOCK,    /* {code} {left} */
    MESSAGE_GOODS_CLOSED, /* {id} {user} {prefix} */
    MESSAGE_GOODS_FAILED, /* {id} {user} {reason} {prefix} */
    MESSAGE_DAYS,         /* {n} */
    MESSAGE_HOURS,        /* {n} */
    MESSAGE_HOUR_LEFT,
    MESSAGE_RENT_ENDS,       /* {left} {date} */
    MESSAGE_RENT_WILL_RENEW, /* {left} {date} {days} */
    MESSAGE_RENT_RENEWS,     /* {date} */
    MESSAGE_RENT_ENDED,      /* {date} */
    MESSAGE_COUNT
};

/* Append the text with its places filled: pairs of name and value, ended by NULL. An unknown {place} stays as
 * it is. */
void message_add(struct str *out, enum language language, enum message message, ...)
    __attribute__((sentinel));
/* The same filling on any template (welcome texts, custom commands). Values are never scanned again. */
void template_add(struct str *out, const char *text, const char *const *pairs /* name, value, ..., NULL */);

#endif
