"""The Tryton that the tests talk to: instance, fixture, acts and figures."""
