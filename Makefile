# tenanttui. `make help` lists the targets.
#
# demo, test, check and their like first install what is missing (`deps`) and then call this file again, so that
# pkg-config is asked when the packages are there.

CC      = gcc
PREFIX  = /usr/local
BUILD   = build
PYTHON  = /usr/bin/python3
JOBS    := $(shell nproc 2>/dev/null || echo 1)
VERSION := 0.1.0
export TENANTTUI_BUILD := $(abspath $(BUILD))

APT_BUILD := gcc libc6-dev pkg-config libncurses-dev libsqlite3-dev libreadline-dev libcurl4-openssl-dev \
  libcjson-dev libuv1-dev libssl-dev libwslay-dev libwebsockets-dev libwebsockets-evlib-uv libsodium-dev zlib1g-dev \
  tzdata
APT_TEST  := libcmocka-dev libvterm-dev python3 python3-pytest python3-pytest-timeout python3-pytest-xdist \
  python3-jsonschema python3-discord sqlite3 openssl procps locales man-db ncurses-bin ncurses-term
APT_CHECK := clang clang-format clang-tidy cppcheck libclang-rt-14-dev

# --- layers: the include table of the house ---

LAYERS := base domain render store command discord push bot cli tui sandbox

# What a layer may call, in link order.
below_domain  := base
below_render  := domain base
below_store   := domain base
below_command := store domain base
below_discord := base
below_push    := discord render store domain base
below_bot     := push command discord render store domain base
below_cli     := command store domain base
below_tui     := command store domain base
below_sandbox := base

# The packages that a layer alone may use.
uses_base    := libcjson libsodium
uses_store   := sqlite3
uses_discord := libcurl openssl libwslay libuv
uses_push    := libuv
uses_bot     := libuv
uses_cli     := readline
uses_tui     := ncursesw
uses_sandbox := libwebsockets libuv zlib

# Loaded when they are first needed (tt/base/library.h), so the program is not linked with them.
loaded       := libcurl openssl libwebsockets
soname        = $(shell objdump -p $$($(CC) -print-file-name=$(1).so 2>/dev/null) 2>/dev/null | awk '$$1 == "SONAME" {print $$2}')
defines_discord := -DLIBCURL_FILE='"$(call soname,libcurl)"' -DLIBSSL_FILE='"$(call soname,libssl)"'
defines_sandbox := -DLIBWEBSOCKETS_FILE='"$(call soname,libwebsockets)"'

WARN   := -Wall -Wextra -Wshadow -Wconversion -Wno-missing-field-initializers -Wstrict-prototypes -Wvla -Werror
# snprintf into a fixed field cuts on purpose.
WARN   += $(if $(findstring clang,$(CC)),,-Wno-format-truncation)
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -D_XOPEN_SOURCE=700 -DTENANTTUI_VERSION='"$(VERSION)"' -Iinclude \
  -include tt/base/banned.h -fno-strict-aliasing -fstack-protector-strong $(WARN) $(CFLAGS) $(SANITIZE)
ALL_LDFLAGS = $(LDFLAGS) $(SANITIZE) -Wl,--as-needed -pthread
# Feature macros are ours: readline and ncurses name older ones.
pkg_cflags = $(filter-out -D_XOPEN_SOURCE=% -D_DEFAULT_SOURCE,$(foreach p,$(1),$(shell pkg-config --cflags $(p) 2>/dev/null)))
# Debian's wslay comes without a .pc file.
pkg_libs   = $(foreach p,$(1),$(if $(filter libwslay,$(p)),-lwslay,$(shell pkg-config --libs $(p) 2>/dev/null)))

# Quiet lines; V=1 shows the commands.
Q   = $(if $(V),,@)
say = $(if $(V),,@printf '  %-2s %s\n' $(1) $(2))

.PHONY: all help deps deps-build deps-test deps-check demo test bench check sanitize fuzz soak install uninstall dist clean \
  format units archives
.DEFAULT_GOAL := all

all: ## build ./tenanttui
	@$(MAKE) --no-print-directory -j$(JOBS) tenanttui

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

# Install what is missing; says what it does; silent where nothing is missing.
define install_packages
	@missing=; for p in $(1); do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	[ -z "$$missing" ] && exit 0; \
	if [ "$$(id -u)" = 0 ]; then as=; elif command -v sudo >/dev/null; then as=sudo; \
	else echo "missing packages; as root: apt-get install$$missing"; exit 1; fi; \
	echo "installing with apt-get:$$missing"; log=$$(mktemp); \
	{ $$as apt-get update -q && DEBIAN_FRONTEND=noninteractive $$as apt-get install -y -q --no-install-recommends \
	  $$missing; } >$$log 2>&1 || { tail -n 20 $$log; rm -f $$log; exit 1; }; rm -f $$log
