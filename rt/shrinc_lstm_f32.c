/* LSTM, float, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_lstm_f32.h"

static void shrinc_lstm_f32_gate(const shrinc_lstm_f32_params *p, const float *x, const float *h,
                                 const float *SHRINC_ROM w, const float *SHRINC_ROM r, const float *SHRINC_ROM bias,
                                 float *gates)
{
    for (int32_t j = 0; j < p->units; j++) {
        float sum = shrinc_rom_f32(&bias[j]);
        for (int32_t k = 0; k < p->in_count; k++) {
            sum += shrinc_rom_f32(&w[k]) * x[k];
        }
        for (int32_t k = 0; k < p->units; k++) {
            sum += shrinc_rom_f32(&r[k]) * h[k];
        }
        gates[j] = sum;
        w += p->in_count;
        r += p->units;
    }
}

static inline float shrinc_lstm_f32_logistic(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

static void shrinc_lstm_f32(const shrinc_lstm_f32_params *p, const float *x, const float *SHRINC_ROM input_x,
                            const float *SHRINC_ROM forget_x, const float *SHRINC_ROM cell_x,
                            const float *SHRINC_ROM output_x, const float *SHRINC_ROM input_h,
                            const float *SHRINC_ROM forget_h, const float *SHRINC_ROM cell_h,
                            const float *SHRINC_ROM output_h, const float *SHRINC_ROM bias, float *h, float *cell,
                            float *gates, float *y)
{
    int32_t n = p->units;
    for (int32_t b = 0; b < p->batches; b++) {
        const float *xs = &x[b * p->x_batch];
        float *ys = &y[b * p->y_batch];
        for (int32_t s = 0; s < p->steps; s++) {
            shrinc_lstm_f32_gate(p, xs, h, input_x, input_h, bias, gates);
            shrinc_lstm_f32_gate(p, xs, h, forget_x, forget_h, &bias[n], &gates[n]);
            shrinc_lstm_f32_gate(p, xs, h, cell_x, cell_h, &bias[2 * n], &gates[2 * n]);
            shrinc_lstm_f32_gate(p, xs, h, output_x, output_h, &bias[3 * n], &gates[3 * n]);
            for (int32_t j = 0; j < n; j++) {
                float kept = shrinc_lstm_f32_logistic(gates[n + j]) * cell[j];
                float added = shrinc_lstm_f32_logistic(gates[j]) * tanhf(gates[(2 * n) + j]);
                cell[j] = shrinc_clamp_f32(kept + added, -p->cell_clip, p->cell_clip);
                h[j] = shrinc_lstm_f32_logistic(gates[(3 * n) + j]) * tanhf(cell[j]);
                ys[j] = h[j];
            }
            xs += p->x_step;
            ys += p->y_step;
        }
        h += n;
        cell += n;
    }
}
