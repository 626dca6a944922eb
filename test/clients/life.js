// A whole life of authorities and certificates with @aws-sdk/client-acm-pca, by every operation of the API.
//
//     life.js CSR     the file of a certificate signing request
//
// It reports as aws.py does.
"use strict";

const fs = require("fs");
const pca = require("@aws-sdk/client-acm-pca");
const sts = require("@aws-sdk/client-sts");

const endpoint = process.env.PCA_GATEWAY;
const client = new pca.ACMPCAClient({ endpoint });
const tenant = new pca.ACMPCAClient({
    endpoint, credentials: { accessKeyId: process.env.PCA_TENANT_KEY_ID, secretAccessKey: process.env.PCA_TENANT_SECRET },
});
const waiting = { client, minDelay: 1, maxDelay: 2, maxWaitTime: 900 };
const called = new Set();

function check(isGood, name, detail) {
    console.log(isGood ? `ok ${name}` : `not ok ${name}: ${JSON.stringify(detail)}`);
}

function equal(value, expected, name) {
    check(JSON.stringify(value) === JSON.stringify(expected), name, value);
}

// Calls an operation of the first account, or of another client.
async function call(operation, input, by = client) {
    const answer = await by.send(new pca[`${operation}Command`](input));
    called.add(operation);
    check(answer.$metadata.httpStatusCode === 200 && answer.$metadata.requestId && answer.$metadata.attempts === 1,
        `${operation}: once, with a request ID`, answer.$metadata);
    return answer;
}

// The exception that a call raises: its class, which must be of the module if that has one, and its name.
async function refusal(operation, input, by = client) {
    try {
        await by.send(new pca[`${operation}Command`](input));
    } catch (error) {
        check(!pca[error.name] || error instanceof pca[error.name], `${operation}: the class of ${error.name}`, error);
        return error.name;
    }
    return "none";
}

const octets = (text) => Buffer.from(text);
const template = (name) => `arn:aws:acm-pca:::template/${name}/V1`;
const configuration = (name) => ({
    KeyAlgorithm: "EC_prime256v1", SigningAlgorithm: "SHA256WITHECDSA", Subject: { CommonName: name },
});

async function create(type, name, more) {
    const { CertificateAuthorityArn } = await call("CreateCertificateAuthority", {
        CertificateAuthorityType: type, CertificateAuthorityConfiguration: configuration(name), ...more });
    await pca.waitUntilCertificateAuthorityCSRCreated(waiting, { CertificateAuthorityArn });
    const { Csr } = await call("GetCertificateAuthorityCsr", { CertificateAuthorityArn });
    return [CertificateAuthorityArn, Csr];
}

async function issue(authority, csr, name, validity, by = client) {
    const issued = await call("IssueCertificate", {
        CertificateAuthorityArn: authority, Csr: octets(csr), SigningAlgorithm: "SHA256WITHECDSA", Validity: validity,
        TemplateArn: template(name) }, by);
    const names = { CertificateAuthorityArn: authority, CertificateArn: issued.CertificateArn };
    await pca.waitUntilCertificateIssued({ ...waiting, client: by }, names);
    return [issued.CertificateArn, await call("GetCertificate", names, by)];
}

async function creation() {
    const [root, rootCsr] = await create("ROOT", "Root");
    const [, own] = await issue(root, rootCsr, "RootCACertificate", { Type: "YEARS", Value: 10 });
    await call("ImportCertificateAuthorityCertificate", { CertificateAuthorityArn: root, Certificate: octets(own.Certificate) });
    const [below, belowCsr] = await create("SUBORDINATE", "Below", { Tags: [{ Key: "stage", Value: "test" }] });
    const [, signed] = await issue(root, belowCsr, "SubordinateCACertificate_PathLen0", { Type: "YEARS", Value: 5 });
    await call("ImportCertificateAuthorityCertificate", {
        CertificateAuthorityArn: below, Certificate: octets(signed.Certificate),
        CertificateChain: octets(signed.CertificateChain) });
    const { CertificateAuthority } = await call("DescribeCertificateAuthority", { CertificateAuthorityArn: below });
    equal(CertificateAuthority.Status, "ACTIVE", "the authority is ACTIVE");
    check(["CreatedAt", "LastStateChangeAt", "NotBefore", "NotAfter"].every((name) => CertificateAuthority[name] instanceof Date),
        "timestamps are dates", CertificateAuthority);
    const got = await call("GetCertificateAuthorityCertificate", { CertificateAuthorityArn: below });
    equal(got.CertificateChain.trim(), own.Certificate.trim(), "the chain of the authority");
    return [root, below];
}

