/* LSTM, int8, portable C.
 * SPDX-License-Identifier: Apache-2.0 */
#include "shrinc_lstm.h"

static void shrinc_lstm_s8_gate(const shrinc_lstm_params *p, int32_t gate, const int8_t *x, const int8_t *h,
                               const int8_t *SHRINC_ROM w, const int8_t *SHRINC_ROM r,
                               const int32_t *SHRINC_ROM bias, const int16_t *SHRINC_ROM table, int16_t *gates)
{
    for (int32_t j = 0; j < p->units; j++) {
        int32_t from_x = shrinc_rom_s32(&bias[j]);
        int32_t from_h = shrinc_rom_s32(&bias[p->units + j]);
        for (int32_t k = 0; k < p->in_count; k++) {
            from_x += (int32_t)shrinc_rom_s8(&w[k]) * x[k];
        }
        for (int32_t k = 0; k < p->units; k++) {
            from_h += (int32_t)shrinc_rom_s8(&r[k]) * h[k];
        }
        gates[j] = shrinc_lstm_gate(table, shrinc_requantize(from_x, p->x_multiplier[gate], p->x_shift[gate]),
                                    shrinc_requantize(from_h, p->h_multiplier[gate], p->h_shift[gate]), gate);
        w += p->in_count;
        r += p->units;
    }
}

static void shrinc_lstm_s8(const shrinc_lstm_params *p, const int8_t *x, const int8_t *SHRINC_ROM input_x,
                          const int8_t *SHRINC_ROM forget_x, const int8_t *SHRINC_ROM cell_x,
                          const int8_t *SHRINC_ROM output_x, const int8_t *SHRINC_ROM input_h,
                          const int8_t *SHRINC_ROM forget_h, const int8_t *SHRINC_ROM cell_h,
                          const int8_t *SHRINC_ROM output_h, const int32_t *SHRINC_ROM bias,
                          const int16_t *SHRINC_ROM table, int8_t *h, int16_t *cell, int16_t *gates, int8_t *y)
{
    int32_t n = p->units;
    for (int32_t b = 0; b < p->batches; b++) {
        const int8_t *xs = &x[b * p->x_batch];
        int8_t *ys = &y[b * p->y_batch];
        for (int32_t s = 0; s < p->steps; s++) {
            shrinc_lstm_s8_gate(p, 0, xs, h, input_x, input_h, bias, table, gates);
            shrinc_lstm_s8_gate(p, 1, xs, h, forget_x, forget_h, &bias[2 * n], table, &gates[n]);
            shrinc_lstm_s8_gate(p, 2, xs, h, cell_x, cell_h, &bias[4 * n], table, &gates[2 * n]);
            shrinc_lstm_s8_gate(p, 3, xs, h, output_x, output_h, &bias[6 * n], table, &gates[3 * n]);
            for (int32_t j = 0; j < n; j++) {
                cell[j] = shrinc_lstm_cell(p, &gates[j], cell[j]);
                h[j] = (int8_t)shrinc_lstm_hidden(p, table, &gates[j], cell[j]);
                ys[j] = h[j];
            }
            xs += p->x_step;
            ys += p->y_step;
        }
        h += n;
        cell += n;
    }
}
