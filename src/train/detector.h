/* Detectors of the unusual, fitted to rows of features of what is usual. All are one formula, that of the operator
 * distance: score = min over clusters k of sqrt(|W_k (x - c_k)|^2 + bias_k) - radius_k.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_TRAIN_DETECTOR_H
#define SHRINC_TRAIN_DETECTOR_H

#include "base/base.h"

typedef enum DetectorKind {
    DETECTOR_NONE,
    DETECTOR_KMEANS,   /* Lloyd 1982, k-means++; less each cluster's radius, as Edge Impulse's block has it */
    DETECTOR_GAUSSIAN, /* Mahalanobis' distance */
    DETECTOR_GMM,      /* Gaussians of full covariance by EM (Dempster et al. 1977), the likeliest one counts */
    DETECTOR_PCA,      /* what the first principal components leave (Q statistic), in units of its deviation */
    DETECTOR_AUTOENCODER /* a net; not fitted here */
} DetectorKind;
extern const char *const detector_names[]; /* ends with NULL */

typedef struct DetectorOptions {
    DetectorKind kind;
    int32_t clusters;   /* of K-means and GMM, at least 1 */
    int32_t components; /* of PCA; 0: as many as explain 90 % of the variance */
    double ridge;       /* added to variances */
    uint64_t seed;
} DetectorOptions;

typedef struct Detector {
    int32_t clusters, count; /* COUNT: features */
    int32_t rows;            /* > 0: weights are [clusters][rows][count]; 0: the lower triangle, or none */
    float *centre;           /* [clusters][count] */
    float *weight;           /* as above, the triangle row by row [clusters][count * (count + 1) / 2]; NULL: 1 */
    float *bias, *radius;    /* [clusters] */
} Detector;

/* X [n][count], all finite. Fails where there are fewer rows than clusters, or too few for a covariance. */
Status detector_fit(const DetectorOptions *o, const float *x, int64_t n, int32_t count, Arena *a, Detector *out,
                    Diag *d) MUST_CHECK;

#endif
