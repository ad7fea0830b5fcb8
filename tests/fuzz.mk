# A million damaged model files under the sanitizers.
.PHONY: fuzz
fuzz:
	B=$(B) sh tests/fuzz/run.sh 1000000 1

# Coverage-guided: the reader, and everything from bytes to C.
.PHONY: libfuzzer
libfuzzer:
	B=$(B) sh tests/fuzz/libfuzzer.sh 60
