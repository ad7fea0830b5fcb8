/* What readers of samples make of small files, good and bad: a row each, with the expected data or sentence.
 * Usage: data_test FOLDER (scratch, made by the caller). The last line is "N passed, N failed".
 * SPDX-License-Identifier: Apache-2.0 */
#include "data/data.h"
#include "make.h"

#include <stdlib.h>
#include <unistd.h>

static int passed, failed;

/* --- data as text --- */

static void show_floats(Out *o, const char *name, const float *v, int64_t count)
{
    if (v == NULL) {
        return;
    }
    out_printf(o, " %s", name);
    for (int64_t i = 0; i < count && i < 12; i++) {
        out_printf(o, " %.6g", (double)v[i]);
    }
    out_text(o, count > 12 ? " ...;" : ";");
}

static void show_names(Out *o, const char *name, const char **list, int64_t count)
{
    if (list == NULL) {
        return;
    }
    out_printf(o, " %s", name);
    for (int64_t i = 0; i < count; i++) {
        out_printf(o, " %s", list[i]);
    }
    out_text(o, ";");
}

static void show(Out *o, const Data *data, const Diag *d)
{
    char text[96];
    out_printf(o, "%s %jd x %s;", data->format, (intmax_t)data->count, shape_text(&data->shape, text));
    show_names(o, "names", data->x_name, data->x_count);
    show_floats(o, "x", data->x, data->count * data->x_count);
    if (data->y == data->x) {
        out_text(o, " y is x;");
    } else {
        show_names(o, "y names", data->y_name, data->y_count);
        show_floats(o, "y", data->y, data->count * data->y_count);
    }
    show_names(o, "classes", data->class_name, data->class_count);
    for (int64_t i = 0; data->label != NULL && i < data->count; i++) {
        out_printf(o, "%s%d%s", i == 0 ? " label " : " ", data->label[i], i + 1 == data->count ? ";" : "");
    }
    for (int32_t i = 0; i < d->warning_count && i < DIAG_WARNINGS; i++) {
        out_printf(o, " warning: %s;", d->warning[i]);
    }
}

/* --- rows --- */

typedef struct Row {
    const char *id;
    const char *name;     /* of the file or folder that is read */
    const char *spec;     /* as make.h has it; NULL: no such file, or a folder */
    const char *other[8]; /* further files: name, spec, name, spec */
    const char *want;     /* what the data show, or stands in the sentence */
    DataOptions o;
} Row;

static const char *const two[] = {"no", "yes"};

