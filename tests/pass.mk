# Test programs of tests/pass.
# SPDX-License-Identifier: Apache-2.0
$(B)/tests/rows $(B)/tests/prune_test: $(B)/tests/%: tests/pass/%.c $(B)/libshrinc.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(B)/libshrinc.a $(LIBS)
