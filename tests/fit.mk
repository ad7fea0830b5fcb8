# The language of nets under the sanitizers.
.PHONY: fuzz-nets
fuzz-nets:
	$(MAKE) --no-print-directory -s B=$(B)/asan CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all" $(B)/asan/tests/net_fuzz
	$(B)/asan/tests/net_fuzz 100000
