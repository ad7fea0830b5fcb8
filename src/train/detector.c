/* Fits detectors of the unusual.
 * SPDX-License-Identifier: Apache-2.0 */
#include "train/detector.h"

#include <math.h>

const char *const detector_names[] = {"none", "kmeans", "gaussian", "gmm", "pca", "autoencoder", NULL};

typedef struct Work {
    const DetectorOptions *o;
    const float *x;
    int64_t n;
    int32_t count, clusters;
    double *centre; /* [clusters][count] */
    int32_t *owner; /* [n] */
    Arena scratch;
} Work;

static const float *row(const Work *w, int64_t i)
{
    return w->x + i * w->count;
}

static double square_distance(const float *x, const double *c, int32_t count)
{
    double sum = 0.0;
    for (int32_t j = 0; j < count; j++) {
        double d = (double)x[j] - c[j];
        sum += d * d;
    }
    return sum;
}

static int32_t nearest(const Work *w, int64_t i, int32_t clusters, double *distance)
{
    int32_t best = 0;
    *distance = INFINITY;
    for (int32_t k = 0; k < clusters; k++) {
        double d = square_distance(row(w, i), w->centre + (int64_t)k * w->count, w->count);
        if (d < *distance) {
            *distance = d;
            best = k;
        }
    }
    return best;
}

static void set_centre(Work *w, int32_t k, int64_t i)
{
    for (int32_t j = 0; j < w->count; j++) {
        w->centre[(int64_t)k * w->count + j] = (double)row(w, i)[j];
    }
}

/* k-means++ (Arthur and Vassilvitskii 2007): each next centre by chance, the more likely the further away. */
static void seed_centres(Work *w)
{
    Random r = random_stream(w->o->seed, 77);
    set_centre(w, 0, random_below(&r, w->n));
    for (int32_t k = 1; k < w->clusters; k++) {
        double total = 0.0;
        double d = 0.0;
        for (int64_t i = 0; i < w->n; i++) {
            (void)nearest(w, i, k, &d);
            total += d;
        }
        double at = random_unit(&r) * total;
        int64_t chosen = w->n - 1;
        for (int64_t i = 0; i < w->n; i++) {
            (void)nearest(w, i, k, &d);
            at -= d;
            if (at < 0.0) {
                chosen = i;
                break;
            }
        }
        set_centre(w, k, chosen);
    }
}

/* Each centre becomes the mean of its rows; one without rows stays. */
static void move_centres(Work *w)
{
    for (int32_t k = 0; k < w->clusters; k++) {
        double *c = w->centre + (int64_t)k * w->count;
        int64_t members = 0;
        for (int64_t i = 0; i < w->n; i++) {
            members += w->owner[i] == k;
        }
        for (int32_t j = 0; j < w->count && members > 0; j++) {
            double sum = 0.0;
            for (int64_t i = 0; i < w->n; i++) {
                sum += w->owner[i] == k ? (double)row(w, i)[j] : 0.0;
            }
            c[j] = sum / (double)members;
        }
    }
}

static void kmeans(Work *w)
{
    enum { ROUNDS = 200 };
    seed_centres(w);
    bool moved = true;
    for (int32_t round = 0; round < ROUNDS && moved; round++) {
        moved = round == 0;
        for (int64_t i = 0; i < w->n; i++) {
            double d = 0.0;
            int32_t k = nearest(w, i, w->clusters, &d);
            moved = moved || k != w->owner[i];
            w->owner[i] = k;
        }
        move_centres(w);
    }
}

/* --- Gaussians --- */

typedef struct Gaussian {
    double *mean, *covariance, *factor; /* FACTOR: inverse of the Cholesky factor, lower triangle in a square */
    double log_determinant, share;
} Gaussian;

