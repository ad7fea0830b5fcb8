# shrinc: build, demo, tests. `make demo` and `make check` install what they miss (tools/setup).
# SPDX-License-Identifier: Apache-2.0
CC = gcc
B = build
VERSION = 0.1.0
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual -Wmissing-prototypes \
  -Wstrict-prototypes -Wvla -Werror
OPT = -O2
CFLAGS = $(OPT) -g
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -DSHRINC_VERSION='"$(VERSION)"' $(WARN) -Isrc -Irt $(PKG_CFLAGS) $(CFLAGS)
# Libraries that pkg-config knows, a word each. (Silent where they are missing: tools/setup comes first.)
PKGS = cairo inih zlib libzip sndfile libpng libturbojpeg libmosquitto
PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
LIBS = -ljansson -lmd $(PKG_LIBS) $(BLAS_LIBS) -lm -pthread
# OpenBLAS multiplies training's large matrices; without it our own tiles do.
BLAS_LIBS := $(shell pkg-config --libs openblas 2>/dev/null)
ifneq ($(BLAS_LIBS),)
BLAS_CFLAGS := -DSHRINC_OPENBLAS $(patsubst -I%,-isystem %,$(shell pkg-config --cflags-only-I openblas))
endif

FLOORS = base ir op import export data train plot link pass emit driver
SRC = $(foreach f,$(FLOORS),$(sort $(wildcard src/$(f)/*.c)))
CLI_SRC = $(sort $(wildcard src/cli/*.c))
OPS = $(filter-out op call op_util eval kernel,$(filter-out util_%,$(basename $(notdir $(sort $(wildcard src/op/*.c))))))
RT_H = $(sort $(wildcard rt/*.h))
RT_C = $(sort $(wildcard rt/*.c))
EMBED = $(sort $(RT_H) $(RT_C) $(shell find targets -type f 2>/dev/null))
# A file that changes when a listing does, so that a removed file is noticed too.
LIST = $(B)/gen/list
$(shell mkdir -p $(B)/gen; echo '$(SRC) $(RT_H) $(RT_C) $(EMBED)' | cmp -s - $(LIST) || \
  echo '$(SRC) $(RT_H) $(RT_C) $(EMBED)' > $(LIST); echo '$(LIBS)' > $(B)/gen/libs)
# Kernels that have twins for x86-64 are compiled again for each of these; src/op/kernel.c chooses by the CPU.
TWINS = $(if $(filter x86_64%,$(shell $(CC) -dumpmachine)),avx2 avxvnni avx512vnni)
TWIN_FLAGS_avx2 = -mavx2
TWIN_FLAGS_avxvnni = -mavx2 -mavxvnni
TWIN_FLAGS_avx512vnni = -mavx2 -mavx512vl -mavx512vnni
TWIN_OBJ = $(foreach t,$(TWINS),$(B)/gen/rt_run_tflite_$(t).o $(B)/gen/rt_run_single_$(t).o)
GEN = $(B)/gen/op_table.c $(B)/gen/rt_table.c $(B)/gen/rt_run.c $(B)/gen/files.c
OBJ = $(SRC:%.c=$(B)/%.o) $(B)/gen/op_table.o $(B)/gen/rt_table.o $(B)/gen/rt_run_tflite.o \
  $(B)/gen/rt_run_single.o $(TWIN_OBJ) $(B)/gen/files.o
CLI_OBJ = $(CLI_SRC:%.c=$(B)/%.o)

.PHONY: all lib demo check bench install clean
all: $(B)/shrinc

# The whole road on a noisy sine, from data to an emulated chip, and a network of the real TFLiteConverter's.
demo:
	sh tools/setup demo
	$(MAKE) --no-print-directory -s -j2 all
	sh tools/demo.sh

# All tests; the last line is "N passed, N failed".
check:
	sh tools/setup check
	$(MAKE) --no-print-directory -s -j2 all
	B=$(B) sh tests/run.sh

lib: $(B)/libshrinc.a

$(B)/shrinc: $(CLI_OBJ) $(B)/libshrinc.a
	$(CC) $(CFLAGS) -o $@ $(CLI_OBJ) $(B)/libshrinc.a $(LIBS)

$(B)/libshrinc.a: $(OBJ)
	rm -f $@
	ar rcs $@ $(OBJ)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Training's inner loops.
$(B)/src/train/optimizer.o: ALL_CFLAGS += -O3 -fno-math-errno -fno-trapping-math
$(B)/src/op/util_gemm.o $(B)/src/op/util_conv.o $(B)/src/op/util_train.o \
  $(B)/src/op/util_train_pair.o $(B)/src/op/util_train_move.o $(B)/src/op/batch_norm.o $(B)/src/op/dropout.o $(B)/src/op/fake_quant.o $(B)/src/op/resize_bilinear.o: \
  ALL_CFLAGS += -O3 -ffp-contract=fast $(BLAS_CFLAGS)

$(B)/gen/%.o: $(B)/gen/%.c
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The callers are compiled once per rounding family, from the same kernel text that ships.
$(B)/gen/rt_run_tflite.o $(B)/gen/rt_run_single.o: $(B)/gen/rt_run.c $(RT_H) $(RT_C)
	$(CC) $(ALL_CFLAGS) -Wno-unused-function -DSHRINC_SINGLE_ROUNDING=$(if $(findstring single,$@),1,0) \
	  -DRT_RUN=$(basename $(notdir $@)) -c -o $@ $<
$(TWIN_OBJ): $(B)/gen/rt_run_twin.c $(RT_H) $(RT_C)
	$(CC) $(ALL_CFLAGS) -Wno-unused-function -ffp-contract=off $(TWIN_FLAGS_$(lastword $(subst _, ,$(basename $(notdir $@))))) \
	  -DSHRINC_SINGLE_ROUNDING=$(if $(findstring single,$@),1,0) -DRT_RUN=$(basename $(notdir $@)) -c -o $@ $<
$(B)/src/op/kernel.o: ALL_CFLAGS += $(if $(TWINS),-DSHRINC_TWINS)

# Lists that the build reads from the folders.
$(B)/gen/op_table.c: $(LIST) Makefile
	@mkdir -p $(@D)
	@{ echo '/* Written by the Makefile from the listing of src/op. */'; echo '#include "op/op.h"'; \
	  for o in $(OPS); do echo "extern const Op op_$$o;"; done; echo 'const Op *const op_table[] = {'; \
	  for o in $(OPS); do echo "    &op_$$o,"; done; echo '    NULL,'; echo '};'; } > $@
$(B)/gen/rt_table.c: tools/gen_rt.awk $(LIST) $(RT_H) $(RT_C)
	@mkdir -p $(@D)
	awk -v MODE=table -f tools/gen_rt.awk $(RT_H) $(RT_C) > $@.tmp && mv $@.tmp $@
$(B)/gen/rt_run.c: tools/gen_rt.awk $(LIST) $(RT_H) $(RT_C)
	@mkdir -p $(@D)
	awk -v MODE=run -f tools/gen_rt.awk $(RT_H) $(RT_C) > $@.tmp && mv $@.tmp $@
$(B)/gen/rt_run_twin.c: tools/gen_rt.awk $(LIST) $(RT_H) $(RT_C)
	@mkdir -p $(@D)
	awk -v MODE=run -v MATCH=_packed_ -f tools/gen_rt.awk $(RT_H) $(RT_C) > $@.tmp && mv $@.tmp $@
$(B)/gen/files.c: tools/gen_files.sh $(LIST) $(EMBED)
	@mkdir -p $(@D)
	sh tools/gen_files.sh $(EMBED) > $@.tmp && mv $@.tmp $@

# The comparison in README.md, measured anew.
bench: all
	B=$(B) sh bench/run.sh

PREFIX = /usr/local
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 $(B)/shrinc $(DESTDIR)$(PREFIX)/bin/shrinc
	$(B)/shrinc help --man > $(DESTDIR)$(PREFIX)/share/man/man1/shrinc.1
	$(B)/shrinc help --completion > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/shrinc

clean:
	rm -rf $(B)

-include $(OBJ:.o=.d) $(CLI_OBJ:.o=.d)
-include tests/*.mk

# Test programs: tests/SUITE/NAME.c links with the library.
TEST_SRC = tests/export/export_test.c bench/costs.c \
  tests/emit/emit_tool.c \
  tests/fit/net_fuzz.c \
  tests/fit/net_test.c \
  tests/fit/parts_test.c \
  tests/fit/losses_test.c \
  tests/fit/train_test.c \
  tests/fuzz/mutate.c \
  tests/gate/gate.c \
  tests/link/device.c \
  tests/link/link_test.c \
  tests/models/models.c \
  tests/ops/overlap.c \
  tests/ops/vectors.c \
  tests/pass/channels.c \
  tests/pass/pack_test.c \
  tests/pass/pass_test.c \
  tests/quantize/quantize_test.c \
  tests/sensor/batch.c
define test_program
$(B)/tests/$(basename $(notdir $(1))): $(1) tests/cases.h tests/fuzz/hang.h $(B)/libshrinc.a
	@mkdir -p $$(@D)
	$(CC) $(ALL_CFLAGS) -o $$@ $(1) $(B)/libshrinc.a $(LIBS)
endef
$(foreach t,$(TEST_SRC),$(eval $(call test_program,$(t))))
