"""What people do in an inventory system, done in Tryton by its own library.

Every function works on the current proteus configuration and returns the
record it made.  Quantities are Decimals or strings of them; Tryton's API
takes floats, so they are converted at the last moment, here and nowhere else.
"""
import datetime
import functools
import json
import sys
from decimal import Decimal

from proteus import Model
from proteus.config import get_config

PRICE = Decimal('2.50')


def model(name):
    return Model.get(name)


def only(records):
    record, = records
    return record


@functools.lru_cache(maxsize=None)
def product(code):
    return only(model('product.product').find(
            [('code', '=', code), ('active', 'in', [True, False])]))


@functools.lru_cache(maxsize=None)
def location(code):
    """A location by its code, or by its name where it has no code."""
    return only(model('stock.location').find(
            ['OR', ('code', '=', code),
                [('name', '=', code), ['OR', ('code', '=', None),
                        ('code', '=', '')]]]))


@functools.lru_cache(maxsize=None)
def party(name):
    return only(model('party.party').find([('name', '=', name)]))


@functools.lru_cache(maxsize=None)
def company():
    return only(model('company.company').find())


def insist(step, *arguments):
    """Do a step, confirming Tryton's warnings as a person would."""
    from trytond.exceptions import UserWarning
    while True:
        try:
            return step(*arguments)
        except UserWarning as warning:
            model('res.user.warning')(user=model('res.user')(
                    get_config().user), name=warning.name,
                always=False).save()


def fill_move(move, sku, quantity, from_location, to_location, unit=None):
    """Set the fields of a stock move, under the names of 6.0 and of 7.0."""
    move.product = product(sku)
    if unit:
        # stock.move calls its unit "uom" up to 6.6 and "unit" since.
        setattr(move, 'unit' if 'unit' in move._fields else 'uom',
            only(model('product.uom').find([('symbol', '=', unit)])))
    move.quantity = float(Decimal(quantity))
    move.from_location = from_location
    move.to_location = to_location
    move.company = company()
    kinds = {from_location.type, to_location.type}
    if kinds & {'supplier', 'customer'}:
        move.unit_price = PRICE
        move.currency = company().currency
    return move


def day(value):
    """A date from ISO text, from a number of days before today, or None."""
    if value is None or isinstance(value, datetime.date):
        return value
    if isinstance(value, int):
        return datetime.date.today() - datetime.timedelta(days=value)
    return datetime.date.fromisoformat(value)


def move(sku, quantity, origin, target, unit=None, date=None, do=True):
    """A stock move of its own, without a document."""
    record = fill_move(model('stock.move')(), sku, quantity,
        location(origin), location(target), unit)
    record.planned_date = record.effective_date = day(date)
    record.save()
    if do:
        insist(record.click, 'do')
    return record


def receive(sku, quantity, location, unit=None, date=None):
    """Goods from a supplier, straight into a location."""
    return move(sku, quantity, 'SUP', location, unit, date)


def dispatch(sku, quantity, location, unit=None, date=None):
    """Goods to a customer, straight out of a location."""
    return move(sku, quantity, location, 'CUS', unit, date)


def customer_return(sku, quantity, location, unit=None, date=None):
    """Goods back from a customer, straight into a location."""
    return move(sku, quantity, 'CUS', location, unit, date)


def draft(sku, quantity, location):
    """Goods expected from a supplier: not stock until they are done."""
    return move(sku, quantity, 'SUP', location, do=False)


def reprice(movement, price):
    """A new price for a done move, as posting the supplier's invoice sets.

    Nothing physical changes, but the move's write_date does.
    """
    record = model('stock.move')(int(movement))
    record.unit_price = Decimal(price)
    record.save()
    return record


def count(location, date=None, **quantities):
    """An inventory of some products, confirmed: moves from or to lost."""
    return count_all(location, quantities.items(), date)


def count_all(place, quantities, date=None):
    record = model('stock.inventory')()
    record.location = location(place)
    record.date = day(date) or datetime.date.today()
    record.empty_quantity = 'keep'
    for sku, quantity in quantities:
        line = record.lines.new(product=product(sku))
        line.quantity = float(Decimal(quantity))
    record.save()
    insist(record.click, 'confirm')
    return record


def transfer(sku, quantity, origin, target, date=None):
    """An internal shipment, done in one step."""
    record = internal_shipment(sku, quantity, origin, target, date)
    record.click('wait')
    assign(record)
    if record.transit_location:
        # Always so between two warehouses since 6.2, by default.
        record.effective_start_date = day(date)
        insist(record.click, 'ship')
    record.effective_date = day(date)
    insist(record.click, 'done')
    return record


def internal_shipment(sku, quantity, origin, target, date=None,
        start_date=None):
    record = model('stock.shipment.internal')()
    record.company = company()
    record.planned_date = day(date) or datetime.date.today()
    record.from_location = location(origin)
    record.to_location = location(target)
    # After the locations: they make Tryton work out a start date itself.
    # A start before the end sends the goods through the transit location.
    record.planned_start_date = day(start_date) or record.planned_date
    fill_move(record.moves.new(), sku, quantity, record.from_location,
        record.to_location)
    record.save()
    return record


