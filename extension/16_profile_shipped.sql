-- ---------------------------------------------------------------------------
-- The profiles that come with the extension.
-- ---------------------------------------------------------------------------

-- For a server whose options and tables say everything themselves.
INSERT INTO stockbridge.profile (name, title, lacks, shipped) VALUES
('none', 'No profile: all is in the options of the server and its tables', 'All tables: create them by hand (doc/ims.md).', true);

-- A plain REST interface: one list per canonical table under the server's url,
-- pages by limit and offset, a total in each answer.  Also the shape to give a
-- service of one's own in front of a system that has no interface.
INSERT INTO stockbridge.profile (name, title, options, shipped) VALUES
('rest', 'Plain REST: GET /products, /locations, /stock, /movements, /orders, /order_lines, /shipments with HTTP Basic',
 ARRAY['auth=basic', 'error=/error', 'page_size=500'], true);

INSERT INTO stockbridge.profile_table (profile, name, position, options)
SELECT 'rest', t.name, t.position,
       ARRAY['request=GET /' || t.name || '?limit={limit}&offset={offset}{filters}',
             'rows=/data/*', 'page=offset', 'page_end=total:/total']
  FROM unnest(ARRAY['products', 'locations', 'stock', 'movements', 'orders', 'order_lines', 'shipments'])
       WITH ORDINALITY AS t (name, position);

-- Members have the columns' own names.  Movements since a time are the one
-- thing that is asked of the service.
INSERT INTO stockbridge.profile_column (profile, table_name, name, position, type, options)
SELECT 'rest', c.table_name, c.name, c.position, c.type,
       CASE WHEN (c.table_name, c.name) = ('movements', 'happened_at')
            THEN ARRAY['path=/happened_at', 'format=iso', 'filter_ge=since={value}']
            ELSE ARRAY['path=/' || c.name] END
  FROM stockbridge.canonical_column c;

-- Tryton.  Everything is one POST URL; what the bodies ask for, and why:
--   * "active_test":false, because Tryton adds active = true to every list of a
--     domain that does not name it; so filters have a list of their own, too;
--   * "locations" with one id and "with_childs":false: without locations every
--     quantity is a silent 0, and one id alone would count what is in bins twice;
--   * internal_quantity is in the product's own unit, quantity in the move's;
--   * a location without code has null or "" there, as Transit has: then its name;
--   * happened_at is when the move was recorded, since effective_date may lie
--     weeks back and would never be seen by a pull; it is a column of its own;
--   * the kind of a move follows from the types of its two ends.
-- A session that has died idle answers 401, so its life here is shorter.
INSERT INTO stockbridge.profile (name, title, lacks, shipped, options) VALUES ('tryton',
  'Tryton 6.0 to 7.0: modules stock and sale, JSON-RPC',
  'stock.reserved: Tryton answers it only to a second request for each location.', true, ARRAY[
  'auth=login',
  'login_request=POST /{database}/',
  'login_body={"id":0,"method":"common.db.login","params":[{user},{"password":{secret:password}},"en"]}',
  'login_token=/result/1',
  'login_header=Authorization: Session {b64:{user}:{login:/result/0}:{login:/result/1}}',
  'login_ttl=240s',
  'logout_request=POST /{database}/',
  'logout_body={"id":0,"method":"common.db.logout","params":[]}',
  'error=/error/1/0 /error/0',
  'null_values=""',
  'page_size=500']);

INSERT INTO stockbridge.profile_table (profile, name, position, options) VALUES
('tryton', 'products', 1, ARRAY[
  'request=POST /{database}/',
  'body={"id":1,"method":"model.product.product.search_read","params":[[{filters}],{offset},{limit},[["id","ASC"]],["code","template.name","active","template.type","default_uom.symbol"],{"active_test":false}]}',
  'rows=/result/*', 'page=offset']),
('tryton', 'locations', 2, ARRAY[
  'request=POST /{database}/',
  'body={"id":1,"method":"model.stock.location.search_read","params":[[["type","=","storage"],[{filters}]],{offset},{limit},[["id","ASC"]],["code","name","active","warehouse.code"],{"active_test":false}]}',
  'rows=/result/*', 'page=offset']),
