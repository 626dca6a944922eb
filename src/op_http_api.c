/*-------------------------------------------------------------------------
 *
 * op_http_api.c
 *	  pca_http_api(): a signed request of the API over HTTP, in one call.
 *
 * The gateway that calls it is trusted with nothing: the operation and the time are
 * read from what the access key has signed.  A request
 * that is refused before its operation runs is an answer, not an error, so that
 * a stranger writes nothing into the server's log; what the operation throws is
 * the error that it is for every caller, and rolls the transaction back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "base_argument.h"
#include "base_arn.h"
#include "base_error.h"
#include "base_record.h"
#include "catalog/pg_type_d.h"
#include "crypto_access_key.h"
#include "crypto_digest.h"
#include "crypto_ossl.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "op_access_key.h"
#include "op_api.h"
#include "rule_signed_request.h"
#include "store_access_key.h"
#include "store_account.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#define TARGET_PREFIX "ACMPrivateCA."
#define CALLER_IDENTITY "Action=GetCallerIdentity"

#define MAX_AUTHORIZATION_SIZE (8 * 1024)
#define MAX_CANONICAL_REQUEST_SIZE (64 * 1024)
#define MAX_BODY_SIZE (4 * 1024 * 1024)
#define MAX_INVOCATION_ID_SIZE 128

/* A page of a list has at most this many rows, whatever the request says. */
#define MAX_PAGE 100

#define BAD_SIGNATURE "The request signature we calculated does not match the signature you provided. " \
	"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

/* A request and what becomes of it */
typedef struct HttpCall
{
	PcaBytes	body;
	char		payload_hash[2 * PCA_SHA256_LENGTH + 1];
	PcaSignedRequest request;
	const char *operation;
	const char *account_id;		/* of the access key */
	PcaRefusal	refusal;
	Jsonb	   *output;			/* NULL if it is refused */
} HttpCall;

static char *
argument_text(FunctionCallInfo fcinfo, int i, const char *name, Size limit)
{
	if (PG_ARGISNULL(i))
		return NULL;
	pca_argument_check_size(fcinfo, i, name, limit);
	return text_to_cstring(PG_GETARG_TEXT_PP(i));
}

/*
 * Reads the invocation ID from the argument if the client has not signed one: boto3
 * and the AWS CLI do not.  A change of it on the way makes an attempt a call of its
 * own, or has it answered with the ARN of an earlier call of the same account.  What
 * can change it can also change the answer.
 */
static void
read_invocation_id(FunctionCallInfo fcinfo, HttpCall *call)
{
	const char *text = argument_text(fcinfo, 3, "invocation_id", MAX_INVOCATION_ID_SIZE);

	if (call->request.invocation_id == NULL)
		call->request.invocation_id = pca_invocation_id_parse(text);
}

/* Formats the SHA-256 of some octets as hexadecimal digits, with a NUL. */
static void
format_digest(PcaBytes octets, char *digits)
{
	uint8		digest[PCA_SHA256_LENGTH];

	pca_digest(PCA_SHA256, octets, digest);
	digits[hex_encode((const char *) digest, PCA_SHA256_LENGTH, digits)] = '\0';
}

/* Reads the body, and calculates its digest. */
static void
read_body(FunctionCallInfo fcinfo, HttpCall *call)
{
	if (!PG_ARGISNULL(2))
	{
		pca_argument_check_size(fcinfo, 2, "body", MAX_BODY_SIZE);
		call->body = pca_bytes_of_bytea(PG_GETARG_BYTEA_PP(2));
	}
	format_digest(call->body, call->payload_hash);
}

/* Reads the canonical request, and adds its last line, the digest of the body. */
static char *
complete_canonical_request(FunctionCallInfo fcinfo, const HttpCall *call)
{
	const char *text = argument_text(fcinfo, 1, "canonical_request", MAX_CANONICAL_REQUEST_SIZE);

	return psprintf("%s%s", text != NULL ? text : "", call->payload_hash);
}

/* Checks the signature of a request with the secret of its access key. */
static bool
is_signed(const PcaSignedRequest *request, const PcaAccessKey *key, const char *canonical_request)
{
	PcaMasterKey master = {key->master_kek_id, key->master_form};
	PcaSigningScope scope = {request->access_key_id, request->date, request->region, request->service};
	char		digits[2 * PCA_SHA256_LENGTH + 1];
	uint8		signature[PCA_REQUEST_SIGNATURE_LENGTH];

	format_digest(pca_bytes_of_text(canonical_request), digits);
	pca_request_sign(&master, &scope,
					 pca_bytes_of_text(psprintf("AWS4-HMAC-SHA256\n%s\n%s/%s/%s/aws4_request\n%s", request->signed_at,
												request->date, request->region, request->service, digits)),
					 signature);
	return pca_request_signature_equal(signature, request->signature.data);
}

