# The training engine's tests, and its speed by itself: build/tests/engine.
$(B)/tests/gradients $(B)/tests/engine_test: $(B)/tests/%: tests/engine/%.c $(B)/libshrinc.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(B)/libshrinc.a $(LIBS)
$(B)/tests/engine: bench/engine.c $(B)/libshrinc.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $< $(B)/libshrinc.a $(LIBS)
