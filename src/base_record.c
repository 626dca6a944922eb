/*-------------------------------------------------------------------------
 *
 * base_record.c
 *	  The rows that functions return, of columns that never change.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "base_record.h"
#include "funcapi.h"
#include "utils/memutils.h"

/* Makes the descriptor of a record, for the life of the session. */
static TupleDesc
make_descriptor(const PcaRecord *record)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);
	TupleDesc	descriptor = CreateTemplateTupleDesc(record->count);

	for (int i = 0; i < record->count; i++)
		TupleDescInitEntry(descriptor, i + 1, record->columns[i].name, record->columns[i].type, -1, 0);
	descriptor = BlessTupleDesc(descriptor);
	MemoryContextSwitchTo(old);
	return descriptor;
}

/* Makes a row of a record. */
Datum
pca_record_make(PcaRecord *record, const Datum *values, const bool *nulls)
{
	if (record->descriptor == NULL)
		record->descriptor = make_descriptor(record);
	return HeapTupleGetDatum(heap_form_tuple(record->descriptor, unconstify(Datum *, values), unconstify(bool *, nulls)));
}
