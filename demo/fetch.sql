-- Each certificate in PEM, under a line with the name of its file.
SELECT lower(coalesce(substring(c.subject FROM 'device-\d+'),
                      substring(c.subject FROM 'Root'), 'subordinate')),
       rtrim(g.certificate, E'\n')
FROM pca.certificates AS c,
     pca_get_certificate(c.certificate_authority_arn, c.certificate_arn) AS g;
