-- Unleashed.  What is where, and why:
--   * every request is signed over its query, byte for byte as it is sent;
--   * the number of a page is a part of the path, the count of pages in the answer;
--   * stock without a warehouse is a silent sum of all: it is asked for of each;
--   * modifiedSince knows whole days only, so a day more is asked for;
--   * a stock adjustment tells the new quantity but not the old one, and receipts,
--     assemblies and credits are documents of their own: movements are derived.
SELECT stockbridge.add_profile('unleashed', $profile${
  "title": "Unleashed: API with signed requests",
  "lacks": "Movements: Unleashed has no ledger, and its stock adjustments tell new quantities instead of changes, so movements are derived from the differences between two readings of the stock, always as adjustments. order_lines.shipped: it follows from the lines of the shipments. Deleted orders are left out.",
  "server": {
    "auth": "headers",
    "headers": ["api-auth-id: {user}", "api-auth-signature: {signature}", "client-type: stockbridge/postgresql"],
    "sign": "hmac-sha256 query base64 key",
    "error": "/Description,/description", "page_size": 500
  },
  "tables": {
    "products": {
      "request": "GET /Products/{page}?pageSize={limit}&includeObsolete=true{filters}",
      "rows": "/Items/*", "page": "page", "page_end": "pages:/Pagination/NumberOfPages",
      "columns": {
        "sku": {"path": "/ProductCode", "filter_eq": "productCode={value}"},
        "name": "/ProductDescription",
        "active": {"by": "/Obsolete", "map": "true = false; * = true"},
        "guid": {"type": "uuid", "path": "/Guid"}
      }
    },
    "locations": {
      "request": "GET /Warehouses/{page}?pageSize={limit}",
      "rows": "/Items/*", "page": "page", "page_end": "pages:/Pagination/NumberOfPages",
      "columns": {"location": "/WarehouseCode", "name": "/WarehouseName", "guid": {"type": "uuid", "path": "/Guid"}}
    },
    "stock": {
      "request": "GET /StockOnHand/{page}?pageSize={limit}&warehouseCode={from:location}",
      "from": "locations",
      "rows": "/Items/*", "page": "page", "page_end": "pages:/Pagination/NumberOfPages",
      "columns": {
        "sku": "/ProductCode",
        "location": "@from:location",
        "on_hand": "/QtyOnHand",
        "reserved": "/AllocatedQty",
        "as_of": "@sent_at",
        "available": {"type": "numeric", "path": "/AvailableQty"},
        "average_cost": {"type": "numeric", "path": "/AvgCost"}
      }
    },
    "movements": {
      "derived": true,
      "columns": {"movement_ref": {}, "kind": {}, "sku": {}, "quantity": {}, "from_location": {}, "to_location": {},
                  "happened_at": {}, "document_ref": {}, "derived": {"type": "boolean"}}
    },
    "orders": {
      "request": "GET /SalesOrders/{page}?pageSize={limit}{filters}",
      "rows": "/Items/*", "page": "page", "page_end": "pages:/Pagination/NumberOfPages",
      "since": "updated_at", "since_overlap": "1d",
      "columns": {
        "order_ref": {"path": "/OrderNumber", "filter_eq": "orderNumber={value}"},
        "status": "/OrderStatus",
        "ordered_at": {"path": "/OrderDate", "decode": "net_date"},
        "customer_ref": "/Customer/CustomerCode",
        "location": "/Warehouse/WarehouseCode",
        "updated_at": {"type": "timestamptz", "path": "/LastModifiedOn", "decode": "net_date", "format": "date", "filter_ge": "modifiedSince={value}"},
        "guid": {"type": "uuid", "path": "/Guid"}
      }
    },
    "order_lines": {
      "request": "GET /SalesOrders/{page}?pageSize={limit}{filters}",
      "rows": "/Items/*", "explode": "/SalesOrderLines/*", "page": "page", "page_end": "pages:/Pagination/NumberOfPages",
      "columns": {
        "order_ref": {"path": "../OrderNumber", "filter_eq": "orderNumber={value}"},
        "line": "/LineNumber",
        "sku": "/Product/ProductCode",
        "quantity": "/OrderQuantity",
        "shipped": "@none"
      }
    },
    "shipments": {
      "request": "GET /SalesShipments/{page}?pageSize={limit}{filters}",
      "rows": "/Items/*", "page": "page", "page_end": "pages:/Pagination/NumberOfPages",
      "since": "updated_at", "since_overlap": "1d",
      "columns": {
        "shipment_ref": "/ShipmentNumber",
        "order_ref": {"path": "/OrderNumber", "filter_eq": "orderNumber={value}"},
        "status": "/ShipmentStatus",
        "shipped_at": {"path": "/DispatchDate", "decode": "net_date"},
        "location": "/WarehouseCode",
        "updated_at": {"type": "timestamptz", "path": "/LastModifiedOn", "decode": "net_date", "format": "date", "filter_ge": "modifiedSince={value}"}
      }
    }
  }
}$profile$);
