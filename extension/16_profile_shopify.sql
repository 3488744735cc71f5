-- Shopify, as the system that keeps the stock.  What is where, and why:
--   * GraphQL, since REST does not tell what is on hand; the version of the API is
--     a part of the url: https://SHOP.myshopify.com/admin/api/VERSION;
--   * products are inventory items, which have the SKU; a location has no code, so
--     it is its id, as everything else is the id that Shopify gives it;
--   * levels are read location by location, and lines order by order, for a list
--     inside of a list cannot be paged;
--   * failures come with HTTP status 200, too many requests among them: requests
--     are paid in points, and an answer that says none are left is an error here,
--     to be tried again later; a smaller page_size costs fewer at a time;
--   * there is no history of stock outside of a preview: movements are derived.
SELECT stockbridge.add_profile('shopify', $profile${
  "title": "Shopify: GraphQL Admin API",
  "lacks": "Movements: Shopify keeps no history of stock that it shows, so they are derived from the differences between two readings of it, always as adjustments. orders.location: it is known per fulfillment. order_lines.shipped: unfulfilled has what is still to ship. order_lines take one request per order. Orders older than 60 days need the right read_all_orders.",
  "server": {
    "auth": "headers", "headers": "X-Shopify-Access-Token: {secret:token}",
    "error": "/errors/0/message,/errors", "page_size": 100
  },
  "tables": {
    "products": {
      "request": "POST /graphql.json",
      "body": "{\"query\":\"query($n:Int!,$after:String){ inventoryItems(first:$n,after:$after){ nodes{ id sku tracked variant{ displayName product{ status } } } pageInfo{ hasNextPage endCursor } } }\",\"variables\":{\"n\":{limit},\"after\":{cursor}}}",
      "rows": "/data/inventoryItems/nodes/*", "page": "cursor",
      "page_next": "/data/inventoryItems/pageInfo/endCursor", "page_end": "flag:/data/inventoryItems/pageInfo/hasNextPage",
      "columns": {
        "sku": "/sku",
        "name": "/variant/displayName",
        "active": {"by": "/variant/product/status", "map": "ACTIVE = true; * = false"},
        "tracked": {"type": "boolean", "path": "/tracked"},
        "id": {"type": "text", "path": "/id"}
      }
    },
    "locations": {
      "request": "POST /graphql.json",
      "body": "{\"query\":\"query($n:Int!,$after:String){ locations(first:$n,after:$after,includeInactive:true,includeLegacy:true){ nodes{ id name isActive } pageInfo{ hasNextPage endCursor } } }\",\"variables\":{\"n\":{limit},\"after\":{cursor}}}",
      "rows": "/data/locations/nodes/*", "page": "cursor",
      "page_next": "/data/locations/pageInfo/endCursor", "page_end": "flag:/data/locations/pageInfo/hasNextPage",
      "columns": {"location": "/id", "name": "/name", "active": {"type": "boolean", "path": "/isActive"}}
    },
    "stock": {
      "request": "POST /graphql.json", "from": "locations",
      "body": "{\"query\":\"query($id:ID!,$n:Int!,$after:String){ location(id:$id){ inventoryLevels(first:$n,after:$after){ nodes{ item{ id sku } quantities(names:[\\\"on_hand\\\",\\\"committed\\\",\\\"available\\\"]){ name quantity } } pageInfo{ hasNextPage endCursor } } } }\",\"variables\":{\"id\":{from:location},\"n\":{limit},\"after\":{cursor}}}",
      "rows": "/data/location/inventoryLevels/nodes/*", "page": "cursor",
      "page_next": "/data/location/inventoryLevels/pageInfo/endCursor", "page_end": "flag:/data/location/inventoryLevels/pageInfo/hasNextPage",
      "columns": {
        "sku": "/item/sku",
        "location": "@from:location",
        "on_hand": {"sum": "/quantities /quantity /name=on_hand"},
        "reserved": {"sum": "/quantities /quantity /name=committed"},
        "as_of": "@sent_at",
        "available": {"type": "numeric", "sum": "/quantities /quantity /name=available"},
        "item_id": {"type": "text", "path": "/item/id"}
      }
    },
    "movements": {
      "derived": true,
      "columns": {"movement_ref": {}, "kind": {}, "sku": {}, "quantity": {}, "from_location": {}, "to_location": {},
                  "happened_at": {}, "document_ref": {}, "derived": {"type": "boolean"}}
    },
    "orders": {
      "request": "POST /graphql.json",
      "body": "{\"query\":\"query($n:Int!,$after:String,$q:String){ orders(first:$n,after:$after,sortKey:ID,query:$q){ nodes{ id name displayFulfillmentStatus createdAt updatedAt cancelledAt customer{ id } } pageInfo{ hasNextPage endCursor } } }\",\"variables\":{\"n\":{limit},\"after\":{cursor},\"q\":\"updated_at:>='{since}'\"}}",
      "rows": "/data/orders/nodes/*", "page": "cursor",
      "page_next": "/data/orders/pageInfo/endCursor", "page_end": "flag:/data/orders/pageInfo/hasNextPage",
      "since": "updated_at",
      "columns": {
        "order_ref": "/id",
        "status": {"by": "/cancelledAt", "map": "null = /displayFulfillmentStatus; * = CANCELLED"},
        "ordered_at": "/createdAt",
        "customer_ref": "/customer/id",
        "location": "@none",
        "name": {"type": "text", "path": "/name"},
        "updated_at": {"type": "timestamptz", "path": "/updatedAt"}
      }
    },
    "order_lines": {
      "request": "POST /graphql.json", "from": "orders",
      "body": "{\"query\":\"query($id:ID!,$n:Int!,$after:String){ order(id:$id){ lineItems(first:$n,after:$after){ nodes{ id sku currentQuantity unfulfilledQuantity } pageInfo{ hasNextPage endCursor } } } }\",\"variables\":{\"id\":{from:order_ref},\"n\":{limit},\"after\":{cursor}}}",
      "rows": "/data/order/lineItems/nodes/*", "page": "cursor",
      "page_next": "/data/order/lineItems/pageInfo/endCursor", "page_end": "flag:/data/order/lineItems/pageInfo/hasNextPage",
      "columns": {
        "order_ref": "@from:order_ref",
        "line": "/id",
        "sku": "/sku",
        "quantity": "/currentQuantity",
        "shipped": "@none",
        "unfulfilled": {"type": "numeric", "path": "/unfulfilledQuantity"}
      }
    },
    "shipments": {
      "request": "POST /graphql.json",
      "body": "{\"query\":\"query($n:Int!,$after:String,$q:String){ orders(first:$n,after:$after,sortKey:ID,query:$q){ nodes{ id updatedAt fulfillments{ id status createdAt location{ id } } } pageInfo{ hasNextPage endCursor } } }\",\"variables\":{\"n\":{limit},\"after\":{cursor},\"q\":\"updated_at:>='{since}'\"}}",
      "rows": "/data/orders/nodes/*", "explode": "/fulfillments/*", "page": "cursor",
      "page_next": "/data/orders/pageInfo/endCursor", "page_end": "flag:/data/orders/pageInfo/hasNextPage",
      "since": "order_updated_at",
      "columns": {
        "shipment_ref": "/id",
        "order_ref": "../id",
        "status": "/status",
        "shipped_at": "/createdAt",
        "location": "/location/id",
        "order_updated_at": {"type": "timestamptz", "path": "../updatedAt"}
      }
    }
  }
}$profile$);
