# SPDX-License-Identifier: MIT
# leastpriv: one makefile for everything. `make help` lists the targets.

VERSION := 0.1.0
BUILD ?= build
B := $(BUILD)
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/leastpriv
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
UNITDIR ?= $(PREFIX)/lib/systemd/system
DESTDIR ?=

CC ?= cc
HOSTCC ?= $(CC)
CLANG ?= clang
# `make check` compiles through ccache where that is installed; so does CCACHE=ccache.
CCACHE ?=
PKG_CONFIG ?= pkg-config
INSTALL ?= install
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
# SAN=address,undefined or SAN=thread builds everything with that sanitizer.
SAN ?=
# The kernel side needs clang and libbpf; without them the rest is built all the same.
ifndef WITH_BPF
WITH_BPF := $(shell command -v $(CLANG) >/dev/null 2>&1 && $(PKG_CONFIG) --exists libbpf 2>/dev/null && echo 1 || echo 0)
endif

WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Wcast-qual
OPT ?= -O2 -g
ALL_CPPFLAGS := -D_GNU_SOURCE -DLP_VERSION='"$(VERSION)"' -Iinclude -Icollector -Icollector/wire \
	$(CPPFLAGS)
# The same wherever the tree lies: reproducible, and found again by ccache.
ALL_CFLAGS := -std=c11 $(OPT) $(WARN) -fstack-protector-strong '-ffile-prefix-map=$(CURDIR)=.' $(CFLAGS)
ALL_LDFLAGS := -Wl,-z,relro,-z,now,-z,defs $(LDFLAGS)
ifeq ($(SAN),)
ALL_CPPFLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
else
ALL_CFLAGS += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
# gcc sees uninitialized variables that are none between a sanitizer's own calls, and refuses fences
# because its thread sanitizer does not model them.
ALL_CFLAGS += $(if $(findstring clang,$(CC)),,-Wno-maybe-uninitialized -Wno-tsan)
ALL_LDFLAGS := $(LDFLAGS) -fsanitize=$(SAN)
endif

PKGS := libcjson expat zlib
PKG_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
PKG_LIBS = $(shell $(PKG_CONFIG) --libs $(PKGS))

Q := @
ifeq ($(V),1)
Q :=
say :=
else
say = @printf '  %-7s %s\n' $(1) $(2)
endif

.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
.PHONY: all
all: $(B)/leastpriv-run $(B)/leastpriv-collector $(B)/leastpriv $(B)/libleastpriv.so ## build the programs and the shim (the default)

