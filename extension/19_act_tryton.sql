-- ---------------------------------------------------------------------------
-- Acts of the shipped profiles: Tryton.
--
-- A shipment goes through the states of its workflow, each by a call of its own.
-- A call whose answer was lost is looked up: the create by our reference, a
-- transition by the state that it leads to.  Warnings (as for a date in the
-- past) are confirmed the way a person would: by a record of res.user.warning
-- under the name that the error tells.
-- ---------------------------------------------------------------------------

-- A call of Tryton's: method, and the parameters' text.
CREATE FUNCTION stockbridge.tryton_call(method text, params text) RETURNS text
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT '{"id":1,"method":"' || $1 || '","params":[' || $2 || ']}';
END;
COMMENT ON FUNCTION stockbridge.tryton_call(text, text) IS
  'Body of a JSON-RPC call to Tryton, for the declarations of its acts.';

INSERT INTO stockbridge.profile_act (profile, name, title) VALUES
('tryton', 'transfer', 'Moves goods between two places by an internal shipment and completes it. Arguments: from, to (codes of storage locations), date, lines: [{sku, quantity}].'),
('tryton', 'ship', 'Delivers goods to a customer by a customer shipment and completes it. Arguments: customer (code or name), warehouse (code), date, lines: [{sku, quantity, price}].'),
('tryton', 'order', 'Takes a customer''s order and confirms it. Arguments: customer (code or name), warehouse (code), date, lines: [{sku, quantity, price}].'),
('tryton', 'add_product', 'Adds a product. Arguments: sku, name, uom (symbol, as in u or kg), salable (true or false).'),
('tryton', 'set_stock', 'Sets what is in a place by an inventory. Arguments: location (code of a storage location), date, lines: [{sku, quantity}].');

-- Reads: all of the form search_read [domain] with one row expected.
WITH step (act, position, name, each, model, domain, fields, take, expect) AS (VALUES
  ('transfer', 1, 'find the place to take from', NULL, 'stock.location', '["type","=","storage"],["code","=",{arg:from}]', '"code"', '{"from_id":"/result/0/id"}', '/result/0/id'),
  ('transfer', 2, 'find the place to bring to', NULL, 'stock.location', '["type","=","storage"],["code","=",{arg:to}]', '"code"', '{"to_id":"/result/0/id"}', '/result/0/id'),
  ('ship', 1, 'find the customer', NULL, 'party.party', '["OR",["code","=",{arg:customer}],["name","=",{arg:customer}]]', '"addresses"', '{"customer_id":"/result/0/id","address_id":"/result/0/addresses/0"}', '/result/0/addresses/0'),
  ('ship', 2, 'find the warehouse', NULL, 'stock.location', '["type","=","warehouse"],["code","=",{arg:warehouse}]', '"output_location"', '{"warehouse_id":"/result/0/id","output_id":"/result/0/output_location"}', '/result/0/output_location'),
  ('ship', 3, 'find where customers are', NULL, 'stock.location', '["type","=","customer"]', '"code"', '{"to_id":"/result/0/id"}', '/result/0/id'),
  ('ship', 4, 'find the currency', NULL, 'company.company', '', '"currency"', '{"currency_id":"/result/0/currency"}', '/result/0/currency'),
  ('order', 1, 'find the customer', NULL, 'party.party', '["OR",["code","=",{arg:customer}],["name","=",{arg:customer}]]', '"addresses"', '{"customer_id":"/result/0/id","address_id":"/result/0/addresses/0"}', '/result/0/addresses/0'),
  ('order', 2, 'find the warehouse', NULL, 'stock.location', '["type","=","warehouse"],["code","=",{arg:warehouse}]', '"code"', '{"warehouse_id":"/result/0/id"}', '/result/0/id'),
  ('order', 4, 'find the currency', NULL, 'company.company', '', '"currency"', '{"currency_id":"/result/0/currency"}', '/result/0/currency'),
  ('order', 6, 'find the product', 'lines', 'product.product', '["code","=",{arg:sku}]', '"sale_uom"', '{"product_id":"/result/0/id","unit_id":"/result/0/sale_uom"}', '/result/0/sale_uom'),
  ('add_product', 1, 'find the unit', NULL, 'product.uom', '["symbol","=",{arg:uom}]', '"symbol"', '{"unit_id":"/result/0/id"}', '/result/0/id'),
  ('set_stock', 1, 'find the place', NULL, 'stock.location', '["type","=","storage"],["code","=",{arg:location}]', '"code"', '{"location_id":"/result/0/id"}', '/result/0/id'),
  -- A move's unit is called uom up to 6.6 and unit since.
  ('transfer', 5, 'find what the unit of a move is called', NULL, 'ir.model.field', '["model.model","=","stock.move"],["name","in",["uom","unit"]]', '"name"', '{"unit_field":"/result/0/name"}', '/result/0/name'),
  ('ship', 5, 'find what the unit of a move is called', NULL, 'ir.model.field', '["model.model","=","stock.move"],["name","in",["uom","unit"]]', '"name"', '{"unit_field":"/result/0/name"}', '/result/0/name'),
  ('transfer', 6, 'find the product', 'lines', 'product.product', '["code","=",{arg:sku}]', '"default_uom"', '{"product_id":"/result/0/id","unit_id":"/result/0/default_uom"}', '/result/0/id'),
  ('ship', 6, 'find the product', 'lines', 'product.product', '["code","=",{arg:sku}]', '"default_uom"', '{"product_id":"/result/0/id","unit_id":"/result/0/default_uom"}', '/result/0/id'),
  ('set_stock', 6, 'find the product', 'lines', 'product.product', '["code","=",{arg:sku}]', '"default_uom"', '{"product_id":"/result/0/id"}', '/result/0/id'),
  ('transfer', 10, 'see that all goods are assigned', NULL, 'stock.shipment.internal', '["id","=",{arg:record_id}]', '"state"', '{}', '/result/0/state=assigned'),
  ('ship', 10, 'see that all goods are assigned', NULL, 'stock.shipment.out', '["id","=",{arg:record_id}]', '"state"', '{}', '/result/0/state=assigned')
)
INSERT INTO stockbridge.profile_step (profile, act, position, name, each, reads, request, body, take, expect)
SELECT 'tryton', act, position, name, each, true, 'POST /{database}/',
       stockbridge.tryton_call('model.' || model || '.search_read', '[' || domain || '],0,2,[["id","ASC"]],[' || fields || '],{}'),
       take::jsonb, expect
  FROM step;