/*
 * Authenticates a request.  Returns whether it is what the access key has signed
 * lately; if not, the call has the refusal.
 */
static bool
authenticate_request(HttpCall *call, const char *authorization, const char *canonical_request, PcaAccessKey *key)
{
	call->refusal = pca_signed_request_parse(authorization, canonical_request, call->payload_hash, &call->request);
	if (call->refusal.error == NULL)
		call->refusal = pca_signed_request_check(&call->request, pca_arn_region(), timestamptz_to_time_t(GetCurrentTimestamp()));
	if (call->refusal.error != NULL)
		return false;
	if (!pca_access_key_find(call->request.access_key_id, key) || !key->is_enabled ||
		pca_access_key_role_fault(key->role) != NULL)
		call->refusal = (PcaRefusal) {
			"UnrecognizedClientException", "The security token included in the request is invalid."
		};
	else if (!is_signed(&call->request, key, canonical_request))
		call->refusal = (PcaRefusal) {"InvalidSignatureException", BAD_SIGNATURE};
	return call->refusal.error == NULL;
}

static JsonbValue
make_number(int64 number)
{
	return (JsonbValue) {.type = jbvNumeric, .val.numeric = int64_to_numeric(number)};
}

/* Makes an object with one member. */
static Jsonb *
make_member(const char *name, JsonbValue value)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	pca_api_push_member(&state, name, value);
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* Adds the members of an object to another one. */
static Jsonb *
add_members(Jsonb *object, Jsonb *members)
{
	return DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(object), JsonbPGetDatum(members)));
}

static bool
is_operation(const HttpCall *call, const char *const *operations)
{
	for (; *operations != NULL; operations++)
		if (strcmp(call->operation, *operations) == 0)
			return true;
	return false;
}

/*
 * Completes a request as the wire protocol needs it.  The invocation ID, which is
 * the same in all attempts of a client, is the idempotency token of a call that
 * has none, and no page is larger than the service's.
 */
static Jsonb *
complete_request(const HttpCall *call, Jsonb *request)
{
	static const char *const with_token[] = {"CreateCertificateAuthority", "IssueCertificate", NULL};
	static const char *const with_pages[] = {"ListCertificateAuthorities", "ListPermissions", "ListTags", NULL};
	PcaJson		root = pca_json_root(request);
	PcaJson		member;
	int64		rows = PG_INT64_MAX;

	if (!pca_json_is_object(&root))
		return request;
	if (is_operation(call, with_token) && call->request.invocation_id != NULL &&
		!pca_json_find(&root, "IdempotencyToken", &member))
		return add_members(request, make_member("IdempotencyToken", pca_api_string(call->request.invocation_id)));
	if (is_operation(call, with_pages) &&
		(!pca_json_find(&root, "MaxResults", &member) ||
		 (pca_json_int64(&member, &rows) && rows > MAX_PAGE && rows <= pca_shape_max_results.max)))
		return add_members(request, make_member("MaxResults", make_number(MAX_PAGE)));
	return request;
}

/* Checks that the role still acts for the account of its access key: its OID may have become another role's. */
static const PcaCaller *
check_account(const HttpCall *call)
{
	const PcaCaller *caller = pca_caller_get();

	if (strcmp(caller->account_id, call->account_id) != 0)
		pca_error(ACCESS_DENIED,
				  errmsg("access key is of another account"),
				  errdetail("The role acts for account %s, the access key \"%s\" was made for account %s.",
							caller->account_id, call->request.access_key_id, call->account_id),
				  errhint("Make a new access key with pca_create_access_key()."));
	return caller;
}

/* Runs the operation, as the role of the access key. */
static void
run_operation(void *state)
{
	HttpCall   *call = state;
	char	   *text = pnstrdup((const char *) call->body.data, call->body.length);
	Jsonb	   *request;

	check_account(call);
	pg_verify_mbstr(GetDatabaseEncoding(), text, call->body.length, false);
	request = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(call->body.length == 0 ? "{}" : text)));
	call->output = pca_api_run(call->operation, complete_request(call, request));
}

