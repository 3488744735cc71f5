"""The fixture: a small trading company with every kind of stock event.

Two warehouses with input, output and storage zones, plain products A00001…
(the names the B1 simulator uses too), and products that each stand for one
trap: variants, fractions that no float holds, a unit of its own in a move,
nothing left, never moved, deactivated with stock left, no code, below zero,
not stocked at all, a code full of quotes and braces.

Beside the done moves there are some of every state that must not count.
"""
import datetime
from decimal import Decimal

from proteus import Model, Wizard
from proteus.config import get_config

from tryton_peer import acts
from tryton_peer.acts import location, model, only

AWKWARD = 'CRATE "XL" \\ {limit}'


def fill(config, products):
    """Fill an initialised database."""
    make_company(config)
    make_warehouses()
    make_parties()
    make_products(products)
    add_stock(products)
    add_moves()
    add_shipments()
    add_sales()


def make_company(config):
    party = model('party.party')(name='Peer Trading')
    party.save()
    currency = model('currency.currency')(name='Euro', code='EUR',
        symbol='€', rounding=Decimal('0.01'), digits=2)
    currency.rates.new(date=datetime.date(2020, 1, 1), rate=Decimal(1))
    currency.save()
    wizard = Wizard('company.company.config')
    wizard.execute('company')
    wizard.form.party = party
    wizard.form.currency = currency
    wizard.execute('add')
    config._context = model('res.user').get_preferences(True, {})


def make_warehouses():
    """Two warehouses; a bin, a nameless corner and a closed one in them."""
    first = only(model('stock.location').find([('type', '=', 'warehouse')]))
    first.name, first.code = 'Warehouse A', 'A'
    first.save()
    for zone, code in [('storage', 'WH-A'), ('input', 'WH-A-IN'),
            ('output', 'WH-A-OUT')]:
        record = getattr(first, zone + '_location')
        record.name, record.code = 'Warehouse A, ' + zone, code
        record.save()

    second = model('stock.location')(name='Warehouse B', code='B',
        type='warehouse')
    for zone, code in [('storage', 'WH-B'), ('input', 'WH-B-IN'),
            ('output', 'WH-B-OUT')]:
        record = model('stock.location')(name='Warehouse B, ' + zone,
            code=code, type='storage')
        record.save()
        setattr(second, zone + '_location', record)
    # Where inventories take from and put to.
    second.lost_found_location = first.lost_found_location
    second.save()

    storage = second.storage_location
    for name, code, active in [('Bin "01", Süd', 'WH-B-01', True),
            ('Corner', None, True), ('Old shed', 'WH-B-OLD', False)]:
        model('stock.location')(name=name, code=code, type='storage',
            parent=storage, active=active).save()


def make_parties():
    for name in ['Supplier Ltd', 'Customer Ltd']:
        party = model('party.party')(name=name)
        address = party.addresses[0] if party.addresses \
            else party.addresses.new()
        address.city = 'London'
        party.save()


def make_products(plain):
    unit, kilogram, litre = (
        only(model('product.uom').find([('symbol', '=', symbol)])).id
        for symbol in ('u', 'kg', 'l'))

    def template(name, code, uom=unit, suffixes=(None,), kind='goods',
            active=True):
        return {
            'name': name, 'code': code, 'type': kind, 'default_uom': uom,
            'sale_uom': uom, 'salable': True, 'list_price': Decimal('12.50'),
            'active': active,
            'products': [('create', [{
                            'suffix_code': suffix, 'active': active,
                            'cost_price': Decimal('5.25')}
                        for suffix in suffixes])],
            }

    values = [template('Plain product %d' % number, 'A%05d' % number)
        for number in range(1, plain + 1)]
    values += [
        template('T-shirt', 'TSHIRT', suffixes=('-S', '-M')),
        template('Rice', 'RICE', kilogram),
        template('Milk', 'MILK', litre),
        template('Sold out', 'SOLDOUT'),
        template('Never moved', 'NEVER'),
        template('Discontinued', 'OLD'),
        template('Box without a code', None),
        template('Owed to customers', 'OWED'),
        template('Freight', 'FREIGHT', kind='service'),
        template('Crate, \'5"\' × 7\\', AWKWARD),
        ]
    model('product.template')._proxy.create(values, get_config().context)