/* L of A = L L', then its inverse into G->factor. False: A is not positive. */
static bool invert_factor(Gaussian *g, int32_t n, Arena *a)
{
    double *l = NEW(a, double, (size_t)n *(size_t)n);
    g->log_determinant = 0.0;
    for (int32_t i = 0; i < n; i++) {
        for (int32_t j = 0; j <= i; j++) {
            double sum = g->covariance[i * n + j];
            for (int32_t k = 0; k < j; k++) {
                sum -= l[i * n + k] * l[j * n + k];
            }
            if (i == j && !(sum > 0.0)) {
                return false;
            }
            l[i * n + j] = i == j ? sqrt(sum) : sum / l[j * n + j];
        }
        g->log_determinant += 2.0 * log(l[i * n + i]);
    }
    for (int32_t c = 0; c < n; c++) {
        for (int32_t i = c; i < n; i++) {
            double sum = i == c ? 1.0 : 0.0;
            for (int32_t k = c; k < i; k++) {
                sum -= l[i * n + k] * g->factor[k * n + c];
            }
            g->factor[i * n + c] = sum / l[i * n + i];
        }
    }
    return true;
}

/* Mean, covariance and share of rows with weights R (stride CLUSTERS). */
static bool fit_gaussian(Work *w, const double *r, Gaussian *g, Arena *a)
{
    int32_t n = w->count;
    double total = 0.0;
    memset(g->mean, 0, sizeof(double) * (size_t)n);
    memset(g->covariance, 0, sizeof(double) * (size_t)n * (size_t)n);
    for (int64_t i = 0; i < w->n; i++) {
        double v = r[i * w->clusters];
        total += v;
        for (int32_t j = 0; j < n; j++) {
            g->mean[j] += v * (double)row(w, i)[j];
        }
    }
    total = total > 1e-9 ? total : 1e-9;
    for (int32_t j = 0; j < n; j++) {
        g->mean[j] /= total;
    }
    for (int64_t i = 0; i < w->n; i++) {
        double v = r[i * w->clusters] / total;
        for (int32_t j = 0; j < n && v > 0.0; j++) {
            double d = v * ((double)row(w, i)[j] - g->mean[j]);
            for (int32_t k = 0; k <= j; k++) {
                g->covariance[j * n + k] += d * ((double)row(w, i)[k] - g->mean[k]);
            }
        }
    }
    for (int32_t j = 0; j < n; j++) {
        g->covariance[j * n + j] += w->o->ridge;
    }
    g->share = total / (double)w->n;
    return invert_factor(g, n, a);
}

/* |W (x - mean)|^2 + log det - 2 log share: -2 log of the density, but for a constant. */
static double surprise(const Work *w, const Gaussian *g, const float *x)
{
    int32_t n = w->count;
    double sum = g->log_determinant - 2.0 * log(g->share);
    for (int32_t i = 0; i < n; i++) {
        double u = 0.0;
        for (int32_t j = 0; j <= i; j++) {
            u += g->factor[i * n + j] * ((double)x[j] - g->mean[j]);
        }
        sum += u * u;
    }
    return sum;
}

static Status mix_gaussians(Work *w, Gaussian *g, Diag *d)
{
    enum { ROUNDS = 60 };
    double *r = NEW(&w->scratch, double, (size_t)w->n *(size_t)w->clusters);
    for (int64_t i = 0; i < w->n; i++) {
        r[i * w->clusters + w->owner[i]] = 1.0;
    }
    for (int32_t round = 0; round < ROUNDS; round++) {
        Arena a = {0};
        bool fine = true;
        for (int32_t k = 0; k < w->clusters; k++) {
            fine = fine && fit_gaussian(w, r + k, &g[k], &a);
        }
        arena_free(&a);
        if (!fine) {
            return fail(d, ERR_INPUT,
                        "a covariance of %d features is singular; raise --ridge or take fewer features", w->count);
        }
        for (int64_t i = 0; i < w->n && round + 1 < ROUNDS; i++) {
            double *of = r + i * w->clusters;
            double least = INFINITY;
            double sum = 0.0;
            for (int32_t k = 0; k < w->clusters; k++) {
                of[k] = surprise(w, &g[k], row(w, i));
                least = of[k] < least ? of[k] : least;
            }
            for (int32_t k = 0; k < w->clusters; k++) {
                of[k] = exp(0.5 * (least - of[k]));
                sum += of[k];
            }
            for (int32_t k = 0; k < w->clusters; k++) {
                of[k] /= sum;
            }
        }
        if (w->clusters == 1) {
            break;
        }
    }
    return OK;
}

