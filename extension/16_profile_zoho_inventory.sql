-- Zoho Inventory.  What is where, and why:
--   * "database" is the organization_id that every request needs;
--   * addresses differ by data centre: the url, and token_url if it is not .com;
--   * a list of items has sums over all places; the stock of each place is in the
--     items' details, which are asked for a hundred items at once;
--   * the list of orders has neither lines nor packages, so both are read order by
--     order: give a condition on order_ref, for the plan's daily requests count;
--   * an answer is good by its "code", not by its HTTP status.
SELECT stockbridge.add_profile('zoho_inventory', $profile${
  "title": "Zoho Inventory: API v1",
  "lacks": "Movements: the lists of adjustments, transfers, packages and receives have neither lines nor a common key, so movements are derived from the differences between two readings of the stock, always as adjustments. stock.reserved. orders.location, shipments.location: they are known per line only. stock.on_hand is the accounting stock. Organizations without the feature Locations have no locations and no stock here. order_lines and shipments take one request per order.",
  "server": {
    "auth": "oauth2_refresh", "token_url": "https://accounts.zoho.com/oauth/v2/token",
    "login_header": "Authorization: Zoho-oauthtoken {token}",
    "ok": "/code=0", "rate": "100/min", "page_size": 200, "null_values": "\"\""
  },
  "tables": {
    "products": {
      "request": "GET /items?organization_id={database}&page={page}&per_page={limit}{filters}",
      "rows": "/items/*", "page": "page", "page_end": "flag:/page_context/has_more_page",
      "insert": "POST /items?organization_id={database}", "insert_body": "{set}",
      "update": "PUT /items/{col:id}?organization_id={database}", "update_body": "{set}", "result": "/item", "result_key": "/item_id",
      "columns": {
        "sku": {"path": "/sku", "filter_eq": "sku={value}"},
        "name": "/name",
        "active": {"by": "/status", "map": "active = true; * = false", "write": "@none"},
        "item_type": {"type": "text", "path": "/item_type"},
        "product_type": {"type": "text", "path": "/product_type"},
        "rate": {"type": "numeric", "path": "/rate"},
        "id": {"type": "text", "path": "/item_id", "key": true, "write": "@none"}
      }
    },
    "locations": {
      "request": "GET /locations?organization_id={database}", "rows": "/locations/*",
      "columns": {"location": "/location_id", "name": "/location_name"}
    },
    "stock": {
      "request": "GET /itemdetails?organization_id={database}&item_ids={from[]:id}",
      "from": "products", "batch": 100,
      "rows": "/items/*", "explode": "/locations/*",
      "columns": {
        "sku": "../sku",
        "location": "/location_id",
        "on_hand": "/location_stock_on_hand",
        "reserved": "@none",
        "as_of": "@sent_at",
        "available": {"type": "numeric", "path": "/location_available_stock"},
        "physically_available": {"type": "numeric", "path": "/location_actual_available_stock"}
      }
    },
    "movements": {
      "derived": true,
      "columns": {"movement_ref": {}, "kind": {}, "sku": {}, "quantity": {}, "from_location": {}, "to_location": {},
                  "happened_at": {}, "document_ref": {}, "derived": {"type": "boolean"}}
    },
    "orders": {
      "request": "GET /salesorders?organization_id={database}&page={page}&per_page={limit}",
      "rows": "/salesorders/*", "page": "page", "page_end": "flag:/page_context/has_more_page",
      "columns": {
        "order_ref": "/salesorder_number",
        "status": "/status",
        "ordered_at": "/date",
        "customer_ref": "/customer_id",
        "location": "@none",
        "reference": {"type": "text", "path": "/reference_number"},
        "id": {"type": "text", "path": "/salesorder_id"}
      }
    },
    "order_lines": {
      "request": "GET /salesorders/{from:id}?organization_id={database}", "from": "orders",
      "rows": "/salesorder", "explode": "/line_items/*",
      "columns": {
        "order_ref": "@from:order_ref",
        "line": "/line_item_id",
        "sku": {"path": "/item_id", "lookup": "products id sku"},
        "quantity": "/quantity",
        "shipped": "/quantity_shipped",
        "location": {"type": "text", "path": "/location_id"}
      }
    },
    "shipments": {
      "request": "GET /salesorders/{from:id}?organization_id={database}", "from": "orders",
      "rows": "/salesorder", "explode": "/packages/*",
      "columns": {
        "shipment_ref": "/package_number",
        "order_ref": "@from:order_ref",
        "status": "/status",
        "shipped_at": "/shipment_date",
        "location": "@none",
        "tracking_number": {"type": "text", "path": "/tracking_number"}
      }
    }
  }
}$profile$);
