/* The commands that do not come from a model. Parents stand before children. */
#include "tree.h"

#include <stddef.h>

#include "cmds.h"
#include "level.h"
#include "parse.h"

#define READS	BUILTIN_READS
#define JSON	(BUILTIN_READS | BUILTIN_JSON)

const struct builtin builtins[] = {
{ "config", LEVEL_EXEC, 0, "",
  "Enter the configuration context.", args_config, NULL },
{ "do", LEVEL_EDIT | LEVEL_STATE, 0, "COMMAND",
  "Run a command of the exec level from here.", args_do, NULL },
{ "no", LEVEL_EDIT, 0, "SETTING",
  "Switch a setting off, or remove it.", args_no, NULL },
{ "default", LEVEL_EDIT, 0, "SETTING",
  "Remove a setting, so that its default holds.", args_default, NULL },

{ "show", LEVEL_EDIT, JSON, "[PATH] [with-secrets]",
  "Show the candidate configuration here, as commands.",
  args_show, cmd_show },
{ "show", LEVEL_RUN, JSON, "[PATH] [detail]",
  "Show state.", args_show_state, cmd_show_state },
{ "show changes", LEVEL_ANY, JSON, "[with-secrets]",
  "What the candidate changes in the running configuration.",
  args_secrets, cmd_show_changes },
{ "show candidate", LEVEL_ANY, JSON, "[PATH] [with-secrets]",
  "The candidate configuration.", args_show_top, cmd_show_candidate },
{ "show running-config", LEVEL_ANY, JSON, "[PATH] [with-secrets]",
  "The running configuration.", args_show_top, cmd_show_running },
{ "show startup-config", LEVEL_ANY, JSON, "[PATH] [with-secrets]",
  "The configuration used at the next start.",
  args_show_top, cmd_show_startup },
{ "show factory-config", LEVEL_ANY, JSON, "[PATH] [with-secrets]",
  "The configuration of a new system.", args_show_top, cmd_show_factory },
{ "show commits", LEVEL_ANY, JSON, "",
  "The history of commits, the newest first.", NULL, cmd_show_commits },
{ "show version", LEVEL_ANY, JSON, "",
  "Versions of this shell and its protocol.", NULL, cmd_show_version },

{ "commit", LEVEL_EDIT, BUILTIN_JSON, "",
  "Put the candidate into effect and stay here.", NULL, cmd_commit },
{ "commit check", LEVEL_EDIT, JSON, "",
  "Check the candidate and say what it would do; change nothing.",
  NULL, cmd_commit_check },
{ "commit comment", LEVEL_EDIT, BUILTIN_JSON, "TEXT",
  "Commit, with a remark for the history.", args_text, cmd_commit },
{ "leave", LEVEL_EDIT, BUILTIN_JSON, "",
  "Commit, and leave the configuration context.", NULL, cmd_leave },
{ "abort", LEVEL_EDIT, 0, "",
  "Throw the changes away and leave the configuration context.",
  NULL, cmd_abort },
{ "rollback", LEVEL_EDIT, 0, "[NUMBER]",
  "Fetch an earlier configuration into the candidate: 0 the running one, "
  "1 the one before it ...", args_number_optional, cmd_rollback },

{ "copy", LEVEL_ANY, 0, "", "Copy a configuration.", NULL, NULL },
{ "copy running-config", LEVEL_ANY, 0, "", "The running configuration.",
  NULL, NULL },
{ "copy running-config startup-config", LEVEL_ANY, 0, "",
  "Keep the running configuration for the next start.", NULL, cmd_copy },
{ "copy running-config candidate", LEVEL_ANY, 0, "",
  "Begin again with the running configuration.", NULL, cmd_copy },
{ "copy startup-config", LEVEL_ANY, 0, "",
  "The configuration of the next start.", NULL, NULL },
{ "copy startup-config candidate", LEVEL_ANY, 0, "",
  "Edit the configuration of the last start; commit to go back to it.",
  NULL, cmd_copy },
{ "copy factory-config", LEVEL_ANY, 0, "",
  "The configuration of a new system.", NULL, NULL },
{ "copy factory-config candidate", LEVEL_ANY, 0, "",
  "Edit the configuration of a new system; commit to go back to it.",
  NULL, cmd_copy },
{ "copy factory-config startup-config", LEVEL_ANY, 0, "",
  "Start like a new system the next time.", NULL, cmd_copy },

{ "/", LEVEL_ANY, 0, "[CONTEXT]",
  "Go to the exec level, and on from there: /config/tunnel, /config tunnel.",
  args_root, NULL },
{ "..", LEVEL_ANY, 0, "[CONTEXT]",
  "Go one level up, and on from there: ../ipsec-2, .. ipsec 2.",
  args_up, NULL },
{ "end", LEVEL_ANY, BUILTIN_MOVES, "", "Go one level up.",
  NULL, cmd_end },
{ "exit", LEVEL_ANY, BUILTIN_MOVES, "",
  "Go one level up; at the exec level, log out.", NULL, cmd_end },
{ "quit", LEVEL_ANY, BUILTIN_MOVES, "", "Log out.", NULL, cmd_quit },
{ "logout", LEVEL_ANY, BUILTIN_MOVES, "", "Log out.", NULL, cmd_quit },
{ "help", LEVEL_ANY, READS, "[COMMAND]",
  "The commands of this context and what they mean.",
  args_help, cmd_help_list },
{ "history", LEVEL_ANY, READS, "", "The lines typed before.",
  NULL, cmd_history },
{ NULL, 0, 0, NULL, NULL, NULL, NULL },
};
