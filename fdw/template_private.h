/*
 * template_private.h
 *		A compiled template, between template.c and template_render.c.
 */
#ifndef STOCKBRIDGE_TEMPLATE_PRIVATE_H
#define STOCKBRIDGE_TEMPLATE_PRIVATE_H

#include "postgres.h"

#include "template.h"

typedef struct TemplatePart
{
	char	   *literal;		/* NULL for a placeholder */
	TemplateRef ref;
	Template   *inner;			/* the argument of {b64:…}, {json:…} */
} TemplatePart;

struct Template
{
	const char *option;
	List	   *parts;			/* of TemplatePart * */
};

#endif							/* STOCKBRIDGE_TEMPLATE_PRIVATE_H */