def add_stock(plain):
    """Opening stock of the plain products, by one inventory each."""
    codes = ['A%05d' % number for number in range(1, plain + 1)]
    for place, step, span in [('WH-A', 7, 50), ('WH-B', 3, 20)]:
        acts.count_all(place, [
                (code, number * step % span)
                for number, code in enumerate(codes, 1)
                if number * step % span], date=30)


def add_moves():
    """Moves without a document."""
    for sku, quantity, origin, target, unit, date in [
            ('TSHIRT-S', '40', 'SUP', 'WH-A', None, 20),
            ('TSHIRT-M', '30', 'SUP', 'WH-B', None, 20),
            ('RICE', '25.5', 'SUP', 'WH-A', None, 19),
            ('RICE', '0.1', 'WH-A', 'CUS', None, 18),
            ('RICE', '0.2', 'WH-A', 'CUS', None, 17),
            ('RICE', '500', 'SUP', 'WH-A', 'g', 16),
            ('MILK', '0.7', 'SUP', 'WH-B', None, 15),
            ('MILK', '0.1', 'SUP', 'WH-B', None, 15),
            ('MILK', '0.1', 'WH-B', 'WH-B-01', None, 14),
            ('SOLDOUT', '5', 'SUP', 'WH-A', None, 13),
            ('SOLDOUT', '5', 'WH-A', 'CUS', None, 12),
            ('OLD', '3', 'SUP', 'WH-A', None, 40),
            (None, '4', 'SUP', 'WH-A', None, 11),
            ('OWED', '2', 'WH-B', 'CUS', None, 10),
            (AWKWARD, '6', 'SUP', 'WH-B', None, 9),
            ('TSHIRT-S', '2', 'CUS', 'WH-A', None, 8),
            ('TSHIRT-S', '1', 'WH-A', 'SUP', None, 7),
            ('A00001', '1', 'WH-A', 'Corner', None, 6),
            ]:
        acts.move(sku, quantity, origin, target, unit, date)
    acts.count_all('WH-A', [('TSHIRT-S', '38'), ('RICE', '25.75')], date=5)
    acts.draft('TSHIRT-S', '100', 'WH-A')
    cancelled = acts.draft('TSHIRT-M', '200', 'WH-B')
    cancelled.click('cancel')
    old = acts.product('OLD')
    old.active = False
    acts.insist(old.save)


def add_shipments():
    """Documents of every kind, done and not done."""
    acts.supply('A', [('A00002', '12'), ('A00003', '7')], date=4)
    acts.supply('B', [('A00004', '9')], done=False)
    acts.transfer('A00002', '5', 'WH-A', 'WH-B', date=3)
    acts.deliver('A', [('A00002', '3'), ('TSHIRT-S', '4')], date=2)
    acts.deliver('A', [('TSHIRT-S', '6')], until='assigned')
    acts.deliver('B', [('TSHIRT-M', '2')], until='waiting')
    acts.take_back('A', [('TSHIRT-S', '1')], date=1)
    acts.send_back('WH-A', [('A00003', '2')], date=1)
    # On the road: left its warehouse, not yet in the other.
    moving = acts.internal_shipment('A00005', '2', 'WH-A', 'WH-B',
        date=-3, start_date=0)
    moving.click('wait')
    acts.assign(moving)
    acts.insist(moving.click, 'ship')


def add_sales():
    """Orders in every state."""
    for until in ('draft', 'quotation', 'processing'):
        acts.sale([('A00006', '2'), ('TSHIRT-S', '1')], 'A',
            reference='WEB-' + until, until=until)
    shipped = acts.sale([('A00006', '3')], 'A', reference='WEB-shipped')
    shipped.reload()
    for shipment in shipped.shipments:
        acts.advance(shipment, 'done', date=0)
