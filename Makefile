# Stockbridge: build, install, try, test.
#
#   make              build the library and the extension script
#   make install      … and install them into the PostgreSQL of $(PG_CONFIG)
#   make installcheck pg_regress against a running, installed server
#   make test-points  … a second library, in which tests can stop or kill a process
#   make lint         compile everything with gcc and clang, -Wall -Wextra -Werror
#   make deps         install the Debian packages that building and testing need
#   make check        everything, from nothing: deps, lint, build, install, tests
#   make bench        measure, from nothing: each work beside its limit, in one run
#   make soak         thousands of movements through faults and kills, for an hour
#   make demo         from nothing to the tour of tests/demo on a private server
#   make demo-stop    end what the demo left running, and forget its data
#
# Two kinds of goals live here.  Those of FROM_NOTHING must work on a machine
# where only make is installed; they fetch what is missing and call make again.
# All others are PGXS's, and need pg_config.  The two never meet in one run of
# make, so PGXS's own "check" (which only says that there is none) does not
# collide with ours.

PG_CONFIG ?= pg_config
export PG_CONFIG

FROM_NOTHING := deps check bench soak demo demo-stop

ifneq (,$(filter $(FROM_NOTHING),$(MAKECMDGOALS)))

.NOTPARALLEL:
.PHONY: $(MAKECMDGOALS)

deps:
	@tests/bin/deps build test

check:
	@tests/bin/check

bench:
	@tests/bin/bench

soak:
	@tests/bin/soak

demo:
	@tests/demo/demo start

demo-stop:
	@tests/demo/demo stop

# Goals of the other kind that were named along with one of ours.
OTHERS := $(filter-out $(FROM_NOTHING),$(MAKECMDGOALS))
ifneq (,$(OTHERS))
$(OTHERS):
	$(MAKE) $@
endif

else # ------------------------------------------------------- the PGXS half

PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq (,$(wildcard $(PGXS)))
$(error no PostgreSQL server headers: "$(PG_CONFIG)" is missing or has no PGXS. "make deps" installs them on Debian)
endif

EXTENSION = extension/stockbridge
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" $(EXTENSION).control)
FRAGMENTS := $(sort $(wildcard extension/[0-9][0-9]_*.sql))
DATA = $(wildcard $(EXTENSION)--*--*.sql)
DATA_built = $(EXTENSION)--$(EXTVERSION).sql

MODULE_big = stockbridge
SOURCES := $(sort $(wildcard fdw/*.c extension/*.c))
OBJS = $(SOURCES:.c=.o)

REGRESS = $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)))

# HTTP and $metadata; JSON and digests are the server's own.
LIBRARIES = libcurl libxml-2.0
LIBRARIES_FOUND := $(shell pkg-config --exists $(LIBRARIES) && echo yes)
ifneq (yes,$(LIBRARIES_FOUND))
ifeq (,$(filter clean distclean,$(MAKECMDGOALS)))
$(error pkg-config does not find all of: $(LIBRARIES). "make deps" installs them on Debian)
endif
endif

WARNINGS = -Wall -Wextra
PG_CPPFLAGS = -MMD -MP $(shell pkg-config --cflags $(LIBRARIES))
PG_CFLAGS = $(WARNINGS)
# The server loads libraries with their symbols global.  Ours are bound to each
# other, so that another extension's function of the same name is not called.
SHLIB_LINK = $(shell pkg-config --libs $(LIBRARIES)) -Wl,-Bsymbolic

EXTRA_CLEAN = $(OBJS:.o=.d) build
# Inlining across the server's bitcode gains nothing for code that waits for a
# network, and would need the clang of the server's build.
override with_llvm = no

include $(PGXS)

# Warnings are for our code: everything outside the checkout is a system header.
override CPPFLAGS := $(patsubst -I/%,-isystem /%,$(CPPFLAGS))

$(OBJS): Makefile
-include $(wildcard $(OBJS:.o=.d))

# The fragments in the order of their names.  The first one opens with the line
# that keeps psql from running the script by itself.
$(EXTENSION)--$(EXTVERSION).sql: $(FRAGMENTS) Makefile
	@head -n 1 $(firstword $(FRAGMENTS)) | grep -q '^\\echo Use .*\\quit$$' || \
		{ echo '$(firstword $(FRAGMENTS)): the first line must be the \echo … \quit guard' >&2; exit 1; }
	awk 'FNR == 1 && NR > 1 { print "" } { print }' $(FRAGMENTS) > $@.new
	mv $@.new $@

.PHONY: clean-simulator
clean: clean-simulator
clean-simulator:
	$(MAKE) -C tests/simulator clean
	rm -rf tests/test_points

# The library that a cluster of the tests loads instead, to be stopped or killed
# at named places (extension/test_point.h).  Only the files that know of them
# are compiled again.
TEST_POINT_SOURCES := $(shell grep -l '"test_point.h"' $(SOURCES))
TEST_POINT_OBJS = $(TEST_POINT_SOURCES:%.c=build/test_points/%.o)

.PHONY: test-points
test-points: tests/test_points/stockbridge.so

tests/test_points/stockbridge.so: $(TEST_POINT_OBJS) $(filter-out $(TEST_POINT_SOURCES:.c=.o),$(OBJS))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $^ $(LDFLAGS) $(LDFLAGS_SL) -shared -o $@ $(SHLIB_LINK)

$(TEST_POINT_OBJS): build/test_points/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_SL) $(CPPFLAGS) -DSTOCKBRIDGE_TEST_POINTS -c -o $@ $<

-include $(TEST_POINT_OBJS:.o=.d)

# Warnings are errors here, and only here: a newer compiler must not break the
# build of a user.  Objects go to a place of their own.
LINT_GCC = gcc $(CFLAGS)
LINT_CLANG = $(or $(shell command -v clang),$(lastword $(sort $(wildcard /usr/bin/clang-[0-9]*))),clang) \
	-O2 $(WARNINGS) -Wdeclaration-after-statement -Wmissing-prototypes -Wpointer-arith \
	-fno-strict-aliasing -fwrapv
LINT_GCC_OBJS = $(OBJS:%=build/lint/gcc/%)
LINT_CLANG_OBJS = $(OBJS:%=build/lint/clang/%)

.PHONY: lint
lint: $(LINT_GCC_OBJS) $(LINT_CLANG_OBJS)

$(LINT_GCC_OBJS): build/lint/gcc/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(LINT_GCC) -Werror $(CFLAGS_SL) $(CPPFLAGS) -c -o $@ $<

$(LINT_CLANG_OBJS): build/lint/clang/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(LINT_CLANG) -Werror $(CFLAGS_SL) $(CPPFLAGS) -c -o $@ $<

-include $(wildcard $(LINT_GCC_OBJS:.o=.d) $(LINT_CLANG_OBJS:.o=.d))

endif
