-- pgbench: the cryptography of a certificate, without storing it.
\set number random(1, :requests)
SELECT bench.crypto_alone(csr) FROM bench.csrs WHERE number = :number;
