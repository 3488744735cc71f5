/*
 * remote.h
 *		Remote servers, tables and columns as the wrappers' options describe them.
 *
 * Objects live in the memory context that is current at the time of opening.
 */
#ifndef STOCKBRIDGE_REMOTE_H
#define STOCKBRIDGE_REMOTE_H

#include "postgres.h"

#include "access/attnum.h"
#include "decode.h"
#include "nodes/pg_list.h"
#include "storage/itemptr.h"
#include "transport.h"

struct Connector;

/*
 * Which state of the options of a server and a user mapping was read: their
 * catalog tuples.  What was agreed with the remote under one version is not
 * valid under another.
 */
typedef struct RemoteVersion
{
	TransactionId server_xmin;
	ItemPointerData server_tid;
	TransactionId mapping_xmin; /* InvalidTransactionId without a mapping */
	ItemPointerData mapping_tid;
} RemoteVersion;

typedef struct RemoteServer
{
	Oid			serverid;
	Oid			userid;			/* whose user mapping is used */
	Oid			umid;			/* pg_user_mapping.oid, InvalidOid if none */
	char	   *name;
	const struct Connector *connector;
	char	   *url;			/* without trailing slash */
	TransportSettings transport;
	int			page_size;
	List	   *options;		/* of DefElem *: server options */
	List	   *user_options;	/* of DefElem *: user mapping options, secrets */
	RemoteVersion version;
} RemoteServer;

typedef struct RemoteColumn
{
	AttrNumber	attno;
	char	   *name;			/* NULL for a dropped column */
	Oid			type;
	int32		typmod;
	Oid			collation;
	bool		not_null;		/* declared NOT NULL, or part of a key */
	List	   *options;		/* of DefElem * */
	char	   *pointer;		/* where in a row of the answer, set by the connector */
	DecodeFunction decode;		/* NULL = the text as it is */
	void	   *remote;			/* whatever the connector keeps per column */
} RemoteColumn;

typedef struct RemoteTable
{
	Oid			relid;
	char	   *name;			/* schema-qualified, quoted: for messages */
	RemoteServer *server;
	int			ncolumns;
	RemoteColumn *columns;		/* by attno - 1 */
	List	   *options;		/* of DefElem * */
	void	   *remote;			/* whatever the connector keeps per table */
} RemoteTable;

/*
 * remote_server_open
 *		Resolve a server and a role's user mapping.
 *
 * A missing user mapping is not an error here: a connector that needs one
 * raises ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION at login, with a hint.
 */
extern RemoteServer *remote_server_open(Oid serverid, Oid userid);

extern bool remote_version_equal(const RemoteVersion *a, const RemoteVersion *b);

/*
 * remote_version_read
 *		The present version of a server and a mapping (InvalidOid = none); false
 *		if one of them does not exist any more.
 */
extern bool remote_version_read(Oid serverid, Oid umid, RemoteVersion *version);

/* remote_table_open: resolve a foreign table, its columns and its server. */
extern RemoteTable *remote_table_open(Oid relid, Oid userid);

/*
 * remote_option
 *		Value of an option in a list of DefElem, or NULL.
 */
extern const char *remote_option(List *options, const char *name);

/*
 * remote_require_option
 *		As remote_option; raises ERRCODE_FDW_OPTION_NAME_NOT_FOUND if missing.
 */
extern const char *remote_require_option(List *options, const char *name,
										 const char *owner);

/*
 * remote_raise_failure
 *		Turn a transfer without whole answer into one clear ERROR.
 *
 * Names server, what was attempted ("reading entity set Items") and cause,
 * with a hint per kind of failure.  Never returns for such a response; returns
 * at once for HTTP_ANSWERED.
 */
extern void remote_raise_failure(const RemoteServer *server,
								 const HttpResponse *response,
								 const char *attempted);

#endif							/* STOCKBRIDGE_REMOTE_H */