/* Runs GetCallerIdentity of STS, as the role of the access key. */
static void
run_caller_identity(void *state)
{
	HttpCall   *call = state;
	const PcaCaller *caller = check_account(call);
	char	   *arn = pca_arn_format_role(caller->account_id, GetUserNameFromId(caller->role, false));

	call->output = make_member("Account", pca_api_string(caller->account_id));
	call->output = add_members(call->output, make_member("Arn", pca_api_string(arn)));
	call->output = add_members(call->output, make_member("UserId", pca_api_string(call->request.access_key_id)));
}

/* Finds what a request asks for.  Returns NULL, with the refusal in the call, if it does not exist. */
static PcaAction
find_action(HttpCall *call)
{
	if (strcmp(call->request.service, PCA_SIGNED_REQUEST_STS) == 0 &&
		call->body.length >= strlen(CALLER_IDENTITY) &&
		memcmp(call->body.data, CALLER_IDENTITY, strlen(CALLER_IDENTITY)) == 0)
		return run_caller_identity;
	if (strcmp(call->request.service, PCA_SIGNED_REQUEST_SERVICE) == 0 && call->request.target != NULL &&
		strncmp(call->request.target, TARGET_PREFIX, strlen(TARGET_PREFIX)) == 0)
	{
		call->operation = call->request.target + strlen(TARGET_PREFIX);
		if (pca_api_has(call->operation))
			return run_operation;
	}
	call->refusal = (PcaRefusal) {
		"UnknownOperationException", "The operation does not exist, or the header X-Amz-Target is not signed."
	};
	return NULL;
}

/*
 * Runs an authenticated request as the role of its access key.
 *
 * The session's user must not be a member of the role, since it would then act for
 * its own account (store_account.c).
 */
static void
run_as_key(HttpCall *call, const PcaAccessKey *key)
{
	PcaAction	action = find_action(call);

	if (action == NULL)
		return;
	if (is_member_of_role_nosuper(GetSessionUserId(), key->role))
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				errmsg("role \"%s\" cannot call pca_http_api()", GetUserNameFromId(GetSessionUserId(), false)),
				errdetail("It is a member of role \"%s\", as which the request acts.", GetUserNameFromId(key->role, false)),
				errhint("Connect the gateway as a role that is a member of no other."));
	if (!key->is_used_today && !RecoveryInProgress() && !XactReadOnly)
		pca_access_key_touch(key->id);
	call->account_id = key->account_id;
	pca_act_as(key->role, action, call);
}

/*
 * pca_http_api(authorization text, canonical_request text, body bytea,
 * invocation_id text DEFAULT NULL) returns (status integer, error text,
 * request_id uuid, body jsonb)
 *
 * authorization: the header of that name, or NULL.  canonical_request: what the
 * client has signed, rebuilt of the request (AWS Signature Version 4), without the
 * digest of the body, which would be its last line.
 * invocation_id: the header amz-sdk-invocation-id, which counts if it is not among
 * what the client has signed.
 *
 * Throws what the operation throws, and ValidationException for arguments that
 * are larger than any of the API.
 */
PCA_FUNCTION(pca_http_api)
{
	static const PcaColumn columns[] = {
		{"status", INT4OID}, {"error", TEXTOID}, {"request_id", UUIDOID}, {"body", JSONBOID}
	};
	static PcaRecord record = {.columns = columns, .count = lengthof(columns)};
	char	   *authorization = argument_text(fcinfo, 0, "authorization", MAX_AUTHORIZATION_SIZE);
	HttpCall	call = {.body = {NULL, 0}};
	char	   *canonical_request;
	PcaAccessKey key;
	pg_uuid_t	id;

	read_body(fcinfo, &call);
	canonical_request = complete_canonical_request(fcinfo, &call);
	if (authenticate_request(&call, authorization, canonical_request, &key))
	{
		read_invocation_id(fcinfo, &call);
		run_as_key(&call, &key);
	}
	if (call.output == NULL)
		call.output = add_members(make_member("__type", pca_api_string(call.refusal.error)),
								  make_member("message", pca_api_string(call.refusal.message)));
	pca_random_uuid(&id);
	return pca_record_make(&record, (Datum[]) {
		Int32GetDatum(call.refusal.error == NULL ? 200 : 400),
		call.refusal.error == NULL ? (Datum) 0 : CStringGetTextDatum(call.refusal.error),
		UUIDPGetDatum(&id),
		JsonbPGetDatum(call.output)
	}, (bool[]) {false, call.refusal.error == NULL, false, false});
}
