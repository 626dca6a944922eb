#!/usr/bin/env bash
#
# The demo's last lines, inside its cluster: an access key, and what reaches the
# gateway from another shell.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export PGDATABASE=demo

# A role that clients of the API act as. The secret of its access key is in no table and no file.
access_key=$(psql -X -q -A -t -F ' ' -v ON_ERROR_STOP=1 -f access_key.sql)
region=$(psql -X -A -t -c "LOAD 'pca'" -c 'SHOW pca.region' | tail -n 1)
gateway=$(<gateway.url)

# The OCSP request in the path (RFC 6960 A.1): the other shell needs no file of the demo.
openssl ocsp -no_nonce -issuer subordinate.pem -cert device-07.pem -reqout request.der
request=$(base64 -w 0 request.der | sed 's|+|%2B|g; s|/|%2F|g; s|=|%3D|g')
crl=$(openssl x509 -in device-07.pem -noout -ext crlDistributionPoints | sed -n 's/^ *URI://p')

cat <<END
Clients of AWS and relying parties reach the gateway. Copy this into another shell:

    export AWS_ENDPOINT_URL_ACM_PCA=$gateway
    export AWS_ACCESS_KEY_ID=${access_key% *}
    export AWS_SECRET_ACCESS_KEY=${access_key#* }
    export AWS_DEFAULT_REGION=$region

    aws acm-pca list-certificate-authorities --endpoint-url \$AWS_ENDPOINT_URL_ACM_PCA
    python3 -c 'import boto3, os; print(boto3.client("acm-pca", endpoint_url=os.environ["AWS_ENDPOINT_URL_ACM_PCA"]).list_certificate_authorities())'
    # From aws-cli 2.13 and boto3 1.28 on the variable is enough, without --endpoint-url and endpoint_url.

    curl -s $gateway/ocsp/$request | openssl ocsp -respin /dev/stdin -noverify -resp_text | grep -A 2 'Cert Status'
    curl -s $crl | openssl crl -inform DER -noout -text
    curl -s $gateway/metrics
END
