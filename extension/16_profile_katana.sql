-- Katana.  What is where, and why:
--   * products are variants, which have the SKU; their name is that of their
--     product or material; archived ones are listed, as not active, for they may
--     have stock;
--   * a location has no code: it is its id;
--   * the count of pages is JSON in a header, and right even where a larger page
--     than the system allows is silently cut;
--   * happened_at is when a movement was recorded, for movement_date may lie back
--     and would never be seen by a pull; it is a column of its own;
--   * a transfer is two movements, one at each place, of which neither names the
--     other: each is an adjustment of its place.
SELECT stockbridge.add_profile('katana', $profile${
  "title": "Katana Cloud Inventory: API v1",
  "lacks": "Transfers, production and outsourced production come as adjustments of each place. order_lines.shipped: it follows from the fulfillments. shipments.location.",
  "server": {
    "auth": "headers", "headers": "Authorization: Bearer {secret:key}",
    "error": "/message", "rate": "60/min", "page_size": 250
  },
  "tables": {
    "products": {
      "request": "GET /variants?extend=product_or_material&include_archived=true&limit={limit}&page={page}{filters}",
      "rows": "/data/*", "page": "page", "page_end": "pages:header:X-Pagination#/total_pages",
      "columns": {
        "sku": {"path": "/sku", "filter_in": "sku={value}"},
        "name": "/product_or_material/name",
        "active": {"by": "/product_or_material/archived_at", "map": "null = true; * = false"},
        "type": {"type": "text", "path": "/type"},
        "id": {"type": "bigint", "path": "/id", "filter_in": "ids={value}"}
      }
    },
    "locations": {
      "request": "GET /locations?limit={limit}&page={page}",
      "rows": "/data/*", "page": "page", "page_end": "pages:header:X-Pagination#/total_pages",
      "columns": {"location": "/id", "name": "/name"}
    },
    "stock": {
      "request": "GET /inventory?include_archived=true&limit={limit}&page={page}{filters}",
      "rows": "/data/*", "page": "page", "page_end": "pages:header:X-Pagination#/total_pages",
      "columns": {
        "sku": {"path": "/variant_id", "lookup": "products id sku", "filter_in": "variant_id={key}"},
        "location": {"path": "/location_id", "filter_eq": "location_id={value}"},
        "on_hand": "/quantity_in_stock",
        "reserved": "/quantity_committed",
        "as_of": "@sent_at",
        "average_cost": {"type": "numeric", "path": "/average_cost"}
      }
    },
    "movements": {
      "request": "GET /inventory_movements?limit={limit}&page={page}{filters}",
      "rows": "/data/*", "page": "page", "page_end": "pages:header:X-Pagination#/total_pages",
      "columns": {
        "movement_ref": "/id",
        "kind": {"by": "/resource_type /quantity_change",
                 "map": "PurchaseOrderRow -* = adjustment; PurchaseOrderRow * = receipt; SalesOrderRow -* = dispatch; SalesOrderRow * = return; * * = adjustment"},
        "sku": {"path": "/variant_id", "lookup": "products id sku", "filter_in": "variant_ids={key}"},
        "quantity": {"by": "/resource_type /quantity_change", "map": "SalesOrderRow -* = -/quantity_change; * * = /quantity_change"},
        "from_location": {"by": "/resource_type /quantity_change", "map": "SalesOrderRow -* = /location_id; * * = null"},
        "to_location": {"by": "/resource_type /quantity_change", "map": "SalesOrderRow -* = null; * * = /location_id"},
        "happened_at": {"path": "/created_at", "filter_ge": "created_at_min={value}", "filter_le": "created_at_max={value}"},
        "document_ref": "/caused_by_order_no",
        "movement_date": {"type": "timestamptz", "path": "/movement_date"},
        "resource_type": {"type": "text", "path": "/resource_type"},
        "value_per_unit": {"type": "numeric", "path": "/value_per_unit"}
      }
    },
    "orders": {
      "request": "GET /sales_orders?limit={limit}&page={page}{filters}",
      "rows": "/data/*", "page": "page", "page_end": "pages:header:X-Pagination#/total_pages",
      "insert": "POST /sales_orders", "insert_body": "{set}",
      "update": "PATCH /sales_orders/{col:id}", "update_body": "{set}", "result": "", "result_key": "/id",
      "columns": {
        "order_ref": {"path": "/order_no", "filter_eq": "order_no={value}"},
        "status": {"path": "/status", "filter_eq": "status={value}"},
        "ordered_at": "/order_created_date",
        "customer_ref": "/customer_id",
        "location": "/location_id",
        "updated_at": {"type": "timestamptz", "path": "/updated_at", "write": "@none", "filter_ge": "updated_at_min={value}", "filter_le": "updated_at_max={value}"},
        "lines": {"type": "jsonb", "path": "/sales_order_rows"},
        "id": {"type": "bigint", "path": "/id", "key": true, "write": "@none", "filter_in": "ids={value}"}
      }
    },
    "order_lines": {
      "request": "GET /sales_order_rows?limit={limit}&page={page}{filters}",
      "rows": "/data/*", "page": "page", "page_end": "pages:header:X-Pagination#/total_pages",
      "columns": {
        "order_ref": {"path": "/sales_order_id", "lookup": "orders id order_ref", "filter_in": "sales_order_ids={key}"},
        "line": "/id",
        "sku": {"path": "/variant_id", "lookup": "products id sku", "filter_in": "variant_id={key}"},
        "quantity": "/quantity",
        "shipped": "@none",
        "location": {"type": "text", "path": "/location_id"}
      }
    },
    "shipments": {
      "request": "GET /sales_order_fulfillments?limit={limit}&page={page}{filters}",
      "rows": "/data/*", "page": "page", "page_end": "pages:header:X-Pagination#/total_pages",
      "columns": {
        "shipment_ref": "/id",
        "order_ref": {"path": "/sales_order_id", "lookup": "orders id order_ref", "filter_eq": "sales_order_id={key}"},
        "status": "/status",
        "shipped_at": "/picked_date",
        "location": "@none",
        "tracking_number": {"type": "text", "path": "/tracking_number"}
      }
    }
  }
}$profile$);