-- Records are made once: by our reference it is known whether that has happened.
WITH step (act, position, name, model, record, take) AS (VALUES
  ('transfer', 7, 'create the shipment', 'stock.shipment.internal',
   '{"reference":{arg:reference},"company":{arg:company_id},"planned_date":{arg:date},"planned_start_date":{arg:date},"from_location":{arg:from_id},"to_location":{arg:to_id},"moves":[["create",[{each:lines:{"company":{arg:company_id},"product":{item:product_id},"{arg:unit_field}":{item:unit_id},"quantity":{item:quantity},"from_location":{arg:from_id},"to_location":{arg:to_id}}}]]]}',
   '{"record_id":"/result/0"}'),
  ('ship', 7, 'create the shipment', 'stock.shipment.out',
   '{"reference":{arg:reference},"company":{arg:company_id},"planned_date":{arg:date},"customer":{arg:customer_id},"delivery_address":{arg:address_id},"warehouse":{arg:warehouse_id},"outgoing_moves":[["create",[{each:lines:{"company":{arg:company_id},"product":{item:product_id},"{arg:unit_field}":{item:unit_id},"quantity":{item:quantity},"unit_price":"{item:price}","currency":{arg:currency_id},"from_location":{arg:output_id},"to_location":{arg:to_id}}}]]]}',
   '{"record_id":"/result/0"}'),
  ('order', 7, 'create the order', 'sale.sale',
   '{"reference":{arg:reference},"company":{arg:company_id},"sale_date":{arg:date},"party":{arg:customer_id},"invoice_address":{arg:address_id},"shipment_address":{arg:address_id},"warehouse":{arg:warehouse_id},"currency":{arg:currency_id},"lines":[["create",[{each:lines:{"type":"line","product":{item:product_id},"unit":{item:unit_id},"quantity":{item:quantity},"unit_price":"{item:price}"}}]]]}',
   '{"record_id":"/result/0"}')
)
INSERT INTO stockbridge.profile_step (profile, act, position, name, request, body, take, expect, look_request, look_body, found, look_take)
SELECT 'tryton', act, position, name, 'POST /{database}/',
       stockbridge.tryton_call('model.' || model || '.create', '[' || record || '],{"company":{arg:company_id}}'), take::jsonb, '/result/0',
       'POST /{database}/',
       stockbridge.tryton_call('model.' || model || '.search_read', '[["reference","=",{arg:reference}]],0,1,[["id","ASC"]],["state"],{}'),
       '/result/0/id', '{"record_id":"/result/0/id"}'
  FROM step;

-- An inventory has no reference.  One that was made twice does nothing until it is
-- confirmed, and only the one whose answer we have is.  Written to once more just
-- before, it compares with the stock of that moment.
INSERT INTO stockbridge.profile_step (profile, act, position, name, request, body, take, expect, repeatable) VALUES
('tryton', 'set_stock', 7, 'create the inventory', 'POST /{database}/',
 stockbridge.tryton_call('model.stock.inventory.create', '[{"company":{arg:company_id},"location":{arg:location_id},"date":{arg:date},"empty_quantity":"keep","lines":[["create",[{each:lines:{"product":{item:product_id},"quantity":{item:quantity}}}]]]}],{"company":{arg:company_id}}'),
 '{"inventory_id":"/result/0"}', '/result/0', true),
