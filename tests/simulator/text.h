/*
 * text.h
 *		Memory of one request, growing text, JSON output and exact decimals.
 *
 * An Arena is freed as a whole when its request ends; nothing taken from it is
 * freed singly.  A Buffer owns malloc'ed bytes until buffer_free().  Running
 * out of memory ends the program: a simulator has nothing better to do.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Arena Arena;

extern Arena *arena_create(void);
extern void arena_destroy(Arena *arena);
extern void *arena_alloc(Arena *arena, size_t size);	/* zeroed */
extern char *arena_strdup(Arena *arena, const char *text);
extern char *arena_strndup(Arena *arena, const char *text, size_t length);
extern char *arena_printf(Arena *arena, const char *format,...) __attribute__((format(printf, 2, 3)));
extern char *arena_vprintf(Arena *arena, const char *format, va_list arguments);

typedef struct Buffer
{
	char	   *data;			/* NUL-terminated once anything was added */
	size_t		length;
	size_t		size;
} Buffer;

extern void buffer_add(Buffer *buffer, const char *data, size_t length);
extern void buffer_puts(Buffer *buffer, const char *text);
extern void buffer_putc(Buffer *buffer, char c);
extern void buffer_printf(Buffer *buffer, const char *format,...) __attribute__((format(printf, 2, 3)));
extern void buffer_reset(Buffer *buffer);
extern void buffer_free(Buffer *buffer);

extern void json_put_string(Buffer *buffer, const char *text);

/*
 * Decimals are decimal(19,6): an integer scaled by 10^6 (SL 2).  DECIMAL_ONE
 * is the number 1.
 */
#define DECIMAL_ONE INT64_C(1000000)

typedef enum DecimalFit
{
	DECIMAL_INVALID,			/* not a number */
	DECIMAL_EXACT,
	DECIMAL_INEXACT,			/* more than six places: "value" is the floor */
	DECIMAL_ABOVE,				/* beyond the largest or */
	DECIMAL_BELOW				/* the smallest number the type holds */
} DecimalFit;

extern DecimalFit decimal_parse(const char *text, int64_t *value);

/* Half away from zero at the sixth place, as decimal(19,6) columns round. */
extern bool decimal_parse_rounded(const char *text, int64_t *value);
extern int64_t decimal_multiply(int64_t a, int64_t b);
extern int64_t decimal_divide(int64_t a, int64_t b);	/* b must not be 0 */
extern void json_put_decimal(Buffer *buffer, int64_t value);
extern const char *decimal_text(Arena *arena, int64_t value);

/* In-place percent decoding; '+' becomes a blank where "plus". False: malformed. */
extern bool url_decode(char *text, bool plus);
extern void url_encode(Buffer *buffer, const char *text);

#endif
