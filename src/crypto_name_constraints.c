/*-------------------------------------------------------------------------
 *
 * crypto_name_constraints.c
 *	  Checks the names of a certificate against the name constraints of the CAs
 *	  above it (RFC 5280 4.2.1.10).
 *
 * This is our own code because it limits an issuer: it compares the names that
 * are about to be signed, and is at least as strict as every relying party.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "crypto_name.h"
#include "crypto_name_attribute.h"
#include "crypto_name_constraints.h"
#include "crypto_name_subtree.h"
#include "lib/stringinfo.h"

#define TAG_MAILBOX 0x81
#define TAG_DNS_NAME 0x82
#define TAG_DIRECTORY_NAME 0xa4

typedef struct Subtree
{
	PcaComparedName base;
	bool		is_excluded;
	bool		has_bounds;		/* a minimum or maximum, which no implementation applies */
} Subtree;

typedef struct Subtrees
{
	int			count;
	Subtree    *list;
} Subtrees;

typedef struct Names
{
	uint32		forms;			/* a bit for the number of each tag that is constrained */
	int			count;
	int			capacity;
	PcaComparedName *list;
} Names;

static uint32
form_bit(uint8 tag)
{
	return UINT32_C(1) << (tag & 0x1f);
}

/* Adds a name, unless no CA constrains its form. */
static void
add_name(Names *names, const PcaDerElement *name)
{
	if ((names->forms & form_bit(name->tag)) == 0)
		return;
	if (names->count == names->capacity)
	{
		names->capacity = Max(16, names->capacity * 2);
		names->list = names->list == NULL
			? palloc(names->capacity * sizeof(PcaComparedName))
			: repalloc(names->list, names->capacity * sizeof(PcaComparedName));
	}
	pca_compared_name_read(name, false, &names->list[names->count++]);
}

/*
 * Tells whether a common name looks like a host name of several labels, perhaps
 * with wildcards.  OpenSSL decides in the same way, apart from wildcards, which
 * it honors later.
 */
static bool
looks_like_host(const char *text, size_t length)
{
	bool		has_dot = false;

	for (size_t i = 0; i < length; i++)
	{
		bool		is_inside = i > 0 && i < length - 1;

		if (isalnum((unsigned char) text[i]) && (unsigned char) text[i] < 0x80)
			continue;
		if (text[i] == '_' || text[i] == '*' || (text[i] == '-' && is_inside))
			continue;
		if (text[i] != '.' || !is_inside || text[i + 1] == '.' || text[i - 1] == '-' || text[i + 1] == '-')
			return false;
		has_dot = true;
	}
	return has_dot;
}

/* Adds a common name that a relying party could take for a DNS name. */
static void
add_common_name(Names *names, PcaBytes attribute)
{
	PcaDerWriter writer;
	StringInfoData text;
	const char *value;

	pca_der_init(&writer, attribute.length + 16);
	pca_der_begin(&writer, PCA_DER_SEQUENCE);
	pca_der_begin(&writer, PCA_DER_SET);
	pca_der_raw(&writer, attribute);
	pca_der_end(&writer);
	pca_der_end(&writer);
	initStringInfo(&text);
	pca_name_format(&text, pca_der_finish(&writer));
	value = strchr(text.data, '=') + 1;
	if (looks_like_host(value, strlen(value)))
	{
		PcaBytes	host = {(const uint8 *) value, strlen(value)};

		add_name(names, &(PcaDerElement) {TAG_DNS_NAME, host, host});
	}
}

/* Adds an attribute of the subject that is a name of another form.  Returns NULL or the fault. */
static const char *
add_attribute(Names *names, const PcaDerElement *attribute, bool is_ca)
{
	PcaDerReader reader = pca_der_reader(attribute->content);
	PcaDerElement type;
	PcaDerElement value;

	if (!pca_der_take(&reader, PCA_DER_OID, &type) || !pca_der_next(&reader, &value))
		return "its subject is malformed";
	if (pca_bytes_equal(type.content, PCA_BYTES_OF("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01")))
	{
		/* RFC 5280 4.1.2.6; OpenSSL reads no other type, whatever is constrained. */
		if (value.tag != PCA_DER_IA5_STRING)
			return "an e-mail address in its subject is not an IA5String";
		add_name(names, &(PcaDerElement) {TAG_MAILBOX, value.content, value.whole});
	}
	if (!is_ca && (names->forms & form_bit(TAG_DNS_NAME)) != 0 && pca_bytes_equal(type.content, PCA_BYTES_OF("\x55\x04\x03")))
		add_common_name(names, attribute->whole);
	return NULL;
}

static const char *
add_subject(Names *names, PcaBytes subject, bool is_ca)
{
	PcaDerReader rdns = pca_der_reader(pca_name_content(subject));
	PcaDerReader rdn;
	PcaDerElement attribute;
	const char *fault;

	if (!pca_name_is_empty(subject))
		add_name(names, &(PcaDerElement) {TAG_DIRECTORY_NAME, subject, subject});
	while (pca_der_enter(&rdns, PCA_DER_SET, &rdn))
		while (pca_der_take(&rdn, PCA_DER_SEQUENCE, &attribute))
			if ((fault = add_attribute(names, &attribute, is_ca)) != NULL)
				return fault;
	return NULL;
}