static const Row rows[] = {
    /* CSV: what is found without a word */
    {"plain", "a.csv", "1,2\n3,4\n", {0}, "csv 2 x [2]; x 1 2 3 4;", {0}},
    {"header", "a.csv", "a,b\n1,2\n3,4\n", {0}, "csv 2 x [2]; names a b; x 1 2 3 4;", {0}},
    {"header only", "a.csv", "a,b\n", {0}, "'DIR/a.csv' holds names but no line of data", {0}},
    {"numbered header", "a.csv", "0,1,label\n1,2,7\n", {0},
     "csv 1 x [2]; names 0 1; x 1 2; classes 7; label 0;", {0}},
    {"header said", "a.csv", "1,2\n3,4\n", {0}, "csv 1 x [2]; names 1 2; x 3 4;", {.header = HEADER_YES}},
    {"no header said", "a.csv", "a,b\n3,4\n", {0},
     "'DIR/a.csv' line 1, column 1 holds 'a', which is not a number", {.header = HEADER_NO, .label_column = "-1"}},
    {"semicolons", "a.csv", "a;b\n1;2.5\n", {0}, "csv 1 x [2]; names a b; x 1 2.5;", {0}},
    {"decimal commas", "a.csv", "1,5;2\n-0,25;3e1\n", {0},
     "csv 2 x [2]; x 1.5 2 -0.25 30; warning: 'DIR/a.csv': commas in numbers are taken as decimal marks;",
     {0}},
    {"mixed marks", "a.csv", "1,5;2\n0.25;3\n", {0}, "line 2, column 1 holds '0.25', which is not a number",
     {0}},
    {"tabs", "a.csv", "1\t2\n3\t4\n", {0}, "csv 2 x [2]; x 1 2 3 4;", {0}},
    {"one column", "a.csv", "1\n2\n3\n", {0}, "csv 3 x [1]; x 1 2 3;", {0}},
    {"CR LF, blanks, BOM, comment", "a.csv", "\xef\xbb\xbf# made by hand\r\n\r\n 1 , 2\r\n\r\n3,4 \r\n\r\n", {0},
     "csv 2 x [2]; x 1 2 3 4;", {0}},
    {"no last line end", "a.csv", "1,2\n3,4", {0}, "csv 2 x [2]; x 1 2 3 4;", {0}},
    {"quotes", "a.csv", "\"a, b\",\"c \"\"d\"\"\"\n\"1\",2\n", {0}, "csv 1 x [2]; names a, b c \"d\"; x 1 2;", {0}},
    {"line end in quotes", "a.csv", "\"a\nb\",c\n1,2\n3,x\n", {0}, "line 4, column 2 ('c') holds 'x'", {0}},
    {"numbers", "a.csv", "1e3,-.5,+7,0.1e-2\n1e-400,123456789012345678901234567890,5.,1E+2\n", {0},
     "csv 2 x [4]; x 1000 -0.5 7 0.001 0 1.23457e+29 5 100;", {0}},
    {"gz", "a.csv.gz", "gz 1,2\n3,4\n", {0}, "csv 2 x [2]; x 1 2 3 4;", {0}},
    /* CSV: classes and numbers to predict */
    {"text class", "a.csv", "1,cat\n2,dog\n3,cat\n", {0},
     "csv 3 x [1]; x 1 2 3; classes cat dog; label 0 1 0;", {0}},
    {"class by name", "a.csv", "a,kind\n1,10\n2,9\n3,9.0\n", {0},
     "csv 3 x [1]; names a; x 1 2 3; classes 9 10; label 1 0 0;", {.label_column = "kind"}},
    {"class called label", "a.csv", "Label,a\n0,10\n1,9\n", {0},
     "csv 2 x [1]; names a; x 10 9; classes 0 1; label 0 1;", {0}},
    {"class declined", "a.csv", "label,a\n0,10\n1,9\n", {0}, "csv 2 x [2]; names label a; x 0 10 1 9;",
     {.label_column = "none"}},
    {"class from the back", "a.csv", "1,2,0\n3,4,1\n", {0},
     "csv 2 x [2]; x 1 2 3 4; classes 0 1; label 0 1;", {.label_column = "-1"}},
    {"target", "a.csv", "x,y\n1,2\n3,4\n", {0}, "csv 2 x [1]; names x; x 1 3; y names y; y 2 4;",
     {.target_columns = "y"}},
    {"two targets", "a.csv", "1,2,3\n4,5,6\n", {0}, "csv 2 x [1]; x 2 5; y 1 3 4 6;", {.target_columns = "1, 3"}},
    {"itself", "a.csv", "1,2\n3,4\n", {0}, "csv 2 x [2]; x 1 2 3 4; y is x;", {.target_columns = "x"}},
    {"skip", "a.csv", "n,a,b\n1,2,3\n2,4,5\n", {0}, "csv 2 x [2]; names a b; x 2 3 4 5;", {.skip_columns = "n"}},
    {"times", "a.csv", "t;a\n2020-03-09 10:14:33;1\n2020-03-09 10:14:34;2\n", {0},
     "csv 2 x [1]; names a; x 1 2; warning: 'DIR/a.csv': column 1 holds times and is passed over;", {0}},
    {"fixed classes", "a.csv", "1,yes\n2,no\n3,yes\n", {0},
     "csv 3 x [1]; x 1 2 3; classes no yes; label 1 0 1;", {.class_name = two, .class_count = 2}},
    {"shape", "a.csv", "1,2,3,4\n", {0}, "csv 1 x [2,2]; x 1 2 3 4;", {.shape = {2, {2, 2}}}},
    {"window", "a.csv", "a,b\n1,2\n3,4\n5,6\n7,8\n9,9\n", {0}, "csv 2 x [2,2]; x 1 2 3 4 5 6 7 8;",
     {.window = 2}},
    {"window, stride, class", "a.csv", "1,a\n2,b\n3,b\n4,a\n", {0},
     "csv 2 x [3,1]; x 1 2 3 2 3 4; classes a b; label 1 1;", {.window = 3, .stride = 1}},
    /* CSV: bad */
    {"no file", "a.csv", NULL, {0}, "cannot open 'DIR/a.csv'", {0}},
    {"empty", "a.csv", "", {0}, "'DIR/a.csv' is empty", {0}},
    {"blank", "a.csv", "\n\n  \n", {0}, "'DIR/a.csv' holds no line of data", {0}},
    {"ragged, short", "a.csv", "a,b\n1,2\n3\n", {0}, "'DIR/a.csv' line 3 has 1 fields, the first line has 2", {0}},
    {"ragged, long", "a.csv", "1,2\n3,4,5\n", {0}, "'DIR/a.csv' line 2 has 3 fields, the first line has 2", {0}},
    {"text in a number", "a.csv", "a,b\n1,2\n3,4x\n", {0},
     "'DIR/a.csv' line 3, column 2 ('b') holds '4x', which is not a number", {0}},
    {"typo in the first line", "a.csv", "5.1,x1,3\n4.9,2,3\n", {0},
     "line 1, column 2 holds 'x1', which is not a number", {.label_column = "none"}},
    {"nan", "a.csv", "1,2\n3,nan\n", {0}, "'DIR/a.csv' line 2, column 2 holds 'nan', which cannot be learned", {0}},
    {"inf", "a.csv", "1,-inf\n3,2\n", {0}, "line 1, column 2 holds '-inf', which cannot be learned from", {0}},
    {"too large for a float", "a.csv", "1,1e39\n", {0}, "line 1, column 2 holds '1e39', which cannot", {0}},
    {"missing value", "a.csv", "1,2\n,4\n", {0}, "line 2, column 1 is empty; give a number or leave", {0}},
    {"missing label", "a.csv", "1,a\n2,\n", {0}, "'DIR/a.csv' line 2, column 2: the label is missing", {0}},
    {"wrong label", "a.csv", "1,no\n2,maybe\n", {0},
     "line 2, column 2: there is no class 'maybe'; the classes are no, yes", {.class_name = two, .class_count = 2}},
    {"no such column", "a.csv", "a,b\n1,2\n", {0}, "'DIR/a.csv' has no column 'c'; it has 2 columns: a, b",
     {.label_column = "c"}},
    {"column 0", "a.csv", "1,2\n", {0}, "has no column '0'; it has 2 columns", {.label_column = "0"}},
    {"column twice", "a.csv", "1,2,3\n", {0}, "column 2 is asked for twice",
     {.label_column = "2", .target_columns = "2"}},
    {"nothing left", "a.csv", "1\n2\n", {0}, "no column is left to learn from", {.label_column = "1"}},
    {"open quote", "a.csv", "1,2\n\"3,4\n", {0}, "'DIR/a.csv' line 2: a quoted field begins here and never ends", {0}},
    {"text after a quote", "a.csv", "\"1\"x,2\n", {0}, "line 1: text follows the closing quote", {0}},
    {"UTF-16", "a.csv", "\xff\xfe" "1", {0}, "is UTF-16 text", {0}},
    {"one class", "a.csv", "1,a\n2,a\n", {0},
     "csv 2 x [1]; x 1 2; classes a; label 0 0; warning: 'DIR/a.csv': all 2 samples are of class 'a'; a classifier "
     "needs two classes;", {0}},
    {"class without samples", "a.csv", "1,yes\n2,yes\n", {0}, "warning: 'DIR/a.csv' has no sample of class 'no';",
     {.class_name = two, .class_count = 2}},
    {"gap in the classes", "a.csv", "1,0\n2,1\n3,3\n", {0},
     "warning: 'DIR/a.csv': the classes go from 0 to 3 but there is no sample of class 2;", {.label_column = "2"}},
    {"a name a line", "a.csv",
     "1,a\n2,b\n3,c\n4,d\n5,e\n6,f\n7,g\n8,h\n9,i\n1,j\n1,k\n1,l\n1,m\n1,n\n1,o\n1,p\n1,q\n1,r\n1,s\n1,t\n", {0},
     "column 2 holds 20 different texts in 20 lines: no class", {0}},
    {"wrong shape", "a.csv", "1,2,3\n", {0}, "a sample has 3 numbers; the shape [2,2] takes 4", {.shape = {2, {2, 2}}}},
    {"window too long", "a.csv", "1\n2\n", {0}, "has 2 rows, fewer than the window of 3", {.window = 3}},
    {"limit", "a.csv", "1,2\n3,4\n", {0}, "'DIR/a.csv'", {.limit_bytes = 8}},
    {"gz cut", "a.csv.gz", "cut=20 gz 1,2\n3,4\n", {0}, "'DIR/a.csv.gz' is cut short: its gzip stream does not end", {0}},
    /* NPY */
    {"npy", "a.npy", "npy <f4 C 2,2: 1 2 3 4.5", {0}, "npy 2 x [2]; x 1 2 3 4.5;", {0}},
    {"npy f8", "a.npy", "npy <f8 C 2,2: 1 2 3 4.5", {0}, "npy 2 x [2]; x 1 2 3 4.5;", {0}},
    {"npy i1", "a.npy", "npy |i1 C 2,1: -128 127", {0}, "npy 2 x [1]; x -128 127;", {0}},
    {"npy i2", "a.npy", "npy <i2 C 2,1: -32768 5", {0}, "npy 2 x [1]; x -32768 5;", {0}},
    {"npy i4", "a.npy", "npy <i4 C 2,1: -70000 5", {0}, "npy 2 x [1]; x -70000 5;", {0}},
    {"npy i8", "a.npy", "npy <i8 C 2,1: -7 5", {0}, "npy 2 x [1]; x -7 5;", {0}},
    {"npy b1", "a.npy", "npy |b1 C 2,1: 0 1", {0}, "npy 2 x [1]; x 0 1;", {0}},
    {"npy big endian", "a.npy", "npy >f4 C 2,1: 1.5 -2", {0}, "npy 2 x [1]; x 1.5 -2;", {0}},
    {"npy bytes are pictures", "a.npy", "npy |u1 C 1,2,2: 0 51 102 255", {0}, "npy 1 x [2,2,1]; x 0 0.2 0.4 1;", {0}},
    {"npy Fortran", "a.npy", "npy <f4 F 2,3: 1 4 2 5 3 6", {0}, "npy 2 x [3]; x 1 2 3 4 5 6;", {0}},
    {"npy Fortran, rank 3", "a.npy", "npy <f4 F 2,2,2: 0 4 2 6 1 5 3 7", {0}, "npy 2 x [2,2]; x 0 1 2 3 4 5 6 7;", {0}},
    {"npy rank 1", "a.npy", "npy <f4 C 3,: 1 2 3", {0}, "npy 3 x [1]; x 1 2 3;", {0}},
    {"npy windows", "a.npy", "npy <f4 C 5,: 1 2 3 4 5", {0}, "npy 2 x [2,1]; x 1 2 3 4;", {.window = 2}},
    {"npy labels beside", "x_train.npy", "npy <f4 C 2,1: 5 6", {"y_train.npy", "npy <i8 C 2,: 1 0"},
     "npy 2 x [1]; x 5 6; classes 0 1; label 1 0;", {0}},
    {"npy numbers beside", "x_train.npy", "npy <f4 C 2,1: 5 6", {"y_train.npy", "npy <f4 C 2,2: 1 0 2 3"},
     "npy 2 x [1]; x 5 6; y 1 0 2 3;", {0}},
    {"npy labels declined", "x_train.npy", "npy <f4 C 2,1: 5 6", {"y_train.npy", "npy <i8 C 2,: 1 0"},
     "npy 2 x [1]; x 5 6;", {.labels = "none"}},
    {"npy labels as text", "a.npy", "npy <f4 C 2,1: 5 6", {"l.csv", "dog\ncat\n"},
     "npy 2 x [1]; x 5 6; classes cat dog; label 1 0;", {.labels = "DIR/l.csv"}},
    {"npy nan", "a.npy", "npy <f4 C 2,2: 1 2 nan 4", {0}, "'DIR/a.npy': element [1,0] is nan; leave that sample out", {0}},
    {"npy 10 GB", "a.npy", "npy <f4 C 2500000000,1: 1 2", {0}, "'DIR/a.npy' is cut short: 8 of 10000000000 data bytes", {0}},
    {"npy absurd", "a.npy", "npy <f4 C 4000000000,4000000000: 1", {0}, "has a shape that makes no sense", {0}},
    {"npy empty", "a.npy", "npy <f4 C 0,3:", {0}, "holds no samples", {0}},
    {"npy cut", "a.npy", "cut=130 npy <f4 C 2,1: 5 6", {0}, "is cut short: 2 of 8 data bytes", {0}},
    {"npy header cut", "a.npy", "cut=40 npy <f4 C 2,1: 5 6", {0}, "its .npy header runs past the end of the file", {0}},
    {"npy objects", "a.npy", "npy |O1 C 2,1:", {0}, "has dtype '|O1'; supported: float32", {0}},
    {"npy label count", "x_train.npy", "npy <f4 C 2,1: 5 6", {"y_train.npy", "npy <i8 C 3,: 1 0 1"},
     "'DIR/y_train.npy' holds 3 labels for 2 samples", {0}},
    {"npy labels text count", "a.npy", "npy <f4 C 2,1: 5 6", {"l.csv", "dog\ncat\ncat\n"},
     "'DIR/l.csv' holds 3 labels for 2 samples", {.labels = "DIR/l.csv"}},
    {"npy unknown class", "x_train.npy", "npy <f4 C 2,1: 5 6", {"y_train.npy", "npy <i8 C 2,: 1 0"},
     "'DIR/y_train.npy' element [0]: there is no class '1'", {.class_name = two, .class_count = 2}},
    {"npy column", "a.npy", "npy <f4 C 2,1: 5 6", {0}, "has no columns to predict; only 'x', the input itself", {.target_columns = "y"}},
    /* NPZ */
    {"npz", "a.npz", "npz x=npy <f4 C 2,1: 5 6; y=npy <i4 C 2,: 3 2", {0},
     "npz 2 x [1]; x 5 6; classes 2 3; label 1 0;", {0}},
    {"npz only array", "a.npz", "npz what=npy <f4 C 2,1: 5 6", {0}, "npz 2 x [1]; x 5 6;", {0}},
    {"npz by name", "a.npz", "npz DE=npy <f8 C 2,1: 5 6; FE=npy <f8 C 2,1: 7 8", {0}, "npz 2 x [1]; x 7 8;",
     {.array = "FE"}},
    {"npz test part", "a.npz",
     "npz x_train=npy <f4 C 1,1: 1; y_train=npy <i4 C 1,: 0; x_test=npy <f4 C 1,1: 2; y_test=npy <i4 C 1,: 4", {0},
     "npz 1 x [1]; x 2; classes 4; label 0;", {.array = "x_test"}},
    {"npz which", "a.npz", "npz a=npy <f8 C 2,1: 5 6; b=npy <f8 C 2,1: 7 8", {0},
     "'DIR/a.npz': say which array holds the samples; it holds: a, b", {0}},
    {"npz no such array", "a.npz", "npz a=npy <f8 C 2,1: 5 6", {0}, "has no array 'q'; it holds: a", {.array = "q"}},
    {"npz cut", "a.npz", "cut=150 npz a=npy <f8 C 2,1: 5 6", {0}, "'DIR/a.npz' is cut short or no zip archive", {0}},
    {"npz with text inside", "a.npz", "npz a=hello", {0}, "'DIR/a.npz:a' is not a .npy file", {0}},
    {"npz 10 GB", "a.npz", "npz a=npy <f8 C 1250000000,1: 5 6", {0}, "'DIR/a.npz:a' is cut short: 16 of 10000000000", {0}},
    /* IDX */
    {"idx", "t-images-idx3-ubyte", "idx 8 2,1,2: 0 255 51 102", {"t-labels-idx1-ubyte", "idx 8 2: 7 3"},
     "idx 2 x [1,2,1]; x 0 1 0.2 0.4; classes 3 7; label 1 0; warning: 'DIR/t-images-idx3-ubyte': the classes go from 3 "
     "to 7 but there is no sample of class 4;", {0}},
    {"idx gz", "t-images-idx3-ubyte.gz", "gz idx 8 2,1,2: 0 255 51 102", {"t-labels-idx1-ubyte.gz", "gz idx 8 2: 1 0"},
     "idx 2 x [1,2,1]; x 0 1 0.2 0.4; classes 0 1; label 1 0;", {0}},
    {"idx gz beside plain", "t-images-idx3-ubyte", "idx 8 2,1,1: 0 255", {"t-labels-idx1-ubyte.gz", "gz idx 8 2: 1 0"},
     "idx 2 x [1,1,1]; x 0 1; classes 0 1; label 1 0;", {0}},
    {"idx int16", "a.idx", "idx 11 2,1: -300 300", {0}, "idx 2 x [1]; x -300 300;", {0}},
    {"idx float", "a.idx", "idx 13 2,1: 0.5 -2", {0}, "idx 2 x [1]; x 0.5 -2;", {0}},
    {"idx cut", "a.idx", "cut=14 idx 8 2,2: 1 2 3 4", {0}, "'DIR/a.idx' is cut short: 2 of 4 data bytes", {0}},
    {"idx header cut", "a.idx", "cut=9 idx 8 2,2: 1 2 3 4", {0}, "is cut short: its IDX header ends after 9 of 12 bytes", {0}},
    {"idx 10 GB", "a.idx", "idx 13 50000,50000: 1", {0}, "is cut short: 4 of 10000000000 data bytes", {0}},
    {"idx label count", "t-images-idx3-ubyte", "idx 8 2,1,1: 0 255", {"t-labels-idx1-ubyte", "idx 8 3: 1 0 1"},
     "'DIR/t-labels-idx1-ubyte' holds 3 labels for 2 samples", {0}},
    /* sound */
    {"wav", "a.wav", "wav 8000 1 16: 0 0.5 -0.5 -1", {0}, "wav 1 x [4,1]; x 0 0.5 -0.5 -1;", {0}},
    {"wav 8 bit", "a.wav", "wav 8000 1 8: 0 0.5 -0.5 -1", {0}, "wav 1 x [4,1]; x 0 0.5 -0.5 -1;", {0}},
    {"wav stereo", "a.wav", "wav 8000 2 16: 0 0.5 -0.5 -1", {0}, "wav 1 x [2,2]; x 0 0.5 -0.5 -1;", {0}},
    {"wav mixed", "a.wav", "wav 8000 2 16: 0 0.5 -0.5 -1", {0}, "wav 1 x [2,1]; x 0.25 -0.75;", {.channels = 1}},
    {"wav windows", "a.wav", "wav 8000 1 16: 0 0.5 -0.5 -1 0.25", {0}, "wav 2 x [3,1]; x 0 0.5 -0.5 -0.5 -1 0.25;",
     {.window = 3, .stride = 2}},
    {"wav seconds", "a.wav", "wav 1000 1 16: 0 0.5 -0.5 -1", {0}, "wav 2 x [2,1]; x 0 0.5 -0.5 -1;", {.window_s = 0.002}},
    {"wav filled", "a.wav", "wav 8000 1 16: 0.5 -0.5", {0}, "wav 1 x [3,1]; x 0.5 -0.5 0;", {.window = 3}},
    {"wav cut", "a.wav", "cut=46 wav 8000 1 16: 0 0.5 -0.5 -1", {0}, "'DIR/a.wav' is cut short: 2 of 8 bytes of sound", {0}},
    {"wav cut in its header", "a.wav", "cut=30 wav 8000 1 16: 0 0.5", {0},
     "'DIR/a.wav' is cut short: it ends before its sound begins", {0}},
    {"wav without sound", "a.wav", "wav 8000 1 16:", {0}, "'DIR/a.wav' holds no sound", {0}},
    {"wav channels", "a.wav", "wav 8000 1 16: 0 1", {0}, "has 1 channels, not 2", {.channels = 2}},
    {"rate not told", "a.csv", "1\n2\n", {0}, "does not tell its sampling rate", {.window_s = 1.0}},
    {"rate told", "a.csv", "1\n2\n", {0}, "csv 1 x [2,1]; x 1 2;", {.window_s = 0.02, .rate_hz = 100.0}},
    /* pictures */
    {"png grey", "a.png", "png 2 1 1: 0 255", {0}, "image 1 x [1,2,1]; x 0 1;", {0}},
    {"png colour", "a.png", "png 1 1 3: 51 102 255", {0}, "image 1 x [1,1,3]; x 0.2 0.4 1;", {0}},
    {"png colour to grey", "a.png", "png 1 1 3: 255 0 0", {0}, "image 1 x [1,1,1]; x 0.299;", {.channels = 1}},
    {"png grey to colour", "a.png", "png 1 1 1: 51", {0}, "image 1 x [1,1,3]; x 0.2 0.2 0.2;", {.channels = 3}},
    {"png transparent is black", "a.png", "png 2 1 4: 255 255 255 0 51 51 51 255", {0},
     "image 1 x [1,2,3]; x 0 0 0 0.2 0.2 0.2;", {0}},
    {"png smaller", "a.png", "png 3 2 1: 0 51 102 51 102 255", {0}, "image 1 x [1,1,1]; x 0.366667;",
     {.width = 1, .height = 1}},
    {"png larger", "a.png", "png 2 1 1: 0 255", {0}, "image 1 x [1,4,1]; x 0 0.25 0.75 1;", {.width = 4, .height = 1}},
    {"png cut", "a.png", "cut=60 png 40 40 1: 1 2 3 4 5 6 7", {0}, "'DIR/a.png' is damaged or cut short", {0}},
    {"jpg grey", "a.jpg", "jpg 8 8 1: 102", {0}, "image 1 x [8,8,1]; x 0.4 0.4 0.4", {0}},
    {"jpg colour", "a.jpg", "jpg 8 8 3: 102", {0}, "image 1 x [8,8,3]; x 0.4 0.4 0.4", {0}},
    {"jpg cut", "a.jpg", "cut=400 jpg 64 64 1: 9 200 3 70 5 90 7 8 200 1 9 1 99 1 9 1 9 1 99 200", {0},
     "'DIR/a.jpg' is damaged or cut short", {0}},
    {"size by half", "a.png", "png 2 1 1: 0 255", {0}, "pictures cannot be made 4 x 0 pixels", {.width = 4}},
    /* folders */
    {"folder of sound", "set", NULL,
     {"set/cat/a.wav", "wav 8000 1 16: 0.5 0.25", "set/ant/b.wav", "wav 8000 1 16: -0.5 0", "set/cat/README", "cats"},
     "wav 2 x [2,1]; x -0.5 0 0.5 0.25; classes ant cat; label 0 1;", {0}},
    {"folder, filled", "set", NULL, {"set/a.wav", "wav 8000 1 16: 0.5", "set/b.wav", "wav 8000 1 16: -0.5 0.25"},
     "wav 2 x [2,1]; x 0.5 0 -0.5 0.25; warning: 'DIR/set': 1 of 2 files are shorter than 2 samples and filled with "
     "zeros;", {0}},
    {"folder, windows", "set/", NULL, {"set/a_1.wav", "wav 8000 1 16: 0.5 0", "set/b_1.wav", "wav 8000 1 16: -0.5 0.25"},
     "wav 4 x [1,1]; x 0.5 0 -0.5 0.25; classes a b; label 0 0 1 1;", {.window = 1, .label_from = "name"}},
    {"folder of tables", "set", NULL, {"set/up/1.csv", "1,2\n3,4\n", "set/down/1.csv", "5,6\n7,8\n"},
     "csv 2 x [2,2]; x 5 6 7 8 1 2 3 4; classes down up; label 0 1;", {0}},
    {"folder of tables, rows' classes", "set", NULL,
     {"set/1.csv", "a,bad\n3,1\n4,1\n", "set/2.csv", "a,bad\n5,0\n6,0\n"},
     "csv 2 x [2,1]; x 3 4 5 6; classes 0 1; label 1 0;", {.label_column = "bad"}},
    {"folder of arrays", "set", NULL, {"set/1797_B.npz", "npz DE=npy <f8 C 2,1: 5 6", "set/1797_N.npz",
     "npz DE=npy <f8 C 2,1: 7 8"},
     "npz 2 x [2,1]; x 5 6 7 8; classes 1797_B 1797_N; label 0 1;", {.label_from = "file"}},
    {"folder of tables, two lines of warning", "set", NULL,
     {"set/a.csv", "t;a\n2020-01-02;1,5\n2020-01-02;2\n", "set/b.csv", "t;a\n2020-01-02;1,5\n2020-01-02;2\n"},
     "x 1.5 2 1.5 2; warning: 'DIR/set/a.csv': column 1 holds times and is passed over; warning: 'DIR/set/a.csv': commas "
     "in numbers are taken as decimal marks;", {0}},
    {"folder of pictures", "set", NULL, {"set/0/a.png", "png 1 1 1: 0", "set/1/b.jpg", "jpg 1 1 1: 255"},
     "image 2 x [1,1,1]; x 0 1; classes 0 1; label 0 1;", {0}},
    {"folder, classes beside", "set", NULL, {"set/a/1.png", "png 1 1 1: 0", "set/a-b/1.png", "png 1 1 1: 255"},
     "image 2 x [1,1,1]; x 1 0; classes a a-b; label 1 0;", {0}},
    {"folder, no classes", "set", NULL, {"set/a/1.png", "png 1 1 1: 0", "set/b/1.png", "png 1 1 1: 255"},
     "image 2 x [1,1,1]; x 0 1;", {.label_from = "none"}},
    {"folder, two kinds", "set", NULL,
     {"set/a.png", "png 1 1 1: 0", "set/b.png", "png 1 1 1: 255", "set/names.csv", "a,b\n1,2\n"},
     "image 2 x [1,1,1]; x 0 1; warning: 'DIR/set': 1 files that are no pictures are passed over;", {0}},
    {"folder, background", "set", NULL, {"set/a/1.png", "png 1 1 1: 0", "set/_b/1.png", "png 1 1 1: 255"},
     "warning: 'DIR/set': the folder '_b' begins with '_' and is passed over;", {0}},
    {"folder, empty", "set", NULL, {"set/README", "nothing"}, "'DIR/set' holds no file that is known", {0}},
    {"folder, empty class", "set", NULL, {"set/a/1.png", "png 1 1 1: 0", "set/b/README", ""},
     "'DIR/set/b' is a class without samples; fill the folder or remove it", {0}},
    {"folder, no class", "set", NULL, {"set/a/1.png", "png 1 1 1: 0", "set/2.png", "png 1 1 1: 0"},
     "'DIR/set/2.png' lies in no sub-folder that would name its class", {0}},
    {"folder, no name", "set", NULL, {"set/a.png", "png 1 1 1: 0"}, "'DIR/set/a.png': its name has no '_'",
     {.label_from = "name"}},
    {"folder, wrong word", "set", NULL, {"set/a.png", "png 1 1 1: 0"}, "labels come from the folder, the name",
     {.label_from = "colour"}},
    {"folder, wrong class", "set", NULL, {"set/maybe/a.png", "png 1 1 1: 0"},
     "'DIR/set/maybe/a.png': there is no class 'maybe'", {.class_name = two, .class_count = 2}},
    {"folder, one damaged", "set", NULL, {"set/a.wav", "wav 8000 1 16: 0", "set/b.wav", "RIFFxxxxWAVEno"},
     "'DIR/set/b.wav' is cut short: it ends before its sound begins", {0}},
    {"folder, one empty", "set", NULL, {"set/a.wav", "wav 8000 1 16: 0", "set/b.wav", ""}, "'DIR/set/b.wav' is empty", {0}},
    {"folder, rates", "set", NULL, {"set/a.wav", "wav 8000 1 16: 0", "set/b.wav", "wav 9000 1 16: 0"},
     "'DIR/set/b.wav' has 9000 samples a second, 'a.wav' has 8000", {0}},
    {"folder, sizes", "set", NULL, {"set/a.png", "png 1 1 1: 0", "set/b.png", "png 2 1 1: 0"},
     "'DIR/set/b.png' is [1,2,1], 'a.png' is [1,1,1]", {0}},
    {"folder, not a picture", "set", NULL, {"set/a.png", "png 1 1 1: 0", "set/b.png", "hello"},
     "'DIR/set/b.png' is neither PNG nor JPEG", {0}},
    {"folder, columns", "set", NULL, {"set/a.csv", "1,2\n", "set/b.csv", "1,2,3\n"}, "'DIR/set/b.csv' has rows of [3]", {0}},
    {"neither text nor known", "a.bin", "cut=3 npz a=hello", {0}, "'DIR/a.bin'", {0}},
};

