/*
 * trace: messages in one line each, for the debug subsystem "wire": payloads by
 * name, nothing of their contents but numbers.
 */
#ifndef CULVERT_IKE2_TRACE_H
#define CULVERT_IKE2_TRACE_H

#include <stddef.h>
#include <stdint.h>

struct endpoint;
struct message;

/* One that was parsed, decrypted if it was encrypted. */
void	trace_in(const struct endpoint *from, const struct message *);
/* One that is not encrypted; nothing for what is none or has SK. */
void	trace_out(const struct endpoint *to, const uint8_t *msg, size_t len);
/* One about to be sealed: the contents of SK are the text_len octets at text. */
void	trace_sealed(const struct endpoint *to, const uint8_t *msg, size_t len,
		     const uint8_t *text, size_t text_len);

#endif
