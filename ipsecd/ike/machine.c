#include "machine.h"

#include <stddef.h>

#include "tunnel.h"

static const struct ike_machine *const machines[] = {
	&ike1_machine, &ike2_machine,
};

const struct ike_machine *
machine_find(uint8_t version)
{
	size_t i;

	for (i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i]->version == version)
			return machines[i];
	return NULL;
}

const struct ike_machine *
machine_of(const struct tunnel *t)
{
	return machine_find(t->conf->version);
}
