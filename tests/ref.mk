# A longer run of random operator configurations.
.PHONY: fuzz-ops
fuzz-ops:
	B=$(B) sh tests/ref/run.sh 2000000

$(B)/tests/fuzz_ops: $(wildcard tests/ref/*.[ch]) $(B)/libshrinc.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests/ref -o $@ tests/ref/ref.c tests/ref/windows.c tests/ref/elementwise.c tests/ref/moves.c tests/ref/fuzz_ops.c $(B)/libshrinc.a $(LIBS)
