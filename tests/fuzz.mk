# A million damaged model files under the sanitizers.
.PHONY: fuzz
fuzz:
	B=$(B) sh tests/fuzz/run.sh 1000000 1