('tryton', 'stock', 3, ARRAY[
  'request=POST /{database}/',
  'body={"id":1,"method":"model.product.product.search_read","params":[[["quantity","!=",0],[{filters}]],{offset},{limit},[["id","ASC"]],["code","quantity"],{"locations":[{from:id}],"with_childs":false,"active_test":false}]}',
  'rows=/result/*', 'page=offset', 'from=locations']),
('tryton', 'movements', 4, ARRAY[
  'request=POST /{database}/',
  'body={"id":1,"method":"model.stock.move.search_read","params":[[["state","=","done"],["OR",["from_location.type","=","storage"],["to_location.type","=","storage"]],[{filters}]],{offset},{limit},[["id","ASC"]],["product.code","internal_quantity","from_location.type","from_location.code","from_location.name","to_location.type","to_location.code","to_location.name","write_date","effective_date","shipment","shipment.rec_name","origin","product.default_uom.symbol"],{"active_test":false}]}',
  'rows=/result/*', 'page=offset']),
('tryton', 'orders', 5, ARRAY[
  'request=POST /{database}/',
  'body={"id":1,"method":"model.sale.sale.search_read","params":[[["number","!=",null],[{filters}]],{offset},{limit},[["id","ASC"]],["number","reference","state","create_date","sale_date","party.code","party.name","warehouse.storage_location.code","warehouse.storage_location.name"],{"active_test":false}]}',
  'rows=/result/*', 'page=offset']),
('tryton', 'order_lines', 6, ARRAY[
  'request=POST /{database}/',
  'body={"id":1,"method":"model.sale.line.search_read","params":[[["type","=","line"],["sale.number","!=",null],[{filters}]],{offset},{limit},[["id","ASC"]],["sale.number","product.code","quantity","unit.symbol","moves.state","moves.quantity"],{"active_test":false}]}',
  'rows=/result/*', 'page=offset']),
('tryton', 'shipments', 7, ARRAY[
  'request=POST /{database}/',
  'body={"id":1,"method":"model.stock.shipment.out.search_read","params":[[["number","!=",null],[{filters}]],{offset},{limit},[["id","ASC"]],["number","state","effective_date","outgoing_moves.origin.sale.number","customer.code","warehouse.storage_location.code","warehouse.storage_location.name"],{"active_test":false}]}',
  'rows=/result/*', 'page=offset']);

INSERT INTO stockbridge.profile_column (profile, table_name, name, type, position, options) VALUES
('tryton','products','sku','text',1, ARRAY['path=/code','filter_eq=["code","=",{value}]','filter_in=["code","in",{values}]']),
('tryton','products','name','text',2, ARRAY['path=/template./name']),
('tryton','products','active','boolean',3, ARRAY['path=/active','decode=bool01','filter_eq=["active","=",{value}]']),
('tryton','products','kind','text',4, ARRAY['path=/template./type']),
('tryton','products','uom','text',5, ARRAY['path=/default_uom./symbol']),
('tryton','products','id','bigint',6, ARRAY['path=/id']),

('tryton','locations','location','text',1, ARRAY['by=/code','map=null = /name','path=/code','filter_eq=["OR",["code","=",{value}],["name","=",{value}]]','filter_in=["OR",["code","in",{values}],["name","in",{values}]]']),
('tryton','locations','name','text',2, ARRAY['path=/name']),
('tryton','locations','active','boolean',3, ARRAY['path=/active','decode=bool01','filter_eq=["active","=",{value}]']),
('tryton','locations','warehouse','text',4, ARRAY['path=/warehouse./code']),
('tryton','locations','id','bigint',5, ARRAY['path=/id']),

('tryton','stock','sku','text',1, ARRAY['path=/code','filter_eq=["code","=",{value}]','filter_in=["code","in",{values}]']),
('tryton','stock','location','text',2, ARRAY['path=@from:location']),
('tryton','stock','on_hand','numeric',3, ARRAY['path=/quantity']),
('tryton','stock','reserved','numeric',4, ARRAY['path=@none']),
('tryton','stock','as_of','timestamptz',5, ARRAY['path=@sent_at']),

