-- ERPNext 13 to 16 (Frappe's REST interface, version 1).  What is where, and why:
--   * fields and filters are JSON inside of the query; "limit_page_length" would be
--     20 otherwise; there is no total;
--   * the ledger is read whole, cancelled entries too: a cancellation adds entries
--     that turn the first ones back, all of them marked;
--   * an entry has a name for the time being until a job renames it: only then
--     (to_rename = 0) its name is a key that stays;
--   * happened_at is when the entry was made, for a posting date that lies back
--     would never be seen by a pull; the date is a column of its own;
--   * a reconciliation tells what was counted, not by how much it differed;
--   * lines and the orders of a delivery are told by the document alone: one
--     request for each.
SELECT stockbridge.add_profile('erpnext', $profile${
  "title": "ERPNext 13 to 16: REST API of Frappe",
  "lacks": "A transfer between two warehouses comes as two adjustments. A movement is told once ERPNext has given its ledger entry the final name, which a job there does every hour. Times are the site's: set the server option time_zone to the site's time zone. order_lines and shipments take one request for each document. shipments.order_ref is the first order of a delivery.",
  "server": {
    "auth": "headers", "headers": "Authorization: token {secret:key}:{secret:secret}",
    "error": "/exception /exc_type /message", "null_values": "\"\"", "page_size": 500
  },
  "tables": {
    "products": {
      "request": "GET /api/resource/Item?fields={json:[\"item_code\",\"item_name\",\"disabled\",\"item_group\",\"stock_uom\",\"is_stock_item\"]}&filters={json:[{filters}]}&order_by=name%20asc&limit_start={offset}&limit_page_length={limit}",
      "rows": "/data/*", "page": "offset",
      "insert": "POST /api/resource/Item", "insert_body": "{set}",
      "update": "PUT /api/resource/Item/{col:sku}", "update_body": "{set}", "result": "/data", "result_key": "/data/item_code",
      "columns": {
        "sku": {"path": "/item_code", "key": true, "filter_eq": "[\"item_code\",\"=\",{value}]", "filter_in": "[\"item_code\",\"in\",{values}]"},
        "name": "/item_name",
        "active": {"by": "/disabled", "map": "0 = true; * = false", "write": "@none"},
        "item_group": {"type": "text", "path": "/item_group"},
        "stock_uom": {"type": "text", "path": "/stock_uom"},
        "is_stock_item": {"type": "boolean", "path": "/is_stock_item", "decode": "bool01", "format": "bool01"}
      }
    },
    "locations": {
      "request": "GET /api/resource/Warehouse?fields={json:[\"name\",\"warehouse_name\",\"disabled\",\"company\"]}&filters={json:[[\"is_group\",\"=\",0],{filters}]}&order_by=name%20asc&limit_start={offset}&limit_page_length={limit}",
      "rows": "/data/*", "page": "offset",
      "columns": {
        "location": {"path": "/name", "filter_eq": "[\"name\",\"=\",{value}]", "filter_in": "[\"name\",\"in\",{values}]"},
        "name": "/warehouse_name",
        "active": {"type": "boolean", "by": "/disabled", "map": "0 = true; * = false"},
        "company": {"type": "text", "path": "/company"}
      }
    },
    "stock": {
      "request": "GET /api/resource/Bin?fields={json:[\"item_code\",\"warehouse\",\"actual_qty\",\"reserved_qty\"]}&filters={json:[{filters}]}&order_by=name%20asc&limit_start={offset}&limit_page_length={limit}",
      "rows": "/data/*", "page": "offset",
      "columns": {
        "sku": {"path": "/item_code", "filter_eq": "[\"item_code\",\"=\",{value}]", "filter_in": "[\"item_code\",\"in\",{values}]"},
        "location": {"path": "/warehouse", "filter_eq": "[\"warehouse\",\"=\",{value}]", "filter_in": "[\"warehouse\",\"in\",{values}]"},
        "on_hand": "/actual_qty",
        "reserved": "/reserved_qty",
        "as_of": "@sent_at"
      }
    },
    "movements": {
      "request": "GET /api/resource/Stock%20Ledger%20Entry?fields={json:[\"name\",\"voucher_type\",\"voucher_no\",\"item_code\",\"warehouse\",\"actual_qty\",\"qty_after_transaction\",\"creation\",\"posting_date\",\"is_cancelled\"]}&filters={json:[[\"to_rename\",\"=\",0],{filters}]}&order_by=creation%20asc,name%20asc&limit_start={offset}&limit_page_length={limit}",
      "rows": "/data/*", "page": "offset", "since": "happened_at", "since_overlap": "1h",
      "columns": {
        "movement_ref": "/name",
        "kind": {"by": "/voucher_type /actual_qty", "map": "\"Stock Reconciliation\" * = count; \"Purchase Receipt\" -* = dispatch; \"Purchase Receipt\" * = receipt; \"Purchase Invoice\" -* = dispatch; \"Purchase Invoice\" * = receipt; \"Delivery Note\" -* = dispatch; \"Delivery Note\" * = return; \"Sales Invoice\" -* = dispatch; \"Sales Invoice\" * = return; * * = adjustment"},
        "sku": {"path": "/item_code", "filter_eq": "[\"item_code\",\"=\",{value}]", "filter_in": "[\"item_code\",\"in\",{values}]"},
        "quantity": {"by": "/voucher_type /actual_qty", "map": "\"Stock Reconciliation\" * = /qty_after_transaction; \"Purchase Receipt\" -* = -/actual_qty; \"Purchase Invoice\" -* = -/actual_qty; \"Delivery Note\" -* = -/actual_qty; \"Sales Invoice\" -* = -/actual_qty; * * = /actual_qty"},
        "from_location": {"by": "/voucher_type /actual_qty", "map": "\"Purchase Receipt\" -* = /warehouse; \"Purchase Invoice\" -* = /warehouse; \"Delivery Note\" -* = /warehouse; \"Sales Invoice\" -* = /warehouse; * * = null"},
        "to_location": {"by": "/voucher_type /actual_qty", "map": "\"Purchase Receipt\" -* = null; \"Purchase Invoice\" -* = null; \"Delivery Note\" -* = null; \"Sales Invoice\" -* = null; * * = /warehouse"},
        "happened_at": {"path": "/creation", "format": "sql", "filter_ge": "[\"creation\",\">=\",{value}]"},
        "document_ref": {"path": "/voucher_no", "filter_eq": "[\"voucher_no\",\"=\",{value}]"},
        "voucher_type": {"type": "text", "path": "/voucher_type"},
        "posting_date": {"type": "date", "path": "/posting_date"},
        "is_cancelled": {"type": "boolean", "path": "/is_cancelled", "decode": "bool01"}
      }
    },
    "orders": {
      "request": "GET /api/resource/Sales%20Order?fields={json:[\"name\",\"status\",\"transaction_date\",\"customer\",\"set_warehouse\",\"po_no\",\"modified\"]}&filters={json:[{filters}]}&order_by=name%20asc&limit_start={offset}&limit_page_length={limit}",
      "rows": "/data/*", "page": "offset",
      "columns": {
        "order_ref": {"path": "/name", "filter_eq": "[\"name\",\"=\",{value}]", "filter_in": "[\"name\",\"in\",{values}]"},
        "status": {"path": "/status", "filter_eq": "[\"status\",\"=\",{value}]", "filter_in": "[\"status\",\"in\",{values}]"},
        "ordered_at": "/transaction_date",
        "customer_ref": {"path": "/customer", "filter_eq": "[\"customer\",\"=\",{value}]"},
        "location": "/set_warehouse",
        "reference": {"type": "text", "path": "/po_no", "filter_eq": "[\"po_no\",\"=\",{value}]", "filter_in": "[\"po_no\",\"in\",{values}]"},
        "updated_at": {"type": "timestamptz", "path": "/modified", "format": "sql", "filter_ge": "[\"modified\",\">=\",{value}]"}
      }
    },
    "order_lines": {
      "request": "GET /api/resource/Sales%20Order/{from:order_ref}", "from": "orders",
      "rows": "/data", "explode": "/items/*",
      "columns": {
        "order_ref": "@from:order_ref",
        "line": "/name",
        "sku": "/item_code",
        "quantity": "/qty",
        "shipped": "/delivered_qty",
        "warehouse": {"type": "text", "path": "/warehouse"}
      }
    },
    "deliveries": {
      "request": "GET /api/resource/Delivery%20Note?fields={json:[\"name\",\"modified\"]}&filters={json:[[\"is_return\",\"=\",0],{filters}]}&order_by=name%20asc&limit_start={offset}&limit_page_length={limit}",
      "rows": "/data/*", "page": "offset",
      "columns": {
        "shipment_ref": {"type": "text", "path": "/name", "filter_eq": "[\"name\",\"=\",{value}]", "filter_in": "[\"name\",\"in\",{values}]"},
        "updated_at": {"type": "timestamptz", "path": "/modified", "format": "sql", "filter_ge": "[\"modified\",\">=\",{value}]"}
      }
    },
    "shipments": {
      "request": "GET /api/resource/Delivery%20Note/{from:shipment_ref}", "from": "deliveries", "rows": "/data",
      "columns": {
        "shipment_ref": "@from:shipment_ref",
        "order_ref": "/items/0/against_sales_order",
        "status": "/status",
        "shipped_at": {"by": "/docstatus", "map": "0 = null; * = /posting_date"},
        "location": {"by": "/set_warehouse", "map": "null = /items/0/warehouse", "path": "/set_warehouse"},
        "updated_at": {"type": "timestamptz", "path": "@from:updated_at"}
      }
    }
  },
  "acts": {
    "order": {
      "title": "Takes a customer's order and submits it. Arguments: customer, company, date (of delivery), warehouse, lines: [{sku, quantity, price}]. Our reference is the customer's purchase order there.",
      "steps": [
        {"name": "create the order", "request": "POST /api/resource/Sales%20Order",
         "body": "{\"customer\":{arg:customer},\"company\":{arg:company},\"delivery_date\":{arg:date},\"set_warehouse\":{arg:warehouse},\"po_no\":{arg:reference},\"items\":[{each:lines:{\"item_code\":{item:sku},\"qty\":{item:quantity},\"rate\":{item:price},\"delivery_date\":{arg:date},\"warehouse\":{arg:warehouse}}}]}",
         "take": {"order": "/data/name"}, "expect": "/data/name",
         "look_request": "GET /api/resource/Sales%20Order?filters={json:[[\"po_no\",\"=\",{arg:reference}],[\"customer\",\"=\",{arg:customer}]]}&limit_page_length=1",
         "found": "/data/0/name", "look_take": {"order": "/data/0/name"}},
        {"name": "submit it", "request": "PUT /api/resource/Sales%20Order/{arg:order}", "body": "{\"docstatus\":1}",
         "look_request": "GET /api/resource/Sales%20Order/{arg:order}", "found": "/data/docstatus=1"}
      ]
    }
  }
}$profile$);
