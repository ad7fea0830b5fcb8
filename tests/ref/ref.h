/* A slow second opinion: random configurations of every operator, and what must come out of them. Written from the
 * quantisation specification and tests/oracle/FACTS.md; uses the graph of src/ir, and nothing of rt/ or of the operators' code.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_REF_H
#define SHRINC_REF_H

#include "ir/ir.h"

/* One element. Integers, bytes and truth values are in I; floats in R. */
typedef struct Num {
    int64_t i;
    double r;
} Num;

/* What a tensor that is not constant is filled with in each run. */
typedef enum FillKind {
    FILL_ANY, /* the whole type, or its ends, or around the zero point; floats of every size and sign */
    FILL_EXACT, /* floats: multiples of 1/16 up to 8, whose sums and products are exact; integers as FILL_ANY */
    FILL_POSITIVE, /* floats: 1/16 to 8, whose sums do not cancel; integers as FILL_ANY */
    FILL_RANGE,    /* LOW to HIGH, floats or integers */
    FILL_ANCHORED  /* the same, but element 0 is HIGH: the others may be tiny beside it */
} FillKind;

typedef struct Fill {
    FillKind kind;
    double low, high;
} Fill;

enum { REF_TENSORS = 64, REF_TYPES = 8, REF_LABELS = 64 };

/* For operators that move whole elements. */
#define REF_EVERY_TYPE                                                                             \
    {                                                                                              \
        TYPE_S8, TYPE_S16, TYPE_F32, TYPE_S32, TYPE_U8, TYPE_S64, TYPE_BOOL                        \
    }

typedef struct Case Case;

/* One operator. GENERATE makes a valid graph of one node; REFERENCE computes its outputs from c->value. */
typedef struct RefOp {
    const char *name;
    Type type[REF_TYPES]; /* of the configurations, ends with TYPE_NONE */
    void (*generate)(Case *c);
    void (*reference)(Case *c);
    const char *const *never; /* labels that cannot occur, ends with NULL */
} RefOp;

struct Case {
    const RefOp *op;
    uint64_t seed, random;
    Type type;
    Rounding rounding;
    bool is_corner; /* a quarter: extremes are forced */
    Graph *g;
    TensorId in[MAX_ARGS], out[MAX_ARGS];
    int32_t in_count, out_count;
    Fill fill[REF_TENSORS];
    Num *value[REF_TENSORS]; /* by tensor: constants, inputs of this run, states as they must be */
    Num *want[MAX_ARGS];     /* by output */
    Shape want_shape[MAX_ARGS];
    int32_t runs;
    const char *label[REF_LABELS]; /* what this configuration covers besides attributes */
    int32_t label_count;
};

/* A tensor as the reference sees it. */
typedef struct View {
    bool is_given;
    const Tensor *t;
    Shape s;
    int64_t count;
    double scale;            /* of the whole tensor */
    int64_t zero, low, high; /* integers: zero point, ends of the type */
    Num *v;
} View;

/* --- random.c: numbers, shapes, tensors ------------------------------------------------------------- */

uint64_t rnd(Case *c);
int32_t rnd_int(Case *c, int32_t low, int32_t high); /* both included */
bool rnd_chance(Case *c, int32_t out_of);            /* once in so many */
double rnd_real(Case *c, double low, double high);
double rnd_log(Case *c, double low2, double high2); /* 2^low2 .. 2^high2, even in the logarithm */
int32_t rnd_size(Case *c, int32_t most);            /* 1 .. MOST, small and 1 more often */
Shape rnd_shape(Case *c, int32_t min_rank, int32_t max_rank, int32_t elements);

Node *node_of(const Case *c);
TensorId add_input(Case *c, Type type, Shape shape, FillKind kind);
TensorId add_range(Case *c, Type type, Shape shape, double low,
                   double high); /* an input from LOW to HIGH */
TensorId add_anchored(Case *c, Type type, Shape shape, double low,
                      double high); /* the same, with one at HIGH */
TensorId add_state(Case *c, Type type, Shape shape,
                   bool is_given); /* given: with values of its own */
TensorId add_const(Case *c, Type type, Shape shape, FillKind kind);
TensorId add_values(Case *c, Type type, Shape shape,
                    const int64_t *value); /* a constant of these integers */
TensorId add_list(Case *c, int32_t count,
                  const int32_t *value); /* a constant list, s32 or rarely s64 */
void add_none(Case *c);
TensorId add_output(Case *c, Type type);
void make_node(Case *c);                /* of all that was added, attributes at their defaults */
void const_again(Case *c, TensorId id); /* the constant's bytes from c->value */
bool is_quantised(Type type);
void set_quant(Case *c, TensorId id, double scale, int32_t zero);
void set_channels(Case *c, TensorId id, int32_t axis, int32_t count,
                  const float *scale); /* zero points 0 */
void copy_quant(Case *c, TensorId to, TensorId from);
float rnd_scale(Case *c, double low2,
                double high2);        /* corners: often a power of two or just beside it */
int32_t rnd_zero(Case *c, Type type); /* s16, s32: 0; corners: the ends of the type */
void rnd_quant(Case *c, TensorId id); /* both of these, where the type is quantised */
void start_states(Case *c);           /* those without values: the zero point of int8, else 0 */
void refill(Case *c);                 /* new values for all inputs */
void cover(Case *c, const char *label);