/* RFC 9598 6: a mailbox whose local part is not ASCII is an otherName, under the constraints of mailboxes. */
static void
add_smtp_utf8_mailbox(Names *names, PcaBytes other_name)
{
	PcaDerReader reader = pca_der_reader(other_name);
	PcaDerReader explicit_tag;
	PcaDerElement type;
	PcaDerElement value;

	if (!pca_der_take(&reader, PCA_DER_OID, &type) ||
		!pca_bytes_equal(type.content, PCA_BYTES_OF("\x2b\x06\x01\x05\x05\x07\x08\x09")))
		return;
	/* Anything else is not a mailbox. */
	if (!pca_der_enter(&reader, PCA_DER_CONTEXT_CONSTRUCTED, &explicit_tag) ||
		!pca_der_take(&explicit_tag, PCA_DER_UTF8_STRING, &value))
		value.content = PCA_BYTES_OF("");
	add_name(names, &(PcaDerElement) {TAG_MAILBOX, value.content, value.content});
}

static const char *
add_alternative_names(Names *names, const PcaExtensions *extensions)
{
	const PcaExtension *extension = pca_extension_find(extensions, pca_oid_subject_alternative_name);
	PcaDerReader reader;
	PcaDerReader list;
	PcaDerElement name;

	if (extension == NULL)
		return NULL;
	reader = pca_der_reader(extension->value);
	if (pca_der_scan(extension->value) != NULL || !pca_der_enter(&reader, PCA_DER_SEQUENCE, &list))
		return "its subject alternative names are malformed";
	while (pca_der_next(&list, &name))
	{
		add_name(names, &name);
		if (name.tag == PCA_DER_CONTEXT_CONSTRUCTED)
			add_smtp_utf8_mailbox(names, name.content);
	}
	return NULL;
}

/* GeneralSubtree.  Only a subtree that no implementation applies has a minimum other than 0 or a maximum. */
static bool
read_subtree(PcaDerReader reader, Subtree *subtree)
{
	PcaDerElement base;
	PcaDerElement minimum;

	if (!pca_der_next(&reader, &base))
		return false;
	pca_compared_name_read(&base, true, &subtree->base);
	if (pca_der_take(&reader, PCA_DER_CONTEXT, &minimum) && !pca_bytes_equal(minimum.content, PCA_BYTES_OF("\0")))
		subtree->has_bounds = true;
	if (!pca_der_at_end(&reader))
		subtree->has_bounds = true;
	return true;
}

static bool
read_subtrees(PcaDerReader reader, bool is_excluded, Subtrees *subtrees)
{
	PcaDerReader inner;

	while (pca_der_enter(&reader, PCA_DER_SEQUENCE, &inner))
	{
		Subtree    *subtree = &subtrees->list[subtrees->count++];

		*subtree = (Subtree) {.is_excluded = is_excluded};
		if (!read_subtree(inner, subtree))
			return false;
	}
	return pca_der_at_end(&reader);
}

/* NameConstraints */
static bool
read_constraints(PcaBytes value, Subtrees *subtrees)
{
	PcaDerReader reader = pca_der_reader(value);
	PcaDerReader constraints;
	PcaDerReader inner;

	*subtrees = (Subtrees) {0};
	if (pca_der_scan(value) != NULL || !pca_der_enter(&reader, PCA_DER_SEQUENCE, &constraints))
		return false;
	/* A subtree has at least two values, each with its header. */
	subtrees->list = palloc(Min(value.length / 4, PCA_DER_MAX_NODES / 2) * sizeof(Subtree));
	if (pca_der_enter(&constraints, PCA_DER_CONTEXT_CONSTRUCTED + 0, &inner) && !read_subtrees(inner, false, subtrees))
		return false;
	if (pca_der_enter(&constraints, PCA_DER_CONTEXT_CONSTRUCTED + 1, &inner) && !read_subtrees(inner, true, subtrees))
		return false;
	return pca_der_at_end(&constraints);
}

/* Explains why a name and a subtree of its form cannot be compared; NULL if they can. */
static const char *
comparison_fault(const PcaComparedName *name, const Subtree *subtree)
{
	if (subtree->has_bounds)
		return psprintf("%s cannot be compared with %s, which has a minimum or a maximum",
						pca_compared_name_format(name), pca_compared_name_format(&subtree->base));
	if (subtree->base.fault != NULL)
		return psprintf("%s cannot be compared with %s, which %s",
						pca_compared_name_format(name), pca_compared_name_format(&subtree->base), subtree->base.fault);
	if (name->fault != NULL)
		return psprintf("%s %s, and cannot be compared with %s",
						pca_compared_name_format(name), name->fault, pca_compared_name_format(&subtree->base));
	return NULL;
}

/*
 * Checks that a name is within a permitted subtree of its form, if any is
 * permitted, and within no excluded one.  Returns NULL or the fault.
 */
