"""Tryton's own figures, read by Tryton's own client library.

The library (proteus) speaks XML-RPC, so agreement with what our wrapper reads
by JSON-RPC is agreement of two readers that share nothing.  Records are read
through its proxies, many at a time: its record objects would send one request
per field, twelve thousand for this fixture.

Stock is also added up from the done moves: if Tryton's two accounts differ,
the figures are refused rather than printed.
"""
import json
import sys
from collections import defaultdict
from decimal import Decimal

ANY_STATE = ['active', 'in', [True, False]]


def show(config):
    """Print everything as one JSON object."""
    products = find(config, 'product.product', [ANY_STATE],
        ['code', 'rec_name', 'template.name', 'template.type', 'active'])
    locations = find(config, 'stock.location',
        [ANY_STATE, ['type', '=', 'storage']], ['code', 'name', 'active'])
    movements = [movement_row(move) for move in find(config, 'stock.move',
            [['state', '=', 'done']], ['product', 'product.code',
                'internal_quantity', 'from_location', 'from_location.code',
                'from_location.type', 'to_location', 'to_location.code',
                'to_location.type', 'effective_date', 'shipment.rec_name',
                'origin'])]
    stock = list(stock_rows(config, products, locations))
    compare(stock, movements)
    json.dump({
            'products': [product_row(product) for product in products],
            'locations': [location_row(place) for place in locations],
            'stock': stock,
            'movements': movements,
            'orders': order_rows(config),
            'shipments': shipment_rows(config),
            }, sys.stdout, indent=1, ensure_ascii=False)
    print()


def find(config, model, domain, fields, **context):
    """Read all records of a domain, in the order of their ids."""
    return config.get_proxy(model).search_read(
        domain, 0, None, [['id', 'ASC']], fields,
        dict(config.context, **context))


def number(value):
    """The exact decimal text of the float that Tryton sent.

    The shortest text that gives the same float back is what Tryton's JSON
    holds as well.
    """
    text = format(Decimal(repr(float(value))), 'f')
    return text.rstrip('0').rstrip('.') if '.' in text else text


def product_row(product):
    return {
        'id': product['id'],
        'code': product['code'] or None,
        'name': product['template.']['name'],
        'type': product['template.']['type'],
        'active': bool(product['active']),
        }


def location_row(location):
    return {
        'id': location['id'],
        'code': location['code'] or None,
        'name': location['name'],
        'active': bool(location['active']),
        }


def stock_rows(config, products, locations):
    """On hand of every stocked product in every location, zeros included.

    Without "with_childs" a single location answers for its children too, and
    goods in a bin would be counted twice.
    """
    goods = [product for product in products
        if product['template.']['type'] != 'service']
    ids = [product['id'] for product in goods]
    for location in locations:
        quantities = {row['id']: row for row in find(config,
                'product.product', [ANY_STATE, ['id', 'in', ids]],
                ['quantity', 'forecast_quantity'],
                locations=[location['id']], with_childs=False)}
        for product in goods:
            row = quantities[product['id']]
            yield {
                'product': product['id'],
                'location': location['id'],
                'code': product['code'] or None,
                'location_code': location['code'] or None,
                'on_hand': number(row['quantity']),
                'forecast': number(row['forecast_quantity']),
                }


def movement_row(move):
    """One done move; the quantity is in the product's own unit."""
    return {
        'id': move['id'],
        'product': move['product'],
        'code': move['product.']['code'] or None,
        'quantity': number(move['internal_quantity']),
        'from': move['from_location.']['code'] or None,
        'to': move['to_location.']['code'] or None,
        'from_id': move['from_location'],
        'to_id': move['to_location'],
        'from_type': move['from_location.']['type'],
        'to_type': move['to_location.']['type'],
        'effective_date': move['effective_date'].isoformat(),
        'document': (move['shipment.'] or {}).get('rec_name'),
        'origin': move['origin'],
        }


def compare(stock, movements):
    """Tryton's stock must be the sum of Tryton's moves."""
    sums = defaultdict(Decimal)
    for move in movements:
        quantity = Decimal(move['quantity'])
        sums[move['product'], move['to_id']] += quantity
        sums[move['product'], move['from_id']] -= quantity
    for row in stock:
        moved = sums[row['product'], row['location']]
        if moved != Decimal(row['on_hand']):
            sys.exit('tryton: stock of product %(product)s in location '
                '%(location)s is %(on_hand)s' % row
                + ', its moves add up to %s' % moved)


def order_rows(config):
    """Sales with their lines, and what the done moves of each line sum to."""
    shipped = defaultdict(Decimal)
    for move in find(config, 'stock.move', [['state', '=', 'done'],
                ['origin', 'like', 'sale.line,%']],
            ['origin', 'internal_quantity']):
        shipped[move['origin']] += Decimal(number(move['internal_quantity']))
    lines = defaultdict(list)
    for line in find(config, 'sale.line', [['type', '=', 'line']],
            ['sale', 'product.code', 'quantity']):
        lines[line['sale']].append({
                'id': line['id'],
                'code': (line['product.'] or {}).get('code'),
                'quantity': number(line['quantity']),
                'shipped': number(shipped['sale.line,%d' % line['id']]),
                })
    return [{
            'id': sale['id'],
            'number': sale['number'],
            'reference': sale['reference'] or None,
            'state': sale['state'],
            'shipment_state': sale['shipment_state'],
            'customer': sale['party.']['rec_name'],
            'warehouse': sale['warehouse.']['code'],
            'lines': lines[sale['id']],
            } for sale in find(config, 'sale.sale', [],
            ['number', 'reference', 'state', 'shipment_state',
                'party.rec_name', 'warehouse.code'])]


def shipment_rows(config):
    return [{
            'id': shipment['id'],
            'number': shipment['number'],
            'state': shipment['state'],
            'effective_date': shipment['effective_date']
            and shipment['effective_date'].isoformat(),
            'warehouse': shipment['warehouse.']['code'],
            'customer': shipment['customer.']['rec_name'],
            } for shipment in find(config, 'stock.shipment.out', [],
            ['number', 'state', 'effective_date', 'warehouse.code',
                'customer.rec_name'])]
