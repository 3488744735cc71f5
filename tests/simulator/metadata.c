/*
 * metadata.c
 *		$metadata in either version, from the model or from a given file (SL 9).
 *
 * Version 1 is OData 3 with FunctionImport, version 2 OData 4 with Action and
 * ActionImport.  A file, gzipped or not, is served as it is, so that the real
 * two megabytes can be tried.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config.h"
#include "metadata.h"
#include "model.h"

static Buffer document[3];		/* by version; empty: generated */

static bool
read_all(int descriptor, Buffer *out)
{
	char		chunk[65536];
	ssize_t		count;

	while ((count = read(descriptor, chunk, sizeof(chunk))) > 0)
		buffer_add(out, chunk, (size_t) count);
	return count == 0;
}

/* What gzip makes of the file; the simulator needs no library for two files. */
static bool
read_gzip(const char *path, Buffer *out)
{
	char	   *command[] = {"gzip", "-dc", "--", (char *) path, NULL};
	posix_spawn_file_actions_t actions;
	int			ends[2];
	pid_t		child;
	int			status = 0;
	bool		ok;

	if (pipe(ends) != 0)
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	posix_spawn_file_actions_addclose(&actions, ends[0]);
	ok = posix_spawnp(&child, command[0], &actions, NULL, command, environ) == 0;
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (ok)
		ok = read_all(ends[0], out) && waitpid(child, &status, 0) == child && status == 0;
	close(ends[0]);
	return ok;
}

static bool
read_document(const char *path, Buffer *out)
{
	int			file = open(path, O_RDONLY);
	bool		ok = file >= 0 && read_all(file, out);

	if (file >= 0)
		close(file);
	if (ok && out->length > 2 && memcmp(out->data, "\x1f\x8b", 2) == 0)
	{
		buffer_free(out);
		ok = read_gzip(path, out);
	}
	return ok && out->length > 0;
}

bool
metadata_load(void)
{
	for (int version = 1; version <= 2; version++)
		if (config.metadata_file[version] != NULL &&
			!read_document(config.metadata_file[version], &document[version]))
		{
			fprintf(stderr, "b1sim: cannot read %s, or it is empty or damaged\n", config.metadata_file[version]);
			return false;
		}
	return true;
}

void
metadata_unload(void)
{
	buffer_free(&document[1]);
	buffer_free(&document[2]);
}

static void
put_enums(Buffer *out, int version)
{
	for (int i = 0; i < model_enum_count; i++)
	{
		const EnumType *type = &model_enum[i];

		if (version == 1)
			buffer_printf(out, "      <EnumType Name=\"%s\">\n", type->name);
		else
			buffer_printf(out, "      <EnumType IsFlags=\"false\" Name=\"%s\" UnderlyingType=\"Edm.Int32\">\n", type->name);
		for (size_t m = 0; m < type->member_count; m++)
			if (version == 1)
				buffer_printf(out, "        <Member Name=\"%s\" />\n", type->member[m].name);
			else
				buffer_printf(out, "        <Member Name=\"%s\" Value=\"%d\" />\n", type->member[m].name, type->member[m].ordinal);
		buffer_puts(out, "      </EnumType>\n");
	}
}

static void
put_property(Buffer *out, const Property *property, int version)
{
	static const char *const name[2][5] = {
		{"Edm.String", "Edm.Int32", "Edm.Double", "Edm.DateTime", "Edm.Time"},
		{"Edm.String", "Edm.Int32", "Edm.Double", "Edm.DateTimeOffset", "Edm.TimeOfDay"},
	};

	buffer_puts(out, "        <Property");
	if (version == 1 && (property->flags & PROP_VERSION) != 0)
		buffer_puts(out, " ConcurrencyMode=\"Fixed\"");
	buffer_printf(out, " Name=\"%s\"", model_property_name(property, version));
	if (property->flags & PROP_KEY)
		buffer_puts(out, " Nullable=\"false\"");
	if (property->kind == EDM_COLLECTION)
		buffer_printf(out, " Type=\"Collection(SAPB1.%s)\" />\n", property->element->name);
	else if (property->kind == EDM_ENUM)
		buffer_printf(out, " Type=\"SAPB1.%s\" />\n", property->enumeration);
	else
		buffer_printf(out, " Type=\"%s\" />\n", name[version - 1][property->kind]);
}

static void
put_properties(Buffer *out, const StructType *type, int version)
{
	for (size_t i = 0; i < type->property_count; i++)
		put_property(out, &type->property[i], version);
}

typedef struct Seen
{
	const StructType *type[128];
	int			count;
} Seen;

static bool
first_time(Seen *seen, const StructType *type)
{
	for (int i = 0; i < seen->count; i++)
		if (seen->type[i] == type)
			return false;
	if (seen->count < (int) MODEL_LENGTH(seen->type))
		seen->type[seen->count++] = type;
	return true;
}