('tryton','movements','movement_ref','text',1, ARRAY['path=/id']),
('tryton','movements','kind','text',2, ARRAY['by=/from_location./type /to_location./type','map=supplier storage = receipt; storage customer = dispatch; storage supplier = dispatch; customer storage = return; storage storage = transfer; * * = adjustment']),
('tryton','movements','sku','text',3, ARRAY['path=/product./code','filter_eq=["product.code","=",{value}]','filter_in=["product.code","in",{values}]']),
('tryton','movements','quantity','numeric',4, ARRAY['by=/from_location./type /to_location./type','map=storage customer = /internal_quantity; storage supplier = /internal_quantity; storage storage = /internal_quantity; storage * = -/internal_quantity; * * = /internal_quantity']),
('tryton','movements','from_location','text',5, ARRAY['by=/from_location./type /to_location./type /from_location./code','map=storage customer null = /from_location./name; storage supplier null = /from_location./name; storage storage null = /from_location./name; storage customer * = /from_location./code; storage supplier * = /from_location./code; storage storage * = /from_location./code; * * * = null']),
('tryton','movements','to_location','text',6, ARRAY['by=/from_location./type /to_location./type /to_location./code /from_location./code','map=* storage null * = /to_location./name; * storage * * = /to_location./code; storage customer * * = null; storage supplier * * = null; storage * * null = /from_location./name; storage * * * = /from_location./code']),
('tryton','movements','happened_at','timestamptz',7, ARRAY['path=/write_date','decode=tryton','format=sql','filter_ge=["write_date",">=",{value}]','filter_le=["write_date","<=",{value}]']),
('tryton','movements','document_ref','text',8, ARRAY['by=/shipment./rec_name','map=null = /origin','path=/shipment./rec_name']),
('tryton','movements','effective_date','date',9, ARRAY['path=/effective_date','decode=tryton']),
('tryton','movements','document_id','text',10, ARRAY['path=/shipment']),

('tryton','orders','order_ref','text',1, ARRAY['path=/number','filter_eq=["number","=",{value}]','filter_in=["number","in",{values}]']),
('tryton','orders','status','text',2, ARRAY['path=/state','filter_eq=["state","=",{value}]','filter_in=["state","in",{values}]']),
('tryton','orders','ordered_at','timestamptz',3, ARRAY['by=/sale_date','map=null = /create_date','path=/sale_date','decode=tryton']),
('tryton','orders','customer_ref','text',4, ARRAY['path=/party./code']),
('tryton','orders','location','text',5, ARRAY['by=/warehouse./storage_location./code','map=null = /warehouse./storage_location./name','path=/warehouse./storage_location./code']),
('tryton','orders','reference','text',6, ARRAY['path=/reference','filter_eq=["reference","=",{value}]','filter_in=["reference","in",{values}]']),

('tryton','order_lines','order_ref','text',1, ARRAY['path=/sale./number','filter_eq=["sale.number","=",{value}]','filter_in=["sale.number","in",{values}]']),
('tryton','order_lines','line','text',2, ARRAY['path=/id']),
('tryton','order_lines','sku','text',3, ARRAY['path=/product./code','filter_eq=["product.code","=",{value}]','filter_in=["product.code","in",{values}]']),
('tryton','order_lines','quantity','numeric',4, ARRAY['path=/quantity']),
('tryton','order_lines','shipped','numeric',5, ARRAY['sum=/moves. /quantity /state=done']),

('tryton','shipments','shipment_ref','text',1, ARRAY['path=/number','filter_eq=["number","=",{value}]','filter_in=["number","in",{values}]']),
('tryton','shipments','order_ref','text',2, ARRAY['path=/outgoing_moves./0/origin./sale./number']),
('tryton','shipments','status','text',3, ARRAY['path=/state','filter_eq=["state","=",{value}]','filter_in=["state","in",{values}]']),
('tryton','shipments','shipped_at','timestamptz',4, ARRAY['path=/effective_date','decode=tryton']),
('tryton','shipments','location','text',5, ARRAY['by=/warehouse./storage_location./code','map=null = /warehouse./storage_location./name','path=/warehouse./storage_location./code']);
