/*
 * keys: what TAB and '?' do in the editor of lines.
 */
#ifndef CULVERT_CLI_KEYS_H
#define CULVERT_CLI_KEYS_H

struct shell;

void	keys_init(struct shell *);	/* once readline is initialized */

#endif
