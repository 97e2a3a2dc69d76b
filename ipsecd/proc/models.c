/*
 * models: the part of process.h that links libyang, which not every process has.
 */
#include "process.h"
#include "ytree.h"

int
process_load_models(struct process *p, struct err *e)
{
	return ytree_load(&p->yang, p->opt->yangdir, e);
}