/* --- running --- */

static void put_file(Arena *a, const char *folder, const char *name, const char *spec)
{
    Out o = {0};
    Diag d = {0};
    make_file(spec, &o);
    char *path = path_join(a, folder, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    Status s = dir_make(path, &d);
    *slash = '/';
    if (s != OK || file_write(path, o.text == NULL ? "" : o.text, o.bytes, &d) != OK) {
        printf("FAIL %s\n", d.text);
        exit(1);
    }
    out_free(&o);
}

/* DIR/ in TEXT becomes the folder. */
static const char *with_folder(Arena *a, const char *text, const char *folder)
{
    const char *at = text == NULL ? NULL : strstr(text, "DIR/");
    return at == NULL ? text
                      : arena_printf(a, "%.*s%s/%s", (int)(at - text), text, folder,
                                     with_folder(a, at + 4, folder));
}

static void run_row(const Row *row, const char *top, int32_t number)
{
    Arena a = {0};
    Diag d = {0};
    Out got = {0};
    Data *data = NULL;
    const char *folder = arena_printf(&a, "%s/%d", top, number);
    if (row->spec != NULL) {
        put_file(&a, folder, row->name, row->spec);
    }
    for (size_t i = 0; i + 1 < COUNT(row->other) && row->other[i] != NULL; i += 2) {
        put_file(&a, folder, row->other[i], row->other[i + 1]);
    }
    DataOptions o = row->o;
    o.path = path_join(&a, folder, row->name);
    o.labels = with_folder(&a, o.labels, folder);
    if (data_read(&o, &data, &d) == OK) {
        show(&got, data, &d);
    } else {
        out_text(&got, d.text);
    }
    if (strstr(got.text, with_folder(&a, row->want, folder)) != NULL) {
        passed++;
    } else {
        failed++;
        printf("FAIL data:%s: %s\n  wanted %s\n", row->id, got.text, with_folder(&a, row->want, folder));
    }
    data_free(data);
    out_free(&got);
    diag_clear(&d);
    arena_free(&a);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: data_test FOLDER\n");
        return 2;
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        run_row(&rows[i], argv[1], (int32_t)i);
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed > 0;
}
