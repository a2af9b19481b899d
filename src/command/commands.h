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
extern const struct command_spec command_doctor;
extern const struct command_spec command_migrate;
extern const struct command_spec command_logs;
extern const struct command_spec command_help;
extern const struct command_spec command_version;
extern const struct command_spec command_completions; /* `complete`, hidden */

#endif
