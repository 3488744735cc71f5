-- Odoo from 19 on, JSON-2: a POST for each call, arguments by name, the bare value
-- as the answer.  What is where, and why:
--   * "active_test":false, or archived products and places would be missing;
--   * false stands for "none" in whatever is no boolean;
--   * a many2one is [id, name]; products are looked up by id for their code;
--   * only places of usage internal hold stock; what a movement is follows from the
--     usages of its two ends; quantities are in the product's own unit;
--   * happened_at is when the movement was recorded (write_date), for a date that
--     was set back would never be seen by a pull; the date is a column of its own;
--     a record is stamped when its transaction began and seen when it ends, hence
--     the overlap;
--   * an order's reference of ours is client_order_ref.
SELECT stockbridge.add_profile('odoo', $profile${
  "title": "Odoo 19 and later: JSON-2 API, modules stock and sale",
  "lacks": "A movement whose quantity is corrected in Odoo after it was done is not told again. shipments.order_ref is the source document of the delivery, which is empty for one made by hand.",
  "server": {
    "auth": "headers", "headers": ["Authorization: bearer {secret:key}", "X-Odoo-Database: {database}"],
    "error": "/message", "null_values": "false", "page_size": 500
  },
  "tables": {
    "products": {
      "request": "POST /json/2/product.product/search_read",
      "body": "{\"domain\":[{filters}],\"fields\":[\"default_code\",\"display_name\",\"name\",\"active\",\"type\",\"uom_id\"],\"offset\":{offset},\"limit\":{limit},\"order\":\"id\",\"context\":{\"active_test\":false}}",
      "rows": "/*", "page": "offset",
      "insert": "POST /json/2/product.product/create", "insert_body": "{\"vals_list\":[{set}]}", "result_key": "/0",
      "update": "POST /json/2/product.product/write", "update_body": "{\"ids\":[{col:id}],\"vals\":{set}}",
      "columns": {
        "sku": {"path": "/default_code", "filter_eq": "[\"default_code\",\"=\",{value}]", "filter_in": "[\"default_code\",\"in\",{values}]"},
        "name": "/name",
        "active": {"path": "/active", "filter_eq": "[\"active\",\"=\",{value}]"},
        "type": {"type": "text", "path": "/type"},
        "uom": {"type": "text", "path": "/uom_id", "decode": "m2o_name", "write": "@none"},
        "id": {"type": "bigint", "path": "/id", "key": true, "write": "@none", "filter_eq": "[\"id\",\"=\",{value}]", "filter_in": "[\"id\",\"in\",{values}]"}
      }
    },
    "locations": {
      "request": "POST /json/2/stock.location/search_read",
      "body": "{\"domain\":[[\"usage\",\"=\",\"internal\"],{filters}],\"fields\":[\"complete_name\",\"name\",\"active\"],\"offset\":{offset},\"limit\":{limit},\"order\":\"id\",\"context\":{\"active_test\":false}}",
      "rows": "/*", "page": "offset",
      "columns": {
        "location": {"path": "/complete_name", "filter_eq": "[\"complete_name\",\"=\",{value}]", "filter_in": "[\"complete_name\",\"in\",{values}]"},
        "name": "/name",
        "active": {"type": "boolean", "path": "/active", "filter_eq": "[\"active\",\"=\",{value}]"},
        "id": {"type": "bigint", "path": "/id", "filter_eq": "[\"id\",\"=\",{value}]", "filter_in": "[\"id\",\"in\",{values}]"}
      }
    },
    "stock": {
      "request": "POST /json/2/stock.quant/search_read",
      "body": "{\"domain\":[[\"location_id.usage\",\"=\",\"internal\"],{filters}],\"fields\":[\"product_id\",\"location_id\",\"quantity\",\"reserved_quantity\"],\"offset\":{offset},\"limit\":{limit},\"order\":\"id\",\"context\":{\"active_test\":false}}",
      "rows": "/*", "page": "offset", "group_by": "sku, location",
      "columns": {
        "sku": {"path": "/product_id", "decode": "m2o_id", "lookup": "products id sku"},
        "location": {"path": "/location_id", "decode": "m2o_id", "lookup": "locations id location"},
        "on_hand": "/quantity",
        "reserved": "/reserved_quantity",
        "as_of": "@sent_at"
      }
    },
    "movements": {
      "request": "POST /json/2/stock.move.line/search_read",
      "body": "{\"domain\":[[\"state\",\"=\",\"done\"],\"|\",[\"location_id.usage\",\"=\",\"internal\"],[\"location_dest_id.usage\",\"=\",\"internal\"],{filters}],\"fields\":[\"product_id\",\"quantity_product_uom\",\"location_id\",\"location_usage\",\"location_dest_id\",\"location_dest_usage\",\"reference\",\"picking_id\",\"date\",\"write_date\"],\"offset\":{offset},\"limit\":{limit},\"order\":\"id\",\"context\":{\"active_test\":false}}",
      "rows": "/*", "page": "offset", "since": "happened_at", "since_overlap": "10min",
      "columns": {
        "movement_ref": "/id",
        "kind": {"by": "/location_usage /location_dest_usage", "map": "supplier internal = receipt; internal customer = dispatch; internal supplier = dispatch; customer internal = return; internal internal = transfer; * * = adjustment"},
        "sku": {"path": "/product_id", "decode": "m2o_id", "lookup": "products id sku"},
        "quantity": {"by": "/location_usage /location_dest_usage", "map": "internal customer = /quantity_product_uom; internal supplier = /quantity_product_uom; internal internal = /quantity_product_uom; internal * = -/quantity_product_uom; * * = /quantity_product_uom"},
        "from_location": {"by": "/location_usage /location_dest_usage", "map": "internal customer = /location_id; internal supplier = /location_id; internal internal = /location_id; * * = null", "decode": "m2o_id", "lookup": "locations id location"},
        "to_location": {"by": "/location_usage /location_dest_usage", "map": "* internal = /location_dest_id; internal customer = null; internal supplier = null; * * = /location_id", "decode": "m2o_id", "lookup": "locations id location"},
        "happened_at": {"path": "/write_date", "decode": "sql_utc", "format": "sql", "filter_ge": "[\"write_date\",\">=\",{value}]"},
        "document_ref": "/reference",
        "date": {"type": "timestamptz", "path": "/date", "decode": "sql_utc"}
      }
    },
    "orders": {
      "request": "POST /json/2/sale.order/search_read",
      "body": "{\"domain\":[{filters}],\"fields\":[\"name\",\"state\",\"date_order\",\"partner_id\",\"warehouse_id\",\"client_order_ref\",\"write_date\"],\"offset\":{offset},\"limit\":{limit},\"order\":\"id\"}",
      "rows": "/*", "page": "offset",
      "columns": {
        "order_ref": {"path": "/name", "filter_eq": "[\"name\",\"=\",{value}]", "filter_in": "[\"name\",\"in\",{values}]"},
        "status": {"path": "/state", "filter_eq": "[\"state\",\"=\",{value}]", "filter_in": "[\"state\",\"in\",{values}]"},
        "ordered_at": {"path": "/date_order", "decode": "sql_utc", "format": "sql", "filter_ge": "[\"date_order\",\">=\",{value}]"},
        "customer_ref": {"path": "/partner_id", "decode": "m2o_name"},
        "location": {"path": "/warehouse_id", "decode": "m2o_id", "lookup": "warehouses id location"},
        "reference": {"type": "text", "path": "/client_order_ref", "filter_eq": "[\"client_order_ref\",\"=\",{value}]", "filter_in": "[\"client_order_ref\",\"in\",{values}]"},
        "updated_at": {"type": "timestamptz", "path": "/write_date", "decode": "sql_utc", "format": "sql", "filter_ge": "[\"write_date\",\">=\",{value}]"},
        "id": {"type": "bigint", "path": "/id", "filter_eq": "[\"id\",\"=\",{value}]", "filter_in": "[\"id\",\"in\",{values}]"}
      }
    },
    "order_lines": {
      "request": "POST /json/2/sale.order.line/search_read",
      "body": "{\"domain\":[[\"display_type\",\"=\",false],{filters}],\"fields\":[\"order_id\",\"product_id\",\"product_uom_qty\",\"qty_delivered\"],\"offset\":{offset},\"limit\":{limit},\"order\":\"id\"}",
      "rows": "/*", "page": "offset",
      "columns": {
        "order_ref": {"path": "/order_id", "decode": "m2o_id", "lookup": "orders id order_ref"},
        "line": "/id",
        "sku": {"path": "/product_id", "decode": "m2o_id", "lookup": "products id sku"},
        "quantity": "/product_uom_qty",
        "shipped": "/qty_delivered"
      }
    },
    "shipments": {
      "request": "POST /json/2/stock.picking/search_read",
      "body": "{\"domain\":[[\"picking_type_id.code\",\"=\",\"outgoing\"],{filters}],\"fields\":[\"name\",\"origin\",\"state\",\"date_done\",\"location_id\"],\"offset\":{offset},\"limit\":{limit},\"order\":\"id\"}",
      "rows": "/*", "page": "offset",
      "columns": {
        "shipment_ref": {"path": "/name", "filter_eq": "[\"name\",\"=\",{value}]", "filter_in": "[\"name\",\"in\",{values}]"},
        "order_ref": {"path": "/origin", "filter_eq": "[\"origin\",\"=\",{value}]", "filter_in": "[\"origin\",\"in\",{values}]"},
        "status": {"path": "/state", "filter_eq": "[\"state\",\"=\",{value}]", "filter_in": "[\"state\",\"in\",{values}]"},
        "shipped_at": {"path": "/date_done", "decode": "sql_utc"},
        "location": {"path": "/location_id", "decode": "m2o_id", "lookup": "locations id location"}
      }
    },
    "warehouses": {
      "request": "POST /json/2/stock.warehouse/search_read",
      "body": "{\"domain\":[{filters}],\"fields\":[\"code\",\"name\",\"lot_stock_id\"],\"offset\":{offset},\"limit\":{limit},\"order\":\"id\",\"context\":{\"active_test\":false}}",
      "rows": "/*", "page": "offset",
      "columns": {
        "code": {"type": "text", "path": "/code"},
        "name": {"type": "text", "path": "/name"},
        "location": {"type": "text", "path": "/lot_stock_id", "decode": "m2o_id", "lookup": "locations id location"},
        "id": {"type": "bigint", "path": "/id", "filter_in": "[\"id\",\"in\",{values}]"}
      }
    }
  },
  "acts": {
    "order": {
      "title": "Takes a customer's order and confirms it. Arguments: customer (reference or name), lines: [{sku, quantity, price}].",
      "steps": [
        {"name": "find the customer", "reads": true, "request": "POST /json/2/res.partner/search_read",
         "body": "{\"domain\":[\"|\",[\"ref\",\"=\",{arg:customer}],[\"name\",\"=\",{arg:customer}]],\"fields\":[\"name\"],\"limit\":2,\"order\":\"id\"}",
         "take": {"partner_id": "/0/id"}, "expect": "/0/id"},
        {"name": "find the product", "each": "lines", "reads": true, "request": "POST /json/2/product.product/search_read",
         "body": "{\"domain\":[[\"default_code\",\"=\",{arg:sku}]],\"fields\":[\"name\"],\"limit\":2,\"order\":\"id\"}",
         "take": {"product_id": "/0/id"}, "expect": "/0/id"},
        {"name": "create the order", "request": "POST /json/2/sale.order/create",
         "body": "{\"vals_list\":[{\"partner_id\":{arg:partner_id},\"client_order_ref\":{arg:reference},\"order_line\":[{each:lines:[0,0,{\"product_id\":{item:product_id},\"product_uom_qty\":{item:quantity},\"price_unit\":{item:price}}]}]}]}",
         "take": {"order_id": "/0"}, "expect": "/0",
         "look_request": "POST /json/2/sale.order/search_read",
         "look_body": "{\"domain\":[[\"client_order_ref\",\"=\",{arg:reference}]],\"fields\":[\"name\"],\"limit\":1,\"order\":\"id\"}",
         "found": "/0/id", "look_take": {"order_id": "/0/id"}},
        {"name": "confirm it", "request": "POST /json/2/sale.order/action_confirm", "body": "{\"ids\":[{arg:order_id}]}",
         "look_request": "POST /json/2/sale.order/search_read",
         "look_body": "{\"domain\":[[\"id\",\"=\",{arg:order_id}],[\"state\",\"in\",[\"sale\",\"done\"]]],\"fields\":[\"name\"],\"limit\":1}",
         "found": "/0/id"}
      ]
    }
  }
}$profile$);
