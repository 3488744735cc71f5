/*
 * text.c
 *		Memory of one request, growing text, JSON output and exact decimals.
 *
 * Calls nothing but the C library.  Decimal arithmetic is done in 128 bits and
 * rounded once, half away from zero; binary floating point is never involved.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define ARENA_BLOCK 16384

typedef struct ArenaBlock
{
	struct ArenaBlock *next;
	size_t		used;
	size_t		size;
	_Alignas(16) char data[];
} ArenaBlock;

struct Arena
{
	ArenaBlock *block;
};

static void *
checked(void *memory)
{
	if (memory == NULL)
	{
		fputs("b1sim: out of memory\n", stderr);
		abort();
	}
	return memory;
}

Arena *
arena_create(void)
{
	return checked(calloc(1, sizeof(Arena)));
}

void
arena_destroy(Arena *arena)
{
	while (arena->block != NULL)
	{
		ArenaBlock *next = arena->block->next;

		free(arena->block);
		arena->block = next;
	}
	free(arena);
}

void *
arena_alloc(Arena *arena, size_t size)
{
	ArenaBlock *block = arena->block;
	void	   *result;

	size = (size + 15) & ~(size_t) 15;
	if (block == NULL || block->size - block->used < size)
	{
		size_t		want = size > ARENA_BLOCK ? size : ARENA_BLOCK;

		block = checked(malloc(sizeof(ArenaBlock) + want));
		block->used = 0;
		block->size = want;
		block->next = arena->block;
		arena->block = block;
	}
	result = block->data + block->used;
	block->used += size;
	memset(result, 0, size);
	return result;
}

char *
arena_strndup(Arena *arena, const char *text, size_t length)
{
	char	   *copy = arena_alloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

char *
arena_strdup(Arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *
arena_vprintf(Arena *arena, const char *format, va_list arguments)
{
	va_list		again;
	int			length;
	char	   *text;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = arena_alloc(arena, (size_t) length + 1);
	vsnprintf(text, (size_t) length + 1, format, arguments);
	return text;
}

char *
arena_printf(Arena *arena, const char *format,...)
{
	va_list		arguments;
	char	   *text;

	va_start(arguments, format);
	text = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return text;
}

static void
buffer_reserve(Buffer *buffer, size_t more)
{
	size_t		want = buffer->length + more + 1;

	if (want <= buffer->size)
		return;
	buffer->size = want < 256 ? 256 : want + want / 2;
	buffer->data = checked(realloc(buffer->data, buffer->size));
}

void
buffer_add(Buffer *buffer, const char *data, size_t length)
{
	buffer_reserve(buffer, length);
	memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

void
buffer_puts(Buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void
buffer_putc(Buffer *buffer, char c)
{
	buffer_add(buffer, &c, 1);
}

void
buffer_printf(Buffer *buffer, const char *format,...)
{
	va_list		arguments;
	int			length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	buffer_reserve(buffer, (size_t) length);
	va_start(arguments, format);
	vsnprintf(buffer->data + buffer->length, (size_t) length + 1, format, arguments);
	va_end(arguments);
	buffer->length += (size_t) length;
}

void
buffer_reset(Buffer *buffer)
{
	buffer->length = 0;
	if (buffer->data != NULL)
		buffer->data[0] = '\0';
}

void
buffer_free(Buffer *buffer)
{
	free(buffer->data);
	memset(buffer, 0, sizeof(*buffer));
}

void
json_put_string(Buffer *buffer, const char *text)
{
	const char *start = text;

	buffer_putc(buffer, '"');
	for (; *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buffer_add(buffer, start, (size_t) (text - start));
		start = text + 1;
		if (c == '"' || c == '\\')
		{
			buffer_putc(buffer, '\\');
			buffer_putc(buffer, (char) c);
		}
		else if (c == '\n')
			buffer_puts(buffer, "\\n");
		else
			buffer_printf(buffer, "\\u%04x", c);
	}
	buffer_add(buffer, start, (size_t) (text - start));
	buffer_putc(buffer, '"');
}

/*
 * The digits of a number with its exponent applied: the value is the digit
 * string with the point after "point" digits.  Returns false where the text is
 * not a JSON-like number.
 */
typedef struct Digits
{
	bool		negative;
	char		digit[512];
	int			count;
	long		point;
} Digits;

static bool
digits_scan(const char *text, Digits *out)
{
	bool		any = false;
	bool		fraction = false;

	memset(out, 0, sizeof(*out));
	if (*text == '-' || *text == '+')
		out->negative = *text++ == '-';
	for (; isdigit((unsigned char) *text) || (*text == '.' && !fraction); text++)
	{
		if (*text == '.')
		{
			fraction = true;
			continue;
		}
		any = true;
		if (out->count >= (int) sizeof(out->digit))
			return false;
		out->digit[out->count++] = *text;
		if (!fraction)
			out->point++;
	}
	if (any && (*text == 'e' || *text == 'E'))
	{
		char	   *end;
		long		exponent = strtol(text + 1, &end, 10);

		if (end == text + 1 || exponent > 9999 || exponent < -9999)
			return false;
		out->point += exponent;
		text = end;
	}
	/* the metadata's suffixes for doubles and decimals */
	if (any && (*text == 'd' || *text == 'D' || *text == 'm' || *text == 'M'))
		text++;
	return any && *text == '\0';
}