('tryton', 'set_stock', 8, 'compare with the stock', 'POST /{database}/',
 stockbridge.tryton_call('model.stock.inventory.write', '[{arg:inventory_id}],{"empty_quantity":"keep"},{"company":{arg:company_id}}'), '{}', NULL, true);

-- Transitions, and the states that show that they have happened.
WITH step (act, position, name, model, id, method, states) AS (VALUES
  ('transfer', 8, 'have it wait', 'stock.shipment.internal', 'record_id', 'wait', '"waiting","assigned","shipped","done"'),
  ('transfer', 11, 'complete it', 'stock.shipment.internal', 'record_id', 'done', '"done"'),
  ('ship', 8, 'have it wait', 'stock.shipment.out', 'record_id', 'wait', '"waiting","assigned","picked","packed","done"'),
  ('ship', 11, 'pick it', 'stock.shipment.out', 'record_id', 'pick', '"picked","packed","done"'),
  ('ship', 12, 'pack it', 'stock.shipment.out', 'record_id', 'pack', '"packed","done"'),
  ('ship', 13, 'complete it', 'stock.shipment.out', 'record_id', 'done', '"done"'),
  ('order', 8, 'quote it', 'sale.sale', 'record_id', 'quote', '"quotation","confirmed","processing","done"'),
  ('order', 9, 'confirm it', 'sale.sale', 'record_id', 'confirm', '"confirmed","processing","done"'),
  ('set_stock', 9, 'confirm it', 'stock.inventory', 'inventory_id', 'confirm', '"done"')
)
INSERT INTO stockbridge.profile_step (profile, act, position, name, request, body, look_request, look_body, found, warning, confirm_request, confirm_body)
SELECT 'tryton', act, position, name, 'POST /{database}/',
       stockbridge.tryton_call('model.' || model || '.' || method, '[{arg:' || id || '}],{"company":{arg:company_id}}'),
       'POST /{database}/',
       stockbridge.tryton_call('model.' || model || '.search_read', '[["id","=",{arg:' || id || '}],["state","in",[' || states || ']]],0,1,null,["state"],{}'),
       '/result/0/id', '/error/0=UserWarning', 'POST /{database}/',
       stockbridge.tryton_call('model.res.user.warning.create', '[{"user":{arg:user_id},"name":{arg:/answer/error/1/0},"always":false}],{}')
  FROM step;

-- Goods that cannot be assigned now may be later: it is tried again by retry_act().
INSERT INTO stockbridge.profile_step (profile, act, position, name, request, body, repeatable)
SELECT 'tryton', a.act, 9, 'assign the goods', 'POST /{database}/',
       stockbridge.tryton_call('model.' || a.model || '.assign_try', '[{arg:record_id}],{"company":{arg:company_id}}'), true
  FROM (VALUES ('transfer', 'stock.shipment.internal'), ('ship', 'stock.shipment.out')) AS a (act, model);

-- Whose warnings they are, and whose goods.
INSERT INTO stockbridge.profile_step (profile, act, position, name, reads, request, body, take, expect)
SELECT 'tryton', a.act, 0, 'find who we are', true, 'POST /{database}/',
       stockbridge.tryton_call('model.res.user.search_read', '[["login","=",{user}]],0,1,null,["company"],{}'),
       '{"user_id":"/result/0/id","company_id":"/result/0/company"}', '/result/0/company'
  FROM (VALUES ('transfer'), ('ship'), ('order'), ('add_product'), ('set_stock')) AS a (act);

-- A product's code is its template's, followed by a suffix that is empty here.
INSERT INTO stockbridge.profile_step (profile, act, position, name, request, body, take, expect, look_request, look_body, found, look_take) VALUES
('tryton', 'add_product', 7, 'create the product', 'POST /{database}/',
 stockbridge.tryton_call('model.product.template.create', '[{"name":{arg:name},"code":{arg:sku},"type":"goods","default_uom":{arg:unit_id},"salable":{arg:salable},"sale_uom":{arg:unit_id},"products":[["create",[{"suffix_code":""}]]]}],{}'),
 '{"template_id":"/result/0"}', '/result/0', 'POST /{database}/',
 stockbridge.tryton_call('model.product.product.search_read', '[["code","=",{arg:sku}]],0,1,null,["code","template"],{}'),
 '/result/0/id', '{"template_id":"/result/0/template"}');

-- Of what is there, a product's being in use is a plain column.
UPDATE stockbridge.profile_table SET options = options || ARRAY[
  'update=POST /{database}/',
  'update_body={"id":1,"method":"model.product.product.write","params":[[{col:id}],{set},{}]}']
 WHERE (profile, name) = ('tryton', 'products');
UPDATE stockbridge.profile_column SET options = options || ARRAY['key=true']
 WHERE (profile, table_name, name) = ('tryton', 'products', 'id');
UPDATE stockbridge.profile_column SET options = options || ARRAY['write=@none']
 WHERE (profile, table_name) = ('tryton', 'products') AND name IN ('sku', 'name', 'kind', 'uom');
