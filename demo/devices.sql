
CREATE TABLE devices (name text PRIMARY KEY, key text, csr text);
\copy devices FROM 'devices.csv' (FORMAT csv)
SELECT count(*) AS devices, count(DISTINCT key) AS kinds_of_keys FROM devices;
