# A test program of tests/pass.
# SPDX-License-Identifier: Apache-2.0
$(B)/tests/rows: tests/pass/rows.c $(B)/libshrinc.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(B)/libshrinc.a $(LIBS)
