# The extension is built by PGXS from what the folders hold: a new source file,
# test or update script needs no line here. What needs more than a compiler is
# a script that its target names.
PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
INCLUDE := $(shell $(PG_CONFIG) --includedir-server 2>/dev/null)

EXTENSION = pca
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'.*/\1/p" pca.control)
MODULE_big = pca
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c)))
DATA = $(wildcard sql/pca--*--*.sql)
DATA_built = pca--$(EXTVERSION).sql
EXTRA_CLEAN = pca--*.sql src/*.stamp tmp_bin tmp_check gateway/*.o gateway/pca-gateway
SHLIB_LINK = -lcrypto

# -isystem: the server's headers are not ours to warn about.
# unused-parameter: fmgr and the hooks fix signatures that a function need not use in full.
PG_CPPFLAGS = -isystem $(INCLUDE)
PG_CFLAGS = -std=gnu11 -Wall -Wextra -Wno-unused-parameter $(WERROR)
WERROR ?= -Werror

# make installcheck: against the installed extension and a running server, as its superuser.
REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
override CONTRIB_TESTDB = regress_pca
override ISOLATION_TESTDB = regress_pca
CHECK_OPTS = --inputdir=test --outputdir=. --encoding=UTF8 --launcher="test/fresh.sh regress_pca"
REGRESS_OPTS = $(CHECK_OPTS)
ISOLATION_OPTS = $(CHECK_OPTS)
TAP_TESTS = 1
PROVE_TESTS = $(sort $(wildcard test/t/*.pl))
TEST_PROGRAMS = $(patsubst test/t/%.c,tmp_bin/%,$(wildcard test/t/*.c))

# Bitcode serves inlining into queries, which no function here is small enough for.
override with_llvm = no

ifneq ($(and $(wildcard $(PGXS)),$(wildcard $(INCLUDE)/postgres.h)),)
include $(PGXS)
$(OBJS): $(wildcard src/*.h) Makefile src/server.stamp
# What was compiled for another server is compiled again.
src/server.stamp: FORCE
	@echo "$(CC) $(VERSION)" | cmp -s - $@ || echo "$(CC) $(VERSION)" >$@
FORCE:
pca--$(EXTVERSION).sql: sql/pca.sql pca.control
	cp $< $@
installcheck: export PCA_TEST_BIN = $(CURDIR)/tmp_bin
installcheck: $(TEST_PROGRAMS)
tmp_bin/%: test/t/%.c
	@mkdir -p tmp_bin
	$(CC) -std=gnu11 -O2 -Wall -Wextra $(WERROR) -o $@ $< -lcrypto
else
# Whoever builds is told what is missing; installing it is up to them.
all install installcheck:
	@dev/packages.sh missing build
	@$(MAKE) $@ PG_CONFIG="$$(dev/packages.sh pg_config)"
clean:
	rm -rf src/*.o pca.so $(EXTRA_CLEAN)
endif

# The gateway is a program of its own, which needs neither PGXS nor the server.
GATEWAY_OBJS = $(patsubst %.c,%.o,$(sort $(wildcard gateway/*.c)))
# GATEWAY_OPTIONS: for sanitizers, as -fsanitize=address.
GATEWAY_CFLAGS = -std=c11 -D_GNU_SOURCE -O2 -g -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
	-Wall -Wextra -Wformat=2 -Wshadow -Wconversion -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes $(WERROR) \
	-Isrc -isystem $(shell $(PG_CONFIG) --includedir 2>/dev/null)
GATEWAY_LIBS = -L$(shell $(PG_CONFIG) --libdir 2>/dev/null) -lmicrohttpd -lpq
gateway_bindir ?= /usr/local/bin

gateway:
	@dev/packages.sh missing gateway
	@$(MAKE) --no-print-directory gateway/pca-gateway
gateway/pca-gateway: $(GATEWAY_OBJS)
	$(CC) -pie -Wl,-z,relro,-z,now $(GATEWAY_OPTIONS) -o $@ $^ $(GATEWAY_LIBS)
$(GATEWAY_OBJS): %.o: %.c $(wildcard gateway/*.h) src/base_exceptions.h Makefile
	$(CC) $(GATEWAY_CFLAGS) $(GATEWAY_OPTIONS) -c -o $@ $<
install-gateway: gateway
	install -D -m 755 gateway/pca-gateway $(DESTDIR)$(gateway_bindir)/pca-gateway

demo:      ; @demo/run.sh
demo-stop: ; @demo/stop.sh
test:      ; @test/run.sh
lint:      ; @test/lint.sh
bench:     ; @test/bench/run.sh
fuzz:      ; @test/fuzz/run.sh
conformance: ; @test/conformance/run.sh
relying-parties: ; @test/relying-parties/run.sh
clients:   ; @test/clients/run.sh
headers:   ; @dev/headers.sh
matrix:    ; @test/matrix/run.sh
reference: ; @dev/reference.sh
.PHONY: gateway install-gateway all install installcheck clean FORCE demo demo-stop test lint bench fuzz conformance relying-parties clients headers matrix reference
