/* Products of float matrices: tiles in registers, blocks, and when OpenBLAS is asked instead.
 * SPDX-License-Identifier: Apache-2.0 */
#include "op/util_gemm.h"

#include "op/util_fast.h"

#ifdef SHRINC_OPENBLAS
#include <cblas.h>
#endif

enum { DEPTH_BLOCK = 256, BLAS_FROM = 1 << 20 };

/* ROWS and WIDE are constants where this is called: the loops unroll and the sums stay in registers. */
ALWAYS void tile_sums(const GemmTile *t, int rows, int wide, Lane sum[GEMM_ROWS][2])
{
    const float *x[GEMM_ROWS];
    const float *w = t->w;
    for (int r = 0; r < rows; r++) {
        x[r] = t->x[r];
    }
    for (int32_t k = 0; k < t->depth; k++) {
        int32_t at = t->off != NULL ? t->off[k] : k;
        Lane low = *(const LaneAt *)w;
        Lane high = low;
        if (wide > 1) {
            high = *(const LaneAt *)(w + LANES);
        }
        for (int r = 0; r < rows; r++) {
            float v = x[r][at];
            sum[r][0] += v * low;
            if (wide > 1) {
                sum[r][1] += v * high;
            }
        }
        w += GEMM_COLS;
    }
}

ALWAYS void tile_store(const GemmTile *t, int32_t r, int wide, const Lane sum[2])
{
    float row[GEMM_COLS];
    float *y = t->y[r];
    bool is_whole = t->cols == wide * LANES;
    float *to = is_whole ? y : row;
    for (int i = 0; i < wide; i++) {
        *(LaneAt *)(to + i * LANES) = sum[i];
    }
    if (t->clamps) { /* so written that what is not a number stays so */
        for (int i = 0; i < wide * LANES; i++) {
            float v = to[i] < t->low ? t->low : to[i];
            to[i] = v > t->high ? t->high : v;
        }
    }
    if (!is_whole) {
        memcpy(y, row, (size_t)t->cols * sizeof *y);
    }
}

ALWAYS void tile_start(const GemmTile *t, int32_t r, int wide, Lane sum[2])
{
    float row[GEMM_COLS] = {0.0f};
    const float *from = row;
    if (t->add && t->cols == wide * LANES) {
        from = t->y[r];
    } else if (t->add) {
        memcpy(row, t->y[r], (size_t)t->cols * sizeof *row);
    } else if (t->start != NULL) {
        from = t->start;
    }
    for (int i = 0; i < wide; i++) {
        sum[i] = *(const LaneAt *)(from + i * LANES);
    }
}

ALWAYS void tile_fixed(const GemmTile *t, int rows, int wide)
{
    Lane sum[GEMM_ROWS][2];
    for (int r = 0; r < rows; r++) {
        tile_start(t, r, wide, sum[r]);
    }
    tile_sums(t, rows, wide, sum);
    for (int r = 0; r < rows; r++) {
        tile_store(t, r, wide, sum[r]);
    }
}

ALWAYS void tile_any(const GemmTile *t)
{
    if (t->cols > LANES) {
        switch (t->rows) {
        case 6: tile_fixed(t, 6, 2); return;
        case 5: tile_fixed(t, 5, 2); return;
        case 4: tile_fixed(t, 4, 2); return;
        case 3: tile_fixed(t, 3, 2); return;
        case 2: tile_fixed(t, 2, 2); return;
        default: tile_fixed(t, 1, 2); return;
        }
    }
    switch (t->rows) {
    case 6: tile_fixed(t, 6, 1); return;
    case 5: tile_fixed(t, 5, 1); return;
    case 4: tile_fixed(t, 4, 1); return;
    case 3: tile_fixed(t, 3, 1); return;
    case 2: tile_fixed(t, 2, 1); return;
    default: tile_fixed(t, 1, 1); return;
    }
}

typedef struct Outer {
    const float *x, *y;
    const int32_t *off;
    GemmLoops l;
} Outer;

