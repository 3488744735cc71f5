-- Medusa 2, its Admin API.  What is where, and why:
--   * products are inventory items: they carry the stock, and the SKU that
--     variants and order lines repeat;
--   * a location has no code, and its name need not be unique: it is its id;
--   * quantities have a twin that keeps every digit (raw_…), used where it comes;
--   * every list is ordered by id, for its offset pages must not shift;
--   * an item does not change when its level does, and there is no history of
--     levels: movements are derived from the differences of two readings.
SELECT stockbridge.add_profile('medusa', $profile${
  "title": "Medusa 2: Admin API",
  "lacks": "Movements: Medusa keeps no history of stock, so they are derived from the differences between two readings of it, always as adjustments. products.active is always true: an item that is not used any more is deleted. orders.location: it is known per shipment only.",
  "server": {
    "auth": "headers", "headers": "Authorization: Basic {b64:{secret:key}:}",
    "error": "/message", "page_size": 200
  },
  "tables": {
    "products": {
      "request": "GET /admin/inventory-items?fields=id,sku,title,updated_at&order=id&limit={limit}&offset={offset}{filters}",
      "rows": "/inventory_items/*", "page": "offset", "page_end": "total:/count",
      "insert": "POST /admin/inventory-items", "insert_body": "{set}",
      "update": "POST /admin/inventory-items/{col:id}", "update_body": "{set}",
      "delete": "DELETE /admin/inventory-items/{col:id}", "result": "/inventory_item",
      "columns": {
        "sku": {"path": "/sku", "filter_eq": "sku={value}"},
        "name": "/title",
        "active": {"path": "@value:true", "write": "@none"},
        "id": {"type": "text", "path": "/id", "key": true, "write": "@none", "filter_eq": "id={value}"},
        "updated_at": {"type": "timestamptz", "path": "/updated_at", "write": "@none"}
      }
    },
    "locations": {
      "request": "GET /admin/stock-locations?fields=id,name&order=id&limit={limit}&offset={offset}{filters}",
      "rows": "/stock_locations/*", "page": "offset", "page_end": "total:/count",
      "columns": {
        "location": {"path": "/id", "filter_eq": "id={value}"},
        "name": {"path": "/name", "filter_eq": "name={value}"}
      }
    },
    "stock": {
      "request": "GET /admin/inventory-items?fields=id,sku,*location_levels&order=id&limit={limit}&offset={offset}{filters}",
      "rows": "/inventory_items/*", "explode": "/location_levels/*", "page": "offset", "page_end": "total:/count",
      "insert": "POST /admin/inventory-items/{col:item_id}/location-levels", "insert_body": "{set}",
      "update": "POST /admin/inventory-items/{col:item_id}/location-levels/{col:location}", "update_body": "{set}",
      "columns": {
        "sku": {"path": "../sku", "write": "@none", "filter_eq": "sku={value}"},
        "location": {"path": "/location_id", "key": true, "filter_eq": "location_levels%5Blocation_id%5D={value}"},
        "on_hand": {"by": "/raw_stocked_quantity/value", "map": "null = /stocked_quantity", "path": "/raw_stocked_quantity/value", "write": "stocked_quantity"},
        "reserved": {"by": "/raw_reserved_quantity/value", "map": "null = /reserved_quantity", "path": "/raw_reserved_quantity/value", "write": "@none"},
        "as_of": {"path": "@sent_at", "write": "@none"},
        "item_id": {"type": "text", "path": "../id", "key": true, "write": "@none"}
      }
    },
    "movements": {
      "derived": true,
      "columns": {"movement_ref": {}, "kind": {}, "sku": {}, "quantity": {}, "from_location": {}, "to_location": {},
                  "happened_at": {}, "document_ref": {}, "derived": {"type": "boolean"}}
    },
    "orders": {
      "request": "GET /admin/orders?fields=id,display_id,status,created_at,updated_at,customer_id,email&order=id&limit={limit}&offset={offset}{filters}",
      "rows": "/orders/*", "page": "offset", "page_end": "total:/count",
      "columns": {
        "order_ref": {"path": "/id", "filter_eq": "id={value}"},
        "status": "/status",
        "ordered_at": {"path": "/created_at", "format": "iso", "filter_ge": "created_at%5B%24gte%5D={value}"},
        "customer_ref": "/customer_id",
        "location": "@none",
        "display_id": {"type": "bigint", "path": "/display_id"},
        "email": {"type": "text", "path": "/email"},
        "updated_at": {"type": "timestamptz", "path": "/updated_at", "format": "iso", "filter_ge": "updated_at%5B%24gte%5D={value}"}
      }
    },
    "order_lines": {
      "request": "GET /admin/orders?fields=id,*items,*items.detail&order=id&limit={limit}&offset={offset}{filters}",
      "rows": "/orders/*", "explode": "/items/*", "page": "offset", "page_end": "total:/count",
      "columns": {
        "order_ref": {"path": "../id", "filter_eq": "id={value}"},
        "line": "/id",
        "sku": "/variant_sku",
        "quantity": {"by": "/detail/raw_quantity/value", "map": "null = /quantity", "path": "/detail/raw_quantity/value"},
        "shipped": {"by": "/detail/raw_shipped_quantity/value", "map": "null = /detail/shipped_quantity", "path": "/detail/raw_shipped_quantity/value"}
      }
    },
    "shipments": {
      "request": "GET /admin/orders?fields=id,*fulfillments&order=id&limit={limit}&offset={offset}{filters}",
      "rows": "/orders/*", "explode": "/fulfillments/*", "page": "offset", "page_end": "total:/count",
      "columns": {
        "shipment_ref": "/id",
        "order_ref": {"path": "../id", "filter_eq": "id={value}"},
        "status": {"by": "/canceled_at /delivered_at /shipped_at",
                   "map": "null null null = packed; null null * = shipped; null * * = delivered; * * * = canceled"},
        "shipped_at": "/shipped_at",
        "location": "/location_id"
      }
    }
  },
  "acts": {
    "order": {
      "title": "Takes a customer's order as a draft and converts it. Arguments: email, region_id, sales_channel_id, lines: [{sku, quantity}]. Its metadata holds our reference.",
      "steps": [
        {"name": "find the product", "each": "lines", "reads": true,
         "request": "GET /admin/product-variants?fields=id,sku&limit=2&sku={arg:sku}",
         "take": {"variant_id": "/variants/0/id"}, "expect": "/variants/0/id"},
        {"name": "create the draft", "request": "POST /admin/draft-orders",
         "body": "{\"email\":{arg:email},\"region_id\":{arg:region_id},\"sales_channel_id\":{arg:sales_channel_id},\"metadata\":{\"reference\":{arg:reference}},\"items\":[{each:lines:{\"variant_id\":{item:variant_id},\"quantity\":{item:quantity}}}]}",
         "take": {"order_id": "/draft_order/id"}, "expect": "/draft_order/id"},
        {"name": "convert it to an order", "request": "POST /admin/draft-orders/{arg:order_id}/convert-to-order",
         "expect": "/order/id",
         "look_request": "GET /admin/orders?fields=id&id={arg:order_id}", "found": "/orders/0/id"}
      ]
    }
  }
}$profile$);