static void
put_complex_types(Buffer *out, const StructType *type, int version, Seen *seen)
{
	for (size_t i = 0; i < type->property_count; i++)
	{
		const StructType *element = type->property[i].element;

		if (element == NULL || !first_time(seen, element))
			continue;
		buffer_printf(out, "      <ComplexType Name=\"%s\" OpenType=\"true\">\n", element->name);
		put_properties(out, element, version);
		buffer_puts(out, "      </ComplexType>\n");
		put_complex_types(out, element, version, seen);
	}
}

static void
put_entity_type(Buffer *out, const EntitySet *set, int version)
{
	buffer_printf(out, "      <EntityType Name=\"%s\" OpenType=\"true\">\n        <Key>\n          <PropertyRef Name=\"%s\" />\n"
				  "        </Key>\n", set->type->name, set->key);
	put_properties(out, set->type, version);
	buffer_puts(out, "      </EntityType>\n");
}

static void
put_session_type(Buffer *out)
{
	buffer_puts(out, "      <EntityType Name=\"B1Session\">\n        <Key>\n          <PropertyRef Name=\"SessionId\" />\n        </Key>\n"
				"        <Property Name=\"SessionId\" Nullable=\"false\" Type=\"Edm.String\" />\n"
				"        <Property Name=\"Version\" Type=\"Edm.String\" />\n"
				"        <Property Name=\"SessionTimeout\" Type=\"Edm.Int32\" />\n      </EntityType>\n"
				"      <ComplexType Name=\"AdminInfo\" OpenType=\"true\">\n"
				"        <Property Name=\"AccuracyofQuantities\" Type=\"Edm.Int32\" />\n"
				"        <Property Name=\"PriceAccuracy\" Type=\"Edm.Int32\" />\n"
				"        <Property Name=\"DefaultWarehouse\" Type=\"Edm.String\" />\n"
				"        <Property Name=\"BlockStockNegativeQuantity\" Type=\"SAPB1.BoYesNoEnum\" />\n      </ComplexType>\n");
}

static const char *const bound_action[][2] = {
	{"Cancel", "Document"}, {"Close", "Document"}, {"Reopen", "Document"},
	{"CreateCancellationDocument", "Document"},
	{"Cancel", "StockTransfer"}, {"Close", "StockTransfer"}, {"SaveDraftToDocument", "StockTransfer"},
	{"Close", "InventoryCounting"},
};

static void
put_imports_v1(Buffer *out)
{
	buffer_puts(out, "        <FunctionImport Name=\"Login\" ReturnType=\"SAPB1.B1Session\" m:HttpMethod=\"POST\">\n"
				"          <Parameter Name=\"CompanyDB\" Type=\"Edm.String\" />\n"
				"          <Parameter Name=\"UserName\" Type=\"Edm.String\" />\n"
				"          <Parameter Name=\"Password\" Type=\"Edm.String\" />\n"
				"          <Parameter Name=\"Language\" Type=\"Edm.String\" />\n        </FunctionImport>\n"
				"        <FunctionImport Name=\"Logout\" m:HttpMethod=\"POST\" />\n"
				"        <FunctionImport Name=\"QueryService_PostQuery\" ReturnType=\"Edm.String\" m:HttpMethod=\"POST\">\n"
				"          <Parameter Name=\"QueryPath\" Type=\"Edm.String\" />\n"
				"          <Parameter Name=\"QueryOption\" Type=\"Edm.String\" />\n        </FunctionImport>\n"
				"        <FunctionImport Name=\"CompanyService_GetAdminInfo\" ReturnType=\"SAPB1.AdminInfo\" m:HttpMethod=\"POST\" />\n"
				"        <FunctionImport Name=\"DraftsService_SaveDraftToDocument\" m:HttpMethod=\"POST\">\n"
				"          <Parameter Name=\"Document\" Type=\"SAPB1.Document\" />\n        </FunctionImport>\n");
	for (size_t i = 0; i < MODEL_LENGTH(bound_action); i++)
	{
		const char *name = bound_action[i][0];
		const char *type = bound_action[i][1];
		bool		returns = strcmp(name, "CreateCancellationDocument") == 0;

		buffer_printf(out, "        <FunctionImport IsBindable=\"true\" Name=\"%s\"%s m:HttpMethod=\"POST\">\n"
					  "          <Parameter Name=\"%sParams\" Type=\"SAPB1.%s\" />\n        </FunctionImport>\n",
					  name, returns ? " ReturnType=\"SAPB1.Document\"" : "", type, type);
	}
}