/* Scale to 10^6; *rest tells of digits beyond, *half whether they reach a half. */
static bool
digits_scale(const Digits *digits, int64_t *value, bool *rest, bool *half)
{
	__int128	sum = 0;
	long		places = digits->point + 6;

	*rest = *half = false;
	for (long i = 0; i < places || i < digits->count; i++)
	{
		int			d = i < digits->count ? digits->digit[i] - '0' : 0;

		if (i < places)
		{
			sum = sum * 10 + d;
			if (sum > INT64_MAX)
				return false;
		}
		else
		{
			if (i == places && d >= 5)
				*half = true;
			if (d != 0)
				*rest = true;
		}
	}
	if (places < 0)
		*half = false;
	*value = (int64_t) sum;
	return true;
}

DecimalFit
decimal_parse(const char *text, int64_t *value)
{
	Digits		digits;
	bool		rest;
	bool		half;

	if (!digits_scan(text, &digits))
		return DECIMAL_INVALID;
	if (!digits_scale(&digits, value, &rest, &half))
		return digits.negative ? DECIMAL_BELOW : DECIMAL_ABOVE;
	if (digits.negative)
		*value = rest ? -*value - 1 : -*value;
	return rest ? DECIMAL_INEXACT : DECIMAL_EXACT;
}

bool
decimal_parse_rounded(const char *text, int64_t *value)
{
	Digits		digits;
	bool		rest;
	bool		half;

	if (!digits_scan(text, &digits) || !digits_scale(&digits, value, &rest, &half))
		return false;
	if (half)
		(*value)++;
	if (digits.negative)
		*value = -*value;
	return true;
}

static int64_t
narrow(__int128 value)
{
	if (value > INT64_MAX)
		return INT64_MAX;
	if (value < INT64_MIN)
		return INT64_MIN;
	return (int64_t) value;
}

static __int128
divide_rounded(__int128 a, __int128 b)
{
	__int128	quotient = a / b;
	__int128	remainder = a % b;
	__int128	twice = (remainder < 0 ? -remainder : remainder) * 2;

	if (twice >= (b < 0 ? -b : b))
		quotient += ((a < 0) == (b < 0)) ? 1 : -1;
	return quotient;
}

int64_t
decimal_multiply(int64_t a, int64_t b)
{
	return narrow(divide_rounded((__int128) a * b, DECIMAL_ONE));
}

int64_t
decimal_divide(int64_t a, int64_t b)
{
	return narrow(divide_rounded((__int128) a * DECIMAL_ONE, b));
}

/* "10.0", "1.70", "0.125": the printed forms of SL 2, trailing zero included. */
void
json_put_decimal(Buffer *buffer, int64_t value)
{
	uint64_t	magnitude = value < 0 ? (uint64_t) 0 - (uint64_t) value : (uint64_t) value;
	char		fraction[8];
	int			length = 6;

	snprintf(fraction, sizeof(fraction), "%06d", (int) (magnitude % 1000000));
	while (length > 1 && fraction[length - 1] == '0')
		length--;
	if (length == 1 && fraction[0] != '0')
		length = 2;
	buffer_printf(buffer, "%s%" PRIu64 ".%.*s", value < 0 ? "-" : "",
				  magnitude / 1000000, length, fraction);
}

const char *
decimal_text(Arena *arena, int64_t value)
{
	Buffer		buffer = {0};
	char	   *text;

	json_put_decimal(&buffer, value);
	text = arena_strdup(arena, buffer.data);
	buffer_free(&buffer);
	return text;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char) tolower((unsigned char) c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
url_decode(char *text, bool plus)
{
	char	   *out = text;

	for (; *text != '\0'; text++)
	{
		if (*text == '%')
		{
			int			high = hex_value(text[1]);
			int			low = high < 0 ? -1 : hex_value(text[2]);

			if (low < 0 || high * 16 + low == 0)
				return false;
			*out++ = (char) (high * 16 + low);
			text += 2;
		}
		else
			*out++ = plus && *text == '+' ? ' ' : *text;
	}
	*out = '\0';
	return true;
}

void
url_encode(Buffer *buffer, const char *text)
{
	for (; *text != '\0'; text++)
	{
		unsigned char c = (unsigned char) *text;

		if (isalnum(c) || strchr("-._~$(),'/=", c) != NULL)
			buffer_putc(buffer, (char) c);
		else
			buffer_printf(buffer, "%%%02X", c);
	}
}
