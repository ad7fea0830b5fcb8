/* What every kernel may use: fixed-width integers, a clamp, and reads from program memory.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SHRINC_BASE_H_RT
#define SHRINC_BASE_H_RT

#include <stdint.h>
#include <string.h>

/* SHRINC_ROM marks an array that may lie in program memory: read it only through shrinc_rom_*().
 * Only AVR has separate program memory; everywhere else these are plain reads. */
#if defined(__AVR__)
#include <avr/pgmspace.h>
#define SHRINC_ROM
static inline int8_t shrinc_rom_s8(const int8_t *p)
{
    return (int8_t)pgm_read_byte(p);
}
static inline uint8_t shrinc_rom_u8(const uint8_t *p)
{
    return pgm_read_byte(p);
}
static inline int16_t shrinc_rom_s16(const int16_t *p)
{
    return (int16_t)pgm_read_word(p);
}
static inline uint16_t shrinc_rom_u16(const uint16_t *p)
{
    return pgm_read_word(p);
}
static inline int32_t shrinc_rom_s32(const int32_t *p)
{
    return (int32_t)pgm_read_dword(p);
}
static inline int64_t shrinc_rom_s64(const int64_t *p)
{
    int64_t value;
    memcpy_P(&value, p, sizeof value);
    return value;
}
static inline float shrinc_rom_f32(const float *p)
{
    return pgm_read_float(p);
}
#else
#define SHRINC_ROM
static inline int8_t shrinc_rom_s8(const int8_t *p)
{
    return *p;
}
static inline uint8_t shrinc_rom_u8(const uint8_t *p)
{
    return *p;
}
static inline int16_t shrinc_rom_s16(const int16_t *p)
{
    return *p;
}
static inline uint16_t shrinc_rom_u16(const uint16_t *p)
{
    return *p;
}
static inline int32_t shrinc_rom_s32(const int32_t *p)
{
    return *p;
}
static inline int64_t shrinc_rom_s64(const int64_t *p)
{
    return *p;
}
static inline float shrinc_rom_f32(const float *p)
{
    return *p;
}
#endif

static inline int32_t shrinc_clamp(int32_t x, int32_t low, int32_t high)
{
    return x < low ? low : (x > high ? high : x);
}

#endif