endef

deps: deps-test ## install what is missing with apt (root or sudo)
deps-build:
	$(call install_packages,$(APT_BUILD))
# npm only where there is none: a node of another origin brings its own.
deps-test: deps-build
	$(call install_packages,$(APT_TEST) $(if $(shell command -v npm),,npm))
deps-check: deps
	$(call install_packages,$(APT_CHECK))

demo: deps-build ## the main job, played on a local sandbox: no token, no network
	@$(MAKE) --no-print-directory -j$(JOBS) -s tenanttui
	@./tenanttui demo

test: deps ## every test; ends with "N passed, N failed, N skipped"
	@$(MAKE) --no-print-directory -j$(JOBS) tenanttui units helpers
	@tests/run

check: deps-check ## lints, layers, static analysis, layout, stale documents
	@tests/lint/run

SANITIZERS := -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined
# SUITE="unit cli": only these of the tests.
sanitize: deps-check ## the whole test suite under ASan and UBSan with leak checking
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=build-sanitize CFLAGS='-O1 -g' SANITIZE='$(SANITIZERS)' \
	  build-sanitize/tenanttui units helpers
	@TENANTTUI_BUILD=$(abspath build-sanitize) TENANTTUI_BIN=$(abspath build-sanitize/tenanttui) tests/run --sanitize $(SUITE)

fuzz: deps-check ## the fuzzers (FUZZ_SECONDS each, default 600)
	@$(MAKE) --no-print-directory -j$(JOBS) BUILD=build-fuzz CC=clang CFLAGS='-O1 -g' \
	  SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer' fuzzers
	@TENANTTUI_BUILD=$(abspath build-fuzz) tests/fuzz/run

# BENCH="shop stock": only these; BENCH=--all: 10,000 bots and the largest stock and shop as well.
bench: deps ## speed and memory as ratios against peers in the same run
	@$(MAKE) --no-print-directory -j$(JOBS) tenanttui helpers
	@tests/bench/run $(BENCH)

soak: deps ## the long fault runs (3,000 kills)
	@$(MAKE) --no-print-directory -j$(JOBS) tenanttui helpers
	@tests/run --soak

install: deps-build ## DESTDIR= PREFIX=/usr/local
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/tenanttui
	install -D -m 755 $(BUILD)/tenanttui $(DESTDIR)$(PREFIX)/bin/tenanttui
	install -D -m 644 man/tenanttui.1 $(DESTDIR)$(PREFIX)/share/man/man1/tenanttui.1
	install -D -m 644 man/tenanttui.5 $(DESTDIR)$(PREFIX)/share/man/man5/tenanttui.5
	install -D -m 644 completions/tenanttui.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/tenanttui
	install -D -m 644 completions/_tenanttui $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_tenanttui
	install -D -m 644 completions/tenanttui.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/tenanttui.fish

installed := bin/tenanttui share/man/man1/tenanttui.1 share/man/man5/tenanttui.5 \
  share/bash-completion/completions/tenanttui share/zsh/site-functions/_tenanttui \
  share/fish/vendor_completions.d/tenanttui.fish
uninstall: ## DESTDIR= PREFIX=/usr/local; databases and keys stay
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/,$(installed))

dist: ## a source archive of HEAD
	git archive --prefix=tenanttui-$(VERSION)/ -o tenanttui-$(VERSION).tar.gz HEAD

format: ## lay the sources out with clang-format
	clang-format -i $$(git ls-files -co --exclude-standard '*.c' '*.h')

clean: ## remove what was built
	rm -rf build build-* tenanttui compile_commands.json

# --- layer archives ---

