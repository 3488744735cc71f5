-- Options: checked when they are set, each fault told with its way out.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS stockbridge;
RESET client_min_messages;

-- All options are in one view; the validators read the same table.
SELECT context, name, type, default_value, allowed, secret FROM stockbridge.options
 WHERE wrapper = 'sap_b1_fdw' AND (context IN ('user mapping', 'import') OR name IN ('url', 'connect_timeout', 'ca_file'))
 ORDER BY context, name COLLATE "C";
SELECT wrapper, context, name FROM stockbridge.options WHERE secret AND context <> 'user mapping';
SELECT wrapper, context, name FROM stockbridge.options WHERE description !~ '^[A-Z].*\.$';

-- A server needs its address and its company, by their right names.
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw;
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://b1.example:50000/b1s/v2');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://b1.example:50000/b1s/v2', compny 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://b1.example:50000/b1s/v2', zzz 'SBODEMOGB');

-- Secrets belong to the user mapping, and no message repeats them.
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://b1.example:50000/b1s/v2', company 'SBODEMOGB', password 'hunter2');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://b1.example:50000/b1s/v2', company 'SBODEMOGB', passwrd 'hunter2');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://manager:hunter2@b1.example:50000/b1s/v2', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://b1.example:50000/b1s/v2', company 'SBODEMOGB', proxy 'socks5://joe:hunter2@proxy.example:1080');

-- Addresses
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'ftp://b1.example', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'b1.example:50000', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https:///b1s/v2', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://b1.example:/b1s/v2', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://b1.example:0/b1s/v2', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://b1.example:65536/b1s/v2', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://b1.example:5x/b1s/v2', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://[::1/b1s/v2', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://b1.example/b1s/v2?x=1', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://b1.example/b1s/v 2', company 'SBODEMOGB');
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url E'https://b1.example/\nHost: evil.example', company 'SBODEMOGB');

-- One that is right, with each type of value.
CREATE SERVER company FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'HTTPS://[::1]:50000/b1s/v2/', company 'SBODEMOGB', language '3', page_size '100',
           connect_timeout '1500ms', request_timeout '90', idle_timeout '2 min', max_response_size '16MB',
           insecure_skip_tls_verify 'off', compression 'true', proxy 'socks5h://proxy.example:1080',
           pinned_key 'sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE=');
ALTER SERVER company OPTIONS (SET connect_timeout 'soon');
ALTER SERVER company OPTIONS (SET connect_timeout '0');
ALTER SERVER company OPTIONS (SET request_timeout '2d');
ALTER SERVER company OPTIONS (SET max_response_size '3GB');
ALTER SERVER company OPTIONS (SET max_response_size '1');
ALTER SERVER company OPTIONS (SET page_size '0');
ALTER SERVER company OPTIONS (SET page_size 'many');
ALTER SERVER company OPTIONS (SET compression 'perhaps');
ALTER SERVER company OPTIONS (SET company '');
ALTER SERVER company OPTIONS (DROP url);

-- User mappings
CREATE USER MAPPING FOR CURRENT_USER SERVER company OPTIONS (user 'manager');
CREATE USER MAPPING FOR CURRENT_USER SERVER company OPTIONS (username 'manager', password 'hunter2');
CREATE USER MAPPING FOR CURRENT_USER SERVER company OPTIONS (user 'manager', password 'hunter2', company 'SBODEMOGB');
CREATE USER MAPPING FOR CURRENT_USER SERVER company OPTIONS (user 'manager', password '');
CREATE USER MAPPING FOR CURRENT_USER SERVER company OPTIONS (user 'manager', password 'hunter2');

