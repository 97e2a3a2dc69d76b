/*
 * trace: messages in one line each: payloads by name, nothing of their contents
 * but numbers.  For the debug subsystem "wire", and for whoever watches
 * (engine_watch()).
 */
#ifndef CULVERT_IKE_TRACE_H
#define CULVERT_IKE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct endpoint;
struct engine;
struct ike_sa;
struct message;
struct packet;

/* One that was parsed, decrypted if it was encrypted. */
void	trace_in(struct engine *, const struct endpoint *local,
		 const struct endpoint *remote, const struct message *);
/* A request that has been answered already. */
void	trace_in_again(struct engine *, const struct endpoint *local,
		       const struct endpoint *remote, const struct message *);
/* One that is not encrypted; nothing for what is none or is encrypted. */
void	trace_out(struct engine *, const struct endpoint *local,
		  const struct endpoint *remote, const uint8_t *msg, size_t len);
/* One about to be encrypted: what it will hide are the text_len octets at text,
 * with their padding. */
void	trace_sealed(struct engine *, const struct ike_sa *, const uint8_t *msg,
		     size_t len, const uint8_t *text, size_t text_len);
/* Datagrams that are sent once more. */
void	trace_again(struct engine *, const struct ike_sa *, const struct packet *);
/* What is dropped, and why. */
void	trace_drop(struct engine *, const struct endpoint *remote,
		   const char *why);

#endif