void set_int(Case *c, const char *attr, int32_t value); /* ATTR_INT, ATTR_ENUM */
void set_bool(Case *c, const char *attr, bool value);
void set_float(Case *c, const char *attr, float value);
void set_ints(Case *c, const char *attr, int32_t count, const int32_t *value);
int32_t get_int(const Case *c, const char *attr);
bool get_bool(const Case *c, const char *attr);
float get_float(const Case *c, const char *attr);
IntList get_ints(const Case *c, const char *attr);
int32_t rnd_act(Case *c); /* sets "act"; returns it */

/* --- ref.c: elements and arithmetic ------------------------------------------------------------------ */

View see(const Case *c, TensorId id);
View in(const Case *c, int32_t i);
View out(Case *c, int32_t i, Shape shape);            /* makes room for the answer */
double scale_at(const View *w, int64_t channel);      /* per channel or per tensor */
int64_t list_at(const Case *c, int32_t i, int64_t k); /* element of an input that holds integers */
void type_limits(Type type, int64_t *low, int64_t *high);
int64_t place(const Shape *s, const int32_t *index); /* of an element, row major */
bool next_index(const Shape *s, int32_t *index); /* counts like an odometer; false after the last */
Num num(int64_t i);
Num real(double r);
int64_t at4(const Shape *s, int64_t a, int64_t b, int64_t k, int64_t l);
void bytes_of(Type type, const Num *v, int64_t count, uint8_t *bytes);
Num num_at(Type type, const uint8_t *bytes, int64_t i);

__extension__ typedef __int128 Wide; /* products of 64 bits, exact */
int64_t clamp(int64_t x, int64_t low, int64_t high);
int64_t wrap32(int64_t x);
int64_t saturate32(int64_t x);
int64_t floor_div(Wide a, Wide b);    /* toward minus infinity, b > 0 */
int64_t nearest_up(Wide a, Wide b);   /* a / b, ties upward, b > 0 */
int64_t nearest_away(Wide a, Wide b); /* a / b, ties away from zero, b > 0 */
int64_t round_f32(double x);          /* x as float, to the nearest integer, ties away from zero */

/* real = m * 2^(e - 31). */
typedef struct Fixed {
    int64_t m;
    int32_t e;
} Fixed;
Fixed quantise(double x);
int64_t high_mul(int64_t a, int64_t b);         /* a * b / 2^31, ties upward, saturating */
int64_t halve(int64_t a, int32_t n);            /* a / 2^n, ties away from zero */
int64_t mul(const Case *c, int64_t a, Fixed f); /* requantisation in the case's rounding family */
int64_t mul64(int64_t a, Fixed f);              /* for 64-bit sums: a multiplier of 16 bits */
void act_limits(const View *y, int32_t act, int64_t *low, int64_t *high);
double act_real(double x, int32_t act);

/* --- mac.c: layers that sum products of an input and constant weights -------------------------------------- */

/* Element k of channel o lies at o * channel_step + k * step of the weights; scales may go along AXIS. */
typedef struct Taps {
    int32_t channels, axis;
    int64_t count, channel_step, step;
} Taps;

FillKind mac_fill(Case *c); /* for input and weights: floats whose sums are safe to compare */
void mac_finish(Case *c, TensorId x, TensorId w, Taps taps,
                bool may_have_bias_32); /* bias, output, node, all scales */
/* SUM, with nothing but the bias to come, as output element of CHANNEL. BIAS is an input's number. */
Num mac_end(const Case *c, Num sum, int32_t x, int32_t w, int32_t bias, int64_t channel,
            const View *y, int32_t act);

/* --- hybrid.c: int8 weights on floats ------------------------------------------------------------------ */

bool hybrid_drawn(Case *c);                           /* in half of the float cases */
void hybrid_finish(Case *c, TensorId w, Taps taps);   /* bias, output, node, scales */
bool hybrid_is(const Case *c, int32_t w);             /* W: the weights' input number */
bool hybrid_differs(const View *w);                   /* not all scales are the same */
/* X's numbers quantised, batch by batch: I becomes q - zero. Returns the scales. */
float *hybrid_see(Case *c, View *x, int64_t batches, bool is_asymmetric);
Num hybrid_end(Num sum, float x_scale, const View *w, const View *bias, int64_t channel, int32_t act);

/* --- fixed.c: exponentials and their kin on integers ---------------------------------------------------- */

int64_t exp_fixed(int64_t a, int32_t k); /* exp(a), a <= 0 with k integer bits, as Q0.31 */
int64_t reciprocal_fixed(int64_t a);     /* 1 / (1 + a), Q0.31 */
int64_t logistic_fixed(int64_t a, int32_t k);
int64_t tanh_fixed(int64_t a, int32_t k);
int64_t log_fixed(int64_t a, int32_t k_in, int32_t k_out); /* ln(a), a >= 1 */
int64_t logistic_16(int64_t x, int64_t m,
                    int32_t n); /* of x * m / 2^n in steps of 1/12288; result in 1/32768 */
int64_t tanh_16(int64_t x, int64_t m, int32_t n);
Fixed inverse_root(int64_t a); /* 1 / sqrt(a) */
void sampled(double (*f)(double), double x_low, double x_high, double y_low, double y_high,
             int64_t table[513]);
int64_t look(const int64_t table[513], int64_t x);

/* --- one table per family, ends with a NULL name --------------------------------------------------------- */

extern const RefOp *const ref_families[]; /* written by the build from the folder listing */

#endif