async function certificates(below, csr) {
    const [arn, got] = await issue(below, csr, "EndEntityCertificate", { Type: "DAYS", Value: 30 });
    check(got.Certificate.startsWith("-----BEGIN CERTIFICATE-----"), "a certificate", got);
    const revocation = {
        CertificateAuthorityArn: below, CertificateSerial: arn.split("/").pop(), RevocationReason: "SUPERSEDED" };
    await call("RevokeCertificate", revocation);
    equal(await refusal("RevokeCertificate", revocation), "RequestAlreadyProcessedException", "it is revoked once");
    const report = await call("CreateCertificateAuthorityAuditReport", {
        CertificateAuthorityArn: below, S3BucketName: "reports", AuditReportResponseFormat: "JSON" });
    const names = { CertificateAuthorityArn: below, AuditReportId: report.AuditReportId };
    await pca.waitUntilAuditReportCreated(waiting, names);
    const described = await call("DescribeCertificateAuthorityAuditReport", names);
    check(described.AuditReportStatus === "SUCCESS" && described.CreatedAt instanceof Date, "an audit report", described);
}

async function collect(paginate, input, member) {
    const pages = [];
    for await (const page of paginate({ client, pageSize: 1 }, { ...input })) {
        check(page[member].length <= 1, `${member}: a page`, page);
        pages.push(...page[member]);
    }
    return pages;
}

async function lists(root, below) {
    const names = { CertificateAuthorityArn: below };
    await call("TagCertificateAuthority", { ...names, Tags: [{ Key: "owner", Value: "me" }] });
    const tags = await collect(pca.paginateListTags, names, "Tags");
    equal(tags.map((tag) => tag.Key).sort(), ["owner", "stage"], "the tags");
    await call("UntagCertificateAuthority", { ...names, Tags: [{ Key: "owner" }] });
    equal((await call("ListTags", names)).Tags, [{ Key: "stage", Value: "test" }], "one is left");
    const permission = { ...names, Principal: "acm.amazonaws.com" };
    await call("CreatePermission", { ...permission, Actions: ["IssueCertificate"] });
    equal(await refusal("CreatePermission", { ...permission, Actions: ["IssueCertificate"] }),
        "PermissionAlreadyExistsException", "a permission is made once");
    const permissions = await collect(pca.paginateListPermissions, names, "Permissions");
    equal(permissions.map((one) => [one.Principal, one.CreatedAt instanceof Date]), [["acm.amazonaws.com", true]], "the permissions");
    await call("DeletePermission", permission);
    equal((await call("ListPermissions", names)).Permissions, [], "none is left");
    const authorities = await collect(pca.paginateListCertificateAuthorities, {}, "CertificateAuthorities");
    equal(authorities.map((one) => one.Arn).sort(), [root, below].sort(), "the authorities");
    await call("ListCertificateAuthorities", {});
}

async function accounts(below, csr) {
    const stranger = await new sts.STSClient({ endpoint, credentials: tenant.config.credentials }).send(
        new sts.GetCallerIdentityCommand({}));
    const allow = { Effect: "Allow", Principal: { AWS: stranger.Account }, Resource: below };
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [
        { ...allow, Action: ["DescribeCertificateAuthority", "GetCertificate", "GetCertificateAuthorityCertificate",
            "ListPermissions", "ListTags"].map((action) => `acm-pca:${action}`) },
        { ...allow, Action: "acm-pca:IssueCertificate",
            Condition: { StringEquals: { "acm-pca:TemplateArn": template("EndEntityCertificate") } } }] });
    equal(await refusal("DescribeCertificateAuthority", { CertificateAuthorityArn: below }, tenant), "AccessDeniedException",
        "without a policy: nothing");
    await call("PutPolicy", { ResourceArn: below, Policy });
    equal(JSON.parse((await call("GetPolicy", { ResourceArn: below })).Policy), JSON.parse(Policy), "the policy");
    await issue(below, csr, "EndEntityCertificate", { Type: "DAYS", Value: 1 }, tenant);
    await call("DeletePolicy", { ResourceArn: below });
    equal(await refusal("DescribeCertificateAuthority", { CertificateAuthorityArn: below }, tenant), "AccessDeniedException",
        "the policy is gone");
}

async function deletion(below) {
    const names = { CertificateAuthorityArn: below };
    await call("UpdateCertificateAuthority", { ...names, Status: "DISABLED" });
    await call("DeleteCertificateAuthority", { ...names, PermanentDeletionTimeInDays: 7 });
    const { CertificateAuthority } = await call("DescribeCertificateAuthority", names);
    check(CertificateAuthority.Status === "DELETED" && CertificateAuthority.RestorableUntil instanceof Date, "it is deleted",
        CertificateAuthority);
    await call("RestoreCertificateAuthority", names);
}

async function main() {
    const csr = fs.readFileSync(process.argv[2], "utf8");
    const [root, below] = await creation();
    await certificates(below, csr);
    await lists(root, below);
    await accounts(below, csr);
    await deletion(below);
    const operations = Object.keys(pca).map((name) => /^([A-Z]\w*)Command$/.exec(name)).filter((found) => found)
        .map((found) => found[1]).filter((name) => name !== "$");
    equal([...called].sort(), operations.sort(), "every operation of the module was called");
    console.log("end");
}

main().catch((error) => { console.error(error); process.exit(1); });
