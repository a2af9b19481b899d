/* Every command of this version, one file a command word. registry.c lists them in the order of help. */
#ifndef TT_COMMAND_COMMANDS_H
#define TT_COMMAND_COMMANDS_H

#include "tt/command/command.h"

/* tenants */
extern const struct command_spec command_create;
extern const struct command_spec command_list;
extern const struct command_spec command_summary;
extern const struct command_spec command_show;
extern const struct command_spec command_rename;
extern const struct command_spec command_plan;
extern const struct command_spec command_status;
extern const struct command_spec command_delete;

/* configuration */
extern const struct command_spec command_features;
extern const struct command_spec command_channels;
extern const struct command_spec command_permissions;
extern const struct command_spec command_config;
extern const struct command_spec command_settings;

/* pushes */
extern const struct command_spec command_sync;
extern const struct command_spec command_push_list;
extern const struct command_spec command_push_retry;
extern const struct command_spec command_push_drop;

/* bots */
extern const struct command_spec command_token;
extern const struct command_spec command_bot_list;
extern const struct command_spec command_bot_start;
extern const struct command_spec command_bot_stop;
extern const struct command_spec command_bot_restart;
extern const struct command_spec command_bot_status;

/* shop */
extern const struct command_spec command_product_add;
extern const struct command_spec command_product_edit;
extern const struct command_spec command_product_list;
extern const struct command_spec command_product_show;
extern const struct command_spec command_product_remove;
extern const struct command_spec command_product_enable;
extern const struct command_spec command_product_disable;
extern const struct command_spec command_product_threshold;
extern const struct command_spec command_stock_add;
extern const struct command_spec command_stock_import;
extern const struct command_spec command_stock_list;
extern const struct command_spec command_stock_count;
extern const struct command_spec command_stock_show;
extern const struct command_spec command_stock_reduce;
extern const struct command_spec command_stock_reserve;
extern const struct command_spec command_stock_release;
extern const struct command_spec command_stock_redeliver;

/* customers and sales */
extern const struct command_spec command_register;
extern const struct command_spec command_balance_show;
extern const struct command_spec command_balance_add;
extern const struct command_spec command_balance_remove;
extern const struct command_spec command_balance_top;
extern const struct command_spec command_balance_history;
extern const struct command_spec command_buy;
extern const struct command_spec command_tx_list;
extern const struct command_spec command_tx_show;
extern const struct command_spec command_tx_refund;
extern const struct command_spec command_tx_export;
extern const struct command_spec command_deposits;
extern const struct command_spec command_stats;

/* renting */
extern const struct command_spec command_rent;
extern const struct command_spec command_payment_add;
extern const struct command_spec command_payment_status;
extern const struct command_spec command_payment_list;

/* people and history */
extern const struct command_spec command_operator_add;
extern const struct command_spec command_operator_remove;
extern const struct command_spec command_operator_list;
extern const struct command_spec command_audit;
extern const struct command_spec command_undo;
extern const struct command_spec command_redo;

/* upkeep */
extern const struct command_spec command_backup;
extern const struct command_spec command_restore;
extern const struct command_spec command_import;
extern const struct command_spec command_export;
extern const struct command_spec command_doctor;
extern const struct command_spec command_migrate;
extern const struct command_spec command_logs;
extern const struct command_spec command_help;
extern const struct command_spec command_version;
extern const struct command_spec command_completions; /* `complete`, hidden */

#endif
