# Rewrites the golden C files; read the difference before committing it.
.PHONY: golden
golden: all
	B=$(B) WRITE=1 sh tests/emit/run.sh
