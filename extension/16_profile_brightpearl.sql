-- Brightpearl.  What is where, and why:
--   * the url ends with the account: https://DATACENTER…/public-api/ACCOUNT;
--   * searches answer rows as arrays with the names of their columns beside them,
--     by the number of the first result, from 1; other resources are asked for by
--     sets of ids and answer objects keyed by them;
--   * 404 means that there are none of a set;
--   * inStock is what is there, onHand what is not allocated of it;
--   * goods of a note of type GO leave, whatever the sign of their quantity; other
--     quantities are signed;
--   * too many requests are 503, the wait stands in milliseconds in each answer.
SELECT stockbridge.add_profile('brightpearl', $profile${
  "title": "Brightpearl: API",
  "lacks": "Movements that are neither of a purchase nor of a sale — corrections, transfers, assemblies — come as adjustments of each place. order_lines.shipped. orders.status is the status's number. Products without a SKU have no sku.",
  "server": {
    "auth": "headers",
    "headers": ["brightpearl-app-ref: {user}", "brightpearl-account-token: {secret:token}"],
    "throttle_status": "429,503", "throttle_wait": "header brightpearl-next-throttle-period ms",
    "rate": "200/min", "error": "/errors/0/message", "null_values": "\"\"", "page_size": 500
  },
  "tables": {
    "products": {
      "request": "GET /product-service/product-search?pageSize={limit}&firstResult={offset}{filters}",
      "rows": "/response/results/*", "columns_ptr": "/response/metaData/columns/*/name",
      "page": "offset", "page_start": 1, "page_end": "total:/response/metaData/resultsAvailable",
      "columns": {
        "sku": "/SKU",
        "name": "/productName",
        "active": {"by": "/productStatus", "map": "LIVE = true; * = false"},
        "stock_tracked": {"type": "boolean", "path": "/stockTracked"},
        "id": {"type": "bigint", "path": "/productId", "filter_in": "productId={values}"}
      }
    },
    "locations": {
      "request": "GET /warehouse-service/warehouse", "rows": "/response/*", "empty_status": "404",
      "columns": {"location": "/id", "name": "/name"}
    },
    "stock": {
      "request": "GET /warehouse-service/product-availability/{from[]:id}", "from": "products", "batch": 200,
      "rows": "/response/*/warehouses/*", "empty_status": "404",
      "columns": {
        "sku": {"path": "#1", "lookup": "products id sku"},
        "location": "#2",
        "on_hand": "/inStock",
        "reserved": "/allocated",
        "as_of": "@sent_at",
        "available": {"type": "numeric", "path": "/onHand"},
        "in_transit": {"type": "numeric", "path": "/inTransit"}
      }
    },
    "movements": {
      "request": "GET /warehouse-service/goods-movement-search?pageSize={limit}&firstResult={offset}&updatedOn={since}/{until}",
      "rows": "/response/results/*", "columns_ptr": "/response/metaData/columns/*/name",
      "page": "offset", "page_start": 1, "page_end": "total:/response/metaData/resultsAvailable",
      "since": "happened_at",
      "columns": {
        "movement_ref": "/goodsMovementId",
        "kind": {"by": "/goodsNoteTypeCode /salesOrderRowId /purchaseOrderRowId /quantity",
                 "map": "GO null * * = adjustment; GO * * * = dispatch; SG * * -* = adjustment; SG * * * = return; * null null * = adjustment; * * * -* = adjustment; * null * * = receipt; * * * * = return"},
        "sku": {"path": "/productId", "lookup": "products id sku"},
        "quantity": {"by": "/goodsNoteTypeCode /salesOrderRowId /quantity",
                     "map": "GO null -* = /quantity; GO null * = -/quantity; GO * -* = -/quantity; * * * = /quantity"},
        "from_location": {"by": "/goodsNoteTypeCode /salesOrderRowId", "map": "GO null = null; GO * = /warehouseId; * * = null"},
        "to_location": {"by": "/goodsNoteTypeCode /salesOrderRowId", "map": "GO null = /warehouseId; GO * = null; * * = /warehouseId"},
        "happened_at": "/updatedOn",
        "document_ref": "/goodsNoteId",
        "order_id": {"type": "bigint", "path": "/orderId"},
        "note_type": {"type": "text", "path": "/goodsNoteTypeCode"},
        "product_value": {"type": "numeric", "path": "/productValue"}
      }
    },
    "orders": {
      "request": "GET /order-service/order-search?orderTypeId=1&pageSize={limit}&firstResult={offset}{filters}",
      "rows": "/response/results/*", "columns_ptr": "/response/metaData/columns/*/name",
      "page": "offset", "page_start": 1, "page_end": "total:/response/metaData/resultsAvailable",
      "columns": {
        "order_ref": {"path": "/orderId", "filter_in": "orderId={values}"},
        "status": "/orderStatusId",
        "ordered_at": "/placedOn",
        "customer_ref": "/contactId",
        "location": "/warehouseId",
        "reference": {"type": "text", "path": "/externalRef"},
        "updated_at": {"type": "timestamptz", "path": "/updatedOn", "filter_ge": "updatedOn={value}/"}
      }
    },
    "order_lines": {
      "request": "GET /order-service/order/{from[]:order_ref}", "from": "orders", "batch": 200,
      "rows": "/response/*", "explode": "/orderRows/*", "empty_status": "404",
      "columns": {
        "order_ref": "../id",
        "line": "#2",
        "sku": "/productSku",
        "quantity": "/quantity/magnitude",
        "shipped": "@none"
      }
    },
    "shipments": {
      "request": "GET /warehouse-service/goods-note/goods-out-search?pageSize={limit}&firstResult={offset}{filters}",
      "rows": "/response/results/*", "columns_ptr": "/response/metaData/columns/*/name",
      "page": "offset", "page_start": 1, "page_end": "total:/response/metaData/resultsAvailable",
      "columns": {
        "shipment_ref": "/goodsOutNoteId",
        "order_ref": {"path": "/orderId", "filter_in": "orderId={values}"},
        "status": {"by": "/shipped /packed /picked /printed", "map": "true * * * = shipped; * true * * = packed; * * true * = picked; * * * true = printed; * * * * = new"},
        "shipped_at": "/shippedOn",
        "location": "/warehouseId"
      }
    }
  }
}$profile$);
