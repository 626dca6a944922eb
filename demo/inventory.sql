SELECT status, count(*), min(not_after)::date AS first_to_expire
FROM pca.certificates GROUP BY status;
\pset footer on
SELECT left(serial, 8) || '...' AS serial, subject,
       array_to_string(subject_alternative_names, ', ') AS subject_alternative_names,
       not_after::date
FROM pca.certificates ORDER BY issued_at, subject;
