"""Tryton's own figures, read by Tryton's own client library.

The library speaks XML-RPC and works out its own requests, so agreement with
what our wrapper reads by JSON-RPC is agreement of two independent readers.
Stock is also added up from the done moves: if Tryton's two accounts differ,
the figures are refused rather than printed.

Numbers are printed as the shortest text that gives the same float back,
which is what Tryton sends.
"""
import json
import sys
from collections import defaultdict
from decimal import Decimal

from proteus import Model

STATES = [('active', 'in', [True, False])]


def show(config):
    """Print everything as one JSON object."""
    products = Model.get('product.product').find(STATES)
    locations = Model.get('stock.location').find(
        STATES + [('type', '=', 'storage')])
    moves = Model.get('stock.move').find([('state', '=', 'done')])
    stock = list(stock_rows(config, products, locations))
    movements = [movement_row(move) for move in moves]
    compare(stock, movements)
    json.dump({
            'products': [{
                    'id': product.id,
                    'code': product.code or None,
                    'name': product.rec_name,
                    'template_name': product.template.name,
                    'type': product.template.type,
                    'active': bool(product.active),
                    } for product in products],
            'locations': [{
                    'id': location.id,
                    'code': location.code or None,
                    'name': location.name,
                    'active': bool(location.active),
                    } for location in locations],
            'stock': stock,
            'movements': movements,
            'sales': list(map(sale_row, Model.get('sale.sale').find())),
            'shipments': list(map(shipment_row,
                    Model.get('stock.shipment.out').find())),
            }, sys.stdout, indent=1, ensure_ascii=False)
    print()


def number(value):
    """The exact decimal text of what Tryton sent."""
    text = format(Decimal(repr(float(value))), 'f')
    return text.rstrip('0').rstrip('.') if '.' in text else text


def stock_rows(config, products, locations):
    """On hand of every stocked product in every location, zeros included."""
    ids = [product.id for product in products
        if product.template.type != 'service']
    for location in locations:
        with config.set_context(locations=[location.id]):
            for product in Model.get('product.product').find(
                    STATES + [('id', 'in', ids)]):
                yield {
                    'product': product.id,
                    'location': location.id,
                    'code': product.code or None,
                    'location_code': location.code or None,
                    'on_hand': number(product.quantity),
                    'forecast': number(product.forecast_quantity),
                    }


def movement_row(move):
    """One done move; quantities in the product's own unit."""
    return {
        'id': move.id,
        'product': move.product.id,
        'code': move.product.code or None,
        'quantity': number(move.internal_quantity),
        'from': move.from_location.code or None,
        'to': move.to_location.code or None,
        'from_id': move.from_location.id,
        'to_id': move.to_location.id,
        'from_type': move.from_location.type,
        'to_type': move.to_location.type,
        'effective_date': move.effective_date.isoformat(),
        'document': move.shipment.rec_name if move.shipment else None,
        'origin': '%s,%d' % (move.origin.__class__.__name__, move.origin.id)
        if move.origin else None,
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


def sale_row(sale):
    return {
        'id': sale.id,
        'number': sale.number,
        'reference': sale.reference or None,
        'state': sale.state,
        'shipment_state': sale.shipment_state,
        'customer': sale.party.rec_name,
        'warehouse': sale.warehouse.code,
        'lines': [{
                'id': line.id,
                'code': line.product.code or None,
                'quantity': number(line.quantity),
                'shipped': number(sum(
                        (Decimal(repr(move.internal_quantity))
                            for move in line.moves if move.state == 'done'),
                        Decimal(0))),
                } for line in sale.lines if line.type == 'line'],
        }


def shipment_row(shipment):
    return {
        'id': shipment.id,
        'number': shipment.number,
        'state': shipment.state,
        'effective_date': shipment.effective_date.isoformat()
        if shipment.effective_date else None,
        'warehouse': shipment.warehouse.code,
        'customer': shipment.customer.rec_name,
        }
