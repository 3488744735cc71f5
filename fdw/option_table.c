/*
 * option_table.c
 *		Every option of both wrappers: data, no code.
 *
 * The validators, the view stockbridge.options, the defaults and the hints for
 * near misses read this table, and nothing else lists options.  Within one
 * context the order is the one in which a reader meets them.
 *
 * Rules for rows: a secret belongs to the user mapping; a path on the database
 * host has type OPTION_FILE, because setting it is a privilege; a default is
 * spelled as a user would spell it.  Options of ims_fdw that a profile fills in
 * have no default here: the profile's value is the default.
 */
#include "postgres.h"

#include "option_table.h"

#define B1		WRAPPER_SAP_B1
#define IMS		WRAPPER_IMS
#define BOTH	(WRAPPER_SAP_B1 | WRAPPER_IMS)

const OptionSpec option_table[] = {
	/*
	 * Server: how to reach it.
	 */
	{BOTH, OPTION_OF_SERVER, "url", OPTION_URL, OPTION_REQUIRED,
		.description = "Root of the service; for SAP Business One including the version, as in https://host:50000/b1s/v2."},
	{BOTH, OPTION_OF_SERVER, "connect_timeout", OPTION_DURATION,
		.default_value = "10s", .min = "1ms", .max = "1h",
		.description = "Longest time for name look-up, connection and TLS handshake together."},
	{BOTH, OPTION_OF_SERVER, "request_timeout", OPTION_DURATION,
		.default_value = "5min", .min = "1ms", .max = "1d",
		.description = "Longest time for one whole request."},
	{BOTH, OPTION_OF_SERVER, "idle_timeout", OPTION_DURATION,
		.default_value = "2min", .min = "1ms", .max = "1d",
		.description = "Longest silence of the remote within a request."},
	{BOTH, OPTION_OF_SERVER, "max_response_size", OPTION_SIZE,
		.default_value = "64MB", .min = "1kB", .max = "1023MB",
		.description = "Largest answer that is accepted, after decompression."},
	{BOTH, OPTION_OF_SERVER, "ca_file", OPTION_FILE,
		.description = "PEM file of the certificate authorities to trust instead of the system's."},
	{BOTH, OPTION_OF_SERVER, "pinned_key", OPTION_KEY_OR_FILE,
		.description = "Public key the remote must prove to own: sha256//base64, several separated by \";\", or a PEM or DER file."},
	{BOTH, OPTION_OF_SERVER, "insecure_skip_tls_verify", OPTION_BOOLEAN,
		.default_value = "false",
		.description = "Accept any certificate: anyone on the way can then read and change the traffic, passwords included."},
	{BOTH, OPTION_OF_SERVER, "compression", OPTION_BOOLEAN,
		.default_value = "true",
		.description = "Offer the remote to compress its answers."},
	{BOTH, OPTION_OF_SERVER, "proxy", OPTION_PROXY_URL,
		.description = "Proxy to go through (http, https, socks4, socks4a, socks5, socks5h); the environment is never consulted."},

	/*
	 * Server: SAP Business One.
	 */
	{B1, OPTION_OF_SERVER, "page_size", OPTION_INTEGER,
		.default_value = "500", .min = "1", .max = "100000",
		.description = "Rows asked for per request."},
	{B1, OPTION_OF_SERVER, "flavour", OPTION_ENUM,
		.default_value = "service_layer", .allowed = "service_layer, odata",
		.description = "What the service is: SAP Business One's Service Layer, or any other service of OData V4."},
	{B1, OPTION_OF_SERVER, "company", OPTION_TEXT, OPTION_REQUIRED,
		.unless = "flavour=odata",
		.description = "Company database to log in to (CompanyDB)."},
	{B1, OPTION_OF_SERVER, "sessions", OPTION_INTEGER,
		.default_value = "4", .min = "1", .max = "32",
		.description = "Most sessions that one backend opens to read long tables ahead; a short scan uses one."},
	{B1, OPTION_OF_SERVER, "language", OPTION_INTEGER,
		.min = "1", .max = "999",
		.description = "Language code of the login, in which error texts arrive; the company's default if not given."},

	/*
	 * Server: any other service of OData.
	 */
	{B1, OPTION_OF_SERVER, "paging", OPTION_ENUM,
		.default_value = "server", .allowed = "server, client",
		.description = "Flavour odata: who cuts a result into pages: the service, whose next links are followed, or we, by $top."},
	{B1, OPTION_OF_SERVER, "unsupported", OPTION_TEXT,
		.description = "Flavour odata: what the service cannot do, separated by commas: filter, functions, orderby, select, expand, top, skip, count."},

	/*
	 * Server: inventory systems.
	 */
	{IMS, OPTION_OF_SERVER, "page_size", OPTION_INTEGER,
		.default_value = "100", .min = "1", .max = "100000",
		.description = "Rows asked for per request."},
	{IMS, OPTION_OF_SERVER, "profile", OPTION_TEXT,
		.default_value = "rest",
		.description = "Profile that describes the remote's interface, a row of stockbridge.profiles."},
	{IMS, OPTION_OF_SERVER, "database", OPTION_TEXT,
		.description = "Database or tenant of the inventory system, for profiles that need one."},
	{IMS, OPTION_OF_SERVER, "headers", OPTION_TEXT,
		.description = "Headers sent with every request, one \"Name: template\" a line."},
	{IMS, OPTION_OF_SERVER, "auth", OPTION_ENUM,
		.default_value = "none", .allowed = "none, basic, headers, login",
		.description = "How requests are authenticated: not at all, by HTTP Basic, by the option headers, or by a login request."},
	{IMS, OPTION_OF_SERVER, "login_request", OPTION_TEXT,
		.description = "Request that logs in: method and path template."},
	{IMS, OPTION_OF_SERVER, "login_body", OPTION_TEXT,
		.description = "Body template of the login request."},
	{IMS, OPTION_OF_SERVER, "login_body_type", OPTION_ENUM,
		.default_value = "json", .allowed = "json, form",
		.description = "How the body of the login request is encoded."},
	{IMS, OPTION_OF_SERVER, "login_token", OPTION_TEXT, OPTION_MAY_BE_EMPTY,
		.description = "JSON pointer to what must be in the login's answer, the value of {token}; \"\" takes the whole answer, \"cookie\" its cookies."},
	{IMS, OPTION_OF_SERVER, "login_header", OPTION_TEXT,
		.description = "Header templates that carry the login in later requests, one \"Name: template\" a line."},
	{IMS, OPTION_OF_SERVER, "login_ttl", OPTION_TEXT,
		.description = "How long an idle login lasts: a duration, or a JSON pointer to seconds in the login's answer."},
	{IMS, OPTION_OF_SERVER, "logout_request", OPTION_TEXT,
		.description = "Request that ends a login: method and path template."},
	{IMS, OPTION_OF_SERVER, "logout_body", OPTION_TEXT,
		.description = "JSON body template of the logout request."},
	{IMS, OPTION_OF_SERVER, "throttle_status", OPTION_TEXT,
		.default_value = "429",
		.description = "HTTP statuses that mean \"too many requests\", separated by commas."},
	{IMS, OPTION_OF_SERVER, "throttle_wait", OPTION_TEXT,
		.default_value = "header Retry-After s",
		.description = "Where a throttled answer says how long to wait: header NAME UNIT or body /pointer UNIT, in s, ms, epoch_s or epoch_ms."},
	{IMS, OPTION_OF_SERVER, "throttle_max_wait", OPTION_DURATION,
		.default_value = "2min", .min = "0s", .max = "1d",
		.description = "Longest wait that a throttled answer may ask for; more is an error."},
	{IMS, OPTION_OF_SERVER, "ok", OPTION_TEXT,
		.default_value = "http",
		.description = "What a good answer looks like: http, or a JSON pointer and its value, as in /code=0."},
	{IMS, OPTION_OF_SERVER, "error", OPTION_TEXT,
		.description = "JSON pointers to error texts, separated by blanks; one that is there means failure even with HTTP status 200."},
	{IMS, OPTION_OF_SERVER, "null_values", OPTION_TEXT,
		.description = "JSON values that mean null, separated by commas, as in false,\"\"."},
	{IMS, OPTION_OF_SERVER, "retry_safe", OPTION_ENUM,
		.default_value = "reads", .allowed = "reads, none",
		.description = "Which requests may be repeated after a transient failure."},

	/*
	 * User mapping: who we are.  All secrets are here and nowhere else.
	 */
	{B1, OPTION_OF_USER_MAPPING, "user", OPTION_TEXT, OPTION_REQUIRED,
		.unless = "token, headers",
		.description = "User of the company, or of HTTP Basic with flavour odata."},
	{B1, OPTION_OF_USER_MAPPING, "password", OPTION_TEXT,
		OPTION_REQUIRED | OPTION_SECRET,
		.unless = "token, headers",
		.description = "Password of the user."},
	{B1, OPTION_OF_USER_MAPPING, "token", OPTION_TEXT, OPTION_SECRET,
		.description = "Flavour odata: bearer token, sent with every request."},
	{B1, OPTION_OF_USER_MAPPING, "headers", OPTION_TEXT, OPTION_SECRET,
		.description = "Flavour odata: headers sent with every request, an API key for example, one \"Name: value\" a line."},
	{IMS, OPTION_OF_USER_MAPPING, "user", OPTION_TEXT,
		.description = "User of the inventory system."},
	{IMS, OPTION_OF_USER_MAPPING, "password", OPTION_TEXT, OPTION_SECRET,
		.description = "Password of the user."},
	{IMS, OPTION_OF_USER_MAPPING, "token", OPTION_TEXT, OPTION_SECRET,
		.description = "Access token, for remotes that give out static ones."},
	{IMS, OPTION_OF_USER_MAPPING, "key", OPTION_TEXT, OPTION_SECRET,
		.description = "API key."},
	{IMS, OPTION_OF_USER_MAPPING, "secret", OPTION_TEXT, OPTION_SECRET,
		.description = "API secret that goes with the key, or signs requests."},
	{IMS, OPTION_OF_USER_MAPPING, "client_id", OPTION_TEXT,
		.description = "OAuth 2 client identifier."},
	{IMS, OPTION_OF_USER_MAPPING, "client_secret", OPTION_TEXT, OPTION_SECRET,
		.description = "OAuth 2 client secret."},
	{IMS, OPTION_OF_USER_MAPPING, "refresh_token", OPTION_TEXT, OPTION_SECRET,
		.description = "OAuth 2 refresh token."},

	/*
	 * Table.
	 */
	{BOTH, OPTION_OF_TABLE, "resource", OPTION_NAME,
		.description = "Canonical name by which the extension finds the table, whatever it is called."},
	{BOTH, OPTION_OF_TABLE, "page_size", OPTION_INTEGER,
		.min = "1", .max = "100000",
		.description = "Rows asked for per request; the server's setting if not given."},
	{B1, OPTION_OF_TABLE, "entity", OPTION_NAME, OPTION_REQUIRED,
		.description = "Entity set, as in Items."},
	{B1, OPTION_OF_TABLE, "collection", OPTION_PATH,
		.description = "Collection within the entity, as in DocumentLines: one row per member of it."},
	{B1, OPTION_OF_TABLE, "via", OPTION_ENUM,
		.default_value = "crossjoin", .allowed = "crossjoin, nested, expand, values",
		.description = "How a collection is read: as rows of a $crossjoin with its entity, or unfolded from whole entities; with flavour odata also by $expand, and if its members are bare values."},
	{B1, OPTION_OF_TABLE, "parent_key", OPTION_NAME,
		.description = "Property by which $crossjoin links a collection to its entity; both have it."},
	{B1, OPTION_OF_TABLE, "singleton", OPTION_BOOLEAN,
		.default_value = "false",
		.description = "Flavour odata: whether the service has one such entity and no set of them."},
	{B1, OPTION_OF_TABLE, "unsupported", OPTION_TEXT,
		.description = "Flavour odata: what the service cannot do with this set, besides the server's option of that name."},
	{IMS, OPTION_OF_TABLE, "request", OPTION_TEXT, OPTION_REQUIRED,
		.description = "Request that reads the table: method and path template, as in GET /stock?limit={limit}&offset={offset}."},
	{IMS, OPTION_OF_TABLE, "body", OPTION_TEXT,
		.description = "Body template of the request."},
	{IMS, OPTION_OF_TABLE, "body_type", OPTION_ENUM,
		.default_value = "json", .allowed = "json, form",
		.description = "How the body is encoded."},
	{IMS, OPTION_OF_TABLE, "rows", OPTION_TEXT, OPTION_MAY_BE_EMPTY,
		.default_value = "/*",
		.description = "JSON pointer to the rows in the answer; \"*\" stands for every element of an array or member of an object."},
	{IMS, OPTION_OF_TABLE, "explode", OPTION_TEXT,
		.description = "JSON pointer inside of a row whose elements become the rows; the outer row's values are at ../name."},
	{IMS, OPTION_OF_TABLE, "page", OPTION_ENUM,
		.default_value = "none", .allowed = "none, page, offset, cursor, link, next_url",
		.description = "How the remote pages: by {page}, {offset} or {cursor}, by a Link header, or by the URL at page_next."},
	{IMS, OPTION_OF_TABLE, "page_start", OPTION_INTEGER,
		.min = "0", .max = "1",
		.description = "First value of {page} (default 1) or {offset} (default 0)."},
	{IMS, OPTION_OF_TABLE, "page_next", OPTION_TEXT,
		.description = "JSON pointer to the next cursor or URL in the answer."},
	{IMS, OPTION_OF_TABLE, "page_end", OPTION_TEXT,
		.default_value = "short",
		.description = "How the last page is recognised: short, total:/pointer, pages:/pointer, flag:/pointer or status:N."},
	{IMS, OPTION_OF_TABLE, "empty_status", OPTION_TEXT,
		.description = "HTTP statuses that mean \"no rows\", separated by commas."},
	{IMS, OPTION_OF_TABLE, "since", OPTION_TEXT,
		.description = "Column whose bounds in a query are {since} (lower) and {until} (upper)."},
	{IMS, OPTION_OF_TABLE, "from", OPTION_NAME,
		.description = "Resource of the table for each of whose rows the request is sent; its columns are {from:NAME}."},

	/*
	 * Column.
	 */
	{B1, OPTION_OF_COLUMN, "property", OPTION_PATH,
		.description = "Property of the entity or of its collection; a member of a single complex property as in TaxExtension/TaxId0."},
	{B1, OPTION_OF_COLUMN, "of", OPTION_ENUM,
		.allowed = "entity, collection",
		.description = "Whose property it is; by default the collection's where the table has one, else the entity's."},
	{B1, OPTION_OF_COLUMN, "type", OPTION_NAME,
		.description = "EDM type or enumeration of the property, as in Edm.Double or BoYesNoEnum; Edm.Date and Edm.Time stand for either version's types."},
	{B1, OPTION_OF_COLUMN, "read_only", OPTION_BOOLEAN,
		.default_value = "false",
		.description = "Whether Business One computes the property: a value for it is refused, since B1 would ignore it."},
	{B1, OPTION_OF_COLUMN, "key", OPTION_BOOLEAN,
		.default_value = "false",
		.description = "Whether the column is part of what identifies a row; pages continue after the last key. In a nested collection: part of its entity's key."},
	{B1, OPTION_OF_COLUMN, "filterable", OPTION_BOOLEAN,
		.default_value = "true",
		.description = "Flavour odata: whether conditions on the property may be sent."},
	{B1, OPTION_OF_COLUMN, "values", OPTION_TEXT,
		.description = "Members of the property's enumeration, for the reader."},
	{IMS, OPTION_OF_COLUMN, "path", OPTION_TEXT, OPTION_MAY_BE_EMPTY,
		.description = "JSON pointer to the value within a row, \"/\" and the column's name if not given; @from:NAME is a column of the row it was asked for, @sent_at the time of the request, @none nothing."},
	{IMS, OPTION_OF_COLUMN, "by", OPTION_TEXT,
		.description = "JSON pointers, separated by blanks, whose values choose a case of map."},
	{IMS, OPTION_OF_COLUMN, "map", OPTION_TEXT,
		.description = "Cases \"pattern = result\", separated by semicolons: a word or * for each pointer of by; a literal, null, a JSON pointer, or - and a pointer for its negative. Without a match, the value at path."},
	{IMS, OPTION_OF_COLUMN, "sum", OPTION_TEXT,
		.description = "Adds up an array in the row: pointer to it, pointer to the number in an element, and possibly a condition, as in /moves /quantity /state=done."},
	{IMS, OPTION_OF_COLUMN, "decode", OPTION_DECODER,
		.description = "Decoder that turns the remote's spelling into the column's."},
	{IMS, OPTION_OF_COLUMN, "format", OPTION_ENUM,
		.allowed = "text, iso, sql, date, epoch, epoch_ms, bool01",
		.description = "How a value of the column is written into a request; times as iso if not given, others as text."},
	{IMS, OPTION_OF_COLUMN, "filter_eq", OPTION_TEXT,
		.description = "Template for \"column = {value}\", put in the place of {filters}."},
	{IMS, OPTION_OF_COLUMN, "filter_in", OPTION_TEXT,
		.description = "Template for \"column = ANY ({values})\"; one with {value} is repeated for each."},
	{IMS, OPTION_OF_COLUMN, "filter_ge", OPTION_TEXT,
		.description = "Template for \"column >= {value}\", also used for > if there is no filter_gt."},
	{IMS, OPTION_OF_COLUMN, "filter_gt", OPTION_TEXT,
		.description = "Template for \"column > {value}\"."},
	{IMS, OPTION_OF_COLUMN, "filter_le", OPTION_TEXT,
		.description = "Template for \"column <= {value}\", also used for < if there is no filter_lt."},
	{IMS, OPTION_OF_COLUMN, "filter_lt", OPTION_TEXT,
		.description = "Template for \"column < {value}\"."},

	/*
	 * IMPORT FOREIGN SCHEMA.
	 */
	{B1, OPTION_OF_IMPORT, "names", OPTION_ENUM,
		.default_value = "snake", .allowed = "snake, exact",
		.description = "Names of tables and columns: snake_case, or as the service spells them."},
	{B1, OPTION_OF_IMPORT, "collections", OPTION_BOOLEAN,
		.default_value = "true",
		.description = "Import a table per collection as well; for schemas service_layer and odata."},
	{B1, OPTION_OF_IMPORT, "navigations", OPTION_BOOLEAN,
		.default_value = "false",
		.description = "Import a table per collection of entities of other sets as well, read by $expand; for schema odata."},
	{B1, OPTION_OF_IMPORT, "derived", OPTION_BOOLEAN,
		.default_value = "false",
		.description = "Import the properties of types that extend a set's type as well; for schema odata."},

	{.name = NULL}
};
