# Test programs of the data readers, with the maker of small files.
DATA_TESTS = data_test features_test split_test number_test mutate_data
$(DATA_TESTS:%=$(B)/tests/%): $(B)/tests/%: tests/data/%.c tests/data/make.c tests/data/make.h tests/fuzz/hang.h $(B)/libshrinc.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests/data -o $@ $< tests/data/make.c $(B)/libshrinc.a $(LIBS)