-- Any other service of OData has no company, and may know us by a token, a header or not at all.
CREATE SERVER service FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://odata.example/v4', flavour 'service_layer');
CREATE SERVER service FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (url 'https://odata.example/v4', flavour 'odata');
CREATE USER MAPPING FOR CURRENT_USER SERVER service OPTIONS (token 'hunter2');
ALTER USER MAPPING FOR CURRENT_USER SERVER service OPTIONS (DROP token, ADD headers 'X-API-Key: hunter2');
ALTER USER MAPPING FOR CURRENT_USER SERVER service OPTIONS (DROP headers);
DROP SERVER service CASCADE;
-- Tables and columns
CREATE FOREIGN TABLE item (code text) SERVER company;
CREATE FOREIGN TABLE item (code text) SERVER company OPTIONS (entity 'Items?$top=1');
CREATE FOREIGN TABLE item (code text) SERVER company OPTIONS (entity ' Items');
CREATE FOREIGN TABLE item (code text) SERVER company OPTIONS (entity 'Items', property 'ItemCode');
CREATE FOREIGN TABLE item (code text) SERVER company OPTIONS (entity 'Items', via 'crosjoin');
CREATE FOREIGN TABLE item (code text OPTIONS (propety 'ItemCode')) SERVER company OPTIONS (entity 'Items');
CREATE FOREIGN TABLE item (code text OPTIONS (property '/ItemCode')) SERVER company OPTIONS (entity 'Items');
CREATE FOREIGN TABLE item (code text OPTIONS (property 'A//B')) SERVER company OPTIONS (entity 'Items');
CREATE FOREIGN TABLE item (code text OPTIONS (property 'ItemCode', of 'the item')) SERVER company OPTIONS (entity 'Items');
CREATE FOREIGN TABLE item (code text OPTIONS (property 'ItemCode', key 'true')) SERVER company OPTIONS (entity 'My Item');
DROP FOREIGN TABLE item;

-- The wrapper itself has no options.
ALTER FOREIGN DATA WRAPPER sap_b1_fdw OPTIONS (ADD company 'SBODEMOGB');

-- A path on this host is a privilege, as it is to read files here.
CREATE ROLE stockbridge_regress_owner;
GRANT USAGE ON FOREIGN DATA WRAPPER sap_b1_fdw TO stockbridge_regress_owner;
SET ROLE stockbridge_regress_owner;
CREATE SERVER own FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://b1.example/b1s/v2', company 'SBODEMOGB', ca_file '/etc/passwd');
CREATE SERVER own FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://b1.example/b1s/v2', company 'SBODEMOGB', pinned_key '/etc/passwd');
CREATE SERVER own FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://b1.example/b1s/v2', company 'SBODEMOGB', pinned_key 'sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE=');
RESET ROLE;
GRANT pg_read_server_files TO stockbridge_regress_owner;
SET ROLE stockbridge_regress_owner;
ALTER SERVER own OPTIONS (ADD ca_file 'b1.pem');
ALTER SERVER own OPTIONS (ADD ca_file '/etc/ssl/b1.pem');
RESET ROLE;

-- Readers see the options' table.
GRANT stockbridge_reader TO stockbridge_regress_owner;
SET ROLE stockbridge_regress_owner;
SELECT count(*) > 0 AS readable FROM stockbridge.options;
RESET ROLE;

-- The other wrapper has the same ways.
CREATE SERVER warehouse FOREIGN DATA WRAPPER ims_fdw OPTIONS (profil 'rest', url 'http://127.0.0.1:1/ims');
CREATE SERVER warehouse FOREIGN DATA WRAPPER ims_fdw OPTIONS (profile 'rest', url 'http://127.0.0.1:1/ims', token 'hunter2');

SET client_min_messages = warning;
DROP SERVER own;
DROP SERVER company CASCADE;
REVOKE USAGE ON FOREIGN DATA WRAPPER sap_b1_fdw FROM stockbridge_regress_owner;
DROP ROLE stockbridge_regress_owner;

-- Extra headers: whole lines, none that the wrapper or the login sets, secrets in the user mapping.
CREATE SERVER hd FOREIGN DATA WRAPPER sap_b1_fdw
  OPTIONS (url 'https://sl.example/b1s/v2', company 'X', headers E'X-Tenant: a\n\nX-Trace: b; c=d');
ALTER SERVER hd OPTIONS (SET headers E'X-Tenant: a\r\nX-Evil: b');
ALTER SERVER hd OPTIONS (SET headers 'X-Tenant');
ALTER SERVER hd OPTIONS (SET headers 'X Tenant: a');
ALTER SERVER hd OPTIONS (SET headers 'X-Tenant: ');
ALTER SERVER hd OPTIONS (SET headers 'cookie: B1SESSION=1');
ALTER SERVER hd OPTIONS (SET headers 'Authorization: Bearer 123');
CREATE USER MAPPING FOR CURRENT_USER SERVER hd
  OPTIONS (user 'u', password 'p', headers 'Authorization: Bearer 123', proxy_user 'q', proxy_password 'r');
ALTER USER MAPPING FOR CURRENT_USER SERVER hd OPTIONS (SET headers 'Host: 123');
ALTER SERVER hd OPTIONS (ADD client_cert 'relative.pem');
DROP SERVER hd CASCADE;
