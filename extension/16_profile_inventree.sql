-- InvenTree.  What is where, and why:
--   * a part's SKU is its IPN; "location" is the path of names, which is unique
--     where a name alone is not;
--   * stock is kept by item (batch, serial number): added up per part and place,
--     only of what is in stock;
--   * its history of stock tells a new place or a new quantity, but not the old
--     one, nor how much a change of place moved: movements are derived instead;
--   * without "limit" a list would come without its envelope.
SELECT stockbridge.add_profile('inventree', $profile${
  "title": "InvenTree: REST API",
  "lacks": "Movements: the history of stock items does not tell what a quantity or a place was before, so movements are derived from the differences between two readings of the stock, always as adjustments. Parts without an IPN have no sku. Stock without a place has no location. orders.location and shipments.location.",
  "server": {
    "auth": "headers", "headers": "Authorization: Token {secret:token}",
    "error": "/detail", "null_values": "\"\"", "page_size": 500
  },
  "tables": {
    "products": {
      "request": "GET /api/part/?ordering=IPN&limit={limit}&offset={offset}{filters}",
      "rows": "/results/*", "page": "offset", "page_end": "total:/count",
      "insert": "POST /api/part/", "insert_body": "{set}",
      "update": "PATCH /api/part/{col:id}/", "update_body": "{set}", "result": "", "result_key": "/pk",
      "columns": {
        "sku": {"path": "/IPN", "filter_eq": "IPN={value}"},
        "name": "/name",
        "active": {"path": "/active", "filter_eq": "active={value}"},
        "description": {"type": "text", "path": "/description"},
        "category": {"type": "bigint", "path": "/category"},
        "id": {"type": "bigint", "path": "/pk", "key": true, "write": "@none"}
      }
    },
    "locations": {
      "request": "GET /api/stock/location/?ordering=pathstring&limit={limit}&offset={offset}",
      "rows": "/results/*", "page": "offset", "page_end": "total:/count",
      "columns": {"location": "/pathstring", "name": "/name", "id": {"type": "bigint", "path": "/pk"}}
    },
    "stock": {
      "request": "GET /api/stock/?in_stock=true&part_detail=true&location_detail=true&limit={limit}&offset={offset}{filters}",
      "rows": "/results/*", "page": "offset", "page_end": "total:/count", "group_by": "sku, location",
      "columns": {
        "sku": {"path": "/part_detail/IPN", "filter_eq": "IPN={value}"},
        "location": "/location_detail/pathstring",
        "on_hand": "/quantity",
        "reserved": "/allocated",
        "as_of": "@sent_at"
      }
    },
    "movements": {
      "derived": true,
      "columns": {"movement_ref": {}, "kind": {}, "sku": {}, "quantity": {}, "from_location": {}, "to_location": {},
                  "happened_at": {}, "document_ref": {}, "derived": {"type": "boolean"}}
    },
    "orders": {
      "request": "GET /api/order/so/?ordering=reference&customer_detail=true&limit={limit}&offset={offset}{filters}",
      "rows": "/results/*", "page": "offset", "page_end": "total:/count",
      "insert": "POST /api/order/so/", "insert_body": "{set}", "result": "", "result_key": "/pk",
      "columns": {
        "order_ref": {"path": "/reference", "filter_eq": "reference={value}"},
        "status": {"path": "/status_text", "write": "@none"},
        "ordered_at": {"path": "/creation_date", "write": "@none"},
        "customer_ref": {"path": "/customer_detail/name", "write": "@none"},
        "location": {"path": "@none", "write": "@none"},
        "customer": {"type": "bigint", "path": "/customer"},
        "customer_reference": {"type": "text", "path": "/customer_reference"},
        "id": {"type": "bigint", "path": "/pk", "key": true, "write": "@none"}
      }
    },
    "order_lines": {
      "request": "GET /api/order/so-line/?ordering=order&part_detail=true&limit={limit}&offset={offset}",
      "rows": "/results/*", "page": "offset", "page_end": "total:/count",
      "insert": "POST /api/order/so-line/", "insert_body": "{set}", "result_key": "/pk",
      "columns": {
        "order_ref": {"path": "/order", "lookup": "orders id order_ref", "write": "@none"},
        "line": {"path": "/pk", "key": true, "write": "@none"},
        "sku": {"path": "/part_detail/IPN", "write": "@none"},
        "quantity": "/quantity",
        "shipped": {"path": "/shipped", "write": "@none"},
        "order": {"type": "bigint", "path": "/order"},
        "part": {"type": "bigint", "path": "/part"}
      }
    },
    "shipments": {
      "request": "GET /api/order/so/shipment/?ordering=order&limit={limit}&offset={offset}",
      "rows": "/results/*", "page": "offset", "page_end": "total:/count",
      "columns": {
        "shipment_ref": "/pk",
        "order_ref": {"path": "/order", "lookup": "orders id order_ref"},
        "status": {"by": "/delivery_date /shipment_date", "map": "null null = pending; null * = shipped; * * = delivered"},
        "shipped_at": "/shipment_date",
        "location": "@none",
        "reference": {"type": "text", "path": "/reference"}
      }
    }
  }
}$profile$);
