/*
 * main.c
 *		b1sim: a stand-in for SAP Business One's Service Layer and a small IMS.
 *
 * Options, start and stop.  Runs in the foreground on the loopback until
 * SIGTERM or SIGINT; prints one line when it is ready.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "books.h"
#include "config.h"
#include "control.h"
#include "cursor.h"
#include "fault.h"
#include "http.h"
#include "memo.h"
#include "metadata.h"
#include "model.h"
#include "node.h"
#include "policy.h"
#include "seed.h"
#include "session.h"
#include "tls.h"

Config		config = {
	.directory = NULL,
	.port = 0,
	.company = "SBODEMOGB",
	.user = "manager",
	.password = "sim-secret",
	.header_udf = true,
	.user_table = true,
	.items = 50,
	.warehouses = 3,
	.orders = 0,
	.seed = 1,
	.session_timeout = 1800,
	.nodes = 1,
	.failover_ms = 200,
	.next_link_full = -1,
	.ims_user = "ims",
	.ims_password = "ims-secret",
};

typedef enum OptionKind
{
	OPTION_TEXT,
	OPTION_NUMBER,
	OPTION_TRUE,
	OPTION_FALSE
} OptionKind;

static const struct
{
	const char *name;
	OptionKind	kind;
	void	   *target;
	const char *help;
}			options[] = {
	{"dir", OPTION_TEXT, &config.directory, "where books, certificate and port file go (required)"},
	{"port", OPTION_NUMBER, &config.port, "0 lets the system choose"},
	{"fresh", OPTION_TRUE, &config.fresh_books, "discard the books found in the directory, instead of going on with them"},
	{"company", OPTION_TEXT, &config.company, "company database"},
	{"user", OPTION_TEXT, &config.user, "B1 user"},
	{"password", OPTION_TEXT, &config.password, "its password"},
	{"no-udf", OPTION_FALSE, &config.header_udf, "without the header field U_SB_KEY"},
	{"no-udt", OPTION_FALSE, &config.user_table, "without the user table U_SB_POSTED"},
	{"mssql", OPTION_TRUE, &config.case_insensitive, "compare text without regard to case, as MSSQL does"},
	{"allow-negative", OPTION_TRUE, &config.negative_stock, "stock may fall below zero"},
	{"general-cancel", OPTION_TRUE, &config.general_cancel, "goods receipts and issues may be cancelled"},
	{"closed-before", OPTION_TEXT, &config.closed_before, "lock posting periods that end before this date"},
	{"items", OPTION_NUMBER, &config.items, "items to seed"},
	{"warehouses", OPTION_NUMBER, &config.warehouses, "warehouses to seed"},
	{"orders", OPTION_NUMBER, &config.orders, "open sales and purchase orders to seed, each"},
	{"seed", OPTION_NUMBER, &config.seed, "same seed, same books"},
	{"edge-items", OPTION_TRUE, &config.edge_items, "also items whose codes and names break careless clients"},
	{"session-timeout", OPTION_NUMBER, &config.session_timeout, "idle seconds"},
	{"session-limit", OPTION_NUMBER, &config.session_limit, "sessions per user, 0 for any number"},
	{"nodes", OPTION_NUMBER, &config.nodes, "worker nodes behind the balancer, up to 16"},
	{"failover-ms", OPTION_NUMBER, &config.failover_ms, "what a node needs to take over another one's session"},
	{"page-delay-ms", OPTION_NUMBER, &config.page_delay_ms, "before every answer to a read"},
	{"service-ms", OPTION_NUMBER, &config.service_ms, "in every posting of a document"},
	{"metadata-delay-ms", OPTION_NUMBER, &config.metadata_delay_ms, "before $metadata"},
	{"next-link-full", OPTION_NUMBER, &config.next_link_full, "next links repeat the query: 0, 1, -1 as the version does"},
	{"metadata-v1", OPTION_TEXT, &config.metadata_file[1], "serve this file (may be gzipped) as $metadata of version 1"},
	{"metadata-v2", OPTION_TEXT, &config.metadata_file[2], "the same of version 2"},
	{"record", OPTION_TEXT, &config.record_file, "write the method and target of every request to this file"},
	{"remember", OPTION_TRUE, &config.remember, "answer a read asked for before from memory, until anything is written"},
	{"ims-user", OPTION_TEXT, &config.ims_user, "user of the inventory system"},
	{"ims-password", OPTION_TEXT, &config.ims_password, "its password"},
};

#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

static void
usage(FILE *out)
{
	fputs("usage: b1sim --dir DIR [options]\n", out);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		fprintf(out, "  --%-18s %s %s\n", options[i].name, options[i].kind <= OPTION_NUMBER ? "X" : " ", options[i].help);
}

static bool
set_option(size_t index, const char *value)
{
	char	   *end;

	switch (options[index].kind)
	{
		case OPTION_TEXT:
			*(const char **) options[index].target = value;
			return true;
		case OPTION_NUMBER:
			*(int *) options[index].target = (int) strtol(value, &end, 10);
			if (end != value && *end == '\0')
				return true;
			fprintf(stderr, "b1sim: --%s needs a number\n", options[index].name);
			return false;
		default:
			*(bool *) options[index].target = options[index].kind == OPTION_TRUE;
			return true;
	}
}

static bool
parse_options(int argc, char **argv)
{
	struct option list[OPTION_COUNT + 2] = {0};
	int			index;
	int			c;

	for (size_t i = 0; i < OPTION_COUNT; i++)
	{
		list[i].name = options[i].name;
		list[i].has_arg = options[i].kind <= OPTION_NUMBER ? required_argument : no_argument;
	}
	list[OPTION_COUNT].name = "help";
	list[OPTION_COUNT].val = 'h';
	while ((c = getopt_long(argc, argv, "", list, &index)) != -1)
	{
		if (c == 'h')
		{
			usage(stdout);
			exit(0);
		}
		if (c != 0 || !set_option((size_t) index, optarg))
			return false;
	}
	if (config.directory != NULL && optind == argc && config.warehouses > 0 && config.items >= 0)
		return true;
	usage(stderr);
	return false;
}

static const char *
path_in_directory(const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", config.directory, name);
	return path;
}

static bool
prepare_books(void)
{
	char		path[4096];
	char		extra[4096 + 8];
	bool		exists;
	Db		   *db;
	bool		ok;

	path_in_directory("books.sqlite", path, sizeof(path));
	if (config.fresh_books)
	{
		unlink(path);
		snprintf(extra, sizeof(extra), "%s-wal", path);
		unlink(extra);
		snprintf(extra, sizeof(extra), "%s-shm", path);
		unlink(extra);
	}
	exists = access(path, F_OK) == 0;
	if (!books_open(path) || (db = books_acquire()) == NULL)
		return false;
	ok = exists || (db_begin(db) && schema_create(db) && seed_books(db) && db_commit(db));
	if (!ok)
		fprintf(stderr, "b1sim: cannot prepare the books: %s\n", db_message(db));
	books_release(db);
	return ok;
}

/* Written under another name first: whoever sees the file sees the port. */
static bool
announce(int port)
{
	char		path[4096];
	char		temporary[4096 + 8];
	FILE	   *file;

	path_in_directory("b1sim.port", path, sizeof(path));
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	file = fopen(temporary, "w");
	if (file == NULL || fprintf(file, "%d\n", port) < 0 || fclose(file) != 0 || rename(temporary, path) != 0)
	{
		perror(path);
		return false;
	}
	printf("ready https://127.0.0.1:%d/b1s/v2 ca=%s/ca.pem\n", port, config.directory);
	fflush(stdout);
	return true;
}

int
main(int argc, char **argv)
{
	sigset_t	stop;
	int			signal_number;
	char	   *certificate = NULL;
	char	   *key = NULL;
	int			port;
	bool		ok;

	if (!parse_options(argc, argv))
		return 2;
	mkdir(config.directory, 0700);
	/* threads inherit the mask: only sigwait below sees these */
	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	signal(SIGPIPE, SIG_IGN);

	node_configure(config.nodes);
	model_configure(config.header_udf, config.user_table);
	ok = control_record_to(config.record_file) &&
		tls_identity(config.directory, &certificate, &key) && metadata_load() && prepare_books();
	port = ok ? http_start(config.port, certificate, key) : 0;
	ok = port != 0 && announce(port);
	if (ok)
		sigwait(&stop, &signal_number);

	http_stop();
	fault_clear();
	policy_clear();
	session_drop_all();
	control_reset_counts();
	control_record_end();
	memo_drop_all();
	metadata_unload();
	cursor_drop_all();
	books_close();
	free(certificate);
	free(key);
	return ok ? 0 : 1;
}
