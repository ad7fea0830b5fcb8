# The test program of tests/stack.
# SPDX-License-Identifier: Apache-2.0
$(B)/tests/planted: tests/stack/planted.c $(B)/libshrinc.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(B)/libshrinc.a $(LIBS)
