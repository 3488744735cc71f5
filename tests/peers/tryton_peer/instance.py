"""One Tryton in one directory: made, filled, served and stopped.

The database is initialised, filled and served by a single process, because
loading Tryton's modules is most of the cost of each.  What is served is
trytond's own WSGI application on the server that trytond's own script uses;
only the port is chosen here, so that port 0 works.

A database counts as usable only once the file "seeded" stands beside it; an
interrupted start is begun again rather than served half filled.
"""
import fcntl
import hashlib
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
import urllib.parse
import warnings

MODULES = ['stock', 'sale', 'purchase']
USER = 'admin'


class Instance:
    """The files of one Tryton, and what can be done with it."""

    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        self.configuration = self.path('trytond.conf')
        self.seeded = self.path('seeded')
        self.state = self.path('tryton.json')
        self.pid = self.path('tryton.pid')
        self.name = 'ims'

    def path(self, name):
        return os.path.join(self.directory, name)

    # -- commands ---------------------------------------------------------

    def start(self, options):
        """Serve a filled database until SIGTERM."""
        os.makedirs(self.directory, exist_ok=True)
        logging.basicConfig(filename=self.path('trytond.log'),
            level=logging.INFO,
            format='%(asctime)s %(process)d %(levelname)s %(name)s '
            '%(message)s')
        # Tryton tells of every constraint that SQLite cannot add: into the log.
        logging.captureWarnings(True)
        self.configure(options)
        fixture = fixture_key(options)
        mark = '%s %s\n' % (fixture, options.database)
        if not self.is_seeded(mark):
            if not (options.database == 'sqlite' and options.cache
                    and self.restore(options.cache, fixture)):
                self.fill(options)
                if options.database == 'sqlite' and options.cache:
                    self.keep(options.cache, fixture)
            with open(self.seeded, 'w') as marker:
                marker.write(mark)
        self.serve(options)

    def stop(self):
        """End the server and wait until it is gone."""
        try:
            with open(self.pid) as pid_file:
                pid = int(pid_file.read())
            os.kill(pid, signal.SIGTERM)
        except (FileNotFoundError, ProcessLookupError):
            return
        while os.path.exists('/proc/%d' % pid) and os.path.exists(self.pid):
            time.sleep(0.02)

    def expire_sessions(self):
        """Delete the sessions behind the server's back.

        The server looks each session up in its database on every request, so
        the next request of a client that was logged in gets a 401, exactly
        as after a time-out.
        """
        database = self.read_state()['database_uri']
        if database == 'sqlite':
            import sqlite3
            connection = sqlite3.connect(self.path(self.name + '.sqlite'),
                timeout=30)
        else:
            import psycopg2
            connection = psycopg2.connect(database)
        with connection:
            connection.cursor().execute('DELETE FROM ir_session')
        connection.close()

    def connect(self):
        """Connect Tryton's client library to the running server, by XML-RPC.

        What is read this way has passed through nothing of ours.
        """
        import proteus.config
        state = self.read_state()
        return proteus.config.set_xmlrpc('http://%s:%s@127.0.0.1:%d/%s/' % (
                USER, urllib.parse.quote(state['password'], safe=''),
                state['port'], state['database']))

    def open(self):
        """Open the database beside the running server, as a second trytond.

        Acts go this way: over XML-RPC Tryton does not tell the name of a
        warning, and without its name a warning cannot be confirmed.
        """
        import proteus.config
        from trytond.config import config
        config.update_etc(self.configuration)
        from trytond import backend
        connection = proteus.config.set_trytond(
            '%s:///%s' % (backend.name, self.read_state()['database']), USER,
            config_file=self.configuration)
        # Loading trytond resets all filters, and Python 3.13 would complain
        # of the connection that trytond keeps open to the end.
        warnings.simplefilter('ignore', ResourceWarning)
        return connection

    # -- making -----------------------------------------------------------

    def configure(self, options):
        """Write Tryton's configuration and load it into this process."""
        lines = ['[database]']
        if options.database == 'sqlite':
            lines += ['uri = sqlite://', 'path = ' + self.directory]
        else:
            uri = urllib.parse.urlsplit(options.database)
            self.name = uri.path.strip('/') or self.name
            lines += ['uri = ' + uri._replace(path='/').geturl(),
                'path = ' + self.path('files')]
        # A cheap password hash: proteus sends the password with every call,
        # and Tryton's default takes 200 ms each time.
        with open(self.path('passlib.ini'), 'w') as passlib:
            passlib.write('[passlib]\nschemes = pbkdf2_sha512\n'
                'pbkdf2_sha512__default_rounds = 1000\n')
        lines += ['[password]', 'passlib = ' + self.path('passlib.ini'),
            '[session]', 'authentications = password',
            'timeout = %d' % options.session_timeout]
        with open(self.configuration, 'w') as configuration:
            configuration.write('\n'.join(lines) + '\n')

        from trytond.config import config
        config.update_etc(self.configuration)

    def is_seeded(self, mark):
        try:
            with open(self.seeded) as marker:
                return marker.read() == mark
        except FileNotFoundError:
            return False

    def fill(self, options):
        """Initialise the database, activate the modules, add the fixture."""
        if options.database == 'sqlite':
            # Tryton wants an empty file to be there, or says that the
            # database does not exist.
            open(self.path(self.name + '.sqlite'), 'wb').close()
        else:
            self.create_postgresql(options.database)
        from trytond import backend
        from trytond.pool import Pool
        from trytond.transaction import Transaction
        database = backend.Database(self.name)
        database.connect()
        database.init()
        Pool.start()
        pool = Pool(self.name)
        pool.init(update=['ir', 'res'] + MODULES, lang=['en'],
            activatedeps=True)
        with Transaction().start(self.name, 0) as transaction:
            User = pool.get('res.user')
            admin, = User.search([('login', '=', USER)])
            admin.email = 'admin@example.com'
            admin.password = options.password
            admin.save()
            transaction.commit()

        import proteus.config
        from tryton_peer import seed
        seed.fill(proteus.config.set_trytond(
                '%s:///%s' % (backend.name, self.name), USER,
                config_file=self.configuration),
            options.products)

    def create_postgresql(self, uri):
        """Create the database; one that is there already is not ours."""
        import psycopg2
        base = urllib.parse.urlsplit(uri)._replace(path='/postgres').geturl()
        connection = psycopg2.connect(base)
        connection.autocommit = True
        connection.cursor().execute(
            'CREATE DATABASE "%s" TEMPLATE template0 ENCODING \'UTF8\''
            % self.name.replace('"', '""'))
        connection.close()

    # -- the cache of filled databases --------------------------------------

    def restore(self, cache, fixture):
        """Copy a filled database from the cache, if it is there."""
        try:
            shutil.copyfile(os.path.join(cache, fixture + '.sqlite'),
                self.path(self.name + '.sqlite'))
        except FileNotFoundError:
            return False
        return True

    def keep(self, cache, fixture):
        """Put a copy into the cache; concurrent starts may do the same."""
        os.makedirs(cache, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=cache, delete=False) as copy:
            with open(self.path(self.name + '.sqlite'), 'rb') as database:
                shutil.copyfileobj(database, copy)
        os.chmod(copy.name, 0o644)
        os.rename(copy.name, os.path.join(cache, fixture + '.sqlite'))

    # -- serving ------------------------------------------------------------

    def serve(self, options):
        """Answer requests until SIGTERM."""
        from trytond.pool import Pool
        from trytond.wsgi import app
        from werkzeug.serving import make_server

        # One server per directory, or two would share a database file.
        with open(self.path('lock'), 'w') as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                sys.exit('tryton: %s is served already' % self.directory)
            Pool.start()
            Pool(self.name).init()
            self.set_password(options)
            app.dev = False
            server = make_server('127.0.0.1', options.port, app,
                threaded=True)
            self.write_state(options, server.server_port)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            print('ready http://127.0.0.1:%d database=%s user=%s' % (
                    server.server_port, self.name, USER), flush=True)
            try:
                server.serve_forever()
            finally:
                server.server_close()
                os.unlink(self.pid)

    def set_password(self, options):
        """Set the password asked for: a cached database may hold another."""
        from trytond.pool import Pool
        from trytond.transaction import Transaction
        with Transaction().start(self.name, 0) as transaction:
            User = Pool(self.name).get('res.user')
            admin, = User.search([('login', '=', USER)])
            admin.password = options.password
            admin.save()
            transaction.commit()

    def write_state(self, options, port):
        """Tell the other commands where the server is."""
        with open(self.pid, 'w') as pid:
            pid.write('%d\n' % os.getpid())
        uri = options.database
        if uri != 'sqlite':
            uri = urllib.parse.urlsplit(uri)._replace(
                path='/' + self.name).geturl()
        handle = os.open(self.state, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
            0o600)
        with os.fdopen(handle, 'w') as state:
            json.dump({'port': port, 'database': self.name,
                    'database_uri': uri, 'user': USER,
                    'password': options.password}, state)

    def read_state(self):
        try:
            with open(self.state) as state:
                return json.load(state)
        except FileNotFoundError:
            sys.exit('tryton: no server was started in %s' % self.directory)


def fixture_key(options):
    """Name the content of a filled database by all that shapes it."""
    from trytond import __version__
    digest = hashlib.sha256()
    here = os.path.dirname(os.path.realpath(__file__))
    for name in ('instance.py', 'seed.py', 'acts.py'):
        with open(os.path.join(here, name), 'rb') as source:
            digest.update(source.read())
    digest.update(repr((__version__, options.products, MODULES)).encode())
    return 'tryton-%s-%s' % (__version__, digest.hexdigest()[:16])
