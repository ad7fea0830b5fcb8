# Random operator configurations against the reference of tests/ref. `make fuzz-ops N=2000000` for a long run.
REF_SRC = $(sort $(wildcard tests/ref/*.c))
REF_FAMILY = $(filter-out ref random fixed mac hybrid fuzz_ops,$(basename $(notdir $(REF_SRC))))
REF_OBJ = $(REF_SRC:%.c=$(B)/%.o) $(B)/gen/ref_families.o
N = 2000000

.PHONY: fuzz-ops
fuzz-ops: $(B)/tests/ref/fuzz_ops
	$(B)/tests/ref/fuzz_ops $(N)

$(B)/tests/ref/fuzz_ops: $(REF_OBJ) $(B)/libshrinc.a
	$(CC) $(CFLAGS) -o $@ $(REF_OBJ) $(B)/libshrinc.a $(LIBS)

# The families of reference operators are the files of the folder; each defines ref_NAME.
$(B)/gen/ref_families.o: ALL_CFLAGS += -Itests/ref
$(B)/gen/ref_families.c: $(REF_SRC) tests/ref.mk
	@mkdir -p $(@D)
	@{ echo '/* Written by tests/ref.mk from the listing of tests/ref. */'; echo '#include "ref.h"'; \
	  for f in $(REF_FAMILY); do echo "extern const RefOp ref_$$f[];"; done; echo 'const RefOp *const ref_families[] = {'; \
	  for f in $(REF_FAMILY); do echo "    ref_$$f,"; done; echo '    NULL,'; echo '};'; } > $@

-include $(REF_OBJ:.o=.d)
