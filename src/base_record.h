/*-------------------------------------------------------------------------
 *
 * base_record.h
 *	  The rows that functions return, of columns that never change.
 *
 *-------------------------------------------------------------------------
 */
#ifndef BASE_RECORD_H
#define BASE_RECORD_H

#include "postgres.h"

#include "access/tupdesc.h"

typedef struct PcaColumn
{
	const char *name;
	Oid			type;
} PcaColumn;

/*
 * The columns of a function's result.  The descriptor is made once in a session,
 * because to look it up takes as long as some of these functions do.
 */
typedef struct PcaRecord
{
	const PcaColumn *columns;
	int			count;
	TupleDesc	descriptor;
} PcaRecord;

extern Datum pca_record_make(PcaRecord *record, const Datum *values, const bool *nulls);

#endif							/* BASE_RECORD_H */