ALWAYS void outer_any(const Outer *o, float out[GEMM_ROWS][GEMM_COLS])
{
    Lane sum[GEMM_ROWS][2];
    const int64_t x_step = o->l.x_step[2];
    const int64_t y_step = o->l.y_step[2];
    for (int r = 0; r < GEMM_ROWS; r++) {
        sum[r][0] = *(const LaneAt *)out[r];
        sum[r][1] = *(const LaneAt *)(out[r] + LANES);
    }
    for (int32_t i = 0; i < o->l.count[0] * o->l.count[1]; i++) {
        int32_t outer = i / o->l.count[1];
        int32_t inner = i % o->l.count[1];
        const float *y = o->y + outer * o->l.y_step[0] + inner * o->l.y_step[1];
        const float *x[GEMM_ROWS];
        for (int r = 0; r < GEMM_ROWS; r++) {
            x[r] = o->x + outer * o->l.x_step[0] + inner * o->l.x_step[1] + o->off[r];
        }
        int64_t at = 0;
        for (int32_t p = 0; p < o->l.count[2]; p++) {
            Lane low = *(const LaneAt *)y;
            Lane high = *(const LaneAt *)(y + LANES);
            for (int r = 0; r < GEMM_ROWS; r++) {
                float v = x[r][at];
                sum[r][0] += v * low;
                sum[r][1] += v * high;
            }
            at += x_step;
            y += y_step;
        }
    }
    for (int r = 0; r < GEMM_ROWS; r++) {
        *(LaneAt *)out[r] = sum[r][0];
        *(LaneAt *)(out[r] + LANES) = sum[r][1];
    }
}

static void tile_plain(const GemmTile *t)
{
    tile_any(t);
}

static void outer_plain(const Outer *o, float out[GEMM_ROWS][GEMM_COLS])
{
    outer_any(o, out);
}

/* What this processor runs; set by gemm_start. */
static void (*tile_best)(const GemmTile *t) = tile_plain;
static void (*outer_best)(const Outer *o, float out[GEMM_ROWS][GEMM_COLS]) = outer_plain;

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void tile_avx2(const GemmTile *t)
{
    tile_any(t);
}

__attribute__((target("avx2,fma"))) static void outer_avx2(const Outer *o,
                                                           float out[GEMM_ROWS][GEMM_COLS])
{
    outer_any(o, out);
}

static void choose(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        tile_best = tile_avx2;
        outer_best = outer_avx2;
    }
}
#else
static void choose(void)
{
}
#endif

void gemm_start(void)
{
    choose();
#ifdef SHRINC_OPENBLAS
    openblas_set_num_threads(1);
#endif
}

void gemm_tile(const GemmTile *t)
{
    tile_best(t);
}

void gemm_outer(const float *x, const int32_t off[GEMM_ROWS], const float *y, const GemmLoops *l,
                float sum[GEMM_ROWS][GEMM_COLS])
{
    outer_best(&(Outer){x, y, off, *l}, sum);
}

void gemm_pack(const float *b, int64_t b_row, int32_t cols, int32_t depth, float *w)
{
    for (int32_t k = 0; k < depth; k++) {
        for (int32_t c = 0; c < GEMM_COLS; c++) {
            w[k * GEMM_COLS + c] = c < cols ? b[c * b_row + k] : 0.0f;
        }
    }
}

/* The same of B [depth][b_row]. */
static void pack_rows(const float *b, int64_t b_row, int32_t cols, int32_t depth, float *w)
{
    for (int32_t k = 0; k < depth; k++) {
        for (int32_t c = 0; c < GEMM_COLS; c++) {
            w[k * GEMM_COLS + c] = c < cols ? b[k * b_row + c] : 0.0f;
        }
    }
}

static int32_t at_most(int32_t limit, int32_t v)
{
    return v < limit ? v : limit;
}

