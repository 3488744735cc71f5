/*
 * action.c
 *		Bound actions of entities, and service operations (SL 5.3, 5.4).
 */
#include <string.h>

#include "action.h"
#include "config.h"
#include "document.h"
#include "payload.h"
#include "write.h"

static bool
unsupported(Context *context)
{
	return respond_error(context, 400, "-5006", "The requested action is not supported for this object.");
}

/* What a draft becomes: its lines posted in the set of its object code. */
static bool
save_draft(Context *context, const EntityKey *key)
{
	json_t	   *header = write_load(context, key);
	const char *code = header == NULL ? NULL : payload_text(header, "DocObjectCode");
	int64_t		object = 0;
	const EntitySet *target = NULL;
	int64_t		entry;
	bool		ok;

	if (header == NULL)
		return false;
	if (code != NULL && decimal_parse_rounded(code, &object))
		target = model_find_object(object / DECIMAL_ONE);
	if (target == NULL || target->type != key->set->type || (target->flags & SET_DRAFT) != 0)
	{
		json_decref(header);
		return respond_error(context, 400, "-5002", "Enter valid code [ODRF.ObjType]");
	}
	/* numbers are given anew, states start again */
	json_object_del(header, "DocNum");
	json_object_del(header, "Reference1");
	json_object_del(header, "AuthorizationStatus");
	ok = document_post(context, target, header, &entry) &&
		(db_run(context->db, arena_printf(context->arena, "UPDATE \"%s\" SET DocumentStatus = 'C' WHERE DocEntry = ?",
										  key->set->name), "i", key->number) || respond_database(context));
	json_decref(header);
	return ok;
}

static bool
create_cancellation(Context *context, const EntityKey *key)
{
	EntityKey	created = *key;

	if (!document_cancel(context, key->set, key->number, &created.number))
		return false;
	if (created.number == 0)
		return unsupported(context);
	return entity_single(context, &created, "");
}

static bool
perform(Context *context, const EntityKey *key, const char *name)
{
	int64_t		cancellation;

	if (strcmp(name, "Cancel") == 0)
		return document_cancel(context, key->set, key->number, &cancellation);
	if (strcmp(name, "Close") == 0)
		return document_close(context, key->set, key->number);
	if (strcmp(name, "Reopen") == 0)
		return document_reopen(context, key->set, key->number);
	if (strcmp(name, "CreateCancellationDocument") == 0)
		return create_cancellation(context, key);
	if (strcmp(name, "SaveDraftToDocument") == 0 && (key->set->flags & SET_DRAFT) != 0)
		return save_draft(context, key);
	return respond_unrecognized(context);
}

bool
action_perform(Context *context, const EntityKey *key, const char *name)
{
	bool		nested = context->db->writing;
	bool		ok;

	if ((key->set->flags & SET_DOCUMENT) == 0)
		return respond_unrecognized(context);
	ok = write_begin(context, nested) && entity_check_match(context, key) && perform(context, key, name);
	if (ok && context->response->status == 0)
		respond_empty(context);
	return write_end(context, nested, ok);
}

static bool
save_draft_service(Context *context)
{
	json_t	   *body = payload_load(context->request->body, context->request->body_length);
	json_t	   *entry = json_object_get(json_object_get(body, "Document"), "DocEntry");
	EntityKey	key = {model_find_set("Drafts"), NULL, json_integer_value(entry), false};
	bool		ok = json_is_integer(entry);

	json_decref(body);
	return ok ? action_perform(context, &key, "SaveDraftToDocument") :
		respond_error(context, 400, "-1000", "Invalid parameter of DraftsService_SaveDraftToDocument");
}

static bool
admin_info(Context *context)
{
	Buffer	   *body = &context->response->body;

	respond_json(context, 200);
	buffer_puts(body, "{\n   ");
	json_put_control(body, context->version, context->version == 1 ? "metadata" : "context");
	buffer_printf(body, "\"%s/$metadata#SAPB1.AdminInfo\",\n", context->root);
	buffer_puts(body, "   \"AccuracyofQuantities\" : 6,\n   \"PriceAccuracy\" : 6,\n   \"TotalsAccuracy\" : 2,\n"
				"   \"RateAccuracy\" : 6,\n   \"MeasuringAccuracy\" : 6,\n   \"QueryAccuracy\" : 6,\n"
				"   \"DefaultWarehouse\" : \"01\",\n");
	buffer_printf(body, "   \"CompanyName\" : \"%s\",\n   \"LocalCurrency\" : \"GBP\",\n   \"BlockStockNegativeQuantity\" : \"%s\"\n}\n",
				  config.company, config.negative_stock ? "tNO" : "tYES");
	return true;
}

static bool
company_info(Context *context)
{
	Buffer	   *body = &context->response->body;

	respond_json(context, 200);
	buffer_puts(body, "{\n   ");
	json_put_control(body, context->version, context->version == 1 ? "metadata" : "context");
	buffer_printf(body, "\"%s/$metadata#SAPB1.CompanyInfo\",\n   \"CompanyName\" : \"%s\",\n   \"Version\" : 1000210\n}\n",
				  context->root, config.company);
	return true;
}

bool
action_service(Context *context, const char *name, const char *method)
{
	static const struct
	{
		const char *name;
		bool		(*run) (Context *);
		bool		reads;		/* a GET function in version 2, a POST action in version 1 */
	}			service[] = {
		{"CompanyService_GetAdminInfo", admin_info, true},
		{"CompanyService_GetCompanyInfo", company_info, true},
		{"DraftsService_SaveDraftToDocument", save_draft_service, false},
	};

	for (size_t i = 0; i < MODEL_LENGTH(service); i++)
		if (strcmp(service[i].name, name) == 0)
		{
			bool		get = service[i].reads && context->version == 2;

			if (strcmp(method, get ? "GET" : "POST") != 0)
				return respond_error(context, 405, "-1000", "Method Not Allowed");
			return service[i].run(context);
		}
	return respond_error(context, 400, "-1002", "Service Not Found");
}