# --- the collector library: every room but cmd/ ------------------------------------------------
LIB_SRC := $(wildcard collector/base/*.c collector/wire/*.c collector/model/*.c collector/aws/*.c \
	collector/policy/*.c collector/policy/render/*.c collector/source/*.c)
# Key logs of TLS need libcrypto; without it the rest is built all the same.
WITH_CRYPTO := $(shell $(PKG_CONFIG) --exists libcrypto 2>/dev/null && echo 1 || echo 0)
LIB_SRC := $(filter-out $(addprefix collector/source/,$(if $(filter 1,$(WITH_CRYPTO)),tls_none.c,tls.c tls_keys.c tls_record.c)),$(LIB_SRC))
GEN_SRC := $(B)/gen/api_data.c $(B)/gen/iam_data.c $(B)/gen/trail_data.c
LIB_OBJ := $(LIB_SRC:%.c=$(B)/obj/%.o) $(GEN_SRC:$(B)/%.c=$(B)/obj/%.o)

# Tables are text; two small programs of collector/model/gen/ turn them into constants.
API_TBL := $(wildcard collector/model/tables/api/*.tbl collector/model/tables/hand/*.tbl)
IAM_TBL := $(wildcard collector/model/tables/iam/*.tbl collector/model/tables/bind/*.tbl)

$(B)/gen/gen_%: collector/model/gen/gen_%.c $(wildcard collector/model/gen/*.h)
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c11 -O1 -g $(WARN) -D_GNU_SOURCE -Iinclude -Icollector -MMD -MP -MF $@.d -o $@ $<

$(B)/gen/api_data.c: $(B)/gen/gen_api $(API_TBL)
	$(call say,GEN,$@)
	$(Q)$(B)/gen/gen_api collector/model/tables > $@

$(B)/gen/iam_data.c: $(B)/gen/gen_iam $(API_TBL) $(IAM_TBL)
	$(call say,GEN,$@)
	$(Q)$(B)/gen/gen_iam collector/model/tables > $@

TRAIL_TBL := $(wildcard collector/model/tables/trail/*.tbl collector/model/tables/hand/trail*.tbl)
$(B)/gen/trail_data.c: $(B)/gen/gen_trail $(API_TBL) $(TRAIL_TBL)
	$(call say,GEN,$@)
	$(Q)$(B)/gen/gen_trail collector/model/tables > $@

# Said once, before the compiler says it in its own way.
$(B)/.needs: Makefile
	$(Q)mkdir -p $(@D)
	$(Q)command -v $(PKG_CONFIG) >/dev/null || { echo "leastpriv: pkg-config is missing" >&2; exit 1; }
	$(Q)missing=; for p in $(PKGS) libpcap; do $(PKG_CONFIG) --exists $$p || missing="$$missing $$p"; done; \
	[ -z "$$missing" ] || { printf '%s\n' >&2 "leastpriv: not found by pkg-config:$$missing" \
		'  Debian, Ubuntu: scripts/bootstrap.sh build installs them' \
		'  Fedora: dnf install gcc make pkgconf cjson-devel expat-devel zlib-devel libpcap-devel openssl-devel'; exit 1; }
	$(if $(filter 1,$(WITH_CRYPTO)),,@echo "leastpriv: without libcrypto: leastpriv pcap takes no --keylog" >&2)
	$(if $(findstring libbpf,$(PKGS)),,@echo "leastpriv: without libbpf or clang, or with WITH_BPF=0: no eBPF probe" >&2$(if \
		$(filter 1,$(WITH_BPF)),; exit 1))
	$(Q)touch $@
$(LIB_OBJ) $(B)/obj/collector/cmd/leastpriv.o $(B)/obj/collector/cmd/leastpriv-run.o: | $(B)/.needs

$(B)/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CCACHE) $(CC) $(ALL_CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -fPIE -MMD -MP -c -o $@ $<

$(B)/obj/gen/%.o: $(B)/gen/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CCACHE) $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fPIE -MMD -MP -c -o $@ $<

$(B)/libcollector.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# --- programs ------------------------------------------------------------------------------------
CMD_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard collector/cmd/cmd_*.c))

# Only these read packets; the launcher and the shim do not.
$(B)/leastpriv $(B)/leastpriv-collector: PKG_LIBS += -lpcap
ifeq ($(WITH_CRYPTO),1)
$(B)/leastpriv: PKG_LIBS += -lcrypto
endif

$(B)/leastpriv-run $(B)/leastpriv-collector: $(B)/%: $(B)/obj/collector/cmd/%.o $(B)/libcollector.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -pie -o $@ $^ $(PKG_LIBS)

# For images that have no libc of ours. What it is made of there must be had as an archive.
STATIC_PKGS = $(filter-out libcjson,$(PKGS))
$(B)/leastpriv-run-static: $(addprefix $(B)/obj/collector/cmd/,leastpriv-run.o static_newer.o) $(B)/libcollector.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -static-pie -o $@ $^ $(shell $(PKG_CONFIG) --static --libs $(STATIC_PKGS))

.PHONY: static
static: $(B)/leastpriv-run-static ## a launcher that needs no shared library; also part of all with STATIC=1
ifeq ($(STATIC),1)
all: static
endif

$(B)/leastpriv: $(B)/obj/collector/cmd/leastpriv.o $(CMD_OBJ) $(B)/libcollector.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -pie -o $@ $^ $(PKG_LIBS)

# --- the shim: its own room, and the malloc-free part of wire/ --------------------------------------
SHIM_SRC := $(wildcard preload/*.c ebpf/elf/*.c) \
	$(filter-out collector/wire/csm.c,$(wildcard collector/wire/*.c))
SHIM_OBJ := $(SHIM_SRC:%.c=$(B)/pic/%.o)

$(B)/pic/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CCACHE) $(CC) $(ALL_CPPFLAGS) -Ipreload $(ALL_CFLAGS) -fPIC -fvisibility=hidden \
		-ftls-model=initial-exec -MMD -MP -c -o $@ $<

$(B)/libleastpriv.so: $(SHIM_OBJ) preload/libleastpriv.map
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -shared -Wl,--version-script=preload/libleastpriv.map \
		-o $@ $(SHIM_OBJ) -ldl

# --- unit tests: tests/unit/test_X.c is one program each, TAP by cmocka ------------------------------
UNIT_NAMES := $(notdir $(basename $(wildcard tests/unit/test_*.c)))
UNIT := $(UNIT_NAMES:%=$(B)/tests/unit/%)
# Failed and skipped tests and what they say are printed: a log is all that is left of a run elsewhere.
TAP := CMOCKA_MESSAGE_OUTPUT=TAP prove --timer --failures --comments --directives -j$(JOBS) -e ''

$(B)/tests/unit/%: tests/unit/%.c $(B)/libcollector.a
	$(call say,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) -Itests/unit $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -MF $@.d $(ALL_LDFLAGS) \
		-o $@ $< $(B)/libcollector.a $(PKG_LIBS) -lcmocka $(call ldlibs,$<)

.PHONY: unit-programs unit
unit-programs: $(UNIT)
unit: unit-programs ## unit tests
	$(Q)$(TAP) $(UNIT)

# --- the same again under sanitizers, in folders of their own --------------------------------------
ASAN_ENV := ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
TSAN_ENV := TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

.PHONY: asan-programs tsan-programs clang-programs asan tsan valgrind
# Within a make that has jobs of its own already these are shared.
PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
asan-programs:
	$(Q)$(MAKE) $(PARALLEL) BUILD=$(B)/asan SAN=address,undefined all unit-programs
tsan-programs:
	$(Q)$(MAKE) $(PARALLEL) BUILD=$(B)/tsan SAN=thread all unit-programs
clang-programs:
	$(Q)$(MAKE) $(PARALLEL) BUILD=$(B)/clang CC=$(CLANG) all unit-programs
asan: asan-programs ## unit tests under AddressSanitizer and UBSan
	$(Q)$(ASAN_ENV) $(TAP) $(UNIT_NAMES:%=$(B)/asan/tests/unit/%)
tsan: tsan-programs ## unit tests under ThreadSanitizer
	$(Q)$(TSAN_ENV) $(TAP) $(UNIT_NAMES:%=$(B)/tsan/tests/unit/%)
valgrind: unit-programs ## unit tests under valgrind
	$(Q)BUILD=$(B) prove --timer scripts/checks/valgrind.t

# --- fuzzers: tests/fuzz/fuzz_X.c with its corpus in tests/fuzz/corpus/X/ ----------------------------
FUZZ_NAMES := $(notdir $(basename $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ := $(FUZZ_NAMES:%=$(B)/tests/fuzz/%)

$(B)/tests/fuzz/%: tests/fuzz/%.c $(B)/libcollector.a
	$(call say,FUZZ,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -Wno-missing-prototypes -MMD -MP -MF $@.d \
		$(LDFLAGS) -fsanitize=fuzzer,address,undefined -o $@ $< $(B)/libcollector.a $(PKG_LIBS) \
		$(call ldlibs,$<)

.PHONY: fuzz-programs fuzz-targets fuzz-smoke
fuzz-targets: $(FUZZ)
fuzz-programs:
	$(Q)$(MAKE) $(PARALLEL) BUILD=$(B)/fuzz CC=$(CLANG) SAN=fuzzer-no-link,address,undefined fuzz-targets
fuzz-smoke: fuzz-programs ## every fuzzer: its corpus, then some inputs; FUZZ_SECONDS=60 searches for new ones
	$(Q)BUILD=$(B) prove --timer scripts/checks/fuzz.t

# --- programs under test (tests/apps) and benchmarks (tests/bench) ------------------------------------
# A program's first comment says what it links: "LDLIBS: -lssl -lcrypto". What has no main is built by
# its test, which knows how.
APPS := $(patsubst %.c,$(B)/%,$(shell grep -l '^int main.[vi]' tests/apps/*.c tests/bench/*.c 2>/dev/null))
ldlibs = $(shell sed -n 's,^.*LDLIBS: *\([^*]*\).*$$,\1,p' $(1) | head -n 1)

$(APPS): $(B)/%: %.c $(B)/libcollector.a
	$(call say,APP,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -MF $@.d $(LDFLAGS) -Wl,--as-needed \
		-o $@ $< $(B)/libcollector.a $(PKG_LIBS) $(call ldlibs,$<)

.PHONY: apps
apps: $(APPS)

# --- whole programs -----------------------------------------------------------------------------------
E2E := $(sort $(wildcard tests/e2e/*.t))
EMULATE = $(B)/venv/bin/python tests/e2e/emulator --state $(B)/tls --
export BUILD_DIR := $(abspath $(B))

.PHONY: e2e matrix lint format bench demo model check test
e2e: all static apps ## real AWS clients against a local AWS emulator
	$(Q)BUILD=$(B) scripts/bootstrap.sh check
	$(Q)$(EMULATE) prove --timer -e '' $(E2E)

matrix: all apps ## write README.md's support matrix from a run of every client
	$(Q)BUILD=$(B) scripts/bootstrap.sh check
	$(Q)MATRIX=1 $(EMULATE) tests/e2e/sdk.t
	$(Q)scripts/matrix.py $(B)/sdk/matrix.tsv README.md

lint: ## formatters' and linters' complaints, includes, headers, exported symbols, secrets
	$(Q)BUILD=$(B) prove --timer scripts/checks/lint.t

format: ## rewrite the sources as clang-format wants them
	$(Q)scripts/checks/format --write

bench: all apps ## overhead with and without leastpriv, as ratios against the bars
	$(Q)BUILD=$(B) scripts/bootstrap.sh demo
	$(Q)BUILD=$(B) tests/bench/run

demo: ## build, start an AWS emulator, run unmodified AWS clients, show their policies
	$(Q)BUILD=$(B) scripts/bootstrap.sh demo
	$(Q)$(MAKE) -j$(JOBS) all
	$(Q)$(EMULATE) scripts/demo.sh

model: ## regenerate collector/model/tables/ from the two pinned packages
	$(Q)BUILD=$(B) scripts/bootstrap.sh demo
	$(Q)BUILD=$(B) scripts/model.sh

test: all unit e2e ## unit and e2e tests

CHECKS := $(sort $(wildcard scripts/checks/*.t))
# Everything, in one run of prove. Tests that share the emulator run one after the other, beside the rest.
check: ## install what is missing, build, and pass every test
	$(Q)BUILD=$(B) scripts/bootstrap.sh packages
	$(Q)$(MAKE) -j$$(($(JOBS) + 1)) $(if $(findstring ccache,$(CC)),,CCACHE="$$(command -v ccache)") check-programs
	$(Q)$(EMULATE) env BUILD=$(B) HARNESS_RULESFILE=scripts/checks/rules.yml $(ASAN_ENV) $(TSAN_ENV) $(TAP) \
		$(E2E) $(CHECKS) $(UNIT) $(foreach s,asan tsan,$(UNIT_NAMES:%=$(B)/$(s)/tests/unit/%))

# What is fetched waits for the network, and is made beside what is compiled.
.PHONY: check-programs check-tools
check-programs: check-tools all static apps unit-programs clang-programs asan-programs tsan-programs fuzz-programs
check-tools:
	$(Q)BUILD=$(B) scripts/bootstrap.sh check

# --- installing ---------------------------------------------------------------------------------------
PROGRAMS := leastpriv leastpriv-run leastpriv-collector
MAN1 := $(wildcard scripts/man/*.1)
MAN5 := $(wildcard scripts/man/*.5)
DOC := README.md LICENSE scripts/man/leastpriv-calls.schema.json
UNIT_FILE := leastpriv-collector.service

.PHONY: install uninstall clean help
install: all ## install below $(DESTDIR)$(PREFIX)
	$(INSTALL) -d '$(DESTDIR)$(BINDIR)' '$(DESTDIR)$(LIBDIR)/leastpriv' '$(DESTDIR)$(MANDIR)/man1' \
		'$(DESTDIR)$(MANDIR)/man5' '$(DESTDIR)$(DOCDIR)' '$(DESTDIR)$(COMPLETIONDIR)' '$(DESTDIR)$(UNITDIR)'
	$(INSTALL) -m 755 $(PROGRAMS:%=$(B)/%) $(wildcard $(B)/leastpriv-run-static) '$(DESTDIR)$(BINDIR)'
	$(INSTALL) -m 644 $(B)/libleastpriv.so '$(DESTDIR)$(LIBDIR)/leastpriv'
	$(INSTALL) -m 644 $(MAN1) '$(DESTDIR)$(MANDIR)/man1'
	$(INSTALL) -m 644 $(MAN5) '$(DESTDIR)$(MANDIR)/man5'
	$(INSTALL) -m 644 $(DOC) '$(DESTDIR)$(DOCDIR)'
	$(INSTALL) -m 644 scripts/completion/leastpriv.bash '$(DESTDIR)$(COMPLETIONDIR)/leastpriv'
	ln -sf leastpriv '$(DESTDIR)$(COMPLETIONDIR)/leastpriv-run'
	ln -sf leastpriv '$(DESTDIR)$(COMPLETIONDIR)/leastpriv-collector'
	sed 's,@BINDIR@,$(BINDIR),' scripts/systemd/$(UNIT_FILE) > $(B)/$(UNIT_FILE)
	$(INSTALL) -m 644 $(B)/$(UNIT_FILE) '$(DESTDIR)$(UNITDIR)'

# Names in a folder, each in quotes.
in_folder = $(foreach name,$(2),'$(DESTDIR)$(1)/$(name)')
uninstall: ## remove what install installed
	rm -f $(call in_folder,$(BINDIR),$(PROGRAMS) leastpriv-run-static) \
		$(call in_folder,$(LIBDIR)/leastpriv,libleastpriv.so) \
		$(call in_folder,$(MANDIR),$(MAN1:scripts/man/%=man1/%) $(MAN5:scripts/man/%=man5/%)) \
		$(call in_folder,$(DOCDIR),$(notdir $(DOC))) $(call in_folder,$(COMPLETIONDIR),$(PROGRAMS)) \
		$(call in_folder,$(UNITDIR),$(UNIT_FILE))
	-rmdir '$(DESTDIR)$(LIBDIR)/leastpriv' '$(DESTDIR)$(DOCDIR)' 2>/dev/null

clean: ## remove everything that was built or downloaded
	rm -rf $(B)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | sort | expand -t 14
	@printf '%s\n' '' 'Variables: BUILD CC HOSTCC CLANG PKG_CONFIG CFLAGS (-Wno-error for new compilers) LDFLAGS V=1' \
		'  WITH_BPF=0|1 without or with the eBPF probe, by default as it can be had; STATIC=1 also leastpriv-run-static' \
		'  DESTDIR PREFIX BINDIR LIBDIR (lib or lib64 beside BINDIR: there leastpriv-run looks) MANDIR DOCDIR UNITDIR' \
		'  COMPLETIONDIR'

-include $(shell find $(B) \( -path '$(B)/venv' -o -path '$(B)/node*' -o -path '$(B)/asan' -o -path '$(B)/tsan' \
	-o -path '$(B)/clang' -o -path '$(B)/fuzz' -o -path '$(B)/containers' \) -prune -o -name '*.d' -print 2>/dev/null)

# --- eBPF: readers of ELF files always, the probe with WITH_BPF=1 and libbpf and clang at hand ----------
ALL_CPPFLAGS += -Iebpf -I.
PROBE_SRC := $(wildcard ebpf/elf/*.c) ebpf/backlog.c ebpf/mapping.c ebpf/scan.c
ifeq ($(WITH_BPF)$(shell $(PKG_CONFIG) --exists libbpf && command -v $(CLANG) >/dev/null && echo 1),11)
PROBE_SRC += $(addprefix ebpf/,attach.c cgroup.c keeper.c parents.c probe.c probe_load.c rights.c)
PKGS += libbpf
$(B)/obj/ebpf/probe_load.o: ALL_CPPFLAGS += -DLPB_OBJECT='"$(B)/gen/probe.bpf.o"'
$(B)/obj/ebpf/probe_load.o: $(B)/gen/probe.bpf.o
else
PROBE_SRC += ebpf/probe_none.c
endif
$(B)/libcollector.a: $(PROBE_SRC:%.c=$(B)/obj/%.o)

# asm/ is where the compiler of this machine finds it.
$(B)/gen/probe.bpf.o: ebpf/probe.bpf.c $(wildcard ebpf/*.bpf.h) ebpf/probe_abi.h include/lp_mark.h
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 '-ffile-prefix-map=$(CURDIR)=.' -target bpf -D__TARGET_ARCH_x86 -Iebpf -Iinclude -Wall -Wextra -Werror -Wno-unused-parameter \
		-idirafter /usr/include/$(shell $(CC) -print-multiarch 2>/dev/null) -c -o $@ $<
