# Reads rt/*.h and rt/*.c and writes, as C, the table of kernels (MODE=table) or their callers (MODE=run).
# Conventions it relies on: one kernel per rt/shrinc_NAME.c, "static void shrinc_NAME(" at a line's start;
# params structs are "typedef struct shrinc_NAME_params {" with one member a line, types of <stdint.h> or float.
# With MATCH (a pattern) MODE=run leaves out kernels whose name does not match: NULL stands in their place.
# SPDX-License-Identifier: Apache-2.0
function strip(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }
function type_of(c) {
    if (c == "int8_t") return "TYPE_S8"
    if (c == "uint8_t") return "TYPE_U8"
    if (c == "int16_t") return "TYPE_S16"
    if (c == "int32_t") return "TYPE_S32"
    if (c == "int64_t") return "TYPE_S64"
    if (c == "float") return "TYPE_F32"
    printf "%s: member type %s is not one of the allowed ones\n", FILENAME, c > "/dev/stderr"
    failed = 1
    exit 1
}
FNR == 1 {
    file = FILENAME; sub(/.*\//, "", file)
    base = file; sub(/\.[ch]$/, "", base)
    in_struct = 0; in_proto = 0
    if (file ~ /\.h$/) headers[++header_count] = file
    else kernels[++kernel_count] = base
}
file ~ /\.h$/ && /^typedef struct shrinc_[a-z0-9_]+_params \{/ {
    struct_of[base] = $3; in_struct = 1; field_count[base] = 0; next
}
in_struct && /^\}/ { in_struct = 0; next }
in_struct && /;/ {
    line = strip($0); comment = ""
    if (match(line, /\/\*.*\*\//)) comment = strip(substr(line, RSTART + 2, RLENGTH - 4))
    sub(/;.*/, "", line)
    split(line, word, " ")
    name = word[2]; n = 1
    if (match(name, /\[[0-9]+\]/)) { n = substr(name, RSTART + 1, RLENGTH - 2); name = substr(name, 1, RSTART - 1) }
    i = ++field_count[base]
    field_name[base, i] = name; field_type[base, i] = type_of(word[1]); field_n[base, i] = n
    gsub(/["\\]/, "", comment); field_comment[base, i] = comment
    next
}
file ~ /\.c$/ && index($0, "static void " base "(") == 1 { in_proto = 1; proto = "" }
in_proto {
    proto = proto " " strip($0)
    if (/\)/) {
        in_proto = 0
        sub(/^[^(]*\(/, "", proto); sub(/\).*/, "", proto)
        n = split(proto, arg, ",")
        args[base] = 0; has_params[base] = 0; rom[base] = 0
        for (i = 1; i <= n; i++) {
            a = strip(arg[i])
            if (a ~ /_params \*/) { has_params[base] = 1; ptype[base] = a; sub(/^const /, "", ptype[base]); sub(/ \*.*/, "", ptype[base]); continue }
            k = args[base]++
            if (a ~ /SHRINC_ROM/) rom[base] += 2 ^ k
            sub(/SHRINC_ROM */, "", a)
            name = a; sub(/.*[ *]/, "", name)
            t = substr(a, 1, length(a) - length(name)); t = strip(t)
            arg_name[base, k] = name; arg_type[base, k] = t
        }
    }
}
END {
    if (failed) exit 1
    if (MODE == "run") {
        print "/* Written by tools/gen_rt.awk: calls each kernel through untyped pointers. */"
        print "#include <stddef.h>"
        print "extern void (*const RT_RUN[])(const void *, void *const *);"
        for (i = 1; i <= kernel_count; i++) if (kernels[i] ~ MATCH) printf "#include \"%s.c\"\n", kernels[i]
        for (i = 1; i <= kernel_count; i++) {
            b = kernels[i]
            if (b !~ MATCH) continue
            printf "static void run_%s(const void *p, void *const *a)\n{\n", b
            if (!has_params[b]) print "    (void)p;"
            printf "    %s(", b
            sep = ""
            if (has_params[b]) { printf "p"; sep = ", " }
            for (k = 0; k < args[b]; k++) { printf "%sa[%d]", sep, k; sep = ", " }
            print ");\n}"
        }
        print "void (*const RT_RUN[])(const void *, void *const *) = {"
        for (i = 1; i <= kernel_count; i++) printf "    %s,\n", kernels[i] ~ MATCH ? "run_" kernels[i] : "NULL"
        print "    NULL,\n};"
        exit
    }
    print "/* Written by tools/gen_rt.awk from rt/: what each kernel takes. */"
    print "#include \"op/op.h\""
    print "#include \"op/kernel_table.h\""
    for (i = 1; i <= header_count; i++) printf "#include \"%s\"\n", headers[i]
    for (i = 1; i <= kernel_count; i++) {
        b = kernels[i]; s = ptype[b]; sub(/_params$/, "", s)
        if (has_params[b] && !(s in done)) {
            done[s] = 1
            printf "static const KernelField fields_%s[] = {\n", s
            for (j = 1; j <= field_count[s]; j++)
                printf "    {\"%s\", %s, offsetof(%s, %s), %d, \"%s\"},\n", field_name[s, j], field_type[s, j], ptype[b], field_name[s, j], field_n[s, j], field_comment[s, j]
            print "};"
        }
        printf "static const char *const types_%s[] = {", b
        for (k = 0; k < args[b]; k++) printf "\"%s\", ", arg_type[b, k]
        print "NULL};"
        printf "static const char *const names_%s[] = {", b
        for (k = 0; k < args[b]; k++) printf "\"%s\", ", arg_name[b, k]
        print "NULL};"
    }
    print "const Kernel kernel_table[] = {"
    for (i = 1; i <= kernel_count; i++) {
        b = kernels[i]; s = ptype[b]; sub(/_params$/, "", s)
        if (has_params[b]) p = sprintf("\"%s\", sizeof(%s), fields_%s, %d", ptype[b], ptype[b], s, field_count[s])
        else p = "NULL, 0, NULL, 0"
        printf "    {\"%s\", \"rt/%s.c\", %s, %d, types_%s, names_%s, %du},\n", b, b, p, args[b], b, b, rom[b]
    }
    print "};"
    printf "const int32_t kernel_count = %d;\n", kernel_count
}
