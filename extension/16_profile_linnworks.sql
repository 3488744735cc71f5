-- Linnworks.  What is where, and why:
--   * the login hands out the address that requests go to, and the token is sent
--     without a word before it;
--   * arguments are fields of a form, some of which hold JSON;
--   * a place is its identifier, for names of places need not be unique;
--   * a list of items without an envelope ends by a short page, or by status 400
--     for a page past the last;
--   * the history of an item is kept by item and place, without keys or kinds:
--     movements are derived instead;
--   * open and processed orders are two interfaces: the open ones, which can still
--     be shipped, are orders; a processed one is a shipment.
SELECT stockbridge.add_profile('linnworks', $profile${
  "title": "Linnworks: API of applications",
  "lacks": "Movements: Linnworks keeps the history of an item by item and place only, without keys, so movements are derived from the differences between two readings of the stock, always as adjustments. Orders and order_lines: only open ones; a processed order is a row of shipments. Items that are composites or parents of variations have no stock of their own and are left out.",
  "server": {
    "auth": "login",
    "login_request": "POST /api/Auth/AuthorizeByApplication",
    "login_body": "{\"ApplicationId\":{secret:client_id},\"ApplicationSecret\":{secret:client_secret},\"Token\":{secret:token}}",
    "login_token": "/Token", "login_header": "Authorization: {token}", "login_ttl": "/TTL",
    "base_url": "{login:/Server}",
    "error": "/Message", "rate": "150/min", "page_size": 200
  },
  "tables": {
    "products": {
      "request": "POST /api/Stock/GetStockItemsFull", "body_type": "form",
      "body": "keyword=&loadCompositeParents=False&loadVariationParents=False&entriesPerPage={limit}&pageNumber={page}&dataRequirements=%5B%5D&searchTypes=%5B%22SKU%22%5D",
      "rows": "/*", "page": "page", "page_end": "status:400",
      "columns": {
        "sku": "/ItemNumber",
        "name": "/ItemTitle",
        "active": "@value:true",
        "id": {"type": "uuid", "path": "/StockItemId"}
      }
    },
    "locations": {
      "request": "POST /api/Inventory/GetStockLocations", "rows": "/*",
      "columns": {"location": "/StockLocationId", "name": "/LocationName"}
    },
    "stock": {
      "request": "POST /api/Stock/GetStockItemsFull", "body_type": "form",
      "body": "keyword=&loadCompositeParents=False&loadVariationParents=False&entriesPerPage={limit}&pageNumber={page}&dataRequirements=%5B%22StockLevels%22%5D&searchTypes=%5B%22SKU%22%5D",
      "rows": "/*", "explode": "/StockLevels/*", "page": "page", "page_end": "status:400",
      "columns": {
        "sku": "../ItemNumber",
        "location": "/Location/StockLocationId",
        "on_hand": "/StockLevel",
        "reserved": "/InOrders",
        "as_of": "@sent_at",
        "available": {"type": "numeric", "path": "/Available"},
        "unit_cost": {"type": "numeric", "path": "/UnitCost"}
      }
    },
    "movements": {
      "derived": true,
      "columns": {"movement_ref": {}, "kind": {}, "sku": {}, "quantity": {}, "from_location": {}, "to_location": {},
                  "happened_at": {}, "document_ref": {}, "derived": {"type": "boolean"}}
    },
    "orders": {
      "request": "POST /api/Orders/GetOpenOrders", "body_type": "form",
      "body": "entriesPerPage={limit}&pageNumber={page}&filters=%7B%7D&sorting=%5B%5D&fulfilmentCenter={from:location}&additionalFilter=",
      "from": "locations",
      "rows": "/Data/*", "page": "page", "page_end": "pages:/TotalPages",
      "columns": {
        "order_ref": "/NumOrderId",
        "status": {"by": "/GeneralInfo/Status", "map": "0 = unpaid; 1 = paid; 2 = return; 3 = pending; 4 = resend"},
        "ordered_at": "/GeneralInfo/ReceivedDate",
        "customer_ref": "/CustomerInfo/ChannelBuyerName",
        "location": "@from:location",
        "reference": {"type": "text", "path": "/GeneralInfo/ReferenceNum"},
        "id": {"type": "uuid", "path": "/OrderId"}
      }
    },
    "order_lines": {
      "request": "POST /api/Orders/GetOpenOrders", "body_type": "form",
      "body": "entriesPerPage={limit}&pageNumber={page}&filters=%7B%7D&sorting=%5B%5D&fulfilmentCenter={from:location}&additionalFilter=",
      "from": "locations",
      "rows": "/Data/*", "explode": "/Items/*", "page": "page", "page_end": "pages:/TotalPages",
      "columns": {
        "order_ref": "../NumOrderId",
        "line": "/RowId",
        "sku": "/SKU",
        "quantity": "/Quantity",
        "shipped": "/PartShippedQty",
        "location": {"type": "text", "path": "@from:location"}
      }
    },
    "shipments": {
      "request": "POST /api/ProcessedOrders/SearchProcessedOrders", "body_type": "form",
      "body": "request={json:{\"DateField\":\"processed\",\"FromDate\":{since},\"ToDate\":{until},\"PageNumber\":{page},\"ResultsPerPage\":{limit}}}",
      "rows": "/ProcessedOrders/Data/*", "page": "page", "page_end": "pages:/ProcessedOrders/TotalPages",
      "since": "shipped_at",
      "columns": {
        "shipment_ref": "/nOrderId",
        "order_ref": "/nOrderId",
        "status": {"by": "/HoldOrCancel", "map": "true = cancelled; * = processed"},
        "shipped_at": "/dProcessedOn",
        "location": {"path": "/FulfilmentLocationName", "lookup": "locations name location"},
        "tracking_number": {"type": "text", "path": "/PostalTrackingNumber"}
      }
    }
  }
}$profile$);