static const char *
name_fault(const PcaComparedName *name, const Subtrees *subtrees)
{
	const Subtree *permitted = NULL;
	int			others = -1;
	bool		is_permitted = false;
	const char *fault;

	for (int i = 0; i < subtrees->count; i++)
	{
		const Subtree *subtree = &subtrees->list[i];

		if (!pca_name_has_form(&name->element, &subtree->base.element))
			continue;
		if ((fault = comparison_fault(name, subtree)) != NULL)
			return fault;
		if (subtree->is_excluded && pca_name_is_within(name, &subtree->base, true))
			return psprintf("%s is within the excluded %s",
							pca_compared_name_format(name), pca_compared_name_format(&subtree->base));
		if (subtree->is_excluded)
			continue;
		permitted = permitted != NULL ? permitted : subtree;
		others++;
		is_permitted = is_permitted || pca_name_is_within(name, &subtree->base, false);
	}
	if (permitted == NULL || is_permitted)
		return NULL;
	return psprintf("%s is outside the permitted %s%s", pca_compared_name_format(name),
					pca_compared_name_format(&permitted->base), others > 0 ? psprintf(" and %d more", others) : "");
}

/*
 * Reads the constraints of several CAs, and which forms of names they constrain.
 * Returns false if *malformed is not NameConstraints.
 */
static bool
read_all(const PcaNameConstraints *constraints, int count, Subtrees *subtrees, uint32 *forms, int *malformed)
{
	for (int i = 0; i < count; i++)
	{
		*malformed = i;
		if (!read_constraints(constraints[i].value, &subtrees[i]))
			return false;
		for (int n = 0; n < subtrees[i].count; n++)
			*forms |= form_bit(subtrees[i].list[n].base.element.tag);
	}
	return true;
}

static const char *
compare_with_subtrees(const Names *names, const Subtrees *subtrees, int64 *comparisons)
{
	const char *fault = NULL;

	*comparisons += (int64) names->count * subtrees->count;
	if (*comparisons > PCA_NAME_COMPARISONS_MAX)
		return psprintf("%d names with %d subtrees take more than %d comparisons",
						names->count, subtrees->count, PCA_NAME_COMPARISONS_MAX);
	for (int i = 0; i < names->count && fault == NULL; i++)
		fault = name_fault(&names->list[i], subtrees);
	return fault;
}

static const char *
with_authority(const char *fault, const PcaNameConstraints *constraints)
{
	if (constraints->authority.length == 0)
		return fault;
	return psprintf("%s, according to the name constraints of %s", fault, pca_name_format_short(constraints->authority));
}

/*
 * Checks the names of a certificate against the constraints of the CAs above it.
 *
 * subject, extensions: the certificate's; the subject is a well-formed Name.
 * Returns NULL or the fault.  The subtrees that one CA permits are alternatives;
 * those of several CAs all apply.  A name whose form is constrained, and that
 * cannot be compared, is a fault.
 */
const char *
pca_names_fault(const PcaNameConstraints *constraints, int count, PcaBytes subject,
				const PcaExtensions *extensions, bool is_ca)
{
	Subtrees   *subtrees = palloc(count * sizeof(Subtrees));
	Names		names = {0};
	int64		comparisons = 0;
	int			malformed;
	const char *fault;

	if (!read_all(constraints, count, subtrees, &names.forms, &malformed))
		return with_authority("names cannot be compared with malformed constraints", &constraints[malformed]);
	if ((fault = add_subject(&names, subject, is_ca)) != NULL || (fault = add_alternative_names(&names, extensions)) != NULL)
		return fault;
	for (int i = 0; i < count; i++)
		if ((fault = compare_with_subtrees(&names, &subtrees[i], &comparisons)) != NULL)
			return with_authority(fault, &constraints[i]);
	return NULL;
}

/*
 * Collects the first directory names that NameConstraints (RFC 5280 4.2.1.10)
 * permit, each a whole Name.  Returns their number; malformed constraints have
 * none.
 */
int
pca_name_constraints_permitted(PcaBytes constraints, PcaBytes names[PCA_NAME_CONSTRAINTS_MAX_NAMES])
{
	PcaDerReader reader = pca_der_reader(constraints);
	PcaDerReader sequence;
	PcaDerReader subtrees;
	PcaDerReader subtree;
	PcaDerReader base;
	PcaDerElement name;
	int			count = 0;

	if (pca_der_scan(constraints) != NULL || !pca_der_enter(&reader, PCA_DER_SEQUENCE, &sequence) ||
		!pca_der_enter(&sequence, PCA_DER_CONTEXT_CONSTRUCTED + 0, &subtrees))
		return 0;
	while (count < PCA_NAME_CONSTRAINTS_MAX_NAMES && pca_der_enter(&subtrees, PCA_DER_SEQUENCE, &subtree))
		/* directoryName is an explicit tag, because a Name is a CHOICE. */
		if (pca_der_enter(&subtree, PCA_DER_CONTEXT_CONSTRUCTED + 4, &base) &&
			pca_der_take(&base, PCA_DER_SEQUENCE, &name))
			names[count++] = name.whole;
	return count;
}
