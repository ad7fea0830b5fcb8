/* What the files that build networks from text share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TRAIN_NET_BUILDER_H
#define SHRINC_TRAIN_NET_BUILDER_H

#include "train/net.h"

typedef enum NetAct {
    NET_LINEAR,
    NET_RELU,
    NET_RELU6,
    NET_LEAKY,
    NET_SIGMOID,
    NET_TANH,
    NET_SOFTMAX,
    NET_ACT_COUNT
} NetAct;

/* Words that may follow a layer's numbers. */
enum {
    WORD_STRIDE = 1 << 0,     /* "stride S" or "stride HxW" */
    WORD_DILATION = 1 << 1,   /* "dilation D" or "dilation HxW" */
    WORD_PADDING = 1 << 2,    /* "same", "valid" */
    WORD_MULTIPLIER = 1 << 3, /* "multiplier M" */
    WORD_BATCHNORM = 1 << 4,  /* "batchnorm" */
    WORD_ACT = 1 << 5,        /* an activation */
    WORD_RELU = 1 << 6,       /* "relu", "relu6" alone */
    WORD_BILINEAR = 1 << 7,   /* "bilinear" */
    WORD_SEQUENCES = 1 << 8,  /* "sequences" */
};

enum { LAYER_NUMBERS = 2, LAYER_ARGUMENTS = 16 };

/* A layer as written. */
typedef struct Layer {
    const struct LayerKind *kind;
    const char *at; /* where it begins in the text */
    double number[LAYER_NUMBERS];
    int32_t units;
    int32_t kernel_h, kernel_w; /* KERNEL_W 0: one number was given */
    int32_t stride_h, stride_w; /* 0: not given */
    int32_t dilation_h, dilation_w;
    int32_t multiplier;
    int32_t padding; /* -1: not given */
    NetAct act;
    bool batchnorm, bilinear, sequences;
} Layer;

typedef struct Saved {
    const char *name;
    TensorId tensor;
    Shape shape;
} Saved;

/* Weights whose start waits for the activation that follows them. */
typedef struct Pending {
    TensorId tensor;
    int64_t fan_in, fan_out;
} Pending;

enum { NET_SAVED = 32, NET_PENDING = 64, NET_DEPTH = 8, NET_KINDS = 32 };

typedef struct Builder {
    const NetOptions *o;
    Graph *g;
    Diag *d;
    const char *text;  /* begin of the text that is read */
    const char *p;     /* what comes next */
    const char *ready; /* the ready net that TEXT is, or NULL */
    TensorId now;      /* the last layer's output ... */
    Shape
        shape; /* ... and its shape as the text sees it, without batch; a sequence's tensor may be [1,1,T,C] */
    int32_t number[NET_KINDS]; /* layers of each kind so far */
    Saved saved[NET_SAVED];
    int32_t saved_count;
    Pending pending[NET_PENDING];
    int32_t pending_count;
    uint64_t weights; /* weight tensors so far: each has its own random stream */
    int32_t depth;
    int32_t repeat; /* layers inside repeats, to bound what a text can ask for */
} Builder;

typedef struct LayerKind {
    const char *name;
    const char *numbers; /* n: whole number, k: kernel, r: real; a capital: may be left out */
    uint32_t words;
    const char *help; /* what it does, one line */
    Status (*build)(Builder *b, const Layer *l);
} LayerKind;

extern const LayerKind layer_kinds[]; /* ends with a NULL name */

/* --- net.c: fails with the place of AT in the text --- */
Status net_fail(const Builder *b, const char *at, const char *format, ...) PRINTF_LIKE(3, 4);

/* --- net_layers.c --- */
/* "conv_2": the name of the next layer of a kind. */
const char *net_name(Builder *b, const LayerKind *kind);
/* Appends a node with inputs IN that makes one tensor of its own name, and infers its shape. */
Status net_node(Builder *b, const char *op, const char *name, int32_t in_count, const TensorId *in,
                Node **out);
void net_set_int(Node *n, const char *attr, int32_t value);
void net_set_real(Node *n, const char *attr, double value);
TensorId net_ints(Builder *b, const char *name, const char *role, int32_t count,
                  const int32_t *value);
TensorId net_weights(Builder *b, const char *name, const char *role, Shape shape, int64_t fan_in,
                     int64_t fan_out);
TensorId net_filled(Builder *b, const char *name, const char *role, int32_t count, float value);
Status net_reshape(Builder *b, const char *name, int32_t rank, const int32_t *dim);
/* Ends the wait of all pending weights: a relu follows, or something else does. */
void net_resolve(Builder *b, bool relu);
Status net_batchnorm(Builder *b, const char *name);
Status net_activation(Builder *b, const char *name, NetAct act, double number);
/* x + y into the current tensor, by the shortcut X of shape X_SHAPE. */
Status net_add(Builder *b, const char *at, TensorId x, Shape x_shape, NetAct act, bool may_project);

/* --- net_recurrent.c --- */
Status net_gru(Builder *b, const Layer *l);
Status net_lstm(Builder *b, const Layer *l);

/* --- ready_nets.c --- */
typedef struct ReadyNet {
    const char *name;
    const char *numbers; /* for net_help: "(alpha)" */
    const char *help;
    int32_t max_arguments;
    /* Writes the net's text. */
    Status (*write)(const NetOptions *o, const double *argument, int32_t count, Out *text, Diag *d);
} ReadyNet;
extern const ReadyNet ready_nets[]; /* ends with a NULL name */

#endif
