-- OpenBoxes.  What is where, and why:
--   * who is logged in has a cookie, and a warehouse that belongs to the session:
--     the option "database" is its id, and orders are those that it ships;
--   * stock is the table of availability by bin and lot, of all places, added up;
--   * any kind of record is listed below /api/generic by limit and offset, without a
--     total: in the order of ids, for its pages must not shift;
--   * days are told as month/day/year, which a session may read otherwise: such
--     columns are text;
--   * what a transaction moved is not to be had by time: movements are derived.
SELECT stockbridge.add_profile('openboxes', $profile${
  "title": "OpenBoxes: API with a session, one server for each warehouse",
  "lacks": "Movements: they are derived from the differences between two readings of the stock, always as adjustments. Orders and shipments are the outbound stock movements of the warehouse whose id is the server option database. orders.ordered_at, shipments.shipped_at: dates come as text in columns requested_on and shipped_on. order_lines.shipped. products.category_id is only written. order_lines take one request for each order. The stock is that of OpenBoxes' table of product availability, which it keeps up in the background.",
  "server": {
    "auth": "login", "login_request": "POST /api/login",
    "login_body": "{\"username\":{user},\"password\":{secret:password},\"location\":{database}}",
    "login_token": "cookie", "login_ttl": "1200s",
    "error": "/errorMessage /errorMessages/0", "null_values": "\"\"", "page_size": 100
  },
  "tables": {
    "products": {
      "request": "GET /api/generic/product/?sort=id&order=asc&max={limit}&offset={offset}",
      "rows": "/data/*", "page": "offset",
      "insert": "POST /api/generic/product/", "insert_body": "{set}", "result": "/data", "result_key": "/data/id",
      "update": "PUT /api/generic/product/{col:id}", "update_body": "{set}",
      "columns": {
        "sku": "/productCode",
        "name": "/name",
        "active": {"by": "/active", "map": "false = false; * = true", "path": "/active"},
        "category_id": {"type": "text", "path": "@none", "write": "category/id"},
        "id": {"type": "text", "path": "/id", "key": true, "write": "@none"}
      }
    },
    "locations": {
      "request": "GET /api/generic/location/?sort=id&order=asc&max={limit}&offset={offset}",
      "rows": "/data/*", "page": "offset",
      "columns": {
        "location": "/id",
        "name": "/name",
        "number": {"type": "text", "path": "/locationNumber"},
        "type": {"type": "text", "path": "/locationType/locationTypeCode"}
      }
    },
    "stock": {
      "request": "GET /api/generic/productAvailability/?sort=id&order=asc&max={limit}&offset={offset}",
      "rows": "/data/*", "page": "offset", "group_by": "sku, location",
      "columns": {
        "sku": "/productCode",
        "location": "/location/id",
        "on_hand": "/quantityOnHand",
        "reserved": "/quantityAllocated",
        "as_of": "@sent_at"
      }
    },
    "movements": {
      "derived": true,
      "columns": {"movement_ref": {}, "kind": {}, "sku": {}, "quantity": {}, "from_location": {}, "to_location": {},
                  "happened_at": {}, "document_ref": {}, "derived": {"type": "boolean"}}
    },
    "orders": {
      "request": "GET /api/stockMovements?direction=OUTBOUND&origin={database}&sort=dateCreated&order=asc&max={limit}&offset={offset}",
      "rows": "/data/*", "page": "offset",
      "columns": {
        "order_ref": "/identifier",
        "status": "/statusCode",
        "ordered_at": "@none",
        "customer_ref": "/destination/name",
        "location": "/origin/id",
        "requested_on": {"type": "text", "path": "/dateRequested"},
        "name": {"type": "text", "path": "/name"},
        "id": {"type": "text", "path": "/id"}
      }
    },
    "order_lines": {
      "request": "GET /api/stockMovements/{from:id}/stockMovementItems", "from": "orders", "rows": "/data/*",
      "columns": {
        "order_ref": "@from:order_ref",
        "line": "/id",
        "sku": "/productCode",
        "quantity": "/quantityRequired",
        "shipped": "@none",
        "picked": {"type": "numeric", "path": "/quantityPicked"}
      }
    },
    "shipments": {
      "request": "GET /api/stockMovements?direction=OUTBOUND&origin={database}&sort=dateCreated&order=asc&max={limit}&offset={offset}",
      "rows": "/data/*", "page": "offset",
      "columns": {
        "shipment_ref": "/id",
        "order_ref": "/identifier",
        "status": "/currentStatus",
        "shipped_at": "@none",
        "location": "/origin/id",
        "shipped_on": {"type": "text", "path": "/dateShipped"}
      }
    }
  }
}$profile$);
