/*
 * jansson_parse.c
 *		Parses every file named on the command line with jansson, and nothing else.
 *
 * The floor that the reading bench measures the wrapper's CPU time against.
 */
#include <jansson.h>
#include <stdio.h>

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
	{
		json_error_t error;
		json_t	   *document = json_load_file(argv[i], 0, &error);

		if (document == NULL)
		{
			fprintf(stderr, "%s: %s\n", argv[i], error.text);
			return 1;
		}
		json_decref(document);
	}
	return 0;
}
