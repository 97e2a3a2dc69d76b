/* pki_in: what the files of tests/pki share. */
#ifndef CULVERT_TESTS_PKI_IN_H
#define CULVERT_TESTS_PKI_IN_H

#include <stdbool.h>

#include <openssl/conf.h>

#include "pki.h"

/* Ends the program, with what failed, if it did. */
void	 pki_need(bool ok, const char *what);
/* To be dropped by pki_free_all(). */
void	 pki_keep(void *, void (*drop)(void *));
void	 pki_drop_openssl(void *);
void	 pki_time(ASN1_TIME *, int64_t when);
void	 pki_sign_ctx(EVP_MD_CTX *, EVP_PKEY *, const char *md, bool pss);
/* A section "ext" of lines NAME, VALUE (ends with NULL) and of the text; text is
 * the room it is written in. */
CONF	*pki_conf(const char *const (*lines)[2], const char *ext, char *text,
		  size_t size);

#endif