layer_of = $(word 2,$(subst /, ,$(1)))
sources  := $(wildcard src/*/*.c src/*/*/*.c)
generated_store := $(BUILD)/gen/store/migrations.c

$(BUILD)/gen/store/migrations.c: src/store/embed.sh $(sort $(wildcard migrations/*.sql))
	@mkdir -p $(@D)
	sh src/store/embed.sh $(sort $(wildcard migrations/*.sql)) > $@.tmp && mv $@.tmp $@

define layer_rules
objects_$(1) := $(patsubst %.c,$(BUILD)/%.o,$(filter src/$(1)/%,$(sources))) $(patsubst %.c,%.o,$(generated_$(1)))
$(BUILD)/lib$(1).a: $$(objects_$(1))
	@rm -f $$@
	$$(call say,AR,$$@)
	$(Q)ar rcs $$@ $$^
$(BUILD)/src/$(1)/%.o: src/$(1)/%.c
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Isrc/$(1) $(defines_$(1)) $(call pkg_cflags,$(uses_$(1))) -MMD -MP -c -o $$@ $$<
$(BUILD)/gen/$(1)/%.o: $(BUILD)/gen/$(1)/%.c
	$$(call say,CC,$$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Isrc/$(1) $(call pkg_cflags,$(uses_$(1))) -MMD -MP -c -o $$@ $$<
archives_$(1) := $(BUILD)/lib$(1).a $(patsubst %,$(BUILD)/lib%.a,$(below_$(1)))
libs_$(1) := $(sort $(call pkg_libs,$(foreach l,$(1) $(below_$(1)),$(uses_$(l)))))
units_$(1) := $(patsubst tests/unit/$(1)/%.c,$(BUILD)/unit/$(1)/%,$(wildcard tests/unit/$(1)/*.c))
$(BUILD)/unit/$(1)/%: tests/unit/$(1)/%.c $$(archives_$(1))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Isrc/$(1) -Itests/lib $(call pkg_cflags,cmocka $(uses_$(1))) -MMD -MP -o $$@ $$< \
	  $(ALL_LDFLAGS) $$(archives_$(1)) $$(libs_$(1)) -lcmocka -lm
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rules,$(l))))

archives: $(patsubst %,$(BUILD)/lib%.a,$(LAYERS))
units: $(foreach l,$(LAYERS),$(units_$(l)))

# --- the program ---

main_sources := $(wildcard src/*.c)
main_objects := $(patsubst %.c,$(BUILD)/%.o,$(main_sources))
main_archives := $(patsubst %,$(BUILD)/lib%.a,cli tui bot push command sandbox discord render store domain base)
main_libs := $(sort $(call pkg_libs,$(filter-out $(loaded),$(foreach l,$(LAYERS),$(uses_$(l))))))

$(BUILD)/src/%.o: src/%.c
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(call pkg_cflags,libuv) -MMD -MP -c -o $@ $<

$(BUILD)/tenanttui: $(main_objects) $(main_archives)
	$(call say,LD,$@)
	$(Q)$(CC) -o $@ $(main_objects) $(ALL_LDFLAGS) $(main_archives) $(main_libs) -lm

tenanttui: $(BUILD)/tenanttui
	@cp -f $< $@.tmp && mv -f $@.tmp $@

# --- helpers of the tests: small programs in tests/lib and tests/bench ---

helper_sources := $(wildcard tests/lib/*.c tests/bench/*.c)
.PHONY: helpers
helpers: $(patsubst tests/%.c,$(BUILD)/%,$(helper_sources)) \
  $(patsubst tests/lib/preload/%.c,$(BUILD)/lib/%.so,$(wildcard tests/lib/preload/*.c))
$(BUILD)/lib/%: tests/lib/%.c
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(call pkg_cflags,vterm) -MMD -MP -o $@ $< $(ALL_LDFLAGS) $(call pkg_libs,vterm) -lutil
# Preloaded into programs that may be instrumented; plain themselves.
$(BUILD)/lib/%.so: tests/lib/preload/%.c
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(filter-out $(SANITIZE),$(ALL_CFLAGS)) -fPIC -shared -MMD -MP -o $@ $<
$(BUILD)/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(ALL_LDFLAGS) $(call pkg_libs,sqlite3) -lm

# The shop's bench works on the executor, the stock's on the store itself.
$(BUILD)/bench/shop: tests/bench/shop.c $(archives_bot)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Isrc/bot $(call pkg_cflags,$(uses_bot)) -MMD -MP -o $@ $< $(ALL_LDFLAGS) \
	  $(archives_bot) $(libs_bot) -lm
$(BUILD)/bench/stock: tests/bench/stock.c $(archives_store)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -o $@ $< $(ALL_LDFLAGS) $(archives_store) $(libs_store) -lm

# --- fuzzers: tests/fuzz/LAYER_what.c, linked with that layer ---

fuzz_sources := $(wildcard tests/fuzz/*.c)
.PHONY: fuzzers
fuzzers: $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(fuzz_sources))
define fuzz_rule
$(BUILD)/fuzz/$(1): tests/fuzz/$(1).c $$(archives_$(firstword $(subst _, ,$(1))))
	@mkdir -p $$(@D)
	$$(call say,LD,$$@)
	$(Q)$(CC) $(ALL_CFLAGS) -Isrc/$(firstword $(subst _, ,$(1))) -fsanitize=fuzzer -MMD -MP -o $$@ $$< $(ALL_LDFLAGS) \
	  $$(archives_$(firstword $(subst _, ,$(1)))) $$(libs_$(firstword $(subst _, ,$(1)))) -lm
endef
$(foreach f,$(patsubst tests/fuzz/%.c,%,$(fuzz_sources)),$(eval $(call fuzz_rule,$(f))))

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
