/*
 * payload.c
 *		JSON bodies: read with exact numbers, checked and normalised.
 *
 * The JSON library turns 1.10 into a binary double and forgets the text.  So
 * the body is scanned first, and every number with a fraction or an exponent is
 * handed to the library as a string behind a mark that no honest text begins
 * with; payload_decimal() undoes that.
 */
#include <stdio.h>
#include <string.h>

#include "odata.h"
#include "payload.h"

#define MARK '\001'

/* The longest text B1's columns take (SL 12.13), for the fields that matter. */
static const struct
{
	const char *property;
	size_t		length;
}			text_limit[] = {
	{"ItemCode", 50}, {"CardCode", 15}, {"WarehouseCode", 8}, {"NumAtCard", 100}, {"Comments", 254},
	{"JournalMemo", 50}, {"Reference1", 11}, {"Reference2", 100}, {"U_SB_KEY", 36}, {"Code", 50}, {"Name", 100},
};

static void
copy_number(Buffer *out, const char *text, size_t length)
{
	bool		exact = true;

	for (size_t i = 0; i < length; i++)
		if (strchr(".eE", text[i]) != NULL)
			exact = false;
	if (!exact)
		buffer_puts(out, "\"\\u0001");
	buffer_add(out, text, length);
	if (!exact)
		buffer_putc(out, '"');
}

json_t *
payload_load(const char *body, size_t length)
{
	Buffer		out = {0};
	bool		quoted = false;
	json_t	   *json;

	for (size_t i = 0; i < length; i++)
	{
		size_t		run = 0;

		if (body[i] == '"')
			quoted = !quoted;
		else if (quoted && body[i] == '\\' && i + 1 < length)
			buffer_putc(&out, body[i++]);
		else if (!quoted)
			while (i + run < length && strchr("+-.0123456789eE", body[i + run]) != NULL &&
				   body[i + run] != '\0' && (run > 0 || strchr("-0123456789", body[i]) != NULL))
				run++;
		if (run == 0)
			buffer_putc(&out, body[i]);
		else
		{
			copy_number(&out, body + i, run);
			i += run - 1;
		}
	}
	json = json_loadb(out.data == NULL ? "" : out.data, out.length, JSON_REJECT_DUPLICATES, NULL);
	buffer_free(&out);
	return json;
}

bool
payload_decimal(const json_t *value, int64_t *decimal)
{
	char		text[32];

	if (json_is_integer(value))
	{
		snprintf(text, sizeof(text), "%lld", (long long) json_integer_value(value));
		return decimal_parse_rounded(text, decimal);
	}
	return json_is_string(value) && json_string_value(value)[0] == MARK &&
		decimal_parse_rounded(json_string_value(value) + 1, decimal);
}

static json_t *
invalid_value(Context *context, const StructType *type, const Property *property)
{
	respond_error(context, 400, "-1000", "Invalid value for property '%s' of '%s'", property->name, type->name);
	return NULL;
}

static json_t *
normalize_number(const Property *property, const json_t *value)
{
	int64_t		decimal;

	if (!payload_decimal(value, &decimal))
		return NULL;
	if (property->kind == EDM_DOUBLE)
		return json_integer(decimal);
	return decimal % DECIMAL_ONE == 0 ? json_integer(decimal / DECIMAL_ONE) : NULL;
}

static bool
too_long(const Property *property, const char *text)
{
	size_t		characters = 0;

	for (const char *c = text; *c != '\0'; c++)
		characters += (*c & 0xc0) != 0x80;
	for (size_t i = 0; i < MODEL_LENGTH(text_limit); i++)
		if (strcmp(text_limit[i].property, property->name) == 0)
			return characters > text_limit[i].length;
	return false;
}

static json_t *
normalize_text(Context *context, const StructType *type, const Property *property, const json_t *value)
{
	const char *text = json_string_value(value);

	if (text == NULL || text[0] == MARK)
		return invalid_value(context, type, property);
	if (property->kind == EDM_ENUM)
		text = model_enum_value(property->enumeration, text);
	else if (property->kind == EDM_DATE)
		text = odata_date(context->arena, text);
	else if (property->kind == EDM_TIME)
		text = odata_time(context->arena, text);
	else if (too_long(property, text))
	{
		respond_error(context, 400, "-1000", "CServiceData::SetPropertyValueString failed; Value too long in property '%s' of '%s'",
					  property->name, type->name);
		return NULL;
	}
	return text == NULL ? invalid_value(context, type, property) : json_string(text);
}

static json_t *
normalize_collection(Context *context, const StructType *type, const Property *property, json_t *value)
{
	json_t	   *result;
	size_t		i;
	json_t	   *row;

	if (!json_is_array(value))
		return invalid_value(context, type, property);
	result = json_array();
	json_array_foreach(value, i, row)
	{
		json_t	   *normal = payload_normalize(context, property->element, row);

		if (normal == NULL)
		{
			json_decref(result);
			return NULL;
		}
		json_array_append_new(result, normal);
	}
	return result;
}

static json_t *
normalize_value(Context *context, const StructType *type, const Property *property, json_t *value)
{
	json_t	   *result;

	if (json_is_null(value))
		return json_null();
	if (property->kind == EDM_COLLECTION)
		return normalize_collection(context, type, property, value);
	if (property->kind != EDM_INT && property->kind != EDM_DOUBLE)
		return normalize_text(context, type, property, value);
	result = normalize_number(property, value);
	return result == NULL ? invalid_value(context, type, property) : result;
}

json_t *
payload_normalize(Context *context, const StructType *type, json_t *object)
{
	json_t	   *result = json_object();
	const char *name;
	json_t	   *value;

	if (!json_is_object(object))
	{
		respond_error(context, 400, "-1000", "Invalid JSON for '%s'", type->name);
		json_decref(result);
		return NULL;
	}
	json_object_foreach(object, name, value)
	{
		const Property *property = model_find_property(type, name, context->version);
		json_t	   *normal;

		/* control members such as odata.etag mean nothing in a request */
		if (strncmp(name, "odata.", 6) == 0 || strchr(name, '@') != NULL)
			continue;
		if (property == NULL)
			respond_error(context, 400, "-1000", "Property '%s' of '%s' is invalid", name, type->name);
		else if (property->flags & PROP_READONLY)
			continue;
		normal = property == NULL ? NULL : normalize_value(context, type, property, value);
		if (normal == NULL)
		{
			json_decref(result);
			return NULL;
		}
		json_object_set_new(result, property->name, normal);
	}
	return result;
}

json_t *
payload_read(Context *context, const StructType *type)
{
	json_t	   *raw = payload_load(context->request->body, context->request->body_length);
	json_t	   *normal = payload_normalize(context, type, raw);

	json_decref(raw);
	return normal;
}

int64_t
payload_int(const json_t *object, const char *name, int64_t otherwise)
{
	json_t	   *value = json_object_get(object, name);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

const char *
payload_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

bool
payload_has(const json_t *object, const char *name)
{
	json_t	   *value = json_object_get(object, name);

	return value != NULL && !json_is_null(value);
}

void
payload_set_int(json_t *object, const char *name, int64_t value)
{
	json_object_set_new(object, name, json_integer(value));
}

void
payload_set_text(json_t *object, const char *name, const char *value)
{
	json_object_set_new(object, name, value == NULL ? json_null() : json_string(value));
}
