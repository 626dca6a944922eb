-- pgbench: an OCSP response.
\set number random(1, :requests)
SELECT response, is_cacheable, this_update, next_update FROM pca_ocsp((SELECT request FROM bench.ocsp WHERE number = :number));
