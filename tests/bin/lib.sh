# Shell functions shared by the scripts of tests/bin and tests/demo; sourced
# with the top of the checkout as working directory.

PG_CONFIG=${PG_CONFIG:-pg_config}

say() { printf '== %s\n' "$*"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Rights to install: root's own, or those that sudo lends.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo --preserve-env=DEBIAN_FRONTEND -- "$@"
	else
		die "this needs root, and there is no sudo: $*"
	fi
}

# A PostgreSQL server refuses to run as root: then it, and all that talks to
# it, runs as the user that Debian's packages made for servers.
server_user() {
	if [ "$(id -u)" = 0 ]; then echo postgres; else id -un; fi
}

as_server_user() {
	if [ "$(id -u)" = 0 ]; then
		runuser -u postgres -- "$@"
	else
		"$@"
	fi
}

# make, without what an outer make told about itself (jobs, goals, -n …).
make_again() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKECMDGOALS make --no-print-directory "$@"
}

# Builds the extension, its twin with test points, and the simulator;
# recompiles only what has changed.
build_all() {
	make_again -s -j"$(nproc)" all test-points
	make_again -s -j"$(nproc)" -C tests/simulator
}

# Installs the extension unless exactly these files are installed already.
install_extension() {
	local library script directory
	library=$("$PG_CONFIG" --pkglibdir)
	directory=$("$PG_CONFIG" --sharedir)/extension
	cmp -s stockbridge.so "$library/stockbridge.so" || script=stale
	for file in extension/stockbridge.control extension/stockbridge--*.sql; do
		cmp -s "$file" "$directory/$(basename "$file")" || script=stale
	done
	[ -z "${script:-}" ] || as_root make -s --no-print-directory PG_CONFIG="$PG_CONFIG" install
}

# The text of a command that failed is all its reader has: no more than this
# many lines of each log, from the end.
show_tail() {
	local lines=$1 file
	shift
	for file; do
		[ -s "$file" ] || continue
		printf -- '---- last lines of %s\n' "$file"
		tail -n "$lines" "$file"
	done
}

# A copy of what tests need, in a directory of the user they run as: that user
# may be unable to read the checkout, let alone write.  Sets "stage".
stage_tests() {
	stage=$(mktemp -d /tmp/stockbridge-check.XXXXXX)
	mkdir "$stage/src" "$stage/regress" "$stage/tap"
	cp -R tests sql expected extension doc META.json "$stage/src/"
	chown -R "$(server_user)" "$stage"
	pgxs=$(dirname "$("$PG_CONFIG" --pgxs)")/../..
}

# Runs a command as the server's user, in the copy.
in_stage() {
	(cd "$stage/src" && as_server_user env LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC HOME="$stage" \
		PATH="$("$PG_CONFIG" --bindir):$PATH" \
		PERL5LIB="$stage/src/tests/perl:$pgxs/src/test/perl" \
		PG_REGRESS="$pgxs/src/test/regress/pg_regress" \
		TESTDIR="$stage/tap" TESTDATADIR="$stage/tap/tmp_check" TESTLOGDIR="$stage/tap/tmp_check/log" \
		"$@")
}