def assign(shipment):
    """Reserve the goods; 7.0 answers nothing, so the state is looked at."""
    insist(shipment.click, 'assign_try')
    shipment.reload()
    if shipment.state != 'assigned':
        raise ValueError('%s: not enough stock to assign' % shipment.rec_name)


def supply(warehouse, lines, supplier='Supplier Ltd', date=None,
        done=True):
    """A supplier shipment through a warehouse's input zone."""
    record = model('stock.shipment.in')()
    record.supplier = party(supplier)
    record.warehouse = location(warehouse)
    record.company = company()
    record.reference = 'DN-%s' % warehouse
    for sku, quantity in lines:
        fill_move(record.incoming_moves.new(), sku, quantity,
            location('SUP'), record.warehouse.input_location)
    record.save()
    if done:
        record.effective_date = day(date)
        insist(record.click, 'receive')
        insist(record.click, 'done')
    return record


def deliver(warehouse, lines, customer='Customer Ltd', date=None,
        until='done'):
    """A customer shipment through a warehouse's output zone."""
    record = model('stock.shipment.out')()
    record.customer = party(customer)
    record.delivery_address = party(customer).addresses[0]
    record.warehouse = location(warehouse)
    record.company = company()
    record.planned_date = day(date) or datetime.date.today()
    for sku, quantity in lines:
        fill_move(record.outgoing_moves.new(), sku, quantity,
            record.warehouse.output_location, location('CUS'))
    record.save()
    return advance(record, until, date)


def advance(shipment, until, date=None):
    """Take a customer shipment as far as a state, through those before."""
    for state, button in [('draft', None), ('waiting', 'wait'),
            ('assigned', 'assign_try'), ('picked', 'pick'),
            ('packed', 'pack'), ('done', 'done')]:
        if button == 'assign_try':
            assign(shipment)
        elif button and shipment.state != state:
            if button == 'done':
                shipment.effective_date = day(date)
            insist(shipment.click, button)
        if state == until:
            return shipment
    raise ValueError('no such state of a customer shipment: %s' % until)


def take_back(warehouse, lines, customer='Customer Ltd', date=None):
    """A customer return shipment, received and put away."""
    record = model('stock.shipment.out.return')()
    record.customer = party(customer)
    # Renamed between 6.0 and 7.0; required only in the former.
    address = ('delivery_address' if 'delivery_address' in record._fields
        else 'contact_address')
    setattr(record, address, party(customer).addresses[0])
    record.warehouse = location(warehouse)
    record.company = company()
    for sku, quantity in lines:
        fill_move(record.incoming_moves.new(), sku, quantity,
            location('CUS'), record.warehouse.input_location)
    record.save()
    record.effective_date = day(date)
    insist(record.click, 'receive')
    insist(record.click, 'done')
    return record


def send_back(origin, lines, supplier='Supplier Ltd', date=None):
    """A supplier return shipment: goods back to where they came from."""
    record = model('stock.shipment.in.return')()
    record.supplier = party(supplier)
    if 'delivery_address' in record._fields:
        record.delivery_address = party(supplier).addresses[0]
    record.company = company()
    record.from_location = location(origin)
    record.to_location = location('SUP')
    for sku, quantity in lines:
        fill_move(record.moves.new(), sku, quantity, record.from_location,
            record.to_location)
    record.save()
    record.click('wait')
    assign(record)
    record.effective_date = day(date)
    insist(record.click, 'done')
    return record


def sale(lines, warehouse, reference=None, customer='Customer Ltd',
        until='processing'):
    """A sales order, taken as far as a state."""
    record = model('sale.sale')()
    record.party = party(customer)
    record.invoice_method = 'manual'
    record.shipment_method = 'order'
    record.warehouse = location(warehouse)
    record.reference = reference
    for sku, quantity in lines:
        line = record.lines.new()
        line.product = product(sku)
        line.quantity = float(Decimal(quantity))
        line.unit_price = PRICE
    record.save()
    for state, button in [('draft', None), ('quotation', 'quote'),
            ('confirmed', 'confirm'), ('processing', 'process')]:
        if button and record.state != state:
            insist(record.click, button)
        if state == until:
            return record
    raise ValueError('no such state of a sale: %s' % until)


# -- from the command line ----------------------------------------------------

def command_ship(sku, quantity, warehouse, until='done'):
    return deliver(warehouse, [(sku, quantity)], until=until)


def command_sale(sku, quantity, warehouse, reference=None,
        until='processing'):
    return sale([(sku, quantity)], warehouse, reference, until=until)


ACTS = {
    'receive': receive,
    'dispatch': dispatch,
    'transfer': transfer,
    'count': count,
    'customer_return': customer_return,
    'draft': draft,
    'reprice': reprice,
    'sale': command_sale,
    'ship': command_ship,
    }


def run(verb, values):
    """Do one act and print the record it made as JSON."""
    if verb not in ACTS:
        sys.exit('tryton: no act "%s"; there are %s'
            % (verb, ', '.join(sorted(ACTS))))
    arguments = dict(value.partition('=')[::2] for value in values)
    record = ACTS[verb](**arguments)
    print(json.dumps({'model': type(record).__name__, 'id': record.id,
                'rec_name': record.rec_name}))
