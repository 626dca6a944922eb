-- pgbench: a certificate's cryptography, and nothing stored.
\set number random(1, :requests)
SELECT bench.crypto_alone(csr) FROM bench.csrs WHERE number = :number;