/* A B or A B^T by tiles: a block of B is packed once for all rows of A. */
static void gemm_rows(const Gemm *p)
{
    float w[DEPTH_BLOCK * GEMM_COLS];
    GemmTile t = {.w = w};
    for (int32_t n = 0; n < p->n; n += GEMM_COLS) {
        t.cols = at_most(GEMM_COLS, p->n - n);
        for (int32_t k = 0; k < p->k; k += DEPTH_BLOCK) {
            t.depth = at_most(DEPTH_BLOCK, p->k - k);
            t.add = p->add || k > 0;
            if (p->form == GEMM_NT) {
                gemm_pack(p->b + n * p->b_row + k, p->b_row, t.cols, t.depth, w);
            } else {
                pack_rows(p->b + k * p->b_row + n, p->b_row, t.cols, t.depth, w);
            }
            for (int32_t m = 0; m < p->m; m += GEMM_ROWS) {
                t.rows = at_most(GEMM_ROWS, p->m - m);
                for (int32_t r = 0; r < t.rows; r++) {
                    t.x[r] = p->a + (m + r) * p->a_row + k;
                    t.y[r] = p->c + (m + r) * p->c_row + n;
                }
                gemm_tile(&t);
            }
        }
    }
}

/* A^T B: columns of A by columns of B, one sum of products a pair. */
static void gemm_columns(const Gemm *p)
{
    float w[DEPTH_BLOCK * GEMM_COLS];
    for (int32_t k = 0; k < p->k; k += DEPTH_BLOCK) {
        int32_t depth = at_most(DEPTH_BLOCK, p->k - k);
        bool add = p->add || k > 0;
        for (int32_t n = 0; n < p->n; n += GEMM_COLS) {
            int32_t cols = at_most(GEMM_COLS, p->n - n);
            Outer o = {.y = p->b + k * p->b_row + n,
                       .l = {{1, 1, depth}, {0, 0, p->a_row}, {0, 0, p->b_row}}};
            if (cols < GEMM_COLS) {
                pack_rows(o.y, p->b_row, cols, depth, w);
                o.y = w;
                o.l.y_step[2] = GEMM_COLS;
            }
            for (int32_t m = 0; m < p->m; m += GEMM_ROWS) {
                float sum[GEMM_ROWS][GEMM_COLS] = {{0.0f}};
                int32_t off[GEMM_ROWS];
                int32_t rows = at_most(GEMM_ROWS, p->m - m);
                for (int32_t r = 0; r < GEMM_ROWS; r++) {
                    off[r] = at_most(rows - 1, r);
                }
                o.x = p->a + k * p->a_row + m;
                gemm_outer(o.x, off, o.y, &o.l, sum);
                for (int32_t r = 0; r < rows; r++) {
                    float *c = p->c + (m + r) * p->c_row + n;
                    for (int32_t i = 0; i < cols; i++) {
                        c[i] = add ? c[i] + sum[r][i] : sum[r][i];
                    }
                }
            }
        }
    }
}

static void gemm_both(const Gemm *p)
{
    for (int32_t m = 0; m < p->m; m++) {
        for (int32_t n = 0; n < p->n; n++) {
            float *c = p->c + m * p->c_row + n;
            float sum = 0.0f;
            for (int32_t k = 0; k < p->k; k++) {
                sum += p->a[k * p->a_row + m] * p->b[n * p->b_row + k];
            }
            *c = p->add ? *c + sum : sum;
        }
    }
}

void gemm(const Gemm *p)
{
    if (p->form == GEMM_TT) {
        gemm_both(p);
        return;
    }
#ifdef SHRINC_OPENBLAS
    if ((int64_t)p->m * p->n * p->k >= BLAS_FROM) {
        cblas_sgemm(CblasRowMajor, p->form == GEMM_TN ? CblasTrans : CblasNoTrans,
                    p->form == GEMM_NT ? CblasTrans : CblasNoTrans, p->m, p->n, p->k, 1.0f, p->a,
                    (blasint)p->a_row, p->b, (blasint)p->b_row, p->add ? 1.0f : 0.0f, p->c,
                    (blasint)p->c_row);
        return;
    }
#endif
    if (p->form == GEMM_TN) {
        gemm_columns(p);
    } else {
        gemm_rows(p);
    }
}
