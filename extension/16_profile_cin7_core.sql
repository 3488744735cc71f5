-- Cin7 Core (once DEAR), API version 2.  What is where, and why:
--   * 60 requests a minute; one too many is answered by 503, in some places 429;
--   * availability has a row for each bin and batch: added up per product and place;
--   * lines and shipments are told by the sale alone: one request for each;
--   * a line has no key of its own: it is the place in its order;
--   * the movements that a product tells have no key that would keep two of them
--     apart: they are derived instead.
SELECT stockbridge.add_profile('cin7_core', $profile${
  "title": "Cin7 Core (DEAR): API version 2",
  "lacks": "Movements: those that Cin7 Core tells of a product have no key, so they are derived from the differences between two readings of the stock, always as adjustments. order_lines.shipped. order_lines and shipments take one request for each sale, of which 60 a minute are allowed: give a condition on order_ref.",
  "server": {
    "auth": "headers", "headers": ["api-auth-accountid: {user}", "api-auth-applicationkey: {secret:key}"],
    "error": "/0/Exception /Exception /Message", "rate": "60/min", "throttle_status": "503,429", "page_size": 1000
  },
  "tables": {
    "products": {
      "request": "GET /product?IncludeDeprecated=true&Page={page}&Limit={limit}{filters}",
      "rows": "/Products/*", "page": "page", "page_end": "total:/Total",
      "insert": "POST /product", "insert_body": "{set}",
      "columns": {
        "sku": {"path": "/SKU", "filter_eq": "Sku={value}"},
        "name": "/Name",
        "active": {"by": "/Status", "map": "Deprecated = false; * = true", "write": "@none"},
        "id": {"type": "text", "path": "/ID", "write": "@none"},
        "type": {"type": "text", "path": "/Type"},
        "category": {"type": "text", "path": "/Category"},
        "uom": {"type": "text", "path": "/UOM"},
        "costing_method": {"type": "text", "path": "/CostingMethod"},
        "status": {"type": "text", "path": "/Status"}
      }
    },
    "locations": {
      "request": "GET /ref/location?Page={page}&Limit={limit}",
      "rows": "/LocationList/*", "page": "page", "page_end": "total:/Total",
      "columns": {"location": "/Name", "name": "/Name", "id": {"type": "text", "path": "/ID"}}
    },
    "stock": {
      "request": "GET /ref/productavailability?Page={page}&Limit={limit}{filters}",
      "rows": "/ProductAvailabilityList/*", "page": "page", "page_end": "total:/Total", "group_by": "sku, location",
      "columns": {
        "sku": {"path": "/SKU", "filter_eq": "Sku={value}"},
        "location": {"path": "/Location", "filter_eq": "Location={value}"},
        "on_hand": "/OnHand",
        "reserved": "/Allocated",
        "as_of": "@sent_at"
      }
    },
    "movements": {
      "derived": true,
      "columns": {"movement_ref": {}, "kind": {}, "sku": {}, "quantity": {}, "from_location": {}, "to_location": {},
                  "happened_at": {}, "document_ref": {}, "derived": {"type": "boolean"}}
    },
    "orders": {
      "request": "GET /saleList?Page={page}&Limit={limit}{filters}",
      "rows": "/SaleList/*", "page": "page", "page_end": "total:/Total", "since": "updated_at", "since_overlap": "1min",
      "columns": {
        "order_ref": {"path": "/OrderNumber", "filter_eq": "Search={value}"},
        "status": {"path": "/Status", "filter_eq": "Status={value}"},
        "ordered_at": "/OrderDate",
        "customer_ref": "/Customer",
        "location": {"path": "/OrderLocationID", "lookup": "locations id location"},
        "reference": {"type": "text", "path": "/CustomerReference"},
        "shipping": {"type": "text", "path": "/CombinedShippingStatus"},
        "updated_at": {"type": "timestamptz", "path": "/Updated", "format": "iso", "filter_ge": "UpdatedSince={value}"},
        "id": {"type": "text", "path": "/SaleID"}
      }
    },
    "order_lines": {
      "request": "GET /sale?ID={from:id}", "from": "orders", "rows": "", "explode": "/Order/Lines/*",
      "columns": {
        "order_ref": "@from:order_ref",
        "line": "#1",
        "sku": "/SKU",
        "quantity": "/Quantity",
        "shipped": "@none"
      }
    },
    "shipments": {
      "request": "GET /sale?ID={from:id}", "from": "orders", "rows": "", "explode": "/Fulfilments/*",
      "columns": {
        "shipment_ref": "/TaskID",
        "order_ref": "@from:order_ref",
        "status": "/Ship/Status",
        "shipped_at": "/Ship/Lines/0/ShipmentDate",
        "location": "/Pick/Lines/0/Location"
      }
    }
  }
}$profile$);
