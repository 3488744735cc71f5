-- Mintsoft.  What is where, and why:
--   * the login answers the key as a bare text; it lives for a day;
--   * a GET may change things (Cancel, BookIn, Confirm …): none is sent twice, and
--     only lists are asked for here;
--   * WarehouseId is left out of the request for stock: then each warehouse comes
--     by itself, while 0 would be a silent sum of all;
--   * a warehouse need not have a code: it is its number;
--   * times have no zone: they are in the server's time_zone;
--   * the flow of stock is kept by product, one request each, and its transfers
--     have no places: movements are derived, and the flow of a product is a table
--     of its own.
SELECT stockbridge.add_profile('mintsoft', $profile${
  "title": "Mintsoft: API",
  "lacks": "Movements: Mintsoft tells the flow of stock only product by product, so movements are derived from the differences between two readings of the stock, always as adjustments; stock_flow has the flow of one product. stock.reserved: what is there less what is available. order_lines.shipped. A shipment is an order that has been despatched.",
  "server": {
    "auth": "login", "login_request": "POST /Auth",
    "login_body": "{\"Username\":{user},\"Password\":{secret:password}}",
    "login_token": "", "login_header": "ms-apikey: {token}", "login_ttl": "24h",
    "retry_safe": "none", "page_size": 100
  },
  "tables": {
    "products": {
      "request": "GET /Product/List?PageNo={page}&Limit={limit}{filters}",
      "rows": "/*", "page": "page",
      "insert": "PUT /Product", "insert_body": "{set}", "write_ok": "/Success=true", "result_key": "/ID",
      "columns": {
        "sku": "/SKU",
        "name": "/Name",
        "active": {"by": "/DisCont", "map": "true = false; * = true", "write": "@none"},
        "weight": {"type": "numeric", "path": "/Weight"},
        "updated_at": {"type": "timestamptz", "path": "/LastUpdated", "write": "@none", "format": "sql", "filter_ge": "SinceLastUpdated={value}"},
        "id": {"type": "bigint", "path": "/ID", "key": true, "write": "@none"}
      }
    },
    "locations": {
      "request": "GET /Warehouse", "rows": "/*",
      "columns": {"location": "/ID", "name": "/Name", "code": {"type": "text", "path": "/Code"}}
    },
    "stock": {
      "request": "GET /Product/StockLevels?{filters}", "rows": "/*",
      "columns": {
        "sku": {"path": "/SKU", "filter_eq": "SKU={value}"},
        "location": "/WarehouseId",
        "on_hand": "/TotalStockLevel",
        "reserved": "@none",
        "as_of": "@sent_at",
        "available": {"type": "numeric", "path": "/Level"}
      }
    },
    "movements": {
      "derived": true,
      "columns": {"movement_ref": {}, "kind": {}, "sku": {}, "quantity": {}, "from_location": {}, "to_location": {},
                  "happened_at": {}, "document_ref": {}, "derived": {"type": "boolean"}}
    },
    "orders": {
      "request": "GET /Order/List?PageNo={page}&Limit={limit}{filters}",
      "rows": "/*", "page": "page",
      "columns": {
        "order_ref": "/OrderNumber",
        "status": {"path": "/OrderStatusId", "lookup": "order_statuses id name"},
        "ordered_at": "/OrderDate",
        "customer_ref": "/Email",
        "location": "/WarehouseId",
        "updated_at": {"type": "timestamptz", "path": "/LastUpdated", "format": "sql", "filter_ge": "SinceLastUpdated={value}"},
        "id": {"type": "bigint", "path": "/ID"}
      }
    },
    "order_lines": {
      "request": "GET /Order/List?IncludeOrderItems=true&PageNo={page}&Limit={limit}",
      "rows": "/*", "explode": "/OrderItems/*", "page": "page",
      "columns": {
        "order_ref": "../OrderNumber",
        "line": "/ID",
        "sku": "/SKU",
        "quantity": "/Quantity",
        "shipped": "@none",
        "allocated": {"type": "numeric", "path": "/Allocated"}
      }
    },
    "shipments": {
      "request": "GET /Order/List?PageNo={page}&Limit={limit}&SinceDespatchDate={since}",
      "rows": "/*", "page": "page", "since": "shipped_at",
      "columns": {
        "shipment_ref": "/OrderNumber",
        "order_ref": "/OrderNumber",
        "status": {"path": "/OrderStatusId", "lookup": "order_statuses id name"},
        "shipped_at": {"path": "/DespatchDate", "format": "sql"},
        "location": "/WarehouseId",
        "tracking_number": {"type": "text", "path": "/TrackingNumber"}
      }
    },
    "order_statuses": {
      "request": "GET /Order/Statuses", "rows": "/*",
      "columns": {"id": {"type": "bigint", "path": "/ID"}, "name": {"type": "text", "path": "/Name"}}
    },
    "stock_flow": {
      "request": "GET /Product/{col:product_id}/StockFlow/Filtered?Types=ALL&FromDate={since}&ToDate={until}",
      "rows": "/*", "since": "happened_at",
      "columns": {
        "product_id": {"type": "bigint", "path": "/ProductId"},
        "id": {"type": "bigint", "path": "/ID"},
        "sku": {"type": "text", "path": "/SKU"},
        "location": {"type": "text", "path": "/WarehouseId"},
        "flow": {"type": "text", "path": "/Flow"},
        "quantity": {"type": "numeric", "path": "/Quantity"},
        "reason": {"type": "text", "path": "/Reason"},
        "order_id": {"type": "bigint", "path": "/OrderId"},
        "happened_at": {"type": "timestamptz", "path": "/LastUpdated", "format": "sql"}
      }
    }
  }
}$profile$);
