/*
 * tls.c
 *		A self-signed certificate for 127.0.0.1 and localhost (SL 1.7).
 */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tls.h"

static bool
add_extension(X509 *certificate, int nid, const char *value)
{
	X509V3_CTX	context;
	X509_EXTENSION *extension;
	bool		ok;

	X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	ok = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

static bool
fill_certificate(X509 *certificate, EVP_PKEY *key)
{
	X509_NAME  *name = X509_get_subject_name(certificate);

	return X509_set_version(certificate, 2) == 1 &&
		ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
		X509_gmtime_adj(X509_getm_notBefore(certificate), -86400) != NULL &&
		X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * 3650) != NULL &&
		X509_set_pubkey(certificate, key) == 1 &&
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *) "b1sim", -1, -1, 0) == 1 &&
		X509_set_issuer_name(certificate, name) == 1 &&
		add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
		add_extension(certificate, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
		add_extension(certificate, NID_subject_key_identifier, "hash") &&
		add_extension(certificate, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost") &&
		X509_sign(certificate, key, EVP_sha256()) != 0;
}

static bool
write_pem(const char *path, const char *text, mode_t mode)
{
	FILE	   *file = fopen(path, "w");

	if (file == NULL)
	{
		perror(path);
		return false;
	}
	chmod(path, mode);
	fputs(text, file);
	return fclose(file) == 0;
}

static char *
read_pem(const char *path)
{
	FILE	   *file = fopen(path, "r");
	char	   *text = file == NULL ? NULL : calloc(1, 16384);

	if (text != NULL && fread(text, 1, 16383, file) == 0)
	{
		free(text);
		text = NULL;
	}
	if (file != NULL)
		fclose(file);
	return text;
}

static char *
memory_text(BIO *memory)
{
	char	   *data;
	long		length = BIO_get_mem_data(memory, &data);

	return strndup(data, (size_t) length);
}

static bool
make_identity(char **certificate_text, char **key_text)
{
	EVP_PKEY   *key = EVP_EC_gen("P-256");
	X509	   *certificate = X509_new();
	BIO		   *certificate_pem = BIO_new(BIO_s_mem());
	BIO		   *key_pem = BIO_new(BIO_s_mem());
	bool		ok = key != NULL && certificate != NULL && fill_certificate(certificate, key) &&
		PEM_write_bio_X509(certificate_pem, certificate) == 1 &&
		PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL) == 1;

	if (ok)
	{
		*certificate_text = memory_text(certificate_pem);
		*key_text = memory_text(key_pem);
	}
	else
		ERR_print_errors_fp(stderr);
	BIO_free(certificate_pem);
	BIO_free(key_pem);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return ok;
}

bool
tls_identity(const char *directory, char **certificate, char **key)
{
	char		certificate_path[4096];
	char		key_path[4096];

	snprintf(certificate_path, sizeof(certificate_path), "%s/ca.pem", directory);
	snprintf(key_path, sizeof(key_path), "%s/key.pem", directory);
	*certificate = read_pem(certificate_path);
	*key = read_pem(key_path);
	if (*certificate != NULL && *key != NULL)
		return true;
	free(*certificate);
	free(*key);
	return make_identity(certificate, key) && write_pem(key_path, *key, 0600) && write_pem(certificate_path, *certificate, 0644);
}