static Status fit_mixture(Work *w, Arena *a, Detector *out, Diag *d)
{
    int32_t n = w->count;
    int32_t triangle = n * (n + 1) / 2;
    Gaussian *g = NEW(&w->scratch, Gaussian, w->clusters);
    for (int32_t k = 0; k < w->clusters; k++) {
        g[k].mean = NEW(&w->scratch, double, n);
        g[k].covariance = NEW(&w->scratch, double, (size_t)n *(size_t)n);
        g[k].factor = NEW(&w->scratch, double, (size_t)n *(size_t)n);
    }
    TRY(mix_gaussians(w, g, d));
    out->weight = NEW(a, float, (size_t)w->clusters *(size_t)triangle);
    double least = INFINITY;
    for (int32_t k = 0; k < w->clusters; k++) {
        least = fmin(least, g[k].log_determinant - 2.0 * log(g[k].share));
    }
    for (int32_t k = 0; k < w->clusters; k++) {
        out->bias[k] = (float)(g[k].log_determinant - 2.0 * log(g[k].share) - least);
        float *to = out->weight + (int64_t)k * triangle;
        for (int32_t i = 0; i < n; i++) {
            out->centre[k * n + i] = (float)g[k].mean[i];
            for (int32_t j = 0; j <= i; j++) {
                *to++ = (float)g[k].factor[i * n + j];
            }
        }
    }
    return OK;
}

/* --- principal components --- */

/* Eigenvalues onto the diagonal of A, eigenvectors into the rows of V (Jacobi's cyclic rotations). */
static void eigen(double *a, double *v, int32_t n)
{
    enum { SWEEPS = 60 };
    for (int32_t i = 0; i < n * n; i++) {
        v[i] = i / n == i % n ? 1.0 : 0.0;
    }
    for (int32_t sweep = 0; sweep < SWEEPS; sweep++) {
        for (int32_t p = 0; p < n - 1; p++) {
            for (int32_t q = p + 1; q < n; q++) {
                double off = a[p * n + q];
                if (fabs(off) < 1e-300) {
                    continue;
                }
                double theta = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
                double t = (theta >= 0.0 ? 1.0 : -1.0) / (fabs(theta) + sqrt(theta * theta + 1.0));
                double c = 1.0 / sqrt(t * t + 1.0);
                double s = t * c;
                for (int32_t k = 0; k < n; k++) {
                    double x = a[k * n + p];
                    double y = a[k * n + q];
                    a[k * n + p] = c * x - s * y;
                    a[k * n + q] = s * x + c * y;
                }
                for (int32_t k = 0; k < n; k++) {
                    double x = a[p * n + k];
                    double y = a[q * n + k];
                    a[p * n + k] = c * x - s * y;
                    a[q * n + k] = s * x + c * y;
                    x = v[p * n + k];
                    y = v[q * n + k];
                    v[p * n + k] = c * x - s * y;
                    v[q * n + k] = s * x + c * y;
                }
            }
        }
    }
}

/* The K-th of the eigenvalues on the diagonal, largest first: its row. */
static int32_t ranked(const double *a, int32_t n, int32_t k)
{
    for (int32_t i = 0; i < n; i++) {
        int32_t larger = 0;
        for (int32_t j = 0; j < n; j++) {
            larger += a[j * n + j] > a[i * n + i] || (a[j * n + j] == a[i * n + i] && j < i);
        }
        if (larger == k) {
            return i;
        }
    }
    return 0;
}

/* Rows of the weights span what the first components leave; divided by its deviation, so that the score's mean square
 * on the rows is 1. */
