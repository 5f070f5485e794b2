# leastpriv: one makefile for everything. `make help` lists the targets.

VERSION := 0.1.0
BUILD ?= build
B := $(BUILD)
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man

CC ?= cc
HOSTCC ?= $(CC)
CLANG ?= clang
PKG_CONFIG ?= pkg-config
PYTHON ?= python3
# SAN=address,undefined or SAN=thread builds everything with that sanitizer.
SAN ?=
WITH_BPF ?= 1

WARN := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Wcast-qual
OPT ?= -O2 -g
ALL_CPPFLAGS := -D_GNU_SOURCE -DLP_VERSION='"$(VERSION)"' -Iinclude -Icollector -Icollector/wire \
	$(CPPFLAGS)
ALL_CFLAGS := -std=c11 $(OPT) $(WARN) -fstack-protector-strong $(CFLAGS)
ALL_LDFLAGS := -Wl,-z,relro,-z,now,-z,defs $(LDFLAGS)
ifeq ($(SAN),)
ALL_CPPFLAGS += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
else
ALL_CFLAGS += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
ALL_LDFLAGS := $(LDFLAGS) -fsanitize=$(SAN)
endif

PKGS := libcjson libcbor expat zlib
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
MAKEFLAGS += --no-builtin-rules
.PHONY: all
all: $(B)/leastpriv-run $(B)/leastpriv-collector $(B)/leastpriv $(B)/libleastpriv.so

# --- the collector library: every room but cmd/ ------------------------------------------------
LIB_SRC := $(wildcard collector/base/*.c collector/wire/*.c collector/model/*.c collector/aws/*.c \
	collector/policy/*.c collector/policy/render/*.c collector/source/*.c)
GEN_SRC := $(B)/gen/api_data.c $(B)/gen/iam_data.c
LIB_OBJ := $(LIB_SRC:%.c=$(B)/obj/%.o) $(GEN_SRC:$(B)/%.c=$(B)/obj/%.o)

# Tables are text; two small programs of collector/model/gen/ turn them into constants.
API_TBL := $(wildcard collector/model/tables/api/*.tbl collector/model/tables/hand/*.tbl)
IAM_TBL := $(wildcard collector/model/tables/iam/*.tbl collector/model/tables/bind/*.tbl)

$(B)/gen/gen_%: collector/model/gen/gen_%.c $(wildcard collector/model/gen/*.h)
	$(call say,HOSTCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c11 -O1 -g $(WARN) -D_GNU_SOURCE -Iinclude -Icollector -o $@ $<

$(B)/gen/api_data.c: $(B)/gen/gen_api $(API_TBL)
	$(call say,GEN,$@)
	$(Q)$(B)/gen/gen_api collector/model/tables > $@

$(B)/gen/iam_data.c: $(B)/gen/gen_iam $(API_TBL) $(IAM_TBL)
	$(call say,GEN,$@)
	$(Q)$(B)/gen/gen_iam collector/model/tables > $@

$(B)/obj/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(PKG_CFLAGS) $(ALL_CFLAGS) -fPIE -MMD -MP -c -o $@ $<

$(B)/obj/gen/%.o: $(B)/gen/%.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fPIE -MMD -MP -c -o $@ $<

$(B)/libcollector.a: $(LIB_OBJ)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# --- programs ------------------------------------------------------------------------------------
CMD_OBJ := $(patsubst %.c,$(B)/obj/%.o,$(wildcard collector/cmd/cmd_*.c))

$(B)/leastpriv-run $(B)/leastpriv-collector: $(B)/%: $(B)/obj/collector/cmd/%.o $(B)/libcollector.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -pie -o $@ $^ $(PKG_LIBS)

$(B)/leastpriv: $(B)/obj/collector/cmd/leastpriv.o $(CMD_OBJ) $(B)/libcollector.a
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -pie -o $@ $^ $(PKG_LIBS)

# --- the shim: its own room, and the malloc-free part of wire/ --------------------------------------
SHIM_SRC := $(wildcard preload/*.c ebpf/elf/*.c) $(addprefix collector/wire/,http1.c conn.c \
	redact.c sigv4.c json.c fields.c)
SHIM_OBJ := $(SHIM_SRC:%.c=$(B)/pic/%.o)

$(B)/pic/%.o: %.c
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) -Ipreload $(ALL_CFLAGS) -fPIC -fvisibility=hidden \
		-ftls-model=initial-exec -MMD -MP -c -o $@ $<

$(B)/libleastpriv.so: $(SHIM_OBJ) preload/libleastpriv.map
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -shared -Wl,--version-script=preload/libleastpriv.map \
		-o $@ $(SHIM_OBJ) -ldl

# --- unit tests ------------------------------------------------------------------------------------
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/test_*.c))

$(B)/tests/unit/%: tests/unit/%.c $(B)/libcollector.a
	$(call say,TEST,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CPPFLAGS) -Itests/unit $(PKG_CFLAGS) $(ALL_CFLAGS) -MMD -MP -MF $@.d $(ALL_LDFLAGS) \
		-o $@ $< $(B)/libcollector.a $(PKG_LIBS) -lcmocka

.PHONY: unit
unit: $(UNIT)
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP prove -j2 -e '' $(UNIT)

.PHONY: clean
clean:
	rm -rf $(B)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
