/*
 * model.h
 *		The entity model: what the simulated Service Layer knows of B1's objects.
 *
 * Everything that reads, writes, filters or describes entities loops over these
 * tables; nothing outside the model files knows a property by its type.  All
 * of it is constant after model_configure(), so no lock is needed.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>

#define MODEL_LENGTH(a) (sizeof(a) / sizeof((a)[0]))

typedef enum EdmKind
{
	EDM_STRING,
	EDM_INT,
	EDM_DOUBLE,					/* decimal(19,6), held as an integer times 10^6 */
	EDM_DATE,					/* held as YYYY-MM-DD */
	EDM_TIME,					/* held as HH:MM:SS */
	EDM_ENUM,					/* held as the database value */
	EDM_COLLECTION				/* rows of a table of their own */
} EdmKind;

/* property flags */
#define PROP_KEY		1		/* the key of the entity */
#define PROP_READONLY	2		/* silently ignored in a request body */
#define PROP_VERSION	4		/* DataVersion: source of the ETag */
#define PROP_USER		8		/* user-defined field */

typedef struct EnumMember
{
	const char *name;
	const char *value;			/* as the database has it */
	int			ordinal;		/* as the version 2 metadata has it */
} EnumMember;

typedef struct EnumType
{
	const char *name;
	const EnumMember *member;
	size_t		member_count;
} EnumType;

typedef struct StructType StructType;

typedef struct Property
{
	const char *name;
	EdmKind		kind;
	const char *enumeration;	/* name of the EnumType, for EDM_ENUM */
	const StructType *element;	/* for EDM_COLLECTION */
	int			flags;
	const char *initial;		/* database default, NULL for none */
	const char *v1_name;		/* name under /b1s/v1 where it differs */
} Property;

struct StructType
{
	const char *name;
	const Property *property;
	size_t		property_count;
};

/* How a document moves stock and open quantities (SL 11.11). */
typedef enum DocumentEffect
{
	EFFECT_NONE,				/* drafts, requests without weight, master data */
	EFFECT_COMMIT,				/* sales order: Committed rises */
	EFFECT_ORDER,				/* purchase order: Ordered rises */
	EFFECT_REQUEST,				/* transfer request: both, at either end */
	EFFECT_IN,					/* stock rises */
	EFFECT_OUT,					/* stock falls */
	EFFECT_TRANSFER,			/* stock moves between two warehouses */
	EFFECT_COUNT,				/* counting: records, moves nothing */
	EFFECT_POSTING				/* stock becomes what was counted */
} DocumentEffect;

/* entity set flags */
#define SET_DOCUMENT	1		/* numbered header with lines; never deleted */
#define SET_ETAG		2		/* DataVersion is kept and shown */
#define SET_SALES		4		/* needs a customer */
#define SET_PURCHASE	8		/* needs a supplier */
#define SET_DRAFT		16		/* stored, but without any effect */
#define SET_READONLY	32		/* no POST through the service */
#define SET_GENERAL		64		/* goods receipt or issue: no partner */
#define SET_USERTABLE	128		/* user-defined table, Code and Name */

typedef struct EntitySet
{
	const char *name;
	const StructType *type;
	const char *key;			/* key property */
	const char *header_table;	/* B1's table, for locators in messages */
	const char *line_table;
	const char *lines;			/* the line collection of a document */
	long long	object_code;
	DocumentEffect effect;
	int			flags;
	long long	base[4];		/* object codes a line may draw on, 0-terminated */
} EntitySet;

extern const EnumType model_enum[];
extern const int model_enum_count;

/* Which optional parts of the company exist. Call once, before anything else. */
extern void model_configure(bool header_udf, bool user_table);

extern const EntitySet *model_sets(int *count);
extern const EntitySet *model_find_set(const char *name);
extern const EntitySet *model_find_object(long long object_code);
extern const Property *model_find_property(const StructType *type, const char *name, int version);
extern const EnumType *model_find_enum(const char *name);

/* The name a property carries on the wire in one version of the protocol. */
extern const char *model_property_name(const Property *property, int version);

/* Database value of an enumeration literal (member name or value), or NULL. */
extern const char *model_enum_value(const char *enumeration, const char *literal);

/* Member name of a database value; the value itself when B1 has no name for it. */
extern const char *model_enum_member(const char *enumeration, const char *value);

#endif