static Status fit_components(Work *w, Arena *a, Detector *out, Diag *d)
{
    int32_t n = w->count;
    double *v = NEW(&w->scratch, double, (size_t)n *(size_t)n);
    double *one = NEW(&w->scratch, double, w->n);
    Gaussian g = {NEW(&w->scratch, double, n), NEW(&w->scratch, double, (size_t)n *(size_t)n),
                  NEW(&w->scratch, double, (size_t)n *(size_t)n), 0.0, 0.0};
    for (int64_t i = 0; i < w->n; i++) {
        one[i] = 1.0;
    }
    (void)fit_gaussian(w, one, &g, &w->scratch);
    double total = 0.0;
    for (int32_t i = 0; i < n; i++) {
        total += g.covariance[i * n + i];
        for (int32_t j = i + 1; j < n; j++) {
            g.covariance[i * n + j] = g.covariance[j * n + i];
        }
    }
    eigen(g.covariance, v, n);
    int32_t kept = w->o->components;
    for (double sum = 0.0; w->o->components == 0 && kept < n - 1 && sum < 0.9 * total; kept++) {
        int32_t r = ranked(g.covariance, n, kept);
        sum += g.covariance[r * n + r];
    }
    if (kept >= n) {
        return fail(d, ERR_USAGE, "%d components of %d features leave nothing; take fewer", kept, n);
    }
    double left = 0.0;
    for (int32_t k = kept; k < n; k++) {
        int32_t r = ranked(g.covariance, n, k);
        left += g.covariance[r * n + r];
    }
    out->rows = n - kept;
    out->weight = NEW(a, float, (size_t)out->rows *(size_t)n);
    for (int32_t k = kept; k < n; k++) {
        int32_t r = ranked(g.covariance, n, k);
        for (int32_t j = 0; j < n; j++) {
            out->weight[(k - kept) * n + j] = (float)(v[r * n + j] / sqrt(left > 1e-12 ? left : 1e-12));
        }
    }
    for (int32_t j = 0; j < n; j++) {
        out->centre[j] = (float)g.mean[j];
    }
    return OK;
}

/* --- the whole --- */

static void take_kmeans(const Work *w, Detector *out)
{
    for (int32_t i = 0; i < w->clusters * w->count; i++) {
        out->centre[i] = (float)w->centre[i];
    }
    for (int64_t i = 0; i < w->n; i++) {
        int32_t k = w->owner[i];
        double r = sqrt(square_distance(row(w, i), w->centre + (int64_t)k * w->count, w->count));
        out->radius[k] = fmaxf(out->radius[k], (float)r);
    }
}

Status detector_fit(const DetectorOptions *o, const float *x, int64_t n, int32_t count, Arena *a, Detector *out,
                    Diag *d)
{
    bool is_mixture = o->kind == DETECTOR_GMM || o->kind == DETECTOR_KMEANS;
    Work w = {.o = o, .x = x, .n = n, .count = count, .clusters = is_mixture ? o->clusters : 1};
    if (n < w.clusters || n < 2) {
        return fail(d, ERR_INPUT, "%jd usual samples for %d clusters; there must be more", (intmax_t)n, w.clusters);
    }
    *out = (Detector){.clusters = w.clusters,
                      .count = count,
                      .centre = NEW(a, float, (size_t)w.clusters *(size_t)count),
                      .bias = NEW(a, float, w.clusters),
                      .radius = NEW(a, float, w.clusters)};
    w.centre = NEW(&w.scratch, double, (size_t)w.clusters *(size_t)count);
    w.owner = NEW(&w.scratch, int32_t, n);
    Status s = OK;
    if (o->kind == DETECTOR_PCA) {
        s = fit_components(&w, a, out, d);
    } else {
        kmeans(&w);
        if (o->kind == DETECTOR_KMEANS) {
            take_kmeans(&w, out);
        } else {
            s = fit_mixture(&w, a, out, d);
        }
    }
    arena_free(&w.scratch);
    return s;
}