static void
put_actions_v2(Buffer *out)
{
	for (size_t i = 0; i < MODEL_LENGTH(bound_action); i++)
	{
		const char *name = bound_action[i][0];
		const char *type = bound_action[i][1];

		buffer_printf(out, "      <Action IsBound=\"true\" Name=\"%s\">\n        <Parameter Name=\"%sParams\" Type=\"SAPB1.%s\" />\n%s"
					  "      </Action>\n", name, type, type, strcmp(name, "CreateCancellationDocument") == 0 ?
					  "        <ReturnType Type=\"SAPB1.Document\" />\n" : "");
	}
	buffer_puts(out, "      <Action Name=\"QueryService_PostQuery\">\n        <Parameter Name=\"QueryPath\" Type=\"Edm.String\" />\n"
				"        <Parameter Name=\"QueryOption\" Type=\"Edm.String\" />\n        <ReturnType Type=\"Edm.String\" />\n      </Action>\n"
				"      <Action Name=\"DraftsService_SaveDraftToDocument\">\n        <Parameter Name=\"Document\" Type=\"SAPB1.Document\" />\n"
				"      </Action>\n"
				"      <Action Name=\"Login\">\n        <Parameter Name=\"CompanyDB\" Type=\"Edm.String\" />\n"
				"        <Parameter Name=\"UserName\" Type=\"Edm.String\" />\n        <Parameter Name=\"Password\" Type=\"Edm.String\" />\n"
				"        <Parameter Name=\"Language\" Type=\"Edm.String\" />\n        <ReturnType Type=\"SAPB1.B1Session\" />\n      </Action>\n"
				"      <Action Name=\"Logout\" />\n"
				"      <Function Name=\"CompanyService_GetAdminInfo\">\n        <ReturnType Type=\"SAPB1.AdminInfo\" />\n      </Function>\n");
}

static void
put_imports_v2(Buffer *out)
{
	static const char *const action[] = {"Login", "Logout", "QueryService_PostQuery", "DraftsService_SaveDraftToDocument"};

	buffer_puts(out, "        <FunctionImport Function=\"SAPB1.CompanyService_GetAdminInfo\" Name=\"CompanyService_GetAdminInfo\" />\n");
	for (size_t i = 0; i < MODEL_LENGTH(action); i++)
		buffer_printf(out, "        <ActionImport Action=\"SAPB1.%s\" Name=\"%s\" />\n", action[i], action[i]);
}

static void
put_head(Buffer *out, int version)
{
	buffer_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	if (version == 1)
		buffer_puts(out, "<edmx:Edmx Version=\"1.0\" xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\">\n"
					"  <edmx:DataServices m:DataServiceVersion=\"3.0\" m:MaxDataServiceVersion=\"3.0\""
					" xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\">\n"
					"    <Schema Namespace=\"SAPB1\" xmlns=\"http://schemas.microsoft.com/ado/2009/11/edm\">\n");
	else
		buffer_puts(out, "<edmx:Edmx Version=\"4.0\" xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n"
					"  <edmx:Reference Uri=\"https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml\">\n"
					"    <edmx:Include Alias=\"Core\" Namespace=\"Org.OData.Core.V1\" />\n  </edmx:Reference>\n"
					"  <edmx:DataServices>\n"
					"    <Schema Namespace=\"SAPB1\" xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n");
}

static void
put_container(Buffer *out, int version)
{
	int			count;
	const EntitySet *set = model_sets(&count);

	buffer_printf(out, "      <EntityContainer Name=\"ServiceLayer\"%s>\n",
				  version == 1 ? " m:IsDefaultEntityContainer=\"true\"" : "");
	for (int i = 0; i < count; i++)
		if (version == 2 && (set[i].flags & SET_ETAG) != 0)
			buffer_printf(out, "        <EntitySet EntityType=\"SAPB1.%s\" Name=\"%s\">\n"
						  "          <Annotation Term=\"Core.OptimisticConcurrency\">\n            <Collection>\n"
						  "              <PropertyPath>DataVersion</PropertyPath>\n            </Collection>\n"
						  "          </Annotation>\n        </EntitySet>\n", set[i].type->name, set[i].name);
		else
			buffer_printf(out, "        <EntitySet EntityType=\"SAPB1.%s\" Name=\"%s\" />\n", set[i].type->name, set[i].name);
	buffer_puts(out, "        <EntitySet EntityType=\"SAPB1.B1Session\" Name=\"B1Sessions\" />\n");
	if (version == 1)
		put_imports_v1(out);
	else
		put_imports_v2(out);
	buffer_puts(out, "      </EntityContainer>\n    </Schema>\n  </edmx:DataServices>\n</edmx:Edmx>\n");
}

static void
generate(Buffer *out, int version)
{
	int			count;
	const EntitySet *set = model_sets(&count);
	Seen		seen = {0};

	put_head(out, version);
	put_enums(out, version);
	for (int i = 0; i < count; i++)
		put_complex_types(out, set[i].type, version, &seen);
	for (int i = 0; i < count; i++)
		if (first_time(&seen, set[i].type))
			put_entity_type(out, &set[i], version);
	put_session_type(out);
	if (version == 2)
		put_actions_v2(out);
	put_container(out, version);
}

bool
metadata_serve(Context *context)
{
	const Buffer *file = &document[context->version];
	struct timespec pause = {config.metadata_delay_ms / 1000, (long) (config.metadata_delay_ms % 1000) * 1000000};

	if (config.metadata_delay_ms > 0)
		nanosleep(&pause, NULL);
	context->response->status = 200;
	context->response->content_type = "application/xml;charset=utf-8";
	if (file->length > 0)
		buffer_add(&context->response->body, file->data, file->length);
	else
		generate(&context->response->body, context->version);
	return true;
}
